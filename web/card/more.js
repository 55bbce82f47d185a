// What can be done with a card besides answering a challenge.

import { h } from '../lib/dom.js';

/** @typedef {import('../lib/holder.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('./draw.js').Actions} Actions */

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
export function moreNodes({ purposes }, words, actions) {
  return [
    h('h2', {}, words.say('card.more.title')),
    h('div', { class: 'card-row' },
      h('button', { type: 'button', class: 'button', 'data-testid': 'offer', disabled: !purposes.length, onclick: () => actions.offer('B', '') }, words.say('card.more.offer')),
      h('button', { type: 'button', class: 'button', 'data-testid': 'print', onclick: actions.paper }, words.say('card.more.paper'))),
  ];
}
