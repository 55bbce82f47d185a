// <ev-asleep>: covers the page while another copy of it is at work, and wakes it.

import { h } from '../lib/dom.js';

export class EvAsleep extends HTMLElement {
  dialog = h('dialog', { class: 'asleep', 'aria-labelledby': 'asleep-title', 'data-testid': 'asleep' });

  connectedCallback() {
    this.replaceChildren(this.dialog);
    // Escape does not close it: it would leave a page that looks awake.
    this.dialog.addEventListener('cancel', (event) => event.preventDefault());
    this.dialog.addEventListener('close', () => { if (this.asleep) this.dialog.showModal(); });
  }

  asleep = false;

  /**
   * @param {boolean} asleep
   * @param {import('../lib/words.js').Words} words
   */
  update(asleep, words) {
    if (asleep === this.asleep) return;
    this.asleep = asleep;
    if (!asleep) return this.dialog.close();
    this.dialog.replaceChildren(
      h('h2', { id: 'asleep-title' }, words.say('asleep.title')),
      h('p', {}, words.say('asleep.note')),
      h('p', {}, words.say('asleep.one')),
      h('button', {
        type: 'button', class: 'button button-main', 'data-testid': 'wake',
        onclick: () => this.dispatchEvent(new CustomEvent('wake')),
      }, words.say('asleep.wake'), h('kbd', {}, words.say('key.enter'))),
    );
    // A dialog that was open would lie above this one, and swallow its keys.
    for (const open of document.querySelectorAll('dialog[open]')) /** @type {HTMLDialogElement} */ (open).close();
    this.dialog.showModal();
    this.dialog.querySelector('button')?.focus();
  }
}

customElements.define('ev-asleep', EvAsleep);
