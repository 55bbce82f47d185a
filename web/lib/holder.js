// The card page as one value, changed by one pure function, as lib/flow.js does for the
// staff page.

/** @typedef {import('../types/engine.js').HolderRead} HolderRead */
/** @typedef {import('../types/engine.js').HolderCard} HolderCard */
/** @typedef {import('../types/engine.js').HolderFinish} HolderFinish */
/** @typedef {import('./api.js').SamplePerson} SamplePerson */
/** @typedef {import('./past.js').Shown} Shown */

/**
 * A card in this browser. The private key inside `keys` cannot be read, only used.
 * @typedef {object} KeptCard
 * @property {SamplePerson} person
 * @property {string} card        SD-CWT, base64url
 * @property {CryptoKeyPair} keys
 * @property {string} [loss]      ticket that reports it lost
 * @property {boolean} [lost]     it was
 */

/** @typedef {import('../types/engine.js').HolderPaper} HolderPaper */
/** @typedef {import('../types/engine.js').Modules} Modules */
/** @typedef {import('../types/engine.js').Purpose} Purpose */

/** @typedef {'loading' | 'pick' | 'making' | 'scan' | 'ask' | 'offer' | 'paper' | 'signing' | 'answer' | 'copy' | 'refused' | 'blocked' | 'done' | 'timeout'} Step */

/**
 * A code that answers no challenge, as the holder sets it up.
 * @typedef {object} Offer
 * @property {'B' | 'C'} class  for the next seconds, or for a day
 * @property {Purpose} purpose
 */

/**
 * @typedef {object} State
 * @property {Step} step
 * @property {boolean} ready            engine and lists are there
 * @property {SamplePerson[]} people
 * @property {Purpose[]} purposes       of the catalogue; none before there are lists
 * @property {KeptCard | null} card
 * @property {HolderCard | null} face   what the engine read off the card
 * @property {string} waiting           challenge that came before there was a card or an engine
 * @property {{text: string, read: HolderRead} | null} request
 * @property {Offer | null} offer       in place of a request
 * @property {HolderPaper | null} paper  a card to be printed
 * @property {string[]} chosen          claims to be shown, in the order asked
 * @property {HolderFinish | null} answer
 * @property {'' | 'sent' | 'failed'} sent  whether the answer went over the network; empty where it can only be shown
 * @property {number} shownAt           when the code on the screen was first shown
 * @property {number} since             when the first of the codes that took each other's place was
 * @property {boolean} inParts          codes are shown in parts, for a camera that reads no other
 * @property {Shown[]} past             what was shown before, newest first
 * @property {string} note              key of a sentence about what went wrong
 */

/**
 * @typedef {{type: 'ready', purposes: Purpose[]}
 *   | {type: 'people', people: SamplePerson[]}
 *   | {type: 'pick'}
 *   | {type: 'making'}
 *   | {type: 'card', card: KeptCard, face: HolderCard}
 *   | {type: 'lost', lost: boolean}
 *   | {type: 'past', past: Shown[]}
 *   | {type: 'waiting', text: string}
 *   | {type: 'request', text: string, read: HolderRead}
 *   | {type: 'choose', claim: string, on: boolean}
 *   | {type: 'choose-all'}
 *   | {type: 'offer', offer: Offer}
 *   | {type: 'paper', paper: HolderPaper}
 *   | {type: 'signing'}
 *   | {type: 'answer', answer: HolderFinish, sent: State['sent'], at: number}
 *   | {type: 'renewed', answer: HolderFinish, at: number}
 *   | {type: 'parts', parts: Modules[]}
 *   | {type: 'copy'}
 *   | {type: 'sent'}
 *   | {type: 'refuse'} | {type: 'finish'} | {type: 'again'} | {type: 'forget'}
 *   | {type: 'note', note: string}
 *   | {type: 'tick', at: number}} Event
 */

/** Claims that tell the least: switched on before the holder has chosen. */
const least = new Set(['over18']);

/** @returns {State} */
export function initial() {
  return {
    step: 'loading', ready: false, people: [], purposes: [], card: null, face: null, waiting: '', request: null, offer: null, paper: null,
    chosen: [], answer: null, sent: '', shownAt: 0, since: 0, inParts: false, past: [], note: '',
  };
}

/** For how long codes of class B take each other's place before the holder is asked again. */
export const renewMs = 5 * 60_000;

/**
 * The state after an event. Returns the same value when nothing changes.
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function next(state, event) {
  switch (event.type) {
    case 'ready':
      return { ...state, ready: true, purposes: event.purposes, step: state.step === 'loading' ? home(state) : state.step };
    case 'people':
      return { ...state, people: event.people };
    case 'pick':
      return { ...blank(state), step: 'pick', card: null, face: null };
    case 'making':
      return { ...state, step: 'making', note: '' };
    case 'card':
      return { ...blank(state), step: 'scan', card: event.card, face: event.face };
    case 'lost':
      return state.card ? { ...state, card: { ...state.card, lost: event.lost }, note: event.lost ? 'card.loss.done' : 'card.loss.undone' } : state;
    case 'past':
      return { ...state, past: event.past };
    case 'waiting':
      return { ...state, waiting: event.text };
    case 'request':
      return onRequest(state, event.text, event.read);
    case 'choose': {
      const asked = claimsAsked(state);
      return { ...state, chosen: asked.filter((claim) => (claim === event.claim ? event.on : state.chosen.includes(claim))) };
    }
    case 'choose-all':
      return { ...state, chosen: claimsAsked(state).filter((claim) => has(state.face, claim) && (state.chosen.includes(claim) || state.request?.read.claims.includes(claim))) };
    case 'offer':
      return onOffer(state, event.offer);
    case 'paper':
      return { ...blank(state), step: 'paper', paper: event.paper };
    case 'signing':
      return state.step === 'ask' || state.step === 'offer' ? { ...state, step: 'signing' } : state;
    case 'answer':
      return state.step === 'signing' ? { ...state, step: 'answer', answer: event.answer, sent: event.sent, shownAt: event.at, since: event.at } : state;
    case 'renewed':
      return state.step === 'answer' && state.offer ? { ...state, answer: event.answer, shownAt: event.at } : state;
    case 'parts':
      return state.step === 'answer' && state.answer ? { ...state, inParts: true, answer: { ...state.answer, size: 0, parts: event.parts } } : state;
    case 'copy':
      return state.step === 'answer' && state.answer ? { ...state, step: 'copy' } : state;
    case 'sent':
      return state.step === 'answer' ? { ...state, sent: 'sent' } : state;
    case 'refuse':
      return { ...blank(state), step: 'refused' };
    case 'finish':
      return { ...blank(state), step: 'done' };
    case 'again':
      return { ...blank(state), step: home(state) };
    case 'forget':
      return { ...initial(), ready: state.ready, people: state.people, purposes: state.purposes, step: 'pick', note: 'card.forgotten' };
    case 'note':
      return { ...state, note: event.note, step: busy(state.step) ? home(state) : state.step };
    case 'tick':
      return onTick(state, event.at);
  }
}

/**
 * @param {State} state
 * @param {string} text
 * @param {HolderRead} read
 * @returns {State}
 */
function onRequest(state, text, read) {
  const chosen = read.claims.filter((claim) => least.has(claim) && has(state.face, claim));
  return {
    ...blank(state),
    waiting: '',
    step: read.reason === null ? 'ask' : 'blocked',
    request: { text, read },
    chosen,
  };
}

/**
 * What a purpose needs is shown or the code is of no use; what it only allows is not
 * shown before the holder says so.
 * @param {State} state
 * @param {Offer} offer
 * @returns {State}
 */
function onOffer(state, offer) {
  return { ...blank(state), step: 'offer', offer, chosen: offer.purpose.request.filter((claim) => has(state.face, claim)) };
}

/**
 * The claims that can be shown now, in their order.
 * @param {State} state
 * @returns {string[]}
 */
function claimsAsked({ request, offer }) {
  if (offer) return [...offer.purpose.request, ...offer.purpose.optional];
  return request ? [...request.read.claims, ...request.read.optional] : [];
}

/**
 * Whether the code on the screen is to be replaced by another.
 * @param {State} state
 * @param {number} at
 */
export function due({ step, offer, answer, since }, at) {
  if (step !== 'answer' || !offer || !answer?.renewAt || at < answer.renewAt) return false;
  return offer.class === 'C' || at - since < renewMs;
}

/**
 * @param {State} state
 * @param {number} at
 * @returns {State}
 */
function onTick(state, at) {
  if (state.step === 'ask' && state.request && at >= state.request.read.expires) return { ...blank(state), step: 'timeout' };
  if (state.step === 'answer' && state.answer && at >= state.answer.expires) return { ...blank(state), step: 'timeout' };
  return state;
}

/**
 * Whether a card holds a claim.
 * @param {HolderCard | null} face
 * @param {string} claim
 */
export function has(face, claim) {
  const value = face?.claims[/** @type {keyof HolderCard['claims']} */ (claim)];
  return value !== undefined && value !== null && value !== '';
}

/** @param {Step} step */
function busy(step) {
  return step === 'making' || step === 'signing' || step === 'loading';
}

/**
 * Where a visit goes on: at the counter's code with a card, at the choice of one without.
 * @param {State} state
 * @returns {Step}
 */
function home(state) {
  return state.card ? 'scan' : 'pick';
}

/**
 * Without anything of the last request.
 * @param {State} state
 * @returns {State}
 */
function blank(state) {
  return { ...state, request: null, offer: null, paper: null, chosen: [], answer: null, sent: '', shownAt: 0, since: 0, inParts: false, note: '' };
}
