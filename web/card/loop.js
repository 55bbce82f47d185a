// Shows the symbols of an answer that takes several, one after another, with a counter.

import { h, setText } from '../lib/dom.js';
import { drawSymbol } from '../lib/symbol.js';

/** @typedef {import('../types/engine.js').Modules} Modules */
/** @typedef {import('../lib/words.js').Words} Words */

/** For how long each is shown: at most three changes a second (WCAG 2.3.1), and slower for who wants no motion. */
const frameMs = 350;
const calmMs = 1000;

export class Loop {
  at = 0;
  paused = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  timer = undefined;

  /**
   * @param {Modules[]} parts
   * @param {Words} words
   */
  constructor(parts, words) {
    this.parts = parts;
    this.words = words;
    this.canvas = h('canvas');
    this.counter = h('span', { class: 'loop-counter', 'data-testid': 'part' });
    this.pause = h('button', { type: 'button', class: 'button button-small', 'data-testid': 'loop-pause', onclick: () => this.toggle() });
    this.bar = h('p', { class: 'loop-bar' }, this.counter, this.pause);
  }

  /**
   * Begins to draw, until the canvas leaves the page.
   * @param {number} edge  CSS pixels at hand
   */
  start(edge) {
    this.edge = edge;
    clearInterval(this.timer);
    const calm = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches;
    this.timer = setInterval(() => this.step(), calm ? calmMs : frameMs);
    this.draw();
  }

  step() {
    if (!this.canvas.isConnected) return clearInterval(this.timer);
    if (this.paused) return;
    this.at = (this.at + 1) % this.parts.length;
    this.draw();
  }

  draw() {
    drawSymbol(this.canvas, this.parts[this.at], this.edge ?? 0);
    setText(this.counter, this.words.say('card.part', { part: this.at + 1, parts: this.parts.length }));
    this.canvas.dataset.part = String(this.at + 1);
    setText(this.pause, this.words.say(this.paused ? 'card.part.go' : 'card.part.pause'));
  }

  toggle() {
    this.paused = !this.paused;
    this.draw();
  }
}
