// What several steps of the card page are made of.

import { fromBase64url } from '../lib/bytes.js';
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
 * A card's portrait. Its bytes are in the address, so that none has to be given back.
 * @param {string} photo  base64url
 * @param {string} alt
 */
export function portrait(photo, alt) {
  const bytes = Array.from(fromBase64url(photo), (byte) => String.fromCharCode(byte)).join('');
  return h('img', { class: 'portrait', src: `data:image/png;base64,${btoa(bytes)}`, alt });
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
      h('span', { class: 'claim-value' }, !held ? words.say('card.ask.missing')
        : claim === 'photo' ? portrait(face?.claims.photo ?? '', '') : values.get(claim))));
  });
}
