// <ev-recent>: the last five outcomes, without names, gone when the page closes.

import { h } from '../lib/dom.js';
import { icon } from './icons.js';
import { clockTime } from '../lib/time.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../types/flow.js').Recent} Recent */
/** @typedef {import('../lib/words.js').Words} Words */

export class EvRecent extends HTMLElement {
  /** @type {Recent[] | null} */
  drawn = null;
  drawnIn = '';

  /**
   * @param {State} state
   * @param {Words} words
   */
  update({ recent }, words) {
    if (recent === this.drawn && words.language === this.drawnIn) return;
    this.drawn = recent;
    this.drawnIn = words.language;
    const list = recent.map((line) => h('li', { 'data-outcome': line.outcome, 'data-reason': line.reason },
      icon(line.outcome, `recent-icon recent-${line.outcome}`),
      h('span', { class: 'recent-word' }, words.say(`outcome.${line.outcome}`)),
      h('code', {}, line.code),
      h('time', {}, clockTime(line.at))));
    this.replaceChildren(
      h('h2', {}, words.say('recent.title')),
      recent.length ? h('ol', { class: 'recent-list', 'data-testid': 'recent' }, ...list) : h('p', { class: 'recent-empty' }, words.say('recent.empty')),
    );
  }
}

customElements.define('ev-recent', EvRecent);
