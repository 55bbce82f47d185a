// What time it is: whatever the engine is told of it, and whatever a page decides by it. The
// computer's clock may be wrong, so the endpoint is asked. Its answer is signed by an operator
// of the trust list and holds a nonce drawn for the question: it was made between asking and
// answering, and an answer of another day, with which an expired card would be good again,
// answers nothing. From then on time runs by performance.now(), which nobody can set.

import { toBase64url } from './bytes.js';

/** By so much phone, issuer and this computer may differ (verify.clockSkew). */
export const allowedMs = 60_000;

/** An answer that took longer says too little. */
const spanMs = 3000;

/** The endpoint is not asked more often than this because something looks odd. */
const againMs = 30_000;

const nonceBytes = 16;
const lookMs = 1000;
const key = 'clock';

/**
 * @typedef {object} Told  an answer that was not checked yet
 * @property {string} nonce
 * @property {string} document
 * @property {number} steady  performance.now() halfway between asking and answering
 * @property {number} wall    this computer's clock then
 */

/**
 * @typedef {object} Helpers
 * @property {Pick<import('../engine/client.js').Engine, 'call'>} engine
 * @property {Pick<import('./api.js').Api, 'time'>} api
 * @property {Pick<import('./shelf.js').Shelf, 'get' | 'put'>} shelf
 */

export class Clock {
  /** Steady and wall time of the last signed time. @type {{at: number, steady: number} | null} */
  signed = null;

  /** Ms by which this computer's clock was ahead when it was last held against another. */
  error = 0;

  /** What the clock showed beyond performance.now() then: changes when somebody sets it. */
  base;

  /** Whether the endpoint was asked once. */
  settled = false;

  /** @type {Promise<Told | null> | null} */
  asked = null;

  /** @type {Promise<void> | null} */
  syncing = null;

  askedAt = -Infinity;

  /**
   * @param {object} [parts]
   * @param {() => number} [parts.wall]
   * @param {() => number} [parts.steady]
   */
  constructor({ wall = () => Date.now(), steady = () => performance.now() } = {}) {
    this.wall = wall;
    this.steady = steady;
    this.base = wall() - steady();
    /** @type {Helpers | null} */
    this.helpers = null;
    /** What the time was put forward by, or back. @type {(ms: number) => void} */
    this.onMoved = () => {};
  }

  /**
   * Asks for the time at once; without helpers it is the computer's.
   * @param {Helpers} helpers
   */
  use(helpers) {
    this.helpers = helpers;
    this.ask();
  }

  /**
   * Tells a state machine how the clock stands.
   * @param {(event: import('../types/flow.js').Event) => void} dispatch
   */
  watch(dispatch) {
    this.onMoved = (moved) => dispatch({ type: 'clock', ...this.report(), moved });
    setInterval(() => {
      this.look();
      dispatch({ type: 'clock', ...this.report() });
    }, lookMs);
  }

  /** Unix ms. */
  now() {
    const wall = this.wall();
    if (!this.signed) return Math.floor(wall);
    // While a computer sleeps performance.now() may stand still. What is put back on its
    // clock counts for nothing.
    return Math.floor(Math.max(this.signed.at + this.steady() - this.signed.steady, wall - this.error));
  }

  /** What people are told: ms by which the clock is ahead, 0 within what is allowed. */
  report() {
    const skew = this.signed ? this.wall() - this.now() : this.doubt();
    return { skew: Math.abs(skew) > allowedMs ? Math.round(skew / 1000) * 1000 : 0, corrected: this.signed !== null };
  }

  /** Ms by which the time is known to be wrong, with nothing to correct it by; else 0. */
  doubt() {
    if (this.signed || Math.abs(this.error) <= allowedMs) return 0;
    const since = this.error + this.drift();
    return Math.abs(since) <= allowedMs ? 0 : Math.round(this.error); // else somebody has put it right
  }

  /** How much the clock was set, or performance.now() stood still, since the last comparison. */
  drift() {
    return this.wall() - this.steady() - this.base;
  }

  /**
   * The date in an answer of the endpoint is signed by nobody: it only gives cause to ask.
   * @param {number} ahead  ms by which the clock is ahead of it
   */
  hint(ahead) {
    if (this.signed) {
      if (Math.abs(this.now() - (this.wall() - ahead)) > allowedMs) this.suspect();
      return;
    }
    this.error = ahead;
    this.base = this.wall() - this.steady();
    if (this.settled && this.doubt()) this.suspect();
  }

  /** Called now and then: somebody may have set the clock. */
  look() {
    if (this.signed && Math.abs(this.drift()) > allowedMs) this.suspect();
  }

  suspect() {
    if (!this.syncing && this.steady() - this.askedAt > againMs) void this.sync();
  }

  /** Asks for the time, whose answer the next sync takes. It may be asked before the engine runs. */
  ask() {
    this.asked ??= this.question();
  }

  /** @returns {Promise<Told | null>} */
  async question() {
    if (!this.helpers) return null;
    const nonce = toBase64url(crypto.getRandomValues(new Uint8Array(nonceBytes)));
    const sent = this.steady();
    this.askedAt = sent;
    try {
      const { document } = await this.helpers.api.time(nonce, spanMs);
      const span = this.steady() - sent;
      if (span > spanMs) return null;
      return { nonce, document, steady: sent + span / 2, wall: this.wall() - span / 2 };
    } catch {
      return null;
    }
  }

  /** Waits until it is known how the clock stands, or that this cannot be known now. */
  settle() {
    return this.signed ? Promise.resolve() : this.sync();
  }

  /** Where there is a doubt, asks once more before somebody is turned away for it. */
  clear() {
    return this.doubt() ? this.sync() : Promise.resolve();
  }

  /** Asks for the time and goes by it. The engine has to have its lists. Never rejects. */
  sync() {
    this.syncing ??= this.adjust().finally(() => {
      this.syncing = null;
      this.settled = true;
    });
    return this.syncing;
  }

  async adjust() {
    this.ask();
    const told = await this.asked;
    this.asked = null;
    try {
      if (!told || !this.helpers) throw new Error('nothing signed');
      const { at } = await this.helpers.engine.call('time', { nonce: told.nonce, document: told.document });
      await this.take(at + 500, told); // the time is cut to whole seconds
    } catch {
      if (!this.signed) await this.recall();
    }
  }

  /**
   * @param {number} at
   * @param {Told} told
   */
  async take(at, { steady, wall }) {
    const before = this.now();
    this.signed = { at, steady };
    this.error = wall - at;
    this.base = wall - steady;
    const moved = this.now() - before;
    if (moved) this.onMoved(moved);
    await this.helpers?.shelf.put(key, { at, error: this.error }).catch(() => {});
  }

  /** Without a signed time: what the last one said of this clock still holds, unless it was set. */
  async recall() {
    const kept = await this.helpers?.shelf.get(key).catch(() => null);
    if (!kept || this.error) return;
    const ahead = Math.abs(kept.error) > allowedMs ? kept.error : Math.min(0, this.wall() - kept.at);
    this.error = ahead;
    this.base = this.wall() - this.steady();
  }
}

/** The clock of this page. */
export const clock = new Clock();

/** Unix ms, by the page's clock. */
export const now = () => clock.now();
