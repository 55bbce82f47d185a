// The PIN of a counter. Only a salted slow hash of it is kept on this computer; a wrong one has
// to wait, each time longer, also over a reload.

import { fromBase64url, toBase64url } from './bytes.js';

/** PBKDF2 with SHA-256; a try takes about a second on a counter's old PC. */
export const rounds = 600_000;

/** Longest wait after a wrong PIN. */
export const maxWaitMs = 300_000;

const shape = /^\d{4,12}$/;

export class Pin {
  /**
   * @param {object} parts
   * @param {(name: string) => string | null} parts.recall
   * @param {(name: string, value: string | null) => void} parts.remember
   * @param {() => number} [parts.now]
   */
  constructor({ recall, remember, now = Date.now }) {
    this.recall = recall;
    this.remember = remember;
    this.now = now;
  }

  /** Whether there is one. */
  get chosen() {
    return this.recall('pin') !== null;
  }

  /** Ms until the next try. */
  get waits() {
    const { count, at } = this.failures;
    const wait = count ? Math.min(maxWaitMs, 1000 * 2 ** (count - 1)) : 0;
    // A clock that was set back makes nobody wait longer than that.
    return Math.min(wait, Math.max(0, at + wait - this.now()));
  }

  /** @returns {{count: number, at: number}} */
  get failures() {
    try {
      const { count, at } = JSON.parse(this.recall('pin-wrong') ?? '');
      return Number.isFinite(count) && Number.isFinite(at) ? { count, at } : { count: 0, at: 0 };
    } catch {
      return { count: 0, at: 0 };
    }
  }

  /**
   * Sets or replaces the PIN; reports whether it has 4 to 12 digits.
   * @param {string} pin
   */
  async choose(pin) {
    if (!shape.test(pin)) return false;
    const salt = crypto.getRandomValues(new Uint8Array(16));
    this.remember('pin', JSON.stringify({ salt: toBase64url(salt), rounds, hash: await derive(pin, salt, rounds) }));
    this.remember('pin-wrong', null);
    return true;
  }

  /**
   * @param {string} pin
   * @returns {Promise<'right' | 'wrong' | 'wait'>}
   */
  async test(pin) {
    if (this.waits > 0) return 'wait';
    // Counted before it is known, so that closing the page in between gains no try.
    const { count } = this.failures;
    this.remember('pin-wrong', JSON.stringify({ count: count + 1, at: this.now() }));
    if (!await this.matches(pin)) {
      this.remember('pin-wrong', JSON.stringify({ count: count + 1, at: this.now() }));
      return 'wrong';
    }
    this.remember('pin-wrong', null);
    return 'right';
  }

  /** @param {string} pin */
  async matches(pin) {
    try {
      const kept = JSON.parse(this.recall('pin') ?? '');
      return await derive(pin, fromBase64url(kept.salt), kept.rounds) === kept.hash;
    } catch {
      return false; // what is kept was tampered with: that opens nothing
    }
  }

  forget() {
    this.remember('pin', null);
    this.remember('pin-wrong', null);
  }
}

/**
 * @param {string} pin
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {number} iterations
 */
async function derive(pin, salt, iterations) {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits']);
  return toBase64url(new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256)));
}
