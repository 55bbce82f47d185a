// <ev-viewfinder>: the camera picture with a square to aim at, the outline of the code that was
// seen, filled once it is read, and one line of advice; or one sentence that says why there is
// no picture, and a way out.

import { h, setText, svg } from '../lib/dom.js';
import { icon } from './icons.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('../types/engine.js').FrameReport} FrameReport */
/** @typedef {import('../lib/coach.js').Advice} Advice */

/** How long the outline stays after the code was seen. */
const outlineMs = 400;

/** How often the outline moves for people who do not want motion. */
const calmMs = 600;

const calm = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)');

const retryable = new Set(['denied', 'busy', 'missing', 'off']);

export class EvViewfinder extends HTMLElement {
  drawn = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  fade = undefined;
  movedAt = 0;
  /** @type {Advice} */
  advice = '';
  have = 0; // parts of a text that were seen
  parts = 0;

  connectedCallback() {
    if (this.video) return;
    this.video = h('video', { muted: true, playsInline: true, autoplay: true, 'data-testid': 'video' });
    this.outline = svg('polygon', { class: 'view-outline' });
    this.halo = svg('polygon', { class: 'view-halo' });
    this.overlay = svg('svg', { class: 'view-overlay', preserveAspectRatio: 'xMidYMid slice', 'aria-hidden': 'true' }, this.halo, this.outline);
    this.aim = h('div', { class: 'view-aim', 'aria-hidden': 'true' });
    this.hint = h('p', { class: 'view-hint', role: 'status', 'data-testid': 'camera-hint' });
    this.message = h('div', { class: 'view-message', role: 'status', 'data-testid': 'camera-sentence' });
    this.tools = h('div', { class: 'view-tools' });
    this.replaceChildren(this.video, this.overlay, this.aim, this.hint, this.message, this.tools);
  }

  disconnectedCallback() {
    clearTimeout(this.fade);
  }

  /**
   * @param {State['camera']} camera
   * @param {Words} words
   * @param {{torch: boolean, zoom: {min: number, max: number, step: number} | null, several: boolean}} able
   */
  update(camera, words, able) {
    const key = JSON.stringify([camera, words.language, able]);
    if (key === this.drawn) return this.advise(camera.state === 'live' ? this.advice : '', words);
    this.drawn = key;
    const { state } = camera;
    this.dataset.camera = state;
    this.classList.toggle('is-mirrored', camera.mirrored);
    const shared = state === 'live' && camera.label === 'shared';
    this.classList.toggle('is-shared', shared);
    this.advise(state === 'live' ? this.advice : '', words);
    this.video?.setAttribute('aria-label', words.say('camera.view'));
    this.message?.replaceChildren(...(state === 'live' ? [] : this.sentence(state, words)));
    this.tools?.replaceChildren(...(shared ? [this.stopNode(words)] : state === 'live' ? this.toolNodes(words, able) : []));
  }

  /**
   * @param {string} state
   * @param {Words} words
   */
  sentence(state, words) {
    /** @type {Element[]} */
    const nodes = [
      icon('camera', 'view-icon'),
      h('p', {}, words.say(`camera.${state}`)),
      h('p', { class: 'aside', lang: words.other }, words.aside(`camera.${state}`)),
    ];
    if (state === 'asking') nodes.splice(1, 0, h('p', { class: 'view-explain' }, words.say('camera.explain')));
    if (retryable.has(state)) {
      nodes.push(h('button', { type: 'button', class: 'button', 'data-testid': 'camera-retry', onclick: () => this.wish('camera-retry') }, words.say('camera.retry')));
    }
    return nodes;
  }

  /** @param {Words} words */
  stopNode(words) {
    return h('button', { type: 'button', class: 'button', 'data-testid': 'share-stop', onclick: () => this.wish('camera-retry') }, words.say('camera.share.stop'));
  }

  /**
   * @param {Words} words
   * @param {{torch: boolean, zoom: {min: number, max: number, step: number} | null, several: boolean}} able
   */
  toolNodes(words, able) {
    const nodes = [];
    if (able.several) nodes.push(h('button', { type: 'button', class: 'button', onclick: () => this.wish('camera-switch') }, words.say('camera.switch'), h('kbd', {}, 'F8')));
    if (able.torch) nodes.push(h('button', { type: 'button', class: 'button', onclick: () => this.wish('camera-torch') }, words.say('camera.torch')));
    if (able.zoom) {
      const { min, max, step } = able.zoom;
      nodes.push(h('input', {
        type: 'range', min: String(min), max: String(max), step: String(step || 0.1), value: String(min), 'aria-label': words.say('camera.zoom'),
        oninput: (/** @type {Event} */ event) => this.wish('camera-zoom', Number(/** @type {HTMLInputElement} */ (event.target).value)),
      }));
    }
    return nodes;
  }

  /**
   * Draws the outline of a code for a moment.
   * @param {FrameReport} report
   * @param {number} at  performance.now() of the frame
   */
  see({ text, sight, width, height }, at) {
    this.have = sight.have;
    this.parts = sight.parts;
    if (!sight.seen || !this.outline) return;
    const read = text !== null || sight.parts > 0;
    if (read || !calm?.matches || at - this.movedAt > calmMs) {
      this.movedAt = at;
      this.overlay?.setAttribute('viewBox', `0 0 ${width} ${height}`);
      const points = sight.corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
      for (const shape of [this.halo, this.outline]) shape?.setAttribute('points', points);
    }
    this.classList.add('has-sight');
    if (read) this.classList.add('has-code');
    clearTimeout(this.fade);
    this.fade = setTimeout(() => this.classList.remove('has-sight', 'has-code'), calm?.matches ? 2 * calmMs : outlineMs);
  }

  /**
   * Shows a line of advice, how many parts of a text there are, or what the square is for.
   * @param {Advice} advice
   * @param {Words} words
   */
  advise(advice, words) {
    this.advice = advice;
    if (!this.hint) return;
    const { have, parts } = this;
    this.hint.classList.toggle('is-advice', advice !== '' || parts > 0);
    this.hint.dataset.advice = advice;
    this.hint.dataset.parts = parts ? `${have}/${parts}` : '';
    const plain = this.classList.contains('is-shared') ? 'camera.shared' : 'camera.hint';
    setText(this.hint, parts ? words.say('camera.parts', { have, parts }) : words.say(advice ? `coach.${advice}` : plain));
  }

  /**
   * @param {string} name
   * @param {number} [value]
   */
  wish(name, value) {
    this.dispatchEvent(new CustomEvent('wish', { bubbles: true, detail: { name, value } }));
  }
}

customElements.define('ev-viewfinder', EvViewfinder);
