// <ev-strip>: the status strip, always visible: what works, until when, in words and icons.

import { h, setText } from '../lib/dom.js';
import { icon } from './icons.js';
import { stripItems } from '../lib/status.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */

export class EvStrip extends HTMLElement {
  /** What is drawn, by the item's id. @type {Map<string, HTMLElement>} */
  drawn = new Map();

  /**
   * @param {State} state
   * @param {Words} words
   * @param {number} now
   * @param {{muted: boolean, blocked: boolean, register?: import('../lib/register.js').Standing, without?: string[]}} more  without:
   *     items that the page has nothing to say of
   */
  update(state, words, now, { without = [], ...more }) {
    // What stays is changed where it is: were it drawn anew, a press on it would be lost, and the focus.
    const items = stripItems(state, words, now, more).filter(({ id }) => !without.includes(id));
    const nodes = items.map((item) => {
      const node = this.drawn.get(item.id) ?? this.draw(item);
      node.className = `strip-item is-${item.mood}`;
      if (node.dataset.icon !== item.icon) node.firstChild?.replaceWith(icon(item.icon));
      node.dataset.icon = item.icon;
      setText(/** @type {HTMLElement} */ (node.lastChild), item.text);
      return node;
    });
    for (const node of [...this.children]) if (!nodes.includes(/** @type {HTMLElement} */ (node))) node.remove();
    for (const [i, node] of nodes.entries()) if (this.children[i] !== node) this.insertBefore(node, this.children[i] ?? null);
  }

  /** @param {import('../lib/status.js').Item} item */
  draw({ id, wish }) {
    const props = { 'data-item': id, 'data-testid': `strip-${id}` };
    const node = wish
      ? h('button', { ...props, type: 'button', onclick: () => this.wish(wish) }, h('i'), h('span'))
      : h('span', props, h('i'), h('span'));
    this.drawn.set(id, node);
    return node;
  }

  /** @param {string} name */
  wish(name) {
    this.dispatchEvent(new CustomEvent('wish', { bubbles: true, detail: { name } }));
  }
}

customElements.define('ev-strip', EvStrip);
