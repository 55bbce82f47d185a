// <ev-inputs>: the ways in besides the camera: a picture file, a shared window and a text field, with a word
// on dropping, pasting and the USB scanner, which need no control.

import { h } from '../lib/dom.js';

/** @typedef {import('../lib/words.js').Words} Words */

/** Longest text taken from the field; a symbol holds less. */
const maxText = 8192;

export class EvInputs extends HTMLElement {
  drawn = '';

  connectedCallback() {
    if (this.field) return;
    this.file = h('input', { type: 'file', accept: 'image/*,application/pdf', class: 'visually-hidden', id: 'file', 'data-testid': 'file', onchange: () => this.takeFile() });
    this.fileWords = h('span');
    // Only a window of this computer that can be shared is offered.
    this.share = h('button', {
      type: 'button', class: 'button', 'data-testid': 'share', hidden: !navigator.mediaDevices?.getDisplayMedia,
      onclick: () => this.dispatchEvent(new CustomEvent('wish', { bubbles: true, detail: { name: 'share' } })),
    });
    this.field = h('input', {
      type: 'text', class: 'field', id: 'text', 'data-testid': 'text', maxLength: maxText, autocomplete: 'off', spellcheck: false,
      autocapitalize: 'off', 'aria-describedby': 'input-hint',
    });
    this.submit = h('button', { type: 'submit', class: 'button', 'data-testid': 'submit' });
    this.hint = h('p', { class: 'input-hint', id: 'input-hint' });
    this.note = h('p', { class: 'input-note', role: 'status', 'data-testid': 'note' });
    const form = h('form', { class: 'input-form', onsubmit: (/** @type {Event} */ event) => this.takeText(event) }, this.field, this.submit);
    this.replaceChildren(h('label', { class: 'button input-file', for: 'file' }, this.fileWords), this.file, form, h('div', { class: 'input-more' }, this.hint, this.share), this.note);
  }

  /**
   * @param {string} note  key of a sentence, or ''
   * @param {Words} words
   */
  update(note, words) {
    const key = `${note} ${words.language}`;
    if (key === this.drawn || !this.field) return;
    this.drawn = key;
    if (this.fileWords) this.fileWords.textContent = words.say('input.file');
    if (this.share) this.share.textContent = words.say('input.share');
    this.field.placeholder = words.say('input.field');
    this.field.setAttribute('aria-label', words.say('input.field'));
    if (this.submit) this.submit.textContent = words.say('input.submit');
    if (this.hint) this.hint.textContent = words.say('input.hint');
    if (this.note) this.note.textContent = note ? words.say(note) : '';
  }

  takeFile() {
    const file = this.file?.files?.[0];
    if (!file || !this.file) return;
    this.dispatchEvent(new CustomEvent('blob', { bubbles: true, detail: { blob: file, source: 'file' } }));
    this.file.value = ''; // so that the same file can be chosen again
  }

  /** @param {Event} event */
  takeText(event) {
    event.preventDefault();
    const text = this.field?.value.trim() ?? '';
    if (!text || !this.field) return;
    this.field.value = '';
    this.dispatchEvent(new CustomEvent('flow', { bubbles: true, detail: { type: 'text', text, source: 'typed' } }));
  }
}

customElements.define('ev-inputs', EvInputs);
