// What several steps of the card page are made of.

import { h } from '../lib/dom.js';
import { has } from '../lib/holder.js';
import { claimLines } from '../lib/words.js';

/** @typedef {import('../lib/holder.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */

/** @param {string} text */
export function title(text) {
  return h('h1', { tabIndex: -1 }, text);
}

/**
 * The claims that the holder can show, each with a switch.
 * @param {readonly string[]} claims
 * @param {State} state
 * @param {Words} words
 * @param {(claim: string, on: boolean) => void} choose
 */
export function claimRows(claims, { face, chosen }, words, choose) {
  const values = new Map(claimLines(face?.claims ?? {}, words));
  return claims.map((claim) => {
    const held = has(face, claim);
    return h('li', {}, h('label', { class: 'claim' },
      h('input', {
        type: 'checkbox', checked: chosen.includes(claim), disabled: !held, 'data-testid': `claim-${claim}`,
        onchange: (/** @type {Event} */ event) => choose(claim, /** @type {HTMLInputElement} */ (event.target).checked),
      }),
      h('span', { class: 'claim-name' }, words.say(`claim.${claim}`)),
      h('span', { class: 'claim-value' }, held ? values.get(claim) ?? '' : words.say('card.ask.missing'))));
  });
}
