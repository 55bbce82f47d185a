// Whether somebody checks at this page: it may be hidden, asleep beside another copy, taken
// up by something else, or idle, when a new build of the app is taken.

import { App } from './app.js';
import { now } from './clock.js';
import { Copies } from './copies.js';
import { byId } from './dom.js';

/** @typedef {import('../types/flow.js').State} State */

/**
 * Whether nothing would be lost if the page were loaded anew: no check under way, no verdict
 * shown, no phone about to answer.
 * @param {State} state
 * @param {number} now
 */
export function isIdle({ check, waiting, verdict, arrived, openedUntil }, now) {
  return !check && !waiting && !verdict && !arrived.length && openedUntil <= now;
}

/** Where there are no lists yet the camera is opened after so long. */
const patienceMs = 10_000;

export class Presence {
  /**
   * @param {object} parts
   * @param {() => State} parts.state
   * @param {(event: import('../types/flow.js').Event) => void} parts.dispatch
   * @param {import('./words.js').Words} parts.words
   * @param {Pick<import('./camera.js').Camera, 'start' | 'suspend' | 'resume'>} parts.camera
   * @param {import('./challenges.js').Challenges} parts.challenges
   * @param {Promise<unknown>} [parts.usable]  settled when codes can be checked
   */
  constructor({ state, dispatch, words, camera, challenges, usable = Promise.resolve() }) {
    this.state = state;
    this.dispatch = dispatch;
    this.words = words;
    this.camera = camera;
    this.challenges = challenges;
    this.usable = usable;
    this.away = false;
    /** What keeps staff from checking, as practice does. @type {Set<string>} */
    this.occupied = new Set();
    this.copies = new Copies({ onChange: () => this.change() });
    this.app = new App({
      idle: () => isIdle(state(), now()) && !this.occupied.has('practice'), // a locked page is locked again
      onLate: (late) => { byId('app-note').hidden = !late; },
    });
    this.box = /** @type {import('../elements/ev-asleep.js').EvAsleep} */ (byId('asleep'));
  }

  get asleep() {
    return this.copies.asleep;
  }

  /**
   * Opens the camera when it is known that this copy is awake and codes can be checked: it
   * takes a slow computer as long as the engine does, which goes first.
   */
  async begin() {
    this.app.start();
    this.box.addEventListener('wake', () => this.copies.wake());
    document.addEventListener('visibilitychange', () => this.change());
    window.addEventListener('pagehide', () => {
      this.dispatch({ type: 'hidden', hidden: true });
      this.copies.leave();
      this.app.hold(false);
    });
    window.addEventListener('pageshow', ({ persisted }) => { if (persisted) void this.copies.start(); });
    this.change();
    await this.copies.start();
    await Promise.race([this.usable, pause(patienceMs)]);
    void this.camera.start(undefined, this.away);
  }

  /** Somebody does something that no key or pointer tells. */
  touch() {
    this.app.touch();
  }

  /**
   * Staff begin something besides checking, or are done with it.
   * @param {string} what
   * @param {boolean} on
   */
  occupy(what, on) {
    if (on) this.occupied.add(what);
    else this.occupied.delete(what);
    this.change();
  }

  /** Camera and challenges are for whoever sees this page; a verdict leaves with them. */
  change() {
    this.box.update(this.asleep, this.words);
    const away = document.hidden || this.asleep || this.occupied.size > 0;
    if (away === this.away) return;
    this.away = away;
    this.dispatch({ type: 'hidden', hidden: away });
    this.challenges.attend(!away, this.state().engine === 'ready');
    if (away) this.camera.suspend();
    else this.camera.resume();
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
