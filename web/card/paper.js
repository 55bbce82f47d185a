// The step in which a card for paper is shown and printed (class D).

import { h } from '../lib/dom.js';
import { symbolDrawing } from '../lib/symbol.js';
import { calendarDay } from '../lib/time.js';
import { dayInFull } from '../lib/words.js';
import { portrait, title } from './pieces.js';

/** @typedef {import('../lib/holder.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('./draw.js').Actions} Actions */

/** What it is printed on, as paper.css lays it out. */
/** @typedef {'card' | 'sheet'} Form */

/**
 * The sheets. Named pages would do, but Chromium 109 begins a new one at each element.
 * @type {Readonly<Record<Form, string>>}
 */
const pages = { card: '@page { size: 85.6mm 54mm; margin: 0; }', sheet: '@page { size: A4; margin: 15mm; }' };

const pageStyle = new CSSStyleSheet();

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
export function paperNodes({ paper }, words, actions) {
  if (!paper) return [];
  const { claims, expires } = paper;
  const day = calendarDay(expires);
  const lines = (/** @type {string} */ key) => [words.say(key), h('small', { lang: words.other }, words.aside(key))];
  return [
    h('div', { class: 'not-printed' }, title(words.say('card.paper.title'))),
    h('p', { class: 'aside not-printed' }, words.say('card.paper.proves')),
    h('div', { class: 'paper', 'data-testid': 'paper' },
      h('div', { class: 'paper-code', 'data-testid': 'paper-code' }, symbolDrawing(paper, words.say('card.paper.image'))),
      h('div', { class: 'paper-text' },
        h('p', { class: 'paper-demo' }, '演示 DEMO'),
        claims.photo && portrait(claims.photo, words.say('claim.photo')),
        h('p', { class: 'paper-name' }, claims.name ?? ''),
        h('p', { class: 'paper-until' }, words.say('card.expires', { date: dayInFull(words.language, day) }),
          h('small', { lang: words.other }, words.aside('card.expires', { date: dayInFull(words.other, day) }))))),
    h('div', { class: 'sheet' },
      h('p', { class: 'sheet-cut' }, ...lines('card.paper.cut')),
      h('div', { class: 'sheet-code' }, symbolDrawing(paper, words.say('card.paper.image'))),
      h('p', { class: 'sheet-note' }, ...lines('card.paper.note')),
      h('p', { class: 'paper-demo' }, '演示 DEMO')),
    h('div', { class: 'card-row card-decide not-printed' },
      h('button', { type: 'button', class: 'button button-main', 'data-testid': 'print-card', onclick: () => print('card') }, words.say('card.paper.card')),
      h('button', { type: 'button', class: 'button', 'data-testid': 'print-sheet', onclick: () => print('sheet') }, words.say('card.paper.sheet')),
      h('button', { type: 'button', class: 'button', 'data-testid': 'again', onclick: actions.again }, words.say('card.answer.done'))),
  ];
}

/** @param {Form} form */
function print(form) {
  document.body.dataset.print = form;
  pageStyle.replaceSync(pages[form]);
  document.adoptedStyleSheets = [pageStyle];
  window.print();
}
