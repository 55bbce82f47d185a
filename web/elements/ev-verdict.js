// <ev-verdict>: the one big answer. Fills the stage with outcome, reason, next step and no
// more of the person than the decision needs.

import { h } from '../lib/dom.js';
import { fromBase64url } from '../lib/bytes.js';
import { maskName } from '../lib/mask.js';
import { claimLines, detailFill } from '../lib/words.js';
import { EvCompare } from './ev-compare.js';
import { icon } from './icons.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../types/flow.js').Verdict} Verdict */
/** @typedef {import('../lib/words.js').Words} Words */

const answers = /** @type {const} */ (['same', 'unsure', 'different']);

export class EvVerdict extends HTMLElement {
  /** @type {Verdict | null} */
  drawn = null;
  drawnIn = '';
  revealed = false;
  /** @type {string} */
  portrait = '';
  compare = new EvCompare();

  connectedCallback() {
    this.alertBox = h('div', { role: 'alert', class: 'verdict-alert', tabIndex: -1 });
    this.person = h('div', { class: 'verdict-person' });
    this.actions = h('div', { class: 'verdict-actions' });
    this.bar = h('div', { class: 'verdict-bar', 'aria-hidden': 'true' }, h('span'));
    this.countdown = h('p', { class: 'verdict-countdown' });
    this.replaceChildren(this.alertBox, this.compare, this.person, this.actions, this.countdown, this.bar);
  }

  disconnectedCallback() {
    this.dropPortrait();
  }

  /**
   * @param {State} state
   * @param {Words} words
   * @param {number} now
   */
  update(state, words, now) {
    const { verdict } = state;
    if (verdict !== this.drawn || words.language !== this.drawnIn) {
      const fresh = verdict !== null && (verdict.id !== this.drawn?.id || verdict.result.reason !== this.drawn?.result.reason);
      const spoken = fresh || words.language !== this.drawnIn;
      this.drawn = verdict;
      this.drawnIn = words.language;
      if (fresh || !verdict) this.revealed = false;
      this.draw(verdict, words, spoken);
      if (fresh) {
        this.alertBox?.focus({ preventScroll: true });
        window.scrollTo(0, 0); // on a phone the stage may be out of view
      }
    }
    if (verdict) this.drawCountdown(verdict, words, now);
  }

  /**
   * Shows name and number in full as long as a key is held.
   * @param {boolean} open
   * @param {Words} words
   */
  reveal(open, words) {
    if (this.revealed === open || !this.drawn || this.hasAttribute('bare')) return;
    this.revealed = open;
    this.drawPerson(this.drawn, words);
  }

  /**
   * @param {Verdict | null} verdict
   * @param {Words} words
   * @param {boolean} spoken  whether the words are new to a screen reader
   */
  draw(verdict, words, spoken) {
    if (!verdict) {
      this.removeAttribute('data-outcome');
      this.removeAttribute('data-reason');
      this.alertBox?.replaceChildren();
      this.person?.replaceChildren();
      this.actions?.replaceChildren();
      this.compare.leave();
      this.dropPortrait();
      return;
    }
    const { outcome, reason } = verdict.result;
    this.dataset.outcome = outcome;
    this.dataset.reason = reason;
    if (spoken) this.alertBox?.replaceChildren(...alertNodes(verdict, words));
    this.drawPerson(verdict, words);
    this.actions?.replaceChildren(...this.actionNodes(verdict, words));
  }

  /**
   * @param {Verdict} verdict
   * @param {Words} words
   */
  drawPerson({ result, cleared }, words) {
    const { claims } = result;
    const asked = result.outcome === 'conditional' && !cleared;
    this.dropPortrait();
    this.classList.toggle('is-compare', asked);
    this.classList.remove('has-portrait');
    if (!asked) this.compare.leave();
    if (cleared) {
      this.person?.replaceChildren(h('p', { class: 'verdict-note' }, words.say('verdict.cleared')));
      return;
    }
    const lines = [];
    if (claims.over18) lines.push(h('p', { class: 'verdict-age', 'data-testid': 'over18' }, both(words, 'verdict.over18')));
    const bare = this.hasAttribute('bare'); // customers see this screen too
    if (claims.name && !bare) {
      lines.push(h('p', { class: 'verdict-name', 'data-testid': 'name' }, this.revealed ? claims.name : maskName(claims.name)));
    }
    const all = claimLines(claims, words);
    if (this.revealed) {
      for (const [name, value] of all) {
        if (name !== 'name') lines.push(h('p', { class: 'verdict-note', 'data-claim': name }, `${words.say(`claim.${name}`)} ${value}`));
      }
    }
    if (all.length && !bare) {
      lines.push(h('button', {
        class: 'verdict-reveal',
        type: 'button',
        'data-testid': 'reveal',
        onpointerdown: () => this.reveal(true, words),
      }, words.say('verdict.hold.show')));
    }
    if (result.redeemed === 'page') lines.push(h('p', { class: 'verdict-note' }, words.say('verdict.offline')));
    const portrait = this.portraitOf(claims.photo);
    if (asked) this.compare.update(portrait, words);
    const image = portrait && !asked && !bare && h('img', { class: 'verdict-portrait', src: portrait, alt: words.say('verdict.photo') });
    this.classList.toggle('has-portrait', Boolean(image));
    this.person?.replaceChildren(...(image ? [image] : []), ...(lines.length ? [h('div', { class: 'verdict-lines' }, ...lines)] : []));
  }

  /**
   * An address for the picture, or ''.
   * @param {string} [photo]  image bytes, base64url
   */
  portraitOf(photo) {
    try {
      if (photo) this.portrait = URL.createObjectURL(new Blob([fromBase64url(photo)]));
    } catch {
      // No picture then; the verdict does not rest on it.
    }
    return this.portrait;
  }

  dropPortrait() {
    if (this.portrait) URL.revokeObjectURL(this.portrait);
    this.portrait = '';
  }

  /**
   * @param {Verdict} verdict
   * @param {Words} words
   */
  actionNodes(verdict, words) {
    const { outcome, reason } = verdict.result;
    const why = this.hasAttribute('bare') ? [] : [this.button('why', words.say('why.open'), { type: 'command', name: 'why' })];
    if (outcome === 'conditional' && !verdict.cleared) {
      const choices = answers.map((answer, i) => this.button(answer, h('span', {}, `${i + 1} ${words.say(`verdict.${answer}`)}`,
        h('small', {}, words.say(`verdict.${answer}.note`))), { type: 'decide', answer }));
      return [...choices, ...why];
    }
    const nodes = [this.button('next', words.say('verdict.another'), { type: 'command', name: 'next' }, words.say('key.enter'))];
    if (outcome === 'undetermined' && reason !== 'person-unsure') {
      nodes.unshift(this.button('retry', words.say('verdict.retry'), { type: 'command', name: 'retry' }));
    }
    if (verdict.leaveAt !== null) {
      const held = verdict.heldFor !== null;
      nodes.push(this.button('hold', words.say(held ? 'verdict.unhold' : 'verdict.holding'), { type: 'command', name: 'hold' }, words.say('key.space')));
    }
    return [...nodes, ...why];
  }

  /**
   * @param {string} id
   * @param {string | Node} label
   * @param {object} event
   * @param {string} [key]
   */
  button(id, label, event, key) {
    return h('button', {
      class: 'verdict-button',
      type: 'button',
      'data-testid': id,
      onclick: () => this.dispatchEvent(new CustomEvent('flow', { bubbles: true, detail: event })),
    }, label, key && h('kbd', {}, key));
  }

  /**
   * @param {Verdict} verdict
   * @param {Words} words
   * @param {number} now
   */
  drawCountdown(verdict, words, now) {
    const { leaveAt, heldFor, at } = verdict;
    const left = leaveAt === null ? 0 : heldFor ?? Math.max(0, leaveAt - now);
    const whole = leaveAt === null ? 1 : Math.max(1, leaveAt - at);
    const text = leaveAt === null ? ''
      : heldFor !== null ? words.say('verdict.held')
        : words.say('verdict.leaves', { seconds: Math.ceil(left / 1000) });
    if (this.countdown && this.countdown.textContent !== text) this.countdown.textContent = text;
    const fill = /** @type {HTMLElement | null | undefined} */ (this.bar?.firstElementChild);
    if (fill) fill.style.transform = `scaleX(${leaveAt === null ? 0 : Math.min(1, left / whole)})`;
  }
}

/**
 * @param {Verdict} verdict
 * @param {Words} words
 */
function alertNodes({ result, compare }, words) {
  const { outcome, reason, code, detail } = result;
  // Of paper, and of a code of the day, the phone proved nothing just now: staff did.
  const said = reason === 'ok' && (result.class === 'C' || result.class === 'D') ? 'verdict.compared' : `reason.${reason}`;
  const fill = detailFill(words.language, detail);
  const other = detailFill(words.other, detail);
  return [
    icon(outcome, 'verdict-icon'),
    h('h2', { class: 'verdict-word', 'data-testid': 'outcome', 'data-outcome': outcome, 'data-reason': reason },
      words.say(`outcome.${outcome}`), h('small', { lang: words.other }, words.aside(`outcome.${outcome}`))),
    h('p', { class: 'verdict-reason' },
      words.say(said, fill), h('small', { lang: words.other }, words.aside(said, other))),
    ...(compare ? [h('p', { class: 'verdict-compare' },
      h('strong', { 'data-testid': 'compare' }, compare), words.say('verdict.compare'))] : []),
    h('p', { class: 'verdict-next', 'data-testid': 'next-step' },
      h('span', { 'aria-hidden': 'true' }, '→'),
      h('span', {}, words.say(`next.${reason}`), ' ', h('code', { class: 'verdict-code', 'data-testid': 'code' }, code))),
  ];
}

/**
 * @param {Words} words
 * @param {string} key
 */
function both(words, key) {
  return `${words.say(key)} · ${words.aside(key)}`;
}

customElements.define('ev-verdict', EvVerdict);
