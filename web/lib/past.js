// What was shown before, as a list on the phone: when, to whom, for what, and the names of
// the claims. What the claims said is not kept.

/**
 * @typedef {object} Shown
 * @property {number} at
 * @property {'A' | 'AB' | 'B' | 'C'} way  sent, answered with a code, or a code without a challenge: fresh, for a day
 * @property {string} party  registered name; '' for whoever read it
 * @property {{zh: string, en: string}} purpose
 * @property {string[]} claims  names
 */

/** The oldest are forgotten beyond so many. */
export const keptPast = 50;

const key = 'past';

export class Past {
  /** @param {{get(key: string): Promise<any>, put(key: string, value: any): Promise<void>}} shelf */
  constructor(shelf) {
    this.shelf = shelf;
  }

  /** @returns {Promise<Shown[]>}  newest first */
  async list() {
    return (await this.shelf.get(key)) ?? [];
  }

  /**
   * @param {Shown} shown
   * @returns {Promise<Shown[]>}
   */
  async add(shown) {
    const list = [shown, ...await this.list()].slice(0, keptPast);
    await this.shelf.put(key, list);
    return list;
  }

  /** @returns {Promise<Shown[]>} */
  async clear() {
    await this.shelf.put(key, []);
    return [];
  }
}
