// <ev-practice>: what lies over the stage while staff practise: the choice of a sample, and a
// mark across everything that says so.

import '../lib/modes.js';
import { h, setText } from '../lib/dom.js';
import { icon } from './icons.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../types/engine.js').Outcome} Outcome */
/** @typedef {import('../lib/words.js').Words} Words */

const samples = /** @type {const} */ (['accepted', 'conditional', 'rejected', 'undetermined', 'unreadable']);

export class EvPractice extends HTMLElement {
  drawn = '';
  /** @type {(kind: Outcome) => void} */
  onPick = () => {};

  connectedCallback() {
    this.panel = h('div', { class: 'practice-panel' });
    this.mark = h('p', { class: 'practice-mark', 'aria-hidden': 'true' }, h('span', {}, '演示 DEMO · 练习 PRACTICE'));
    this.replaceChildren(this.panel, this.mark);
  }

  /**
   * @param {State} state
   * @param {Words} words
   * @param {boolean} failed
   */
  update({ stage }, words, failed) {
    const key = `${stage} ${words.language} ${failed}`;
    if (key === this.drawn) return;
    this.drawn = key;
    if (!this.panel) return;
    this.panel.hidden = stage !== 'ready' && stage !== 'starting';
    const waits = failed ? words.say('practice.failed') : stage === 'starting' ? words.say('practice.loading') : '';
    this.panel.replaceChildren(
      h('h2', {}, words.say('practice.title'), h('small', { lang: words.other }, words.aside('practice.title'))),
      h('p', {}, words.say('practice.note')),
      h('p', { role: 'status', class: 'practice-waits' }),
      h('div', { class: 'practice-samples' }, ...samples.map((kind, i) => h('button', {
        type: 'button', class: 'button practice-sample', 'data-testid': `sample-${kind}`, disabled: stage !== 'ready' || failed, onclick: () => this.onPick(kind),
      }, icon(kind, `practice-icon recent-${kind}`), h('span', {}, words.say(`outcome.${kind}`), h('small', {}, words.say(`practice.${kind}`))), h('kbd', {}, String(i + 1))))),
    );
    setText(this.panel.querySelector('.practice-waits') ?? undefined, waits);
  }
}

customElements.define('ev-practice', EvPractice);
