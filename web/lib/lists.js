// The signed lists (trust, policy, status) and the page's configuration: fetched, kept for
// days without a network, and handed to the engine, which alone judges them.

import { toBase64url } from './bytes.js';

/** @typedef {import('./api.js').Config} Config */
/** @typedef {import('../types/engine.js').BootAnswer} BootAnswer */

/**
 * What the engine needs to start; all bytes base64url.
 * @typedef {object} Bundle
 * @property {Config} config
 * @property {string} trust
 * @property {string} policy
 * @property {string[]} status
 * @property {number} highest  highest sequence of a trust list seen under this anchor
 * @property {number} highestPolicy  the same of a catalogue of purposes
 */

const key = 'bundle';

export class Lists {
  /**
   * @param {Pick<import('./api.js').Api, 'config' | 'list'>} api
   * @param {{get(key: string): Promise<any>, put(key: string, value: any): Promise<void>}} shelf
   */
  constructor(api, shelf) {
    this.api = api;
    this.shelf = shelf;
  }

  /**
   * What was kept on this machine, or null.
   * @returns {Promise<Bundle | null>}
   */
  async kept() {
    return (await this.shelf.get(key)) ?? null;
  }

  /**
   * Fresh lists from the network. Rejects with ApiError.
   * @returns {Promise<Bundle>}
   */
  async fetch() {
    const config = await this.api.config();
    const [trust, policy, ...status] = await Promise.all(
      ['/v1/trust', '/v1/policy', ...config.status].map(async (path) => toBase64url(await this.api.list(path))),
    );
    const before = await this.kept();
    // Another anchor is another authority: its sequence numbers start anew.
    const same = before && before.config.anchor === config.anchor ? before : null;
    return { config, trust, policy, status, highest: same?.highest ?? 0, highestPolicy: same?.highestPolicy ?? 0 };
  }

  /**
   * Keeps lists that the engine has accepted.
   * @param {Bundle} bundle
   * @param {BootAnswer} boot
   */
  async keep(bundle, boot) {
    const highest = Math.max(bundle.highest, boot.sequence);
    const highestPolicy = Math.max(bundle.highestPolicy ?? 0, boot.policySequence);
    await this.shelf.put(key, { ...bundle, highest, highestPolicy });
  }
}

/**
 * Whether two bundles hold the same bytes, so that the engine need not start over.
 * @param {Bundle | null} a
 * @param {Bundle} b
 */
export function sameBundle(a, b) {
  const bytes = (/** @type {Bundle} */ bundle) => JSON.stringify({ ...bundle, highest: 0, highestPolicy: 0 });
  return a !== null && bytes(a) === bytes(b);
}

/**
 * Request of the engine's boot for a bundle.
 * @param {Bundle} bundle
 * @param {number} now
 */
export function bootRequest({ config, trust, policy, status, highest, highestPolicy = 0 }, now) {
  return { now, anchor: config.anchor, trust, policy, status, party: config.party, demo: config.demo, highest, highestPolicy };
}
