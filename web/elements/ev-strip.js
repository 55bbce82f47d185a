// <ev-strip>: the status strip, always visible: what works, until when, in words and icons.

import { h } from '../lib/dom.js';
import { icon } from './icons.js';
import { stripItems } from '../lib/status.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */

export class EvStrip extends HTMLElement {
  drawn = '';

  /**
   * @param {State} state
   * @param {Words} words
   * @param {number} now
   * @param {{muted: boolean, blocked: boolean, register?: import('../lib/register.js').Standing, without?: string[]}} more  without:
   *     items that the page has nothing to say of
   */
  update(state, words, now, { without = [], ...more }) {
    const items = stripItems(state, words, now, more).filter(({ id }) => !without.includes(id));
    const key = JSON.stringify(items);
    if (key === this.drawn) return;
    this.drawn = key;
    const focused = /** @type {HTMLElement | null} */ (this.contains(document.activeElement) ? document.activeElement : null)?.dataset.item;
    this.replaceChildren(...items.map((item) => {
      const props = { class: `strip-item is-${item.mood}`, 'data-item': item.id, 'data-testid': `strip-${item.id}` };
      const content = [icon(item.icon), h('span', {}, item.text)];
      if (!item.wish) return h('span', props, ...content);
      const button = h('button', { ...props, type: 'button', onclick: () => this.wish(item.wish ?? '') }, ...content);
      return button;
    }));
    if (focused) /** @type {HTMLElement | null} */ (this.querySelector(`[data-item="${focused}"]`))?.focus();
  }

  /** @param {string} name */
  wish(name) {
    this.dispatchEvent(new CustomEvent('wish', { bubbles: true, detail: { name } }));
  }
}

customElements.define('ev-strip', EvStrip);
