// The keys of the staff page that are pressed on their own, and what each asks for.

/** @typedef {import('../types/flow.js').Event} FlowEvent */
/** @typedef {import('../types/flow.js').State} State */

const decisions = /** @type {const} */ (['same', 'unsure', 'different']);

/**
 * The event that a key means, or null.
 * @param {string} code   physical key
 * @param {State} state
 * @param {boolean} dialog  one is open, which Escape closes
 * @param {number} at
 * @returns {FlowEvent | null}
 */
export function eventOf(code, state, dialog, at) {
  switch (code) {
    case 'Space':
      return { type: 'command', name: 'hold', at };
    case 'Enter':
    case 'NumpadEnter':
      return { type: 'command', name: 'next', at };
    case 'Escape':
      return dialog ? null : { type: 'command', name: 'back', at };
  }
  const answer = decisions[Number(/^(?:Digit|Numpad)([123])$/.exec(code)?.[1]) - 1];
  return answer && state.verdict?.result.outcome === 'conditional' ? { type: 'decide', answer } : null;
}
