// <ev-help>: the keys and the sounds, in a dialog. Loaded when it is opened.

import en from '../i18n/help/en.js';
import zh from '../i18n/help/zh.js';
import '../lib/modes.js';
import { h } from '../lib/dom.js';
import { learn } from '../lib/words.js';

/** @typedef {import('../lib/words.js').Words} Words */

learn({ zh, en });

const outcomes = /** @type {const} */ (['accepted', 'conditional', 'rejected', 'undetermined', 'unreadable']);

export class EvHelp extends HTMLElement {
  dialog = h('dialog', { class: 'help', 'aria-labelledby': 'help-title' });

  connectedCallback() {
    this.replaceChildren(this.dialog);
  }

  /** @param {Words} words */
  toggle(words) {
    if (this.dialog.open) {
      this.dialog.close();
      return;
    }
    /** @type {[string, string][]} */
    const keys = [
      [words.say('key.enter'), 'help.enter'], [words.say('key.space'), 'help.space'], ['Esc', 'help.escape'],
      ['1 2 3', 'help.decide'], ['V', 'help.preview'], ['F9', 'help.f9'], ['F2', 'help.f2'], ['F4', 'help.f4'], ['F8', 'help.f8'], ['F1', 'help.f1'], ['Ctrl+V', 'help.paste'],
    ];
    this.dialog.replaceChildren(
      h('h2', { id: 'help-title' }, words.say('help.title')),
      h('dl', { class: 'help-keys' }, ...keys.flatMap(([key, text]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, words.say(text))])),
      h('h2', {}, words.say('help.sounds')),
      h('div', { class: 'help-sounds' }, ...outcomes.map((outcome) => h('button', {
        type: 'button', class: 'button',
        onclick: () => this.dispatchEvent(new CustomEvent('wish', { bubbles: true, detail: { name: 'try-sound', value: outcome } })),
      }, words.say(`outcome.${outcome}`)))),
      h('button', { type: 'button', class: 'button button-main', onclick: () => this.dialog.close() }, words.say('key.close')),
    );
    this.dialog.showModal();
  }
}

customElements.define('ev-help', EvHelp);
