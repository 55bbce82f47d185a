// <ev-tools>: what staff need now and then, in a dialog: practice, the customer's
// window, the PIN lock, the look of the page. Loaded
// when it is opened.

import en from '../i18n/tools/en.js';
import zh from '../i18n/tools/zh.js';
import '../lib/modes.js';
import { h } from '../lib/dom.js';
import { big, theme } from '../lib/prefs.js';
import { learn } from '../lib/words.js';

/** @typedef {import('../lib/words.js').Words} Words */

learn({ zh, en });

export class EvTools extends HTMLElement {
  dialog = h('dialog', { class: 'tools', 'aria-labelledby': 'tools-title', 'data-testid': 'tools-box' });

  connectedCallback() {
    this.replaceChildren(this.dialog);
  }

  /** @param {Words} words */
  toggle(words) {
    if (this.dialog.open) return this.dialog.close();
    this.draw(words);
    this.dialog.showModal();
  }

  /** @param {Words} words */
  draw(words) {
    this.dialog.replaceChildren(
      h('h2', { id: 'tools-title' }, words.say('tools.title')),
      h('div', { class: 'tools-list' },
        this.tool('practice', words.say('tools.practice'), words.say('tools.practice.note')),
        this.tool('customer', words.say('tools.customer'), words.say('tools.customer.note')),
        this.tool('scanner', words.say('tools.scanner'), words.say('tools.scanner.note')),
        this.tool('lock', words.say('tools.lock'), words.say('tools.lock.note')),
        h('a', { class: 'tool', href: new URL('../challenge/', import.meta.url).href, 'data-testid': 'tool-display' },
          h('strong', {}, words.say('tools.display')), h('span', { class: 'aside' }, words.say('tools.display.note'))),
        this.tool('theme', words.say(`strip.theme.${theme()}`), words.say('tools.theme.note'), words),
        this.tool('big', words.say(big() ? 'tools.big' : 'tools.big.off'), words.say('tools.big.note'), words),
      ),
      h('button', { type: 'button', class: 'button button-main', onclick: () => this.dialog.close() }, words.say('key.close')),
    );
  }

  /**
   * @param {string} name
   * @param {string} label
   * @param {string} note
   * @param {Words} [again]  the dialog stays and is drawn anew in these words
   */
  tool(name, label, note, again) {
    const press = () => {
      if (!again) this.dialog.close();
      this.dispatchEvent(new CustomEvent('wish', { bubbles: true, detail: { name } }));
      if (!again) return;
      this.draw(again);
      /** @type {HTMLElement | null} */ (this.dialog.querySelector(`[data-testid=tool-${name}]`))?.focus();
    };
    return h('button', { type: 'button', class: 'tool', 'data-testid': `tool-${name}`, onclick: press }, h('strong', {}, label), h('span', { class: 'aside' }, note));
  }
}

customElements.define('ev-tools', EvTools);
