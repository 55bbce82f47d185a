// <ev-why>: the ladder of checks behind a verdict, and its details.

import { h } from '../lib/dom.js';
import { detailFill } from '../lib/words.js';
import { icon } from './icons.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../types/flow.js').Verdict} Verdict */
/** @typedef {import('../lib/words.js').Words} Words */

/**
 * The engine's memory in bytes, and how it got at the last frame of a camera.
 * @typedef {{memory: number, rung: import('../types/engine.js').Rung | ''}} Running
 */

/** Hexadecimal digits of a receipt's SHA-256 that people compare. */
const receiptDigits = 12;

export class EvWhy extends HTMLElement {
  /** @type {Verdict | null} */
  drawn = null;
  drawnIn = '';

  /**
   * @param {State} state
   * @param {Words} words
   * @param {Running} engine
   */
  update(state, words, engine) {
    const verdict = state.why ? state.verdict : null;
    this.hidden = !verdict;
    if (verdict === this.drawn && words.language === this.drawnIn) return;
    this.drawn = verdict;
    this.drawnIn = words.language;
    // It scrolls, so a keyboard has to get at it.
    this.tabIndex = 0;
    this.role = 'region';
    this.ariaLabel = words.say('why.title');
    this.replaceChildren(...(verdict ? [
      h('h2', {}, words.say('why.title')),
      this.ladder(verdict, words),
      h('h2', {}, words.say('why.details')),
      this.details(verdict, words, engine),
    ] : []));
  }

  /**
   * @param {Verdict} verdict
   * @param {Words} words
   */
  ladder({ result }, words) {
    const fill = detailFill(words.language, result.detail);
    return h('ol', { class: 'why-ladder', 'data-testid': 'checks' }, ...result.checks.map((check) => h('li', {
      class: `why-${check.state}`, 'data-check': check.id, 'data-state': check.state,
    },
    icon(check.state),
    h('span', { class: 'why-name' }, words.say(`check.${check.id}`)),
    h('span', { class: 'why-state' }, check.reason ? words.say(`reason.${check.reason}`, fill) : words.say(`state.${check.state}`)))));
  }

  /**
   * @param {Verdict} verdict
   * @param {Words} words
   * @param {Running} engine
   */
  details({ result, took, source }, words, { memory, rung }) {
    const zh = words.language === 'zh';
    const receipt = h('dd', { 'data-testid': 'receipt' }, words.say('why.receipt.none'));
    if (result.receipt) void fillReceipt(receipt, result.receipt, words);
    const { redeemed } = result;
    /** @type {[string, string | HTMLElement][]} */
    const rows = [
      ['why.took', h('dd', { 'data-testid': 'took' }, words.say('why.took.value', { ms: took }))],
      ['why.redeemed', h('dd', { 'data-testid': 'redeemed', 'data-redeemed': redeemed }, words.say(`why.redeemed.${redeemed}`))],
      ['why.receipt', receipt],
    ];
    if (result.class) rows.push(['why.class', words.say(`why.class.${result.class}`)]);
    if (result.issuer) rows.push(['why.issuer', (zh ? result.issuer.zh : result.issuer.en) || result.issuer.id]);
    if (result.purpose) rows.push(['why.purpose', (zh ? result.purposeZh : result.purposeEn) ?? ''], ['why.rule', result.rule || words.say('why.rule.none')]);
    rows.push(['why.source', words.say(`source.${source}`)]);
    if (rung) rows.push(['why.rung', h('dd', { 'data-testid': 'rung', 'data-rung': rung }, words.say(`rung.${rung}`))]);
    rows.push(
      ['why.memory', h('dd', { 'data-testid': 'memory' }, words.say('why.memory.value', { mb: (memory / 2 ** 20).toFixed(1) }))],
    );
    return h('dl', { class: 'why-details' }, ...rows.flatMap(([key, value]) => [
      h('dt', {}, words.say(key)),
      typeof value === 'string' ? h('dd', {}, value) : value,
    ]));
  }
}

/**
 * Names a receipt by the start of its SHA-256 and lets it be copied whole.
 * @param {HTMLElement} node
 * @param {string} receipt  base64url
 * @param {Words} words
 */
async function fillReceipt(node, receipt, words) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(receipt)));
  const id = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('').slice(0, receiptDigits);
  node.dataset.receipt = id;
  node.replaceChildren(h('code', {}, id), ' ', h('button', {
    type: 'button', class: 'button button-small',
    onclick: () => navigator.clipboard?.writeText(receipt).catch(() => {}),
  }, words.say('why.receipt.copy')));
}

customElements.define('ev-why', EvWhy);
