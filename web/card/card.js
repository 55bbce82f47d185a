// The holder's demo card: keeps a sample card and its key in this browser, reads the
// counter's challenge, asks for consent, and shows the answer.

import '../elements/ev-viewfinder.js';
import { Engine } from '../engine/client.js';
import en from '../i18n/card/en.js';
import zh from '../i18n/card/zh.js';
import { Api } from '../lib/api.js';
import { App } from '../lib/app.js';
import { Camera, rungOf } from '../lib/camera.js';
import { clock, now } from '../lib/clock.js';
import { Coach } from '../lib/coach.js';
import { byId, setText } from '../lib/dom.js';
import { due, initial, next } from '../lib/holder.js';
import { coseKey, makeKey, sign } from '../lib/holderkey.js';
import { Intake } from '../lib/intake.js';
import { bootRequest, Lists } from '../lib/lists.js';
import { Past } from '../lib/past.js';
import { applyTheme, forgetPreferences, recall, remember } from '../lib/prefs.js';
import { Shelf } from '../lib/shelf.js';
import { learn, startLanguage, Words } from '../lib/words.js';
import { draw, drawTime } from './draw.js';
import { makeOffer } from './offer.js';

/** @typedef {import('../lib/holder.js').Event} HolderEvent */
/** @typedef {import('../lib/holder.js').KeptCard} KeptCard */
/** @typedef {import('../lib/lists.js').Bundle} Bundle */
/** @typedef {import('../lib/api.js').SamplePerson} SamplePerson */

const tickMs = 250;
const cardKey = 'card';

/** Reasons for which a text is no challenge at all, rather than one not to be answered. */
const noChallenge = new Set(['other-code', 'malformed', 'too-large']);

const viewfinder = /** @type {import('../elements/ev-viewfinder.js').EvViewfinder} */ (byId('viewfinder'));
const field = /** @type {HTMLInputElement} */ (byId('text'));
const file = /** @type {HTMLInputElement} */ (byId('file'));

applyTheme();
learn({ zh, en });

let state = initial();
const words = new Words(startLanguage(recall('language'), navigator.languages));
const api = new Api({ onClock: (ahead) => clock.hint(ahead) });
const listShelf = new Shelf('lists');
const lists = new Lists(api, listShelf);
const shelf = new Shelf('cards');
const past = new Past(shelf);

/** @type {Bundle | null} */
let bundle = null;
/** @type {WakeLockSentinel | null} */
let wakeLock = null;
let reading = false;

const engine = new Engine({
  onReady: () => void load(),
  onCrash: () => dispatch({ type: 'note', note: 'reason.engine-crashed' }),
});

if (!viewfinder.video) throw new Error('the viewfinder has no video');
const coach = new Coach();
/** Where the ladder of ways to a camera's frames begins: the address may say, as `?rung=canvas`, to try one out. */
const firstRung = rungOf(location.search);
const camera = new Camera({
  video: viewfinder.video,
  scan: (frame) => engine.scanFrame(frame),
  follow: (frames, follower) => engine.follow(frames, follower),
  first: firstRung,
  onScan: (report, since) => {
    viewfinder.see(report, since);
    viewfinder.advise(coach.see(report, since), words);
    if (report.text) void read(report.text);
  },
  onState: (cameraState, label, mirrored) => {
    coach.clear();
    engine.ladder(firstRung); // another camera may give other frames
    viewfinder.update({ state: cameraState, label, mirrored }, words, { ...camera.abilities(), several: false });
    viewfinder.hidden = cameraState === 'off';
    setText(byId('camera'), words.say(cameraState === 'off' ? 'card.scan.camera' : 'card.scan.stop'));
  },
});

const intake = new Intake({
  onText: (text) => void read(text),
  onImage: (blob) => void readImage(blob),
  onRefused: () => dispatch({ type: 'note', note: 'input.refused' }),
  onDrag: () => {},
});

/** @param {HolderEvent} event */
function dispatch(event) {
  const before = state;
  state = next(state, event);
  if (state === before) return;
  if (before.step === 'loading' && state.step !== 'loading') performance.mark('usable');
  if (state.step !== 'scan' && camera.wish) camera.stop();
  render(before.step !== state.step);
}

/** @param {boolean} moved  whether the visitor is at another step now */
function render(moved) {
  document.documentElement.lang = words.language === 'zh' ? 'zh-CN' : 'en';
  document.body.dataset.step = state.step;
  document.body.dataset.hand = recall('hand') ?? '';
  const { person } = state.card ?? {};
  document.title = `${words.say('card.title')} · ${words.say('app.name')}`;
  words.apply(document);
  field.placeholder = words.say('card.scan.field');
  field.setAttribute('aria-label', words.say('card.scan.field'));
  setText(byId('camera'), words.say(camera.wish ? 'card.scan.stop' : 'card.scan.camera'));
  setText(byId('note'), state.note ? words.say(state.note) : '');
  byId('scanner').hidden = state.step !== 'scan';
  byId('forget').hidden = !person && state.step !== 'pick';
  draw({ face: byId('face'), step: byId('step'), more: byId('more') }, state, words, actions);
  drawTime(byId('step'), state, words, now());
  if (moved) {
    byId('step').querySelector('h1')?.focus();
    window.scrollTo(0, 0);
  }
  void keepAwake(state.step === 'answer');
}

/** @type {import('./draw.js').Actions} */
const actions = {
  pick: (person) => void issue(person),
  another: () => {
    dispatch({ type: 'pick' });
    if (!state.people.length) void choosePeople();
  },
  offer: (cls, purpose) => {
    const offer = makeOffer(state.purposes, cls, purpose || bundle?.config.purpose || '');
    if (offer) dispatch({ type: 'offer', offer });
  },
  paper: () => void paper(),
  clearPast: () => void past.clear().then((list) => dispatch({ type: 'past', past: list })),
  report: (lost) => void report(lost),
  choose: (claim, on) => dispatch({ type: 'choose', claim, on }),
  agreeToAll: () => {
    dispatch({ type: 'choose-all' });
    void answer();
  },
  agree: () => void answer(),
  inParts: () => void inParts(),
  copy: () => dispatch({ type: 'copy' }),
  refuse: () => dispatch({ type: 'refuse' }),
  send: () => void sendAgain(),
  finish: () => dispatch({ type: 'finish' }),
  again: () => dispatch({ type: 'again' }),
  redraw: () => render(false),
  turn: () => {
    remember('hand', recall('hand') ? null : 'left');
    render(false);
  },
  bright: () => {
    remember('bright', 'seen');
    render(false);
  },
};

/** Starts with what this browser keeps; the network adds what it can. */
async function load() {
  try {
    bundle = await lists.fetch();
  } catch {
    bundle = await lists.kept();
  }
  /** @type {import('../types/engine.js').Purpose[]} */
  let purposes = [];
  try {
    if (bundle) {
      const boot = await engine.call('boot', bootRequest(bundle, now()));
      if (!boot.problems.length) await lists.keep(bundle, boot);
      ({ purposes } = boot);
      await clock.settle();
    }
  } catch (fault) {
    dispatch({ type: 'note', note: reasonKey(fault) });
    return;
  }
  const kept = /** @type {KeptCard | undefined} */ (await shelf.get(cardKey));
  if (kept && !state.card) await open(kept);
  dispatch({ type: 'past', past: await past.list() });
  dispatch({ type: 'ready', purposes });
  if (!state.card) await choosePeople();
  await readWaiting();
}

async function choosePeople() {
  try {
    dispatch({ type: 'people', people: await api.people() });
  } catch {
    dispatch({ type: 'note', note: 'card.people.failed' });
  }
}

/** @param {KeptCard} kept */
async function open(kept) {
  try {
    dispatch({ type: 'card', card: kept, face: await engine.call('holder.card', { now: now(), card: kept.card }) });
  } catch (fault) {
    dispatch({ type: 'note', note: reasonKey(fault) });
  }
}

/** @param {SamplePerson} person */
async function issue(person) {
  dispatch({ type: 'making' });
  try {
    const keys = await makeKey();
    const { card, loss } = await api.card(person.id, await coseKey(keys.publicKey));
    const kept = { person, card, keys, loss };
    await shelf.put(cardKey, kept);
    await open(kept);
  } catch {
    dispatch({ type: 'note', note: 'card.failed' });
    return;
  }
  await readWaiting();
}

async function readWaiting() {
  if (state.waiting && state.card) await read(state.waiting);
}

/**
 * Reads a challenge, or keeps it until there is a card to answer it with.
 * @param {string} text
 */
async function read(text) {
  if (reading || (state.step !== 'scan' && state.card && state.ready)) return;
  if (!state.card || !state.ready || !bundle) {
    dispatch({ type: 'waiting', text });
    return;
  }
  reading = true;
  try {
    const request = await engine.call('holder.read', { now: now(), text });
    if (request.reason && noChallenge.has(request.reason)) dispatch({ type: 'note', note: 'card.scan.wrong' });
    else {
      dispatch({ type: 'request', text, read: request });
      // The counter says so; without a network it goes on as if nobody had told it.
      if (request.opened && navigator.onLine) void api.deliver(request.opened).catch(() => {});
    }
  } catch (fault) {
    dispatch({ type: 'note', note: reasonKey(fault) });
  } finally {
    reading = false;
  }
}

/** @param {Blob} blob */
async function readImage(blob) {
  try {
    const { text } = await engine.scanImage(blob);
    if (text) await read(text);
    else dispatch({ type: 'note', note: 'card.scan.nocode' });
  } catch (fault) {
    dispatch({ type: 'note', note: fault instanceof Error && 'code' in fault && fault.code === 'no-code' ? 'input.refused' : 'reason.engine-crashed' });
  }
}

/** The holder agreed: the engine says what to sign, the browser's key signs it. */
async function answer() {
  const { card, request, offer } = state;
  if (!card || !(request || offer)) return;
  dispatch({ type: 'signing' });
  try {
    const finished = await signed(card);
    dispatch({ type: 'answer', answer: finished, sent: finished.post && (await send(finished.post) ? 'sent' : 'failed') || '', at: now() });
    await recordShown();
  } catch (fault) {
    dispatch({ type: 'note', note: reasonKey(fault) });
  }
}

/** Puts what is on the screen on the list of what was shown. */
async function recordShown() {
  const { request, offer, chosen: claims, sent, step } = state;
  if (step !== 'answer') return;
  const { zh, en } = offer?.purpose ?? request?.read.purpose ?? { zh: '', en: '' };
  const way = offer?.class ?? (sent === 'sent' ? 'A' : 'AB');
  dispatch({ type: 'past', past: await past.add({ at: now(), way, party: request?.read.party.name ?? '', purpose: { zh, en }, claims }) });
}

/**
 * Reports the card lost, or found again, to the demonstration's authority. In earnest that
 * would be done from somewhere else.
 * @param {boolean} lost
 */
async function report(lost) {
  const { card } = state;
  if (!card) return;
  if (!card.loss) return dispatch({ type: 'note', note: 'card.loss.none' });
  try {
    await api.report(card.loss, lost);
  } catch (fault) {
    const none = fault instanceof Error && 'code' in fault && fault.code === 'not-found';
    return dispatch({ type: 'note', note: none ? 'card.loss.none' : 'card.loss.failed' });
  }
  dispatch({ type: 'lost', lost });
  if (state.card) await shelf.put(cardKey, state.card);
}

/**
 * What the holder chose to show, signed.
 * @param {KeptCard} kept
 */
async function signed({ card, keys }) {
  const { request, offer, chosen: claims } = state;
  const at = now();
  const { ticket, toSign } = offer
    ? await engine.call('holder.show', { now: at, card, class: offer.class, claims })
    : await engine.call('holder.begin', { now: at, card, challenge: request?.text ?? '', claims });
  const finished = await engine.call('holder.finish', { ticket, signature: await sign(keys.privateKey, toSign) });
  return state.inParts && finished.size ? { ...finished, size: 0, ...await engine.call('holder.parts', { text: finished.text }) } : finished;
}

/** Shows the answer in parts, each with fewer and larger modules. */
async function inParts() {
  const { answer } = state;
  if (!answer) return;
  try {
    const { parts } = await engine.call('holder.parts', { text: answer.text });
    if (state.answer === answer) dispatch({ type: 'parts', parts });
  } catch (fault) {
    dispatch({ type: 'note', note: reasonKey(fault) });
  }
}

/** Fetches a card for paper; it holds no phone's key, so nothing is made here. */
async function paper() {
  const { card } = state;
  if (!card) return;
  try {
    const { text } = await api.printed(card.person.id);
    dispatch({ type: 'paper', paper: await engine.call('holder.paper', { text }) });
  } catch {
    dispatch({ type: 'note', note: 'card.failed' });
  }
}

let renewing = false;

/** Another code takes the place of the one on the screen. */
async function renew() {
  const { card, offer } = state;
  if (renewing || !card || document.hidden) return;
  renewing = true;
  try {
    const renewed = await signed(card);
    if (state.offer === offer) dispatch({ type: 'renewed', answer: renewed, at: now() });
  } catch (fault) {
    dispatch({ type: 'note', note: reasonKey(fault) });
  } finally {
    renewing = false;
  }
}

/**
 * Posts an answer, which only the counter's page can open.
 * @param {import('../types/engine.js').Post} post
 */
async function send(post) {
  if (!navigator.onLine) return false;
  try {
    await api.deliver(post);
    return true;
  } catch {
    return false;
  }
}

async function sendAgain() {
  const { answer } = state;
  if (answer?.post && await send(answer.post) && state.answer === answer) dispatch({ type: 'sent' });
}

/** Deletes card, key, lists and choices, here and for good. */
async function forget() {
  camera.stop();
  await shelf.clear();
  await listShelf.clear();
  forgetPreferences();
  dispatch({ type: 'forget' });
  if (!state.people.length) await choosePeople();
}

/**
 * @param {unknown} fault
 * @returns {string}  key of a sentence
 */
function reasonKey(fault) {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : '';
  const key = `reason.${code}`;
  return words.say(key) === key ? 'reason.engine-crashed' : key;
}

/** @param {boolean} wish */
async function keepAwake(wish) {
  if (!wish) {
    const lock = wakeLock;
    wakeLock = null;
    await lock?.release().catch(() => {});
    return;
  }
  if (wakeLock && !wakeLock.released) return;
  try {
    wakeLock = await navigator.wakeLock.request('screen');
  } catch {
    // Not every browser can, nor with a low battery.
  }
}

/** Opens a challenge that came as a link, and takes it out of the address. */
function readLink() {
  const raw = location.hash.slice(1);
  if (!raw) return;
  history.replaceState(null, '', location.pathname);
  let text = raw;
  try {
    text = decodeURIComponent(raw);
  } catch {
    // Base45 holds "%" of its own: then the link was not encoded.
  }
  if (text.startsWith('CH1:')) {
    if (state.card && state.ready && state.step !== 'scan') dispatch({ type: 'again' });
    void read(text);
  }
}

byId('camera').addEventListener('click', () => {
  if (camera.wish) camera.stop();
  else void camera.start();
});
file.addEventListener('change', () => {
  const chosen = file.files?.[0];
  file.value = '';
  if (chosen) intake.takeFile(chosen, 'file');
});
byId('paste').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = field.value.trim();
  field.value = '';
  if (text) void read(text);
});
byId('forget').addEventListener('click', () => void forget());
byId('language').addEventListener('click', () => {
  words.language = words.other;
  remember('language', words.language);
  render(false);
});
document.addEventListener('wish', (event) => {
  const { name } = /** @type {CustomEvent} */ (event).detail;
  if (name === 'camera-retry') void camera.start();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) camera.suspend();
  else {
    camera.resume();
    void keepAwake(state.step === 'answer');
  }
});
window.addEventListener('hashchange', readLink);
window.addEventListener('resize', () => render(false));
setInterval(() => {
  const at = now();
  if (due(state, at)) void renew();
  else dispatch({ type: 'tick', at });
  drawTime(byId('step'), state, words, now());
}, tickMs);

clock.use({ api, engine, shelf: listShelf });
intake.attach(document);
render(false);
readLink();
// While the camera runs or somebody is asked, no new build is taken.
new App({ idle: () => (state.step === 'scan' || state.step === 'pick') && !camera.wish && !state.waiting }).start();
