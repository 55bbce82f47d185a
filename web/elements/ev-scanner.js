// <ev-scanner>: sets up a USB scanner: shows a code with every character of a card's code, and
// says what came of it. Loaded when it is opened.

import '../lib/modes.js';
import en from '../i18n/scanner/en.js';
import zh from '../i18n/scanner/zh.js';
import { calibration, judge } from '../lib/calibrate.js';
import { h } from '../lib/dom.js';
import { drawSymbol } from '../lib/symbol.js';
import { learn } from '../lib/words.js';

/** @typedef {import('../lib/words.js').Words} Words */

learn({ zh, en });

/** Edge of the code, CSS pixels: large enough for a scanner's line of sight. */
const edge = 232;

export class EvScanner extends HTMLElement {
  dialog = h('dialog', { class: 'scanner', 'aria-labelledby': 'scanner-title', 'data-testid': 'scanner-box' });
  canvas = h('canvas', { role: 'img' });
  said = h('div', { class: 'scanner-said', role: 'status', 'data-testid': 'scanner-said' });
  /** @type {Words | null} */
  words = null;
  /** Makes the code. @type {import('../engine/client.js').Engine | null} */
  engine = null;

  connectedCallback() {
    this.replaceChildren(this.dialog);
  }

  /** @param {Words} words */
  toggle(words) {
    if (this.dialog.open) return this.dialog.close();
    this.words = words;
    this.canvas.setAttribute('aria-label', words.say('scanner.image'));
    this.said.replaceChildren(h('p', { class: 'aside' }, words.say('scanner.silent')));
    delete this.said.dataset.kind;
    const close = h('button', { type: 'button', class: 'button', onclick: () => this.dialog.close() }, words.say('key.close'));
    this.dialog.replaceChildren(
      h('h2', { id: 'scanner-title' }, words.say('scanner.title')), h('p', {}, words.say('scanner.scan')),
      h('div', { class: 'scanner-code' }, this.canvas), this.said, close);
    this.dialog.showModal();
    close.focus(); // not in a field: what the scanner types is caught on the page
    void this.engine?.call('encode', { text: calibration, level: 'M' }).then((modules) => drawSymbol(this.canvas, modules, edge)).catch(() => {});
  }

  /**
   * What the scanner typed.
   * @param {string} text
   * @param {boolean} enter  whether Enter or Tab ended it
   */
  hear(text, enter) {
    const { words } = this;
    if (!words) return;
    const { kind, layout, wrong, count } = judge(text, enter);
    const spell = (/** @type {string} */ letter) => (letter === ' ' ? words.say('key.space') : letter);
    const pairs = wrong.map(([want, got]) => `${spell(want)}\u00a0→\u00a0${spell(got)}`).join(words.say('separator'));
    const usable = kind === 'right' || kind === 'capitals';
    this.said.dataset.kind = kind;
    this.said.dataset.enter = enter ? 'yes' : 'no';
    this.said.replaceChildren(
      h('p', { class: 'scanner-finding' }, kind === 'layout' ? words.say(`scanner.layout.${layout}`) : words.say(`scanner.${kind}`, { count })),
      ...(wrong.length && kind !== 'capitals' ? [h('p', { class: 'scanner-pairs' }, words.say('scanner.wrong', { pairs }))] : []),
      ...(usable && enter ? [h('p', {}, words.say('scanner.enter'))] : []),
      ...(kind !== 'other' && !enter ? [h('p', {}, words.say('scanner.no-enter'))] : []),
    );
  }
}

customElements.define('ev-scanner', EvScanner);
