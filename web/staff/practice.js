// Practice: a sample for every outcome, checked by an engine of its own in a world of its own,
// in which it is always the same moment. No register, no endpoint and no camera know of it.
// Loaded when it is begun.

import '../elements/ev-practice.js';
import { Engine } from '../engine/client.js';
import en from '../i18n/practice/en.js';
import zh from '../i18n/practice/zh.js';
import { now } from '../lib/clock.js';
import { byId } from '../lib/dom.js';
import { failure, initial, next } from '../lib/flow.js';
import { sign } from '../lib/holderkey.js';
import { learn } from '../lib/words.js';

learn({ zh, en });

/** @typedef {import('../types/flow.js').Event} FlowEvent */
/** @typedef {import('../types/flow.js').Effect} Effect */
/** @typedef {import('../types/engine.js').Outcome} Outcome */

/**
 * What scripts/vectors makes: lists, and cards on a phone whose key everybody has.
 * @typedef {object} World
 * @property {number} now
 * @property {{id: string, name: string}} party
 * @property {string} purpose
 * @property {string} anchor
 * @property {string} trust
 * @property {string} policy
 * @property {string[]} status
 * @property {JsonWebKey} key
 * @property {string} adult
 * @property {string} minor
 * @property {string} paper
 */

/** In the order of their keys, 1 to 5. @type {readonly Outcome[]} */
export const samples = ['accepted', 'conditional', 'rejected', 'undetermined', 'unreadable'];

/** Status lists live for 7 days, so by then they are old. */
const oldMs = 8 * 86_400_000;

export class Practice {
  state = initial();
  /** @type {World | null} */
  world = null;
  failed = false;
  /** Whether time has run away from the lists. */
  old = false;
  begun = now();
  /** @type {import('../types/engine.js').Purpose | null} */
  chosen = null;
  demo = true;

  /**
   * @param {object} parts
   * @param {import('../lib/sound.js').Sound} parts.sound
   * @param {() => void} parts.onChange
   * @param {() => void} parts.onLeave
   */
  constructor({ sound, onChange, onLeave }) {
    this.sound = sound;
    this.onChange = onChange;
    this.onLeave = onLeave;
    this.box = /** @type {import('../elements/ev-practice.js').EvPractice} */ (document.createElement('ev-practice'));
    this.box.onPick = (kind) => void this.show(kind);
    byId('stage').append(this.box);
    this.engine = new Engine({
      onReady: () => void this.boot(),
      onCrash: (_, final) => this.dispatch({ type: 'engine', state: final ? 'stopped' : 'crashed', at: now() }),
    });
  }

  /** The moment at which samples are checked. */
  get now() {
    return (this.world?.now ?? 0) + (now() - this.begun) + (this.old ? oldMs : 0);
  }

  async boot() {
    try {
      this.world ??= /** @type {World} */ (await (await fetch(new URL('./practice.json', import.meta.url))).json());
      const { anchor, trust, policy, status, party, purpose, key } = this.world;
      this.key = await crypto.subtle.importKey('jwk', key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
      const answer = await this.engine.call('boot', { now: this.now, anchor, trust, policy, status, party, demo: true, highest: 0, highestPolicy: 0 });
      this.chosen = answer.purposes.find(({ code }) => code === purpose) ?? null;
      this.dispatch({ type: 'booted', at: now() });
    } catch {
      this.failed = true;
      this.onChange();
    }
  }

  /** @param {import('../lib/words.js').Words} words */
  draw(words) {
    this.box.update(this.state, words, this.failed);
  }

  leave() {
    this.engine.stop();
    this.box.remove();
    this.onLeave();
  }

  /**
   * A key that was pressed on its own; reports whether it means something here alone.
   * @param {string} code
   */
  press(code) {
    if (code === 'Escape') {
      this.leave();
      return true;
    }
    const kind = samples[Number(/^(?:Digit|Numpad)([1-5])$/.exec(code)?.[1]) - 1];
    if (!kind || this.state.stage !== 'ready') return false;
    void this.show(kind);
    return true;
  }

  /** @param {Outcome} kind */
  async show(kind) {
    if (this.state.stage !== 'ready') return;
    this.old = false;
    try {
      const text = await this.sample(kind);
      this.old = kind === 'undetermined';
      this.state = { ...this.state, last: null }; // the same sample may be shown again at once
      this.dispatch({ type: 'text', text, source: 'typed', at: now() });
    } catch {
      // The engine crashed and starts again.
    }
  }

  /**
   * The text of a code that leads to an outcome.
   * @param {Outcome} kind
   */
  async sample(kind) {
    const { world } = this;
    if (!world) return '';
    if (kind === 'accepted') return this.answer(world.adult);
    if (kind === 'rejected') return this.answer(world.minor);
    return kind === 'unreadable' ? 'https://example.com/menu' : world.paper;
  }

  /**
   * What the sample phone answers to a challenge of this moment.
   * @param {string} card
   */
  async answer(card) {
    const { now, engine } = this;
    const challenge = await engine.call('challenge.make', { now, purpose: this.world?.purpose ?? '' });
    const { claims } = await engine.call('holder.read', { now, text: challenge.text });
    const { ticket, toSign } = await engine.call('holder.begin', { now, card, challenge: challenge.text, claims });
    const signature = await sign(/** @type {CryptoKey} */ (this.key), toSign);
    return (await engine.call('holder.finish', { ticket, signature })).text;
  }

  /** @param {FlowEvent} event */
  dispatch(event) {
    if (event.type === 'command' && event.name === 'retry') this.old = false; // as if the network had come back
    const before = this.state;
    this.state = next(before, event);
    if (this.state === before) return;
    this.onChange();
    for (const effect of this.state.effects) this.perform(effect);
  }

  /** @param {Effect} effect */
  perform(effect) {
    switch (effect.do) {
      case 'verify':
        return void this.check(effect.id, () => this.engine.call('verify', { now: this.now, text: effect.text, purpose: this.world?.purpose ?? '' }));
      case 'decide':
        return void this.check(effect.id, () => this.engine.call('decide', { now: this.now, answer: effect.answer }));
      case 'sound':
        return this.sound.play(effect.name);
      case 'forget':
        return void this.engine.call('forget', {}).catch(() => {});
    }
  }

  /**
   * @param {number} id
   * @param {() => Promise<{result: import('../types/engine.js').Result}>} ask
   */
  async check(id, ask) {
    let result;
    try {
      ({ result } = await ask());
    } catch {
      result = failure('engine-crashed');
    }
    this.dispatch({ type: 'answer', id, result, at: now() });
  }
}
