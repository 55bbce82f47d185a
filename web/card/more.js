// What can be done with a card besides answering a challenge.

import { h } from '../lib/dom.js';
import { calendarDay, clockTime } from '../lib/time.js';
import { dayInFull } from '../lib/words.js';

/** @typedef {import('../lib/holder.js').State} State */
/** @typedef {import('../lib/past.js').Shown} Shown */
/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('./draw.js').Actions} Actions */

/** Which of the lists the visitor has opened: they are drawn anew with every change. */
const opened = new Set();

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
export function moreNodes({ purposes, card, past }, words, actions) {
  return [
    h('h2', {}, words.say('card.more.title')),
    h('div', { class: 'card-row' },
      h('button', { type: 'button', class: 'button', 'data-testid': 'offer', disabled: !purposes.length, onclick: () => actions.offer('B', '') }, words.say('card.more.offer')),
      h('button', { type: 'button', class: 'button', 'data-testid': 'print', onclick: actions.paper }, words.say('card.more.paper'))),
    fold('past', words.say('card.past.title', { count: past.length }), pastNodes(past, words, actions)),
    fold('loss', words.say(card?.lost ? 'card.loss.lost' : 'card.loss.title'), [
      h('p', { class: 'aside' }, words.say(card?.lost ? 'card.loss.lost.note' : 'card.loss.note')),
      h('button', { type: 'button', class: 'button', 'data-testid': card?.lost ? 'found' : 'lost', onclick: () => actions.report(!card?.lost) },
        words.say(card?.lost ? 'card.loss.found' : 'card.loss.report')),
    ]),
  ];
}

/**
 * @param {string} id
 * @param {string} heading
 * @param {Node[]} nodes
 */
function fold(id, heading, nodes) {
  const node = h('details', {
    class: 'fold', open: opened.has(id), 'data-testid': id,
    ontoggle: () => { if (node.open) opened.add(id); else opened.delete(id); },
  }, h('summary', { 'data-testid': `${id}-open` }, heading), ...nodes);
  return node;
}

/**
 * @param {readonly Shown[]} past
 * @param {Words} words
 * @param {Actions} actions
 */
function pastNodes(past, words, actions) {
  if (!past.length) return [h('p', { class: 'aside' }, words.say('card.past.none'))];
  const zh = words.language === 'zh';
  return [
    h('p', { class: 'aside' }, words.say('card.past.note')),
    h('ul', { class: 'past' }, ...past.map(({ at, way, party, purpose, claims }) => {
      const shown = claims.map((claim) => words.say(`claim.${claim}`)).join(words.say('separator'));
      return h('li', { 'data-testid': 'past-row', 'data-way': way },
        h('strong', {}, party || words.say('card.past.anybody')),
        h('span', {}, zh ? purpose.zh : purpose.en),
        h('span', {}, shown ? words.say('card.answer.shown', { claims: shown }) : words.say('card.answer.nothing')),
        h('span', {}, `${dayInFull(words.language, calendarDay(at))} ${clockTime(at)} · ${words.say(`card.past.${way}`)}`));
    })),
    h('button', { type: 'button', class: 'button', 'data-testid': 'past-clear', onclick: actions.clearPast }, words.say('card.past.clear')),
  ];
}
