// <ev-register>: the register of this counter in a dialog: where it stands, whose key it is
// sealed to, a file to hand over, a file to go on from. Loaded when it is opened.

import en from '../i18n/register/en.js';
import zh from '../i18n/register/zh.js';
import '../lib/modes.js';
import { h } from '../lib/dom.js';
import { recall, remember } from '../lib/prefs.js';
import { save } from '../lib/registerfile.js';
import { calendarDay, clockTime } from '../lib/time.js';
import { dayInFull, learn } from '../lib/words.js';

/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('../lib/register.js').Register} Register */
/** @typedef {import('../lib/registerstore.js').Book} Book */

learn({ zh, en });

/** Longest seat or code. */
const maxText = 24;

export class EvRegister extends HTMLElement {
  dialog = h('dialog', { class: 'register', 'aria-labelledby': 'register-title', 'data-testid': 'register-box' });
  facts = h('div', { class: 'register-facts' });
  note = h('p', { class: 'input-note', role: 'status', 'data-testid': 'register-note' });
  /** @type {Register | null} */
  register = null;
  /** @type {Words | null} */
  words = null;
  /** What is drawn of each book, by its id. @type {Map<string, HTMLElement>} */
  drawn = new Map();

  connectedCallback() {
    this.replaceChildren(this.dialog);
  }

  /**
   * @param {Register} register
   * @param {Words} words
   */
  toggle(register, words) {
    this.register = register;
    this.words = words;
    if (this.dialog.open) return this.dialog.close();
    this.note.textContent = '';
    if (this.dialog.lang !== words.language) this.drawn.clear();
    this.dialog.lang = words.language;
    const say = (/** @type {string} */ key) => words.say(key);
    this.dialog.replaceChildren(
      h('h2', { id: 'register-title' }, say('register.title')),
      this.facts,
      this.note,
      h('h3', {}, say('register.key.title')),
      h('p', { class: 'aside' }, say('register.key.note')),
      this.fileButton('register-key', say('register.key.pick'), (file) => this.takeKey(file)),
      h('h3', {}, say('register.import.title')),
      h('p', { class: 'aside' }, say('register.import.note')),
      this.fileButton('register-import', say('register.import.pick'), (file) => this.takeFile(file)),
      h('h3', {}, say('register.place.title')),
      h('div', { class: 'register-place' }, this.field('seat', say('register.seat')), this.field('staff', say('register.staff'))),
      h('div', { class: 'register-row' },
        h('button', { type: 'button', class: 'button button-main', onclick: () => this.dialog.close() }, say('key.close')),
        h('a', { class: 'button', href: new URL('../inspect/', import.meta.url).href, target: '_blank', rel: 'noopener' }, say('register.inspect'))),
    );
    this.dialog.showModal();
    void this.refresh();
  }

  /**
   * @param {string} id
   * @param {string} label
   * @param {(file: File) => Promise<void>} take
   */
  fileButton(id, label, take) {
    const input = h('input', { type: 'file', class: 'visually-hidden', id, 'data-testid': id });
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      input.value = '';
      if (file) void take(file);
    });
    return h('div', { class: 'register-row' }, h('label', { class: 'button', for: id }, label), input);
  }

  /**
   * @param {'seat' | 'staff'} name
   * @param {string} label
   */
  field(name, label) {
    const place = this.register?.place;
    const input = h('input', {
      type: 'text', class: 'field', maxLength: maxText, value: recall(name) ?? place?.[name] ?? '', autocomplete: 'off', spellcheck: false, 'data-testid': `register-${name}`,
    });
    input.addEventListener('change', () => {
      const text = input.value.trim();
      remember(name, text || null);
      if (this.register?.place) this.register.place = { ...this.register.place, [name]: text };
    });
    return h('label', {}, label, input);
  }

  /** Draws where the registers stand. */
  async refresh() {
    const { register, words } = this;
    if (!register || !words || !this.dialog.open) return;
    /** @type {(Book & {count: number})[]} */
    const books = [];
    try {
      for (const book of await register.store.books()) books.push({ ...book, count: ((await register.store.last(book.id))?.number ?? -1) + 1 });
    } catch {
      // The sentence about its state says so.
    }
    const { state, demo, lost } = register.standing;
    books.sort((a, b) => b.since - a.since);
    const sentences = [
      h('p', {}, words.say(`register.state.${state === 'ready' && demo ? 'demo' : state}`)),
      ...(lost ? [h('p', {}, words.say('register.state.lost', { count: lost }))] : []),
    ];
    // A button that somebody is pressing has to stay where it is, or the press is lost.
    if (books.length === this.drawn.size && books.every(({ id }) => this.drawn.has(id))) {
      for (const sentence of this.facts.querySelectorAll(':scope > p')) sentence.remove();
      this.facts.prepend(...sentences);
    } else {
      this.drawn = new Map(books.map((book) => [book.id, this.drawBook(book, words)]));
      this.facts.replaceChildren(...sentences, ...this.drawn.values());
    }
    for (const book of books) this.tell(book, words);
  }

  /**
   * @param {Book & {count: number}} book
   * @param {Words} words
   */
  drawBook(book, words) {
    const button = h('button', { type: 'button', class: 'button', 'data-testid': 'register-export', onclick: () => void this.export(book, button) }, words.say('register.export'));
    return h('section', { class: 'register-book', 'data-testid': 'register-book' }, h('p'), h('p', { class: 'aside' }), button);
  }

  /**
   * Says of a book that is drawn where it stands.
   * @param {Book & {count: number}} book
   * @param {Words} words
   */
  tell(book, words) {
    const day = (/** @type {number} */ at) => dayInFull(words.language, calendarDay(at));
    const [lines, signed] = this.drawn.get(book.id)?.querySelectorAll('p') ?? [];
    lines.replaceChildren(h('strong', {}, words.say('register.lines', { count: book.count })), ' ', words.say('register.since', { day: day(book.from), days: book.days }));
    signed.textContent = book.signedAt
      ? words.say('register.signed', { count: book.signed, when: `${day(book.signedAt)} ${clockTime(book.signedAt)}` })
      : words.say('register.signed.never');
  }

  /**
   * @param {Book} book
   * @param {HTMLButtonElement} button
   */
  async export(book, button) {
    if (!this.register || !this.words) return;
    button.disabled = true;
    try {
      const file = await this.register.export(book.id);
      save(file, `register-${book.party}-${calendarDay(Date.now())}.jzr`);
      this.say('register.export.done');
    } catch {
      this.say('register.export.failed');
    }
    button.disabled = false;
    await this.refresh();
  }

  /** @param {File} file */
  async takeKey(file) {
    try {
      await this.register?.use(new Uint8Array(await file.arrayBuffer()));
      this.say('register.key.done');
    } catch {
      this.say('register.key.wrong');
    }
    await this.refresh();
  }

  /** @param {File} file */
  async takeFile(file) {
    this.say('register.import.reading');
    try {
      const { note, count } = (await this.register?.import(file)) ?? { note: 'register.import.none', count: 0 };
      this.say(note, count);
    } catch {
      this.say('register.import.failed');
    }
    await this.refresh();
  }

  /**
   * @param {string} key
   * @param {number} [count]
   */
  say(key, count = 0) {
    this.note.textContent = this.words?.say(key, { count }) ?? '';
    this.note.dataset.note = key;
  }
}

customElements.define('ev-register', EvRegister);
