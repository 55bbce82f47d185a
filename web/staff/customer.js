// Tells the customer's window what it shows. Loaded when there is such a window.

import { now } from '../lib/clock.js';
import { Steps, viewOf } from '../lib/display.js';

/** So often it is told at least, so that it knows that this page is there. */
const beatMs = 1000;

export class CustomerLine {
  steps = new Steps();
  said = '';
  saidAt = 0;

  /** @param {BroadcastChannel} channel */
  constructor(channel) {
    this.channel = channel;
  }

  /**
   * @param {import('../types/flow.js').State} state
   * @param {object} scene
   * @param {import('../lib/place.js').Place} scene.place
   * @param {import('../lib/words.js').Words} scene.words
   * @param {string} scene.seat
   * @param {boolean} scene.away  staff do something else
   */
  tell(state, { place, words, seat, away }) {
    const at = now();
    const step = this.steps.next(state, at, true);
    const view = viewOf(state, away ? 'away' : step, { place, seat });
    const message = { language: words.language, view: away ? { ...view, challenge: null, verdict: null } : view };
    const said = JSON.stringify(message);
    if (said === this.said && at - this.saidAt < beatMs) return;
    this.said = said;
    this.saidAt = at;
    this.channel.postMessage({ ...message, now: at });
  }

  /** The staff page is closed. */
  leave() {
    const nobody = { step: 'gone', party: '', seat: '', demo: false, purpose: null, challenge: null, problem: '', verdict: null };
    this.channel.postMessage({ language: JSON.parse(this.said || '{}').language ?? 'zh', view: nobody });
  }
}
