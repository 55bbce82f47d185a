// What a person in front of the counter sees of it: the challenge, how far the check is, the
// outcome without anything of the card.

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../types/engine.js').Challenge} Challenge */
/** @typedef {import('../types/engine.js').Outcome} Outcome */

/**
 * How far it is. 'away': nobody checks at the moment; 'gone': the counter's page is closed.
 * @typedef {'preparing' | 'waiting' | 'opened' | 'received' | 'verdict' | 'used' | 'expired' | 'offline' | 'away' | 'gone'} Step
 */

/**
 * @typedef {object} View
 * @property {Step} step
 * @property {string} party
 * @property {string} seat    number of the counter, or ''
 * @property {boolean} demo
 * @property {{zh: string, en: string, request: string[], rule: string} | null} purpose
 * @property {Pick<Challenge, 'text' | 'modules' | 'issued' | 'renewAt' | 'offline'> | null} challenge
 * @property {string} problem  reason code of what keeps a challenge away
 * @property {{outcome: Outcome, compare: string} | null} verdict
 */

/** How long it is said that the code before was used, or has run out. */
export const usedMs = 4000;
export const expiredMs = 8000;

/** Follows the state of a page that checks, from one moment to the next. */
export class Steps {
  openedUntil = 0;
  used = -Infinity;
  expired = -Infinity;
  answered = false;

  /**
   * @param {State} state
   * @param {number} now
   * @param {boolean} camera  whether a code on the phone can be read here too; otherwise nothing
   *     but the network brings answers
   * @returns {Step}
   */
  next(state, now, camera) {
    const { stage, challenge, verdict, openedUntil } = state;
    const waiting = stage === 'ready';
    // A request that was open and brought no answer in its time.
    if (this.openedUntil && !openedUntil && waiting && this.openedUntil <= now) this.expired = now;
    this.openedUntil = openedUntil;
    if (verdict) this.answered = verdict.result.class === 'A';
    else if (this.answered) {
      this.answered = false;
      this.used = now;
    }
    if (stage === 'starting') return 'preparing';
    if (stage === 'checking') return 'received';
    if (stage === 'outcome') return 'verdict';
    if (!camera && (challenge.value ? !challenge.value.box : challenge.problem || state.network === 'offline')) return 'offline';
    if (!challenge.value) return 'preparing';
    if (openedUntil) return 'opened';
    if (now - this.expired < expiredMs) return 'expired';
    return now - this.used < usedMs ? 'used' : 'waiting';
  }
}

/**
 * @param {State} state
 * @param {Step} step
 * @param {object} place
 * @param {import('./place.js').Place} place.place
 * @param {string} place.seat
 * @returns {View}
 */
export function viewOf({ challenge: { value, problem }, verdict }, step, { place, seat }) {
  const { bundle, chosen, demo } = place;
  return {
    step, seat, demo, problem,
    party: bundle?.config.party.name ?? '',
    purpose: chosen && { zh: chosen.zh, en: chosen.en, request: chosen.request, rule: chosen.rule },
    challenge: value && { text: value.text, modules: value.modules, issued: value.issued, renewAt: value.renewAt, offline: value.offline },
    verdict: verdict && { outcome: verdict.result.outcome, compare: verdict.compare },
  };
}
