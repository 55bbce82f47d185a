// The staff page as one value, changed by one pure function: next(state, event).
// Time comes with the events. What has to be done outside (ask the engine, play a
// sound) is listed in state.effects, which holds the wishes of the last event only.

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../types/flow.js').Event} Event */
/** @typedef {import('../types/flow.js').Check} Check */
/** @typedef {import('../types/flow.js').Verdict} Verdict */
/** @typedef {import('../types/flow.js').Effect} Effect */
/** @typedef {import('../types/engine.js').Outcome} Outcome */

/** The same text is not checked again while it stays in view, nor so soon after. */
export const sameTextMs = 5000;

/** What is personal leaves the page after this at the latest. */
export const personalMs = 30_000;

/** When a verdict leaves by itself; the others wait for staff. */
export const leaveMs = /** @type {Readonly<Partial<Record<Outcome, number>>>} */ ({
  accepted: 8000,
  rejected: 30_000,
  unreadable: 4000,
});

const keptRecent = 5;

/** Sources that read by themselves and may not push a refusal off the screen. */
const passive = new Set(['camera', 'scanner']);

/** @type {ReadonlySet<Outcome>} */
const interruptible = new Set(/** @type {Outcome[]} */ (['accepted', 'unreadable', 'undetermined']));

/** @returns {State} */
export function initial() {
  return {
    stage: 'starting',
    paused: false,
    engine: 'starting',
    check: null,
    waiting: null,
    verdict: null,
    last: null,
    recent: [],
    note: '',
    why: false,
    camera: { state: 'off', label: '', mirrored: false },
    scannerAt: 0,
    network: 'online',
    lists: { state: 'loading', until: 0, reason: '' },
    skew: 0,
    corrected: false,
    challenge: { value: null, problem: '' },
    openedUntil: 0,
    arrived: [],
    serial: 0,
    effects: [],
  };
}

/**
 * The state after an event. Returns the same value when nothing changes.
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function next(state, event) {
  const after = step(state.effects.length ? { ...state, effects: [] } : state, event);
  const [first, ...rest] = after.arrived;
  if (!first || after.stage !== 'ready' || after.paused) return after;
  const check = { ...first, id: after.serial + 1 };
  return begin({ ...after, arrived: rest, serial: check.id, note: '' }, check);
}

/**
 * @param {State} base
 * @param {Event} event
 * @returns {State}
 */
function step(base, event) {
  switch (event.type) {
    case 'text':
      return onText(base, event);
    case 'answer':
      return onAnswer(base, event);
    case 'tick':
      return onTick(base, event.at);
    case 'command':
      return onCommand(base, event);
    case 'decide':
      return onDecide(base, event.answer);
    case 'hidden':
      return { ...(event.hidden ? clear(base) : base), paused: event.hidden };
    case 'booted':
      return onBooted(base, event.at);
    case 'engine':
      return onEngine(base, event);
    case 'camera':
      return { ...base, camera: { state: event.state, label: event.label ?? '', mirrored: event.mirrored ?? false } };
    case 'scanner':
      return { ...base, scannerAt: event.at };
    case 'network':
      return base.network === event.state ? base : { ...base, network: event.state };
    case 'lists':
      return {
        ...base,
        lists: { state: event.state, until: event.until ?? base.lists.until, reason: event.reason ?? '' },
      };
    case 'clock':
      return onClock(base, event);
    case 'challenge':
      return { ...base, challenge: { value: event.value, problem: event.problem ?? '' } };
    case 'opened':
      return { ...base, openedUntil: Math.max(base.openedUntil, event.until) };
    case 'arrived':
      // It waits its turn: the next person's phone pushes no verdict off the screen.
      return { ...base, openedUntil: 0, arrived: [...base.arrived, { id: 0, text: '', source: 'phone', since: event.at, sealed: event.sealed }] };
  }
}

/**
 * @param {State} state
 * @param {Extract<Event, {type: 'text'}>} event
 * @returns {State}
 */
function onText(state, { text, source, at, since = at }) {
  const mark = fingerprint(text);
  const { verdict } = state;
  if (text && state.last?.mark === mark && at - state.last.at < sameTextMs) {
    // A code left in front of the camera is the same visit, however long it stays.
    if (source === 'camera') return { ...state, last: { mark, at } };
    return { ...state, note: 'same-text' };
  }
  if (state.stage === 'checking') return state;
  if (state.stage === 'outcome' && verdict && passive.has(source) && !interruptible.has(verdict.result.outcome)) {
    return source === 'camera' ? state : { ...state, note: 'finish-first' };
  }
  const check = { id: state.serial + 1, text, source, since };
  const seen = { ...leave(state), serial: check.id, last: { mark, at } };
  if (state.stage === 'starting') return { ...seen, waiting: check };
  return begin(seen, check);
}

/**
 * @param {State} state
 * @param {Check} check
 * @returns {State}
 */
function begin(state, check) {
  return {
    ...state,
    stage: 'checking',
    check,
    waiting: null,
    effects: [...state.effects, { do: 'verify', id: check.id, text: check.text, ...(check.sealed && { sealed: check.sealed }) }],
  };
}

/**
 * @param {State} state
 * @param {Extract<Event, {type: 'answer'}>} event
 * @returns {State}
 */
function onAnswer(state, { id, result, at, compare = '', mark }) {
  if (state.check?.id !== id) return state;
  const { check } = state;
  const leave = leaveMs[result.outcome];
  // A decision by staff takes the place of the question, in time and in the list.
  const decided = state.stage === 'outcome' ? state.verdict : null;
  /** @type {Verdict} */
  const verdict = {
    id,
    result,
    source: check.source,
    at,
    took: decided ? decided.took : Math.max(0, Math.round(at - check.since)),
    leaveAt: leave === undefined ? null : at + leave,
    blankAt: at + personalMs,
    heldFor: null,
    cleared: false,
    text: result.outcome === 'undetermined' && !decided ? check.text : null,
    sealed: result.outcome === 'undetermined' ? check.sealed : undefined,
    compare: decided ? decided.compare : compare,
  };
  const line = { outcome: result.outcome, reason: result.reason, code: result.code, at };
  /** @type {Effect[]} */
  const effects = [{ do: 'sound', name: result.outcome }];
  // The challenge on the counter has been answered: the next person needs another.
  if (result.class === 'A' && !decided) effects.push({ do: 'renew' });
  const shown = {
    ...state,
    stage: /** @type {const} */ ('outcome'),
    check: null,
    verdict,
    note: /** @type {const} */ (''),
    last: mark ? { mark, at } : state.last && { ...state.last, at },
    recent: [line, ...state.recent.slice(decided ? 1 : 0)].slice(0, keptRecent),
    effects,
  };
  return state.paused ? clear(shown) : shown;
}

/**
 * @param {State} state
 * @param {number} at
 * @returns {State}
 */
function onTick(state, at) {
  const { verdict } = state;
  if (state.openedUntil && at >= state.openedUntil) return onTick({ ...state, openedUntil: 0 }, at);
  if (!verdict) return state;
  if (verdict.leaveAt !== null && verdict.heldFor === null && at >= verdict.leaveAt) return leave(state);
  if (!verdict.cleared && at >= verdict.blankAt) return clear(state);
  return state;
}

/**
 * @param {State} state
 * @param {Extract<Event, {type: 'command'}>} event
 * @returns {State}
 */
function onCommand(state, { name, at }) {
  const { verdict } = state;
  switch (name) {
    case 'hold': {
      if (!verdict || verdict.leaveAt === null) return state;
      if (verdict.heldFor === null) {
        return { ...state, verdict: { ...verdict, heldFor: Math.max(0, verdict.leaveAt - at) } };
      }
      return { ...state, verdict: { ...verdict, leaveAt: at + verdict.heldFor, heldFor: null } };
    }
    case 'next':
      // A person has to be looked at, so this key alone does not wave anybody through. Once
      // the card's data are gone there is nothing left to compare with.
      if (verdict?.result.outcome === 'conditional' && !verdict.cleared) return state;
      return leave(state);
    case 'back':
      return state.why ? { ...state, why: false } : leave(state);
    case 'why':
      return verdict ? { ...state, why: !state.why } : state;
    case 'retry': {
      if (verdict?.result.outcome !== 'undetermined') return { ...state, effects: [{ do: 'refresh' }] };
      if (verdict.text === null || state.engine !== 'ready') {
        const left = leave(state);
        return { ...left, effects: [...left.effects, { do: 'refresh' }] };
      }
      const check = { id: state.serial + 1, text: verdict.text, source: verdict.source, since: at, sealed: verdict.sealed };
      const again = begin({ ...leave(state), serial: check.id }, check);
      return { ...again, effects: [...again.effects, { do: 'refresh' }] };
    }
  }
}

/**
 * @param {State} state
 * @param {import('../types/flow.js').Answer} answer
 * @returns {State}
 */
function onDecide(state, answer) {
  const { verdict } = state;
  if (state.stage !== 'outcome' || verdict?.result.outcome !== 'conditional' || verdict.cleared) return state;
  const check = { id: verdict.id, text: '', source: verdict.source, since: verdict.at };
  return { ...state, check, effects: [{ do: 'decide', id: verdict.id, answer }] };
}

/**
 * @param {State} state
 * @param {Extract<Event, {type: 'clock'}>} event
 * @returns {State}
 */
function onClock(state, { skew, corrected, moved = 0 }) {
  const told = state.skew === skew && state.corrected === corrected ? state : { ...state, skew, corrected };
  if (!moved) return told;
  // What was to leave in five seconds still leaves in five seconds.
  const { verdict, check, waiting, last, openedUntil } = told;
  const later = (/** @type {number | null} */ at) => at && at + moved;
  return {
    ...told,
    verdict: verdict && { ...verdict, at: verdict.at + moved, leaveAt: later(verdict.leaveAt), blankAt: verdict.blankAt + moved },
    check: check && { ...check, since: check.since + moved },
    waiting: waiting && { ...waiting, since: waiting.since + moved },
    last: last && { ...last, at: last.at + moved },
    openedUntil: openedUntil && openedUntil + moved,
  };
}

/**
 * @param {State} state
 * @param {number} at
 * @returns {State}
 */
function onBooted(state, at) {
  const up = { ...state, engine: /** @type {const} */ ('ready') };
  if (state.stage !== 'starting') return up;
  const ready = { ...up, stage: /** @type {const} */ ('ready') };
  return state.waiting ? begin(ready, { ...state.waiting, since: Math.min(state.waiting.since, at) }) : ready;
}

/**
 * @param {State} state
 * @param {Extract<Event, {type: 'engine'}>} event
 * @returns {State}
 */
function onEngine(state, event) {
  if (event.state === 'starting') return { ...state, engine: 'starting' };
  const down = { ...state, engine: event.state, challenge: { value: null, problem: '' } };
  if (state.check) {
    return { ...onAnswer(down, { type: 'answer', id: state.check.id, result: failure('engine-crashed'), at: event.at }), engine: event.state };
  }
  return state.stage === 'ready' ? { ...down, stage: 'starting' } : down;
}

/** Short codes of the two faults outside a check, which the engine cannot report itself. */
const faults = /** @type {const} */ ({
  'no-code': { outcome: 'unreadable', code: 'R-3' },
  'engine-crashed': { outcome: 'undetermined', code: 'X-44' },
});

/**
 * The result for a fault outside the check itself, as verify.Failure gives it.
 * @param {keyof typeof faults} reason
 * @returns {import('../types/engine.js').Result}
 */
export function failure(reason) {
  return { ...faults[reason], reason, class: '', checks: [], claims: {}, redeemed: 'none', offline: false };
}

/**
 * Back to reading, with nothing of the verdict left.
 * @param {State} state
 * @returns {State}
 */
function leave(state) {
  if (!state.verdict) return state.note ? { ...state, note: '' } : state;
  return {
    ...state,
    stage: state.engine === 'ready' ? 'ready' : 'starting',
    verdict: null,
    check: null,
    why: false,
    note: '',
    effects: [...state.effects, { do: 'forget' }],
  };
}

/**
 * Takes what is personal out of the verdict and leaves the verdict.
 * @param {State} state
 * @returns {State}
 */
function clear(state) {
  const { verdict } = state;
  if (!verdict || verdict.cleared) return state;
  const { handle, ...result } = verdict.result;
  return {
    ...state,
    verdict: { ...verdict, result: { ...result, claims: {} }, text: null, sealed: undefined, cleared: true },
    effects: [...state.effects, { do: 'forget' }],
  };
}

/**
 * Tells texts apart without keeping them: two runs of FNV-1a, 32 bits each, and the length.
 * @param {string} text
 */
export function fingerprint(text) {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + i), 0x01000193);
  }
  return `${text.length}:${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}
