// <ev-challenge>: the code the customer's phone scans, what it asks for, and how long it lasts.

import { h, setText } from '../lib/dom.js';
import { drawSymbol } from '../lib/symbol.js';
import { Ring } from './ring.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('../types/engine.js').Challenge} Challenge */
/** @typedef {import('../types/engine.js').Purpose} Purpose */

export class EvChallenge extends HTMLElement {
  /** @type {Challenge | null} */
  value = null;
  /** @type {Purpose | null} */
  purpose = null;
  demo = false;
  drawnIn = '';

  connectedCallback() {
    this.ring = new Ring();
    this.canvas = h('canvas', { role: 'img', 'aria-label': '', hidden: true });
    this.host = h('div', { class: 'challenge-code', 'data-testid': 'challenge' }, this.canvas);
    this.wait = h('p', { class: 'challenge-wait' });
    this.host.append(this.wait);
    this.heading = h('h2');
    this.aside = h('p', { class: 'aside' });
    this.purposeLine = h('p', { class: 'challenge-purpose' });
    this.asks = h('p', { class: 'challenge-asks' });
    this.steps = h('ol', { class: 'challenge-steps' }, h('li'), h('li'), h('li'));
    this.opened = h('p', { class: 'challenge-opened', role: 'status', 'data-testid': 'challenge-opened' });
    this.seconds = h('p', { class: 'challenge-seconds' });
    this.offline = h('p', { class: 'challenge-offline', role: 'status', 'data-testid': 'challenge-offline' });
    this.link = h('a', { class: 'challenge-link', target: '_blank', rel: 'noopener', hidden: true, 'data-testid': 'open-card' });
    this.replaceChildren(this.host, h('div', { class: 'challenge-words' },
      h('div', {}, this.heading, this.aside), this.opened, this.purposeLine, this.asks, this.steps,
      h('div', { class: 'challenge-time' }, this.ring.node, this.seconds), this.offline, this.link));
    this.resize = new ResizeObserver(() => this.paint());
    this.resize.observe(this.host);
  }

  disconnectedCallback() {
    this.resize?.disconnect();
  }

  /**
   * @param {State} state
   * @param {Words} words
   * @param {number} now
   * @param {{purpose: Purpose | null, demo: boolean}} view
   */
  update(state, words, now, { purpose, demo }) {
    const { value, problem } = state.challenge;
    if (words.language !== this.drawnIn || purpose !== this.purpose || demo !== this.demo) {
      this.drawnIn = words.language;
      this.purpose = purpose;
      this.demo = demo;
      this.drawWords(words);
      this.value = null;
    }
    if (value !== this.value || !value) this.drawValue(value, problem, words);
    setText(this.opened, state.openedUntil ? words.say('challenge.opened') : '');
    if (value) {
      this.ring?.set(value.renewAt - now, value.renewAt - value.issued);
      const text = words.say('challenge.seconds', { seconds: Math.max(0, Math.ceil((value.renewAt - now) / 1000)) });
      if (this.seconds && this.seconds.textContent !== text) this.seconds.textContent = text;
    }
  }

  /** @param {Words} words */
  drawWords(words) {
    const { purpose } = this;
    setText(this.heading, words.say('challenge.title'));
    setText(this.aside, words.aside('challenge.title'));
    setText(this.purposeLine, purpose ? words.say('challenge.purpose', { purpose: words.language === 'zh' ? purpose.zh : purpose.en }) : '');
    const claims = (purpose?.request ?? []).map((claim) => words.say(`claim.${claim}`)).join(words.say('separator'));
    setText(this.asks, !purpose ? '' : claims ? words.say('challenge.asks', { claims }) : words.say('challenge.asks.nothing'));
    [...(this.steps?.children ?? [])].forEach((step, i) => {
      step.textContent = words.say(`challenge.step.${i + 1}`);
    });
    this.canvas?.setAttribute('aria-label', words.say('challenge.image'));
    setText(this.link, words.say('challenge.open'));
  }

  /**
   * @param {Challenge | null} value
   * @param {string} problem  reason code
   * @param {Words} words
   */
  drawValue(value, problem, words) {
    const changed = value !== this.value;
    this.value = value;
    if (!this.host || !this.canvas || !this.wait || !this.offline || !this.link) return;
    this.canvas.hidden = !value;
    this.wait.hidden = value !== null;
    setText(this.wait, problem ? `${words.say('challenge.problem')} · ${words.say(`reason.${problem}`)}` : words.say('challenge.waiting'));
    const why = problem ? ` · ${words.say(`reason.${problem}`)}` : '';
    setText(this.offline, value?.offline ? words.say('challenge.offline') + why : '');
    this.link.hidden = !value || !this.demo;
    if (!value) {
      delete this.host.dataset.challenge;
      return;
    }
    if (!changed) return;
    this.host.dataset.challenge = value.text;
    this.link.href = `/web/card/#${encodeURIComponent(value.text)}`;
    this.paint();
  }

  paint() {
    if (!this.value || !this.canvas || !this.host) return;
    const edge = Math.min(this.host.clientWidth, this.host.clientHeight);
    if (edge > 0) drawSymbol(this.canvas, this.value.modules, edge);
  }
}

customElements.define('ev-challenge', EvChallenge);
