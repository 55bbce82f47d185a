// Joins a page that checks with its register: hands over each check once it is decided, and says
// that a line was written. Nothing here is waited for.

import { byId, h, setText } from './dom.js';
import { recall } from './prefs.js';
import { Register } from './register.js';
import { RegisterStore } from './registerstore.js';

/** @typedef {import('../types/engine.js').Result} Result */
/** @typedef {import('../types/flow.js').Answer} Answer */
/** @typedef {import('./words.js').Words} Words */

/** How often it is looked whether something fell due. */
const tendMs = 60_000;

export class Ledger {
  /** The number of the line of the verdict on the stage. */
  recorded = { id: 0, number: 0 };

  /** A check that waits for the decision of staff. @type {{id: number, result: Result, hash: string, at: number} | null} */
  open = null;

  /** @type {import('../elements/ev-register.js').EvRegister | null} */
  box = null;

  /**
   * @param {object} parts
   * @param {import('../engine/client.js').Engine} parts.engine
   * @param {import('../lib/api.js').Api} parts.api
   * @param {() => void} parts.onChange
   */
  constructor({ engine, api, onChange }) {
    this.register = new Register({
      store: new RegisterStore(),
      engine,
      sign: (body) => api.checkpoint(body),
      onChange: () => {
        onChange();
        void this.box?.refresh();
      },
      onRecorded: (id, number) => { this.recorded = { id, number }; },
    });
    this.line = h('p', { class: 'recorded', role: 'status', 'data-testid': 'recorded' });
    byId('stage').append(this.line);
    setInterval(() => void this.register.tend(), tendMs);
  }

  /**
   * The engine was given lists, or staff chose a purpose: for whom and how long lines are kept.
   * @param {import('./place.js').Place} place
   */
  settle({ bundle, chosen, demo, terminal }) {
    if (!bundle) return;
    const { party, inspector = '' } = bundle.config;
    const seat = recall('seat') ?? terminal?.enrolled?.terminal ?? '';
    void this.register.open({ party, days: chosen?.days ?? 0, inspector: demo ? inspector : '', seat, staff: recall('staff') ?? '' });
  }

  /** The engine has to be given lists before it seals anything. */
  wait() {
    this.register.ready = false;
  }

  /**
   * A verdict was shown. One that staff have to decide waits for that.
   * @param {number} id
   * @param {Result} result
   * @param {string} hash
   * @param {number} at
   */
  checked(id, result, hash, at) {
    this.left();
    if (result.reason === 'no-code') return; // nothing was read that could be checked
    if (result.outcome === 'conditional') this.open = { id, result, hash, at };
    else this.register.record({ id, result, hash, at });
  }

  /**
   * Staff have decided.
   * @param {Result} result
   * @param {Answer} portrait
   */
  decided(result, portrait) {
    const { open } = this;
    this.open = null;
    if (open) this.register.record({ ...open, result: result.reason === 'engine-crashed' ? open.result : result, portrait });
  }

  /** The verdict has left the page; what was not decided is written as it stood. */
  left() {
    const { open } = this;
    this.open = null;
    if (open) this.register.record(open);
    this.register.hide();
  }

  /**
   * @param {import('../types/flow.js').Verdict | null} verdict
   * @param {Words} words
   */
  draw(verdict, words) {
    const { id, number } = this.recorded;
    const text = verdict && verdict.id === id && number ? `${words.say('verdict.recorded', { number })} · ${words.aside('verdict.recorded', { number })}` : '';
    setText(this.line, text);
  }

  /** @param {Words} words */
  async toggle(words) {
    const { EvRegister } = await import('../elements/ev-register.js');
    if (!this.box) {
      this.box = new EvRegister();
      document.body.append(this.box);
    }
    this.box.toggle(this.register, words);
  }
}
