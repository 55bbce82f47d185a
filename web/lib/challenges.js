// Keeps a live challenge on the counter: a new one from the endpoint every few seconds, one
// made by the engine when the endpoint cannot be reached. Earlier ones stay honoured inside
// the engine, so an answer already on its way is not lost.

import { ApiError } from './api.js';
import { now as pageTime } from './clock.js';

/** @typedef {import('../types/engine.js').Challenge} Challenge */

/** Without a network, pauses between attempts to reach the endpoint again. */
const probeMs = [10_000, 20_000, 40_000, 60_000];

/** After a failure of the engine itself, the pause before another attempt. */
const failedMs = 3000;

export class Challenges {
  /**
   * @param {object} parts
   * @param {Pick<import('../engine/client.js').Engine, 'call'>} parts.engine
   * @param {Pick<import('./api.js').Api, 'challenge'>} parts.api
   * @param {(value: Challenge | null, problem: string) => void} parts.onChange
   * @param {() => number} [parts.now]
   * @param {(run: () => void, ms: number) => any} [parts.later]
   */
  constructor({ engine, api, onChange, now = pageTime, later = (run, ms) => setTimeout(run, ms) }) {
    this.engine = engine;
    this.api = api;
    this.onChange = onChange;
    this.now = now;
    this.later = later;
    this.purpose = '';
    this.party = '';
    this.away = false;
    this.round = 0; // a step of an earlier round finds another number here and stops
    this.failures = 0;
    this.probeAt = 0;
  }

  /**
   * Starts, or starts over with another purpose or a fresh engine.
   * @param {string} purpose
   * @param {string} party
   */
  start(purpose, party) {
    this.purpose = purpose;
    this.party = party;
    this.retry();
  }

  /** Forgets the pauses and asks the endpoint at once, as when the network came back. */
  retry() {
    if (!this.purpose || this.away) return;
    this.failures = 0;
    this.probeAt = 0;
    void this.renew(++this.round);
  }

  /** Puts another challenge in place of one that has been answered. */
  replace() {
    if (this.purpose && !this.away) void this.renew(++this.round);
  }

  /**
   * Nobody sees the page, or somebody does again. A code of before would be an old one.
   * @param {boolean} present
   * @param {boolean} ready  whether the engine runs
   */
  attend(present, ready) {
    this.away = !present;
    if (present) {
      if (ready) this.retry();
      return;
    }
    this.stop();
    this.onChange(null, '');
  }

  /** Ends the renewal, as when the engine is down. */
  stop() {
    this.round++;
  }

  /** @param {number} round */
  async renew(round) {
    let problem = '';
    /** @type {Challenge | null} */
    let value = null;
    if (this.now() >= this.probeAt) {
      try {
        const { key } = await this.engine.call('answer.key', { now: this.now() });
        const { challenge, pickup } = await this.api.challenge(this.purpose, this.party, key);
        value = await this.engine.call('challenge.adopt', { now: this.now(), text: challenge, pickup });
        this.failures = 0;
      } catch (fault) {
        // Unreachable is the ordinary case of an outage and needs no code beside it.
        if (!(fault instanceof ApiError && fault.status === 0)) problem = codeOf(fault);
        this.probeAt = this.now() + probeMs[Math.min(this.failures++, probeMs.length - 1)];
      }
    }
    if (round !== this.round) return;
    if (!value) {
      try {
        value = await this.engine.call('challenge.make', { now: this.now(), purpose: this.purpose });
      } catch (fault) {
        problem = codeOf(fault);
      }
    }
    if (round !== this.round) return;
    this.onChange(value, problem);
    const wait = value ? Math.max(1000, value.renewAt - this.now()) : failedMs;
    this.later(() => {
      if (round === this.round) void this.renew(round);
    }, wait);
  }
}

/** @param {unknown} fault */
function codeOf(fault) {
  return typeof fault === 'object' && fault !== null && 'code' in fault ? String(fault.code) : 'engine-crashed';
}
