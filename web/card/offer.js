// The step in which the holder sets up a code that answers no challenge (way B).

import { h } from '../lib/dom.js';
import { has } from '../lib/holder.js';
import { calendarDay, clockTime } from '../lib/time.js';
import { dayInFull } from '../lib/words.js';
import { claimRows, title } from './pieces.js';

/** @typedef {import('../lib/holder.js').Offer} Offer */
/** @typedef {import('../lib/holder.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('../types/engine.js').Purpose} Purpose */
/** @typedef {import('./draw.js').Actions} Actions */

/** @type {readonly Offer['class'][]} */
const classes = ['B', 'C'];

/**
 * The purposes for which a code of a class is of use.
 * @param {readonly Purpose[]} purposes
 * @param {string} cls
 */
export function purposesFor(purposes, cls) {
  return purposes.filter((purpose) => purpose.classes.includes(cls));
}

/**
 * The offer after another class was chosen: for the same purpose where it can be.
 * @param {readonly Purpose[]} purposes
 * @param {Offer['class']} cls
 * @param {string} wished  code of a purpose
 * @returns {Offer | null}
 */
export function makeOffer(purposes, cls, wished) {
  const open = purposesFor(purposes, cls);
  const purpose = open.find(({ code }) => code === wished) ?? open[0];
  return purpose ? { class: cls, purpose } : null;
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
export function offerNodes(state, words, actions) {
  const { offer, purposes, face } = state;
  if (!offer) return [];
  const zh = words.language === 'zh';
  const { purpose } = offer;
  const choices = classes.map((cls) => h('label', { class: 'claim' },
    h('input', {
      type: 'radio', name: 'class', checked: offer.class === cls, 'data-testid': `class-${cls}`,
      onchange: () => actions.offer(cls, purpose.code),
    }),
    h('span', { class: 'claim-name' }, words.say(`card.offer.${cls}`)),
    h('span', { class: 'offer-note' }, words.say(`card.offer.${cls}.note`))));
  const select = h('select', {
    'aria-label': words.say('card.ask.why'), 'data-testid': 'offer-purpose',
    onchange: (/** @type {Event} */ event) => actions.offer(offer.class, /** @type {HTMLSelectElement} */ (event.target).value),
  }, ...purposesFor(purposes, offer.class).map(({ code, zh: inZh, en }) => h('option', { value: code, selected: code === purpose.code }, zh ? inZh : en)));
  const claims = [...purpose.request, ...purpose.optional.filter((claim) => has(face, claim))];
  return [
    title(words.say('card.offer.title')),
    h('div', { class: 'claims', role: 'radiogroup', 'aria-label': words.say('card.offer.title') }, ...choices),
    h('dl', { class: 'ask' },
      h('dt', {}, words.say('card.ask.why')),
      h('dd', {}, select, h('span', { class: 'aside' }, purpose.rule ? words.say('card.ask.rule', { rule: purpose.rule }) : words.say('why.rule.none'))),
      h('dt', {}, words.say('card.ask.claims')),
      h('dd', {}, claims.length ? h('ul', { class: 'claims' }, ...claimRows(claims, state, words, actions.choose)) : h('p', {}, words.say('card.ask.none')))),
    h('div', { class: 'card-row card-decide' },
      h('button', { type: 'button', class: 'button', 'data-testid': 'refuse', onclick: actions.refuse }, words.say('card.ask.refuse')),
      h('button', { type: 'button', class: 'button button-main', 'data-testid': 'agree', onclick: actions.agree }, words.say('card.offer.agree'))),
  ];
}

/**
 * What stands below a shown code in place of the seconds that an answer has.
 * @param {State} state
 * @param {Words} words
 * @param {number} left  ms until the next code, or the end of this
 */
export function offerTime({ offer, answer }, words, left) {
  if (offer?.class === 'B') return words.say('card.offer.seconds', { seconds: Math.ceil(left / 1000) });
  const until = answer?.expires ?? 0;
  return words.say('card.offer.until', { time: `${dayInFull(words.language, calendarDay(until))} ${clockTime(until)}` });
}
