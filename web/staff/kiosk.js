// The PIN lock of the staff page: covers a counter where nobody is, and keeps its settings as
// they are while checks go on. Loaded when it is needed.

import { EvLock } from '../elements/ev-lock.js';
import { Pin } from '../lib/pin.js';
import { recall, remember } from '../lib/prefs.js';

/** Settings that the PIN opened are locked again after this. */
const openMs = 120_000;

/** Keys of the browser and of the page that mean nothing on a locked counter. */
const dead = /^(Escape|F\d+)$/;

export class Kiosk {
  pin = new Pin({ recall, remember });
  box = new EvLock();
  openUntil = 0;

  /**
   * @param {object} parts
   * @param {import('../lib/words.js').Words} parts.words
   * @param {import('../lib/presence.js').Presence} parts.presence
   * @param {() => void} parts.onChange
   */
  constructor({ words, presence, onChange }) {
    this.words = words;
    this.presence = presence;
    this.onChange = onChange;
    document.body.append(this.box);
    const deaf = (/** @type {KeyboardEvent} */ event) => {
      if (!this.locked || !dead.test(event.code)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    window.addEventListener('keydown', deaf, { capture: true });
    // A second window of this browser may have locked or opened the counter.
    window.addEventListener('storage', () => this.follow());
  }

  get locked() {
    return recall('locked') === 'yes' && this.pin.chosen;
  }

  /** Whether settings stay as they are until the PIN opens them. */
  get fixed() {
    return recall('fixed') === 'yes' && this.pin.chosen && Date.now() >= this.openUntil;
  }

  /** Sets a PIN, or says what can be done with the one there is. */
  menu() {
    const { words, pin, box } = this;
    if (!pin.chosen) return box.setUp(words, pin, () => this.menu());
    const fixed = recall('fixed') === 'yes';
    box.menu(words, [
      { name: 'now', label: words.say('lock.now'), note: words.say('lock.now.note'), press: () => this.lock() },
      {
        name: 'fixed', label: words.say(fixed ? 'lock.fixed' : 'lock.fixed.off'), note: words.say('lock.fixed.note'),
        press: () => (fixed ? this.ask(() => this.fix(false)) : this.fix(true)),
      },
      ...(this.fixed ? [{ name: 'settings', label: words.say('lock.open'), note: words.say('lock.open.note'), press: () => this.ask(() => this.openSettings()) }] : []),
      { name: 'remove', label: words.say('lock.remove'), note: words.say('lock.remove.note'), press: () => this.ask(() => this.remove()) },
    ]);
  }

  lock() {
    remember('locked', 'yes');
    this.follow();
  }

  /** Covers the page if the counter is locked, and uncovers it if not. */
  follow() {
    const { presence, box, pin, words } = this;
    presence.occupy('lock', this.locked);
    if (!this.locked) {
      if (box.firm) box.close();
    } else if (!box.firm) {
      // One that was open would lie above the card.
      for (const open of document.querySelectorAll('dialog[open]')) /** @type {HTMLDialogElement} */ (open).close();
      box.ask(words, pin, true, () => {
        remember('locked', null);
        this.follow();
      });
    }
    this.onChange();
  }

  /**
   * Does something once the PIN was entered.
   * @param {() => void} run
   */
  ask(run) {
    this.box.ask(this.words, this.pin, false, () => {
      this.box.close();
      run();
    });
  }

  /**
   * Changes a setting: at once, or once the PIN was entered.
   * @param {() => void} run
   */
  guard(run) {
    if (!this.fixed) return run();
    this.ask(() => {
      this.openSettings();
      run();
    });
  }

  openSettings() {
    this.openUntil = Date.now() + openMs;
    setTimeout(() => this.onChange(), openMs);
    this.onChange();
  }

  /** @param {boolean} on */
  fix(on) {
    remember('fixed', on ? 'yes' : null);
    this.openUntil = 0;
    this.onChange();
    this.menu();
  }

  remove() {
    this.pin.forget();
    remember('fixed', null);
    this.onChange();
  }
}
