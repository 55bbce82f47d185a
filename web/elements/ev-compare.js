// <ev-compare>: the portrait of a card, enlarged, for a person to compare with whom the card
// was shown by; on wish the camera's picture beside it. That picture stands in a video element
// and nowhere else: no frame of it is read, kept or compared by the page.

import { h, setText } from '../lib/dom.js';
import { recall, remember } from '../lib/prefs.js';

/** @typedef {import('../lib/words.js').Words} Words */

/** The camera's picture is there for so long at most. */
export const previewMs = 30_000;

const wanted = { width: { ideal: 640 }, height: { ideal: 480 } };

export class EvCompare extends HTMLElement {
  /** @type {MediaStream | null} */
  stream = null;
  /** What the place beside the portrait says. @type {'off' | 'asking' | 'live' | 'refused' | 'over'} */
  state = 'off';
  /** @type {string[]} */
  cameras = [];
  attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;
  /** @type {Words | null} */
  words = null;
  onHidden = () => { if (document.hidden) this.stop(); };

  connectedCallback() {
    this.portrait = h('img', { class: 'compare-portrait', 'data-testid': 'portrait' });
    this.portraitWords = h('figcaption');
    this.none = h('p', { class: 'compare-none', 'data-testid': 'no-portrait' });
    this.video = h('video', { class: 'compare-video', muted: true, playsInline: true, autoplay: true, 'data-testid': 'preview' });
    this.said = h('p', { class: 'compare-said', role: 'status' });
    this.start = h('button', { class: 'verdict-button', type: 'button', 'data-testid': 'preview-start', onclick: () => this.toggle() });
    this.other = h('button', { class: 'compare-other', type: 'button', onclick: () => void this.next() });
    this.liveWords = h('figcaption');
    this.live = h('figure', { class: 'compare-figure' }, h('div', { class: 'compare-live' }, this.video, this.said, this.start, this.other), this.liveWords);
    this.card = h('figure', { class: 'compare-figure' }, this.portrait, this.portraitWords);
    this.proves = h('p', { class: 'compare-proves', 'data-testid': 'proves' });
    this.how = h('p', { class: 'compare-how' });
    this.text = h('div', { class: 'compare-text' }, this.none, this.proves, this.how);
    this.replaceChildren(this.card, this.live, this.text);
    document.addEventListener('visibilitychange', this.onHidden);
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.onHidden);
    this.stop();
  }

  /**
   * @param {string} portrait  address of the picture, '' for a card without one
   * @param {Words} words
   */
  update(portrait, words) {
    this.words = words;
    this.hidden = false;
    if (!this.portrait || !this.card || !this.live || !this.none) return;
    if (portrait) this.portrait.src = portrait;
    this.portrait.alt = words.say('verdict.photo');
    this.card.hidden = this.live.hidden = !portrait;
    this.none.hidden = portrait !== '';
    setText(this.portraitWords, words.say('compare.card'));
    setText(this.liveWords, words.say('compare.live'));
    setText(this.none, words.say('compare.none'));
    setText(this.proves, portrait ? words.say('compare.proves') : words.say('compare.proves.none'));
    setText(this.how, portrait ? words.say('compare.how') : '');
    this.video?.setAttribute('aria-label', words.say('compare.live'));
    this.draw();
  }

  /** There is nothing to compare any more. */
  leave() {
    this.hidden = true;
    this.stop();
    this.portrait?.removeAttribute('src');
  }

  draw() {
    const { words, state } = this;
    if (!words || !this.video || !this.start || !this.other) return;
    this.dataset.preview = state;
    this.video.hidden = state !== 'live';
    setText(this.said, state === 'live' ? '' : words.say(`compare.${state}`));
    this.start.replaceChildren(words.say(state === 'live' ? 'compare.stop' : 'compare.start'), h('kbd', {}, 'V'));
    this.other.hidden = state !== 'live' || this.cameras.length < 2;
    setText(this.other, words.say('camera.switch'));
  }

  /** @param {EvCompare['state']} state */
  set(state) {
    this.state = state;
    this.draw();
  }

  /** Turns the camera's picture on or off, if there is a portrait to hold it beside. */
  toggle() {
    if (this.stream || this.state === 'asking') this.stop();
    else if (!this.hidden && this.live?.hidden === false) void this.begin(recall('preview'));
  }

  /** @param {string | null} deviceId */
  async begin(deviceId) {
    this.close();
    const attempt = ++this.attempt;
    this.set('asking');
    this.tell('preview', true);
    try {
      const source = deviceId ? { deviceId: { ideal: deviceId } } : { facingMode: { ideal: 'user' } };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, ...source } });
      if (attempt !== this.attempt || !this.video) return stream.getTracks().forEach((track) => track.stop());
      this.stream = stream;
      this.video.srcObject = stream;
      this.timer = setTimeout(() => this.stop('over'), previewMs);
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.cameras = devices.filter(({ kind }) => kind === 'videoinput').map((device) => device.deviceId);
      if (attempt === this.attempt) this.set('live');
    } catch {
      if (attempt === this.attempt) this.stop('refused');
    }
  }

  /** Another camera, which is remembered. */
  async next() {
    const now = this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? '';
    const id = this.cameras[(this.cameras.indexOf(now) + 1) % this.cameras.length];
    remember('preview', id || null);
    await this.begin(id);
  }

  /** @param {'off' | 'over' | 'refused'} [state]  what is said from now on */
  stop(state = 'off') {
    this.attempt++;
    const used = this.state === 'asking' || this.state === 'live';
    this.close();
    this.set(state);
    if (used) this.tell('preview', false);
  }

  close() {
    clearTimeout(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    if (this.video) this.video.srcObject = null;
  }

  /**
   * @param {string} name
   * @param {boolean} value
   */
  tell(name, value) {
    this.dispatchEvent(new CustomEvent('wish', { bubbles: true, detail: { name, value } }));
  }
}

customElements.define('ev-compare', EvCompare);
