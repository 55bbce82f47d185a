// <ev-display>: what people in front of the counter see: the code, who asks for what and why,
// three drawn steps, how far it is, and the outcome without anything of the card.

import en from '../i18n/display/en.js';
import zh from '../i18n/display/zh.js';
import { h, setText, svg } from '../lib/dom.js';
import { drawSymbol } from '../lib/symbol.js';
import { learn } from '../lib/words.js';
import { icon } from './icons.js';
import { Ring } from './ring.js';

/** @typedef {import('../lib/display.js').View} View */
/** @typedef {import('../lib/words.js').Words} Words */

learn({ zh, en });

/** Steps at which the code is shown. @type {ReadonlySet<View['step']>} */
const coded = new Set(/** @type {View['step'][]} */ (['waiting', 'opened', 'received', 'used', 'expired']));

/** The three steps, drawn: a phone before a code, a phone with a list and a tick, a screen with a tick. */
const drawings = [
  () => [svg('rect', { x: 6, y: 14, width: 30, height: 46, rx: 5 }), svg('path', { d: 'M17 54h8' }), svg('path', { d: 'M44 6h8v8h-8zM44 24h8v8h-8zM58 6v8M58 22v10' }), svg('path', { d: 'M14 26h14v14H14z' })],
  () => [svg('rect', { x: 16, y: 4, width: 34, height: 56, rx: 5 }), svg('path', { d: 'M24 16h18M24 25h18' }), svg('path', { d: 'M24 42l7 7 13-14' })],
  () => [svg('rect', { x: 4, y: 10, width: 56, height: 36, rx: 5 }), svg('path', { d: 'M22 58h20M32 46v12' }), svg('path', { d: 'M22 28l7 7 13-14' })],
];

export class EvDisplay extends HTMLElement {
  drawn = '';
  /** @type {View['challenge']} */
  challenge = null;

  connectedCallback() {
    if (this.canvas) return;
    this.ring = new Ring();
    this.canvas = h('canvas', { role: 'img' });
    this.box = h('div', { class: 'display-code', 'data-testid': 'challenge' }, this.canvas);
    this.status = h('p', { class: 'display-status', role: 'status', 'data-testid': 'display-status' });
    this.seconds = h('p', { class: 'display-seconds' });
    this.time = h('div', { class: 'display-time' }, this.ring.node, this.seconds);
    this.words = h('div', { class: 'display-words' });
    this.link = h('a', { class: 'display-link', target: '_blank', rel: 'noopener', 'data-testid': 'open-card', hidden: true });
    this.done = h('div', { class: 'display-done', role: 'alert', 'data-testid': 'display-done' });
    this.replaceChildren(this.box, h('div', { class: 'display-side' }, this.words, this.status, this.time, this.link), this.done);
    this.resize = new ResizeObserver(() => this.paint());
    this.resize.observe(this.box);
  }

  disconnectedCallback() {
    this.resize?.disconnect();
  }

  /**
   * @param {View} view
   * @param {Words} words
   * @param {number} now
   */
  update(view, words, now) {
    const { step, challenge } = view;
    const shown = coded.has(step) ? challenge : null;
    if (shown) {
      this.ring?.set(shown.renewAt - now, shown.renewAt - shown.issued);
      setText(this.seconds, words.say('display.seconds', { seconds: Math.max(0, Math.ceil((shown.renewAt - now) / 1000)) }));
    }
    const key = JSON.stringify([{ ...view, challenge: shown?.text }, words.language]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.dataset.step = step;
    this.challenge = shown;
    if (!this.box || !this.time || !this.canvas || !this.link) return;
    this.box.hidden = this.time.hidden = !shown;
    this.canvas.setAttribute('aria-label', words.say('display.image'));
    if (shown) this.box.dataset.challenge = shown.text;
    else delete this.box.dataset.challenge;
    this.link.hidden = !view.demo || !shown;
    if (shown) this.link.href = `/web/card/#${encodeURIComponent(shown.text)}`;
    setText(this.link, words.say('display.open'));
    setText(this.status, words.say(`display.${step}`) + (step === 'offline' && view.problem ? ` · ${words.say(`reason.${view.problem}`)}` : ''));
    this.words?.replaceChildren(...this.sentences(view, words));
    this.done?.replaceChildren(...ending(view, words));
    this.paint();
  }

  /**
   * @param {View} view
   * @param {Words} words
   */
  sentences({ purpose, seat }, words) {
    const name = (/** @type {'zh' | 'en'} */ language) => (language === 'zh' ? purpose?.zh : purpose?.en) ?? '';
    const both = (/** @type {string} */ key, /** @type {(language: 'zh' | 'en') => Record<string, string>} */ fill = () => ({})) => [
      words.say(key, fill(words.language)), h('small', { lang: words.other }, words.aside(key, fill(words.other))),
    ];
    const asked = purpose?.request ?? [];
    const asks = !asked.length ? 'display.asks.nothing' : asked.length === 1 && asked[0] === 'over18' ? 'display.asks.over18' : 'display.asks';
    const claims = (/** @type {'zh' | 'en'} */ language) => {
      const say = (/** @type {string} */ key) => (language === words.language ? words.say(key) : words.aside(key));
      return { claims: asked.map((claim) => say(`claim.${claim}`)).join(say('separator')) };
    };
    return [
      ...(seat ? [h('p', { class: 'display-seat' }, words.say('display.counter', { seat }))] : []),
      h('h1', {}, ...both('display.scan')),
      ...(purpose ? [
        h('p', { class: 'display-why' }, ...both('display.why', (language) => ({ purpose: name(language) }))),
        h('p', { class: 'display-asks', 'data-testid': 'display-asks' }, ...both(asks, claims)),
        ...(purpose.rule ? [h('p', { class: 'display-rule' }, words.say('display.rule', { rule: purpose.rule }))] : []),
      ] : []),
      h('ol', { class: 'display-steps' }, ...drawings.map((draw, i) => h('li', {},
        svg('svg', { viewBox: '0 0 64 64', class: 'display-drawing', 'aria-hidden': 'true' }, ...draw()), h('span', {}, words.say(`display.step.${i + 1}`))))),
    ];
  }

  paint() {
    if (!this.challenge || !this.canvas || !this.box) return;
    const edge = Math.min(this.box.clientWidth, this.box.clientHeight);
    if (edge > 0) drawSymbol(this.canvas, this.challenge.modules, edge);
  }
}

/**
 * What takes the place of everything else: the outcome, or that nobody is there.
 * @param {View} view
 * @param {Words} words
 */
function ending({ step, verdict }, words) {
  if (step === 'away' || step === 'gone') {
    return [
      h('h1', {}, words.say(`display.${step}`), h('small', { lang: words.other }, words.aside(`display.${step}`))),
      h('p', {}, words.say(`display.${step}.note`), h('small', { lang: words.other }, words.aside(`display.${step}.note`))),
    ];
  }
  if (step !== 'verdict' || !verdict) return [];
  const { outcome, compare } = verdict;
  return [
    icon(outcome, 'display-icon'),
    h('h1', { 'data-outcome': outcome }, words.say(`outcome.${outcome}`), h('small', { lang: words.other }, words.aside(`outcome.${outcome}`))),
    h('p', {}, words.say(`display.done.${outcome}`), h('small', { lang: words.other }, words.aside(`display.done.${outcome}`))),
    ...(compare ? [h('p', { class: 'display-compare' }, h('strong', { 'data-testid': 'display-compare' }, compare), words.say('display.compare'))] : []),
  ];
}

customElements.define('ev-display', EvDisplay);
