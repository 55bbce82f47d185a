// <ev-lock>: the dialog of the PIN: sets it, asks for it, and covers the page of a locked counter
// with a card that says it is out of order. Loaded when it is needed.

import '../lib/modes.js';
import en from '../i18n/lock/en.js';
import zh from '../i18n/lock/zh.js';
import { h, setText } from '../lib/dom.js';
import { learn } from '../lib/words.js';

/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('../lib/pin.js').Pin} Pin */

learn({ zh, en });

const tickMs = 250;

export class EvLock extends HTMLElement {
  dialog = h('dialog', { class: 'lock', 'aria-labelledby': 'lock-title', 'data-testid': 'lock-box' });
  note = h('p', { class: 'input-note', role: 'status', 'data-testid': 'lock-note' });
  /** Nobody closes it but the PIN. */
  firm = false;

  connectedCallback() {
    this.replaceChildren(this.dialog);
    this.dialog.addEventListener('cancel', (event) => { if (this.firm) event.preventDefault(); });
    // The event comes a while after; by then it may have been opened again.
    this.dialog.addEventListener('close', () => { if (this.firm && !this.dialog.open) this.dialog.showModal(); });
    // A wait after a wrong PIN is counted down.
    setInterval(() => this.count(), tickMs);
  }

  count = () => {};

  /**
   * @param {boolean} firm
   * @param {...(Node | null)} content
   */
  show(firm, ...content) {
    this.firm = firm;
    this.count = () => {};
    setText(this.note, '');
    this.dialog.classList.toggle('lock-full', firm);
    this.dialog.replaceChildren(...content.filter((node) => node !== null));
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.firm = false;
    if (this.dialog.open) this.dialog.close();
  }

  /**
   * @param {Words} words
   * @param {Pin} pin
   * @param {() => void} then
   */
  setUp(words, pin, then) {
    const first = this.field(words.say('lock.pin'), 'lock-pin');
    const second = this.field(words.say('lock.repeat'), 'lock-repeat');
    const form = h('form', { class: 'lock-form', onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (first.value !== second.value) return setText(this.note, words.say('lock.differ'));
      setText(this.note, words.say('lock.testing'));
      if (await pin.choose(first.value)) then();
      else setText(this.note, words.say('lock.short'));
    } }, h('label', {}, words.say('lock.pin'), first), h('label', {}, words.say('lock.repeat'), second),
    h('button', { type: 'submit', class: 'button button-main', 'data-testid': 'lock-set' }, words.say('lock.set')));
    this.show(false, h('h2', { id: 'lock-title' }, words.say('lock.title')), h('p', {}, words.say('lock.setup')), form, this.note,
      h('h3', {}, words.say('lock.forgotten.title')), h('p', { class: 'lock-forgotten' }, words.say('lock.forgotten')), this.closer(words));
    first.focus();
  }

  /**
   * What there is to choose once a PIN is set.
   * @param {Words} words
   * @param {{name: string, label: string, note: string, press: () => void}[]} items
   */
  menu(words, items) {
    this.show(false, h('h2', { id: 'lock-title' }, words.say('lock.title')),
      h('div', { class: 'tools-list' }, ...items.map(({ name, label, note, press }) => (
        h('button', { type: 'button', class: 'tool', 'data-testid': `lock-${name}`, onclick: press }, h('strong', {}, label), h('span', { class: 'aside' }, note))))),
      this.closer(words));
  }

  /**
   * Asks for the PIN, in a dialog or on the card of a locked counter.
   * @param {Words} words
   * @param {Pin} pin
   * @param {boolean} firm
   * @param {() => void} then
   */
  ask(words, pin, firm, then) {
    const field = this.field(words.say('lock.pin'), 'lock-pin');
    const open = h('button', { type: 'submit', class: 'button button-main', 'data-testid': 'lock-open' }, words.say('lock.unlock'));
    const form = h('form', { class: 'lock-form', onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      const typed = field.value;
      field.value = '';
      if (!typed || open.disabled) return;
      open.disabled = true;
      setText(this.note, words.say('lock.testing'));
      const answer = await pin.test(typed);
      open.disabled = false;
      if (answer === 'right') return then();
      setText(this.note, answer === 'wrong' ? words.say('lock.wrong') : '');
      wrong = answer === 'wrong';
      this.count();
      field.focus();
    } }, h('label', {}, words.say('lock.staff'), field), open);
    let wrong = false;
    const both = (/** @type {string} */ key) => [words.say(key), h('small', { lang: words.other }, words.aside(key))];
    const card = firm
      ? [h('div', { class: 'lock-card' }, h('h2', { id: 'lock-title' }, ...both('lock.out')), h('p', {}, ...both('lock.out.note')))]
      : [h('h2', { id: 'lock-title' }, words.say('lock.ask'))];
    this.show(firm, ...card, form, this.note,
      h('details', { class: 'lock-forgotten' }, h('summary', {}, words.say('lock.forgotten.title')), h('p', {}, words.say('lock.forgotten'))),
      firm ? null : this.closer(words));
    this.count = () => {
      const { waits } = pin;
      if (open.disabled && !waits) open.disabled = false;
      if (!waits) {
        if (this.note.dataset.waits) setText(this.note, wrong ? words.say('lock.wrong') : '');
        delete this.note.dataset.waits;
        return;
      }
      open.disabled = true;
      this.note.dataset.waits = 'yes';
      const wait = words.say('lock.wait', { seconds: Math.ceil(waits / 1000) });
      setText(this.note, wrong ? `${words.say('lock.wrong')} · ${wait}` : wait);
    };
    this.count();
    field.focus();
  }

  /**
   * @param {string} label
   * @param {string} id
   */
  field(label, id) {
    return h('input', { type: 'password', inputMode: 'numeric', class: 'field', maxLength: 12, autocomplete: 'off', 'aria-label': label, 'data-testid': id });
  }

  /** @param {Words} words */
  closer(words) {
    return h('button', { type: 'button', class: 'button', onclick: () => this.close() }, words.say('key.close'));
  }
}

customElements.define('ev-lock', EvLock);
