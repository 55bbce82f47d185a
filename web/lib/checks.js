// Has the engine check what was read or has arrived: verifies, redeems the nonce if it must
// be, lets the engine conclude, and hands each check to the register.

import { failure } from './flow.js';
import { clock, now } from './clock.js';

/** @typedef {import('../types/flow.js').Event} FlowEvent */

export class Checks {
  /**
   * @param {object} parts
   * @param {import('../engine/client.js').Engine} parts.engine
   * @param {import('./api.js').Api} parts.api
   * @param {import('./ledger.js').Ledger} parts.ledger
   * @param {() => string} parts.purpose
   * @param {(event: FlowEvent) => void} parts.dispatch
   * @param {() => void} [parts.keep]  has the engine's memory of codes that count once outlive a reload
   */
  constructor({ engine, api, ledger, purpose, dispatch, keep = () => {} }) {
    this.engine = engine;
    this.api = api;
    this.ledger = ledger;
    this.purpose = purpose;
    this.dispatch = dispatch;
    this.keep = keep;
    /** @type {Promise<void>} */
    this.prepared = Promise.resolve();
  }

  /**
   * Finds out what time it is, and listens for answers to the challenges of an earlier load.
   * Until then nothing is checked.
   * @param {Pick<import('./mail.js').Mail, 'restore'>} mail
   */
  prepare(mail) {
    this.prepared = clock.settle().then(() => mail.restore());
    return this.prepared;
  }

  /**
   * Has the engine verify a text or open an answer, redeems the nonce if it must be, and lets
   * the engine conclude.
   * @param {number} id
   * @param {string} text
   * @param {import('../types/engine.js').Sealed} [sealed]
   */
  async verify(id, text, sealed) {
    const { engine, dispatch } = this;
    let result;
    let compare = '';
    let mark = '';
    let hash = '';
    await this.prepared.then(() => clock.clear());
    const at = now();
    try {
      if (!text && !sealed) return dispatch({ type: 'answer', id, result: failure('no-code'), at: now() });
      const first = await engine.call('verify', { now: now(), doubt: clock.doubt(), text, purpose: this.purpose(), sealed });
      ({ result, compare, mark, hash } = first);
      if (first.redeem) {
        const { status, body } = await this.api.redeem(first.redeem.body);
        result = (await engine.call('conclude', { now: now(), ticket: first.redeem.ticket, status, body })).result;
      }
    } catch {
      result = failure('engine-crashed');
    }
    dispatch({ type: 'answer', id, result, compare, mark, at: now() });
    if (result.class === 'B') this.keep();
    this.ledger.checked(id, result, hash, at);
  }

  /**
   * @param {number} id
   * @param {import('../types/flow.js').Answer} answer
   */
  async decide(id, answer) {
    let result;
    try {
      result = (await this.engine.call('decide', { now: now(), answer })).result;
    } catch {
      result = failure('engine-crashed');
    }
    this.dispatch({ type: 'answer', id, result, at: now() });
    this.ledger.decided(result, answer);
  }
}
