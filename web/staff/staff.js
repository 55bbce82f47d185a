// The staff page: joins the state machine with the engine, the inputs and the elements.
// Nothing is decided here; events go in, state comes out, elements draw it.

import '../elements/ev-verdict.js';
import '../elements/ev-challenge.js';
import '../elements/ev-viewfinder.js';
import '../elements/ev-inputs.js';
import '../elements/ev-why.js';
import '../elements/ev-recent.js';
import '../elements/ev-strip.js';
import '../elements/ev-help.js';
import '../elements/ev-asleep.js';
import { Engine } from '../engine/client.js';
import { Api, UNREACHABLE } from '../lib/api.js';
import { Camera, rungOf } from '../lib/camera.js';
import { Challenges } from '../lib/challenges.js';
import { Coach } from '../lib/coach.js';
import { byId, freeKeys, h, setText } from '../lib/dom.js';
import { failure, initial, next } from '../lib/flow.js';
import { gather, isPart } from '../lib/gather.js';
import { Intake } from '../lib/intake.js';
import { bootRequest, Lists, sameBundle } from '../lib/lists.js';
import { Mail } from '../lib/mail.js';
import { Presence } from '../lib/presence.js';
import { applyTheme, nextTheme, recall, remember, setTheme, theme } from '../lib/prefs.js';
import { Shelf } from '../lib/shelf.js';
import { Sound } from '../lib/sound.js';
import { Wedge } from '../lib/wedge.js';
import { startLanguage, Words } from '../lib/words.js';
import { eventOf } from './keys.js';
import { Ledger } from './ledger.js';

/** @typedef {import('../types/flow.js').Event} FlowEvent */
/** @typedef {import('../types/flow.js').Effect} Effect */
/** @typedef {import('../types/flow.js').Source} Source */
/** @typedef {import('../lib/lists.js').Bundle} Bundle */
/** @typedef {import('../types/engine.js').Purpose} Purpose */

/** How often countdowns are drawn. */
const tickMs = 250;

/** How often lists are looked at again while the page stays open, and while it has none. */
const listsMs = 10 * 60_000;
const noListsMs = 5000;

const verdictBox = /** @type {import('../elements/ev-verdict.js').EvVerdict} */ (byId('verdict'));
const challengeBox = /** @type {import('../elements/ev-challenge.js').EvChallenge} */ (byId('challenge'));
const viewfinder = /** @type {import('../elements/ev-viewfinder.js').EvViewfinder} */ (byId('viewfinder'));
const inputs = /** @type {import('../elements/ev-inputs.js').EvInputs} */ (byId('inputs'));
const whyBox = /** @type {import('../elements/ev-why.js').EvWhy} */ (byId('why'));
const recentBox = /** @type {import('../elements/ev-recent.js').EvRecent} */ (byId('recent'));
const strip = /** @type {import('../elements/ev-strip.js').EvStrip} */ (byId('strip'));
const helpBox = /** @type {import('../elements/ev-help.js').EvHelp} */ (byId('help-box'));
const purposeSelect = /** @type {HTMLSelectElement} */ (byId('purpose'));

applyTheme();

let state = initial();
const words = new Words(startLanguage(recall('language'), navigator.languages));
const sound = new Sound();
sound.muted = recall('muted') === 'yes';

/** @type {Bundle | null} */
let bundle = null;
/** @type {Purpose[]} */
let purposes = [];
let purpose = '';
let demo = false;
let several = false; // more than one camera
/** Key of a sentence about the last input that led to no check. */
let inputNote = '';

/** @type {Api} */
const api = new Api({
  onNetwork: (network) => dispatch({ type: 'network', state: network }),
  onClock: (skew) => dispatch({ type: 'clock', skew }),
  token: () => terminal?.token ?? '',
});
const shelf = new Shelf('lists');

/** Whether the page was opened by the operator's link. */
const linked = () => location.hash.startsWith('#enrol=');

// Open relying parties, as that of the demonstration, need no terminal.
const terminal = linked() || recall('terminal')
  ? new (await import('../lib/terminal.js')).Terminal({ api, recall, remember })
  : null;

const lists = new Lists({
  config: async () => {
    const config = await api.config();
    return terminal ? terminal.place(config) : config;
  },
  list: (path) => api.list(path),
}, shelf);

const engine = new Engine({
  onReady: () => void load(),
  onCrash: (_, final) => {
    challenges.stop();
    ledger.wait();
    dispatch({ type: 'engine', state: final ? 'stopped' : 'crashed', at: Date.now() });
  },
});

const ledger = new Ledger({ engine, api, onChange: () => render() });

const challenges = new Challenges({
  engine,
  api,
  onChange: (value, problem) => {
    dispatch({ type: 'challenge', value, problem });
    if (!value?.box) return;
    mail.listen(value);
    void mail.keep();
  },
});

const mail = new Mail({
  engine,
  api,
  shelf,
  onOpened: (until) => dispatch({ type: 'opened', until }),
  onAnswer: (sealed) => dispatch({ type: 'arrived', sealed, at: Date.now() }),
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
    if (report.sight.seen) presence.touch();
    viewfinder.advise(state.stage === 'ready' ? coach.see(report, since) : '', words);
    if (report.text) read(report.text, 'camera', since);
  },
  onState: (cameraState, label, mirrored) => {
    coach.clear();
    engine.ladder(firstRung); // another camera may give other frames
    dispatch({ type: 'camera', state: cameraState, label, mirrored });
    if (cameraState === 'live') void camera.list().then((all) => { several = all.length > 1; render(); });
  },
});

const presence = new Presence({ state: () => state, dispatch, words, camera, challenges });

const wedge = new Wedge({
  onText: (text, since) => {
    dispatch({ type: 'scanner', at: Date.now() });
    read(text, 'scanner', since);
  },
  onKey: press,
});

const intake = new Intake({
  onText: (text, source) => read(text, source, performance.now()),
  onImage: (blob, source) => void readImage(blob, source),
  onRefused: () => note('input.refused'),
  onDrag: (over) => { byId('drop').hidden = !over; },
});

/** @param {FlowEvent} event */
function dispatch(event) {
  const before = state;
  state = next(state, event);
  if (state === before) return;
  if (state.stage === 'ready' && before.stage === 'starting') performance.mark('usable');
  render();
  for (const effect of state.effects) perform(effect);
}

/** @param {Effect} effect */
function perform(effect) {
  switch (effect.do) {
    case 'verify':
      return void verify(effect.id, effect.text, effect.sealed);
    case 'decide':
      return void decide(effect.id, effect.answer);
    case 'sound':
      return sound.play(effect.name);
    case 'forget':
      ledger.left();
      return void engine.call('forget', {}).catch(() => {});
    case 'renew':
      return challenges.replace();
    case 'refresh':
      return void refresh();
  }
}

/**
 * A text from any source. Times of frames count from the page's start, those of the state
 * machine from 1970.
 * @param {string} text
 * @param {Source} source
 * @param {number} since  performance.now() of the frame or the first key
 */
function read(text, source, since) {
  if (presence.asleep) return;
  inputNote = '';
  if (isPart(text)) return void gather(engine, text).then((whole) => (whole ? read(whole, source, since) : note('input.part')), () => note('reason.engine-crashed'));
  dispatch({ type: 'text', text, source, at: Date.now(), since: performance.timeOrigin + since });
}

/**
 * @param {Blob} blob
 * @param {Source} source
 */
async function readImage(blob, source) {
  const since = performance.now();
  inputNote = '';
  try {
    const { text, parts } = await engine.scanImage(blob);
    if (!text && parts) note('input.part');
    else read(text ?? '', source, since);
  } catch (fault) {
    note(codeOf(fault) === 'no-code' ? 'input.refused' : 'reason.engine-crashed');
  }
}

/** @param {string} key */
function note(key) {
  inputNote = key;
  render();
}

/**
 * Has the engine verify a text or open an answer, redeems the nonce if it must be, and lets
 * the engine conclude.
 * @param {number} id
 * @param {string} text
 * @param {import('../types/engine.js').Sealed} [sealed]
 */
async function verify(id, text, sealed) {
  let result;
  let compare = '';
  let mark = '';
  let hash = '';
  const at = Date.now();
  try {
    if (!text && !sealed) return dispatch({ type: 'answer', id, result: failure('no-code'), at: Date.now() });
    const first = await engine.call('verify', { now: Date.now(), text, purpose, sealed });
    ({ result, compare, mark, hash } = first);
    if (first.redeem) {
      const { status, body } = await api.redeem(first.redeem.body);
      result = (await engine.call('conclude', { now: Date.now(), ticket: first.redeem.ticket, status, body })).result;
    }
  } catch {
    result = failure('engine-crashed');
  }
  dispatch({ type: 'answer', id, result, compare, mark, at: Date.now() });
  ledger.checked(id, result, hash, at);
}

/**
 * @param {number} id
 * @param {'same' | 'unsure' | 'different'} answer
 */
async function decide(id, answer) {
  let result;
  try {
    result = (await engine.call('decide', { now: Date.now(), answer })).result;
  } catch {
    result = failure('engine-crashed');
  }
  dispatch({ type: 'answer', id, result, at: Date.now() });
  ledger.decided(result, answer);
}

/** Boots a fresh engine: from what was kept, at once; then from the network. */
async function load() {
  await enrolling;
  bundle ??= await lists.kept();
  if (bundle) await boot(bundle, 'cached');
  await refresh();
}

let enrolling = enrol();

/** Enrols this counter when the page was opened by the operator's link; else renews its token. */
async function enrol() {
  if (!linked()) return void terminal?.renew();
  if (!terminal) return location.reload();
  const problem = await terminal.enrol(location.hash);
  // A link that was not answered is tried again when the page is loaded again.
  if (problem !== UNREACHABLE) history.replaceState(null, '', location.pathname + location.search);
  note(problem ? `reason.${problem}` : 'terminal.enrolled');
  if (!problem && bundle) await refresh();
}

/** Fetches the lists and hands them to the engine if they changed. */
async function refresh() {
  let fresh;
  try {
    fresh = await lists.fetch();
  } catch {
    if (!bundle) dispatch({ type: 'lists', state: 'missing' });
    return;
  }
  if (sameBundle(bundle, fresh) && state.lists.state !== 'refused' && state.engine === 'ready') {
    dispatch({ type: 'lists', state: 'fresh' });
    challenges.retry();
    return;
  }
  await boot(fresh, 'fresh');
}

/**
 * Hands lists to the engine. Lists that it does not take leave those before them in place.
 * @param {Bundle} candidate
 * @param {'cached' | 'fresh'} origin
 */
async function boot(candidate, origin) {
  let answer;
  try {
    answer = await engine.call('boot', bootRequest(candidate, Date.now()));
    const [problem] = answer.problems;
    if (problem) {
      dispatch({ type: 'lists', state: 'refused', reason: problem });
      if (bundle && bundle !== candidate) await engine.call('boot', bootRequest(bundle, Date.now()));
      if (bundle || !answer.purposes.length) return;
    } else if (origin === 'fresh') {
      await lists.keep(candidate, answer);
    }
  } catch (fault) {
    const code = codeOf(fault);
    if (code !== 'engine-crashed') dispatch({ type: 'lists', state: 'refused', reason: code });
    return;
  }
  bundle = candidate;
  demo = answer.demo;
  purposes = terminal ? terminal.open(answer.purposes) : answer.purposes;
  const wished = demo || terminal ? recall('purpose') : null;
  purpose = purposes.some(({ code }) => code === wished) ? wished ?? '' : candidate.config.purpose;
  drawFrame();
  if (!answer.problems.length) dispatch({ type: 'lists', state: origin, until: answer.offlineUntil });
  await mail.restore();
  dispatch({ type: 'booted', at: Date.now() });
  settle();
  challenges.start(purpose, candidate.config.party.id);
}

/** Tells the register for whom and for how long it is kept. */
function settle() {
  if (!bundle) return;
  const days = purposes.find(({ code }) => code === purpose)?.days ?? 0;
  ledger.at({ party: bundle.config.party, days, inspector: demo ? bundle.config.inspector ?? '' : '', terminal: terminal?.enrolled?.terminal ?? '' });
}

/** @param {unknown} fault */
function codeOf(fault) {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : 'internal';
}

/** The parts around the stage that change with configuration and language only. */
function drawFrame() {
  document.documentElement.lang = words.language === 'zh' ? 'zh-CN' : 'en';
  words.apply(document);
  byId('party').textContent = bundle?.config.party.name ?? '';
  for (const id of ['demo', 'demo-mark']) byId(id).hidden = !demo;
  byId('purpose-box').hidden = !(demo || terminal) || purposes.length < 2;
  purposeSelect.replaceChildren(...purposes.map(({ code, zh, en }) => h('option', { value: code, selected: code === purpose }, words.language === 'zh' ? zh : en)));
  byId('theme').textContent = words.say(`strip.theme.${theme()}`);
}

function render() {
  const now = Date.now();
  const { stage, verdict, engine: engineState } = state;
  const { body } = document;
  body.dataset.stage = stage;
  body.dataset.camera = state.camera.state;
  if (verdict) {
    body.dataset.outcome = verdict.result.outcome;
    body.dataset.reason = verdict.result.reason;
  } else {
    delete body.dataset.outcome;
    delete body.dataset.reason;
  }
  body.classList.toggle('is-why', state.why);
  const title = verdict ? `${words.say(`outcome.${verdict.result.outcome}`)} · ${words.say('app.name')}` : words.say('app.title');
  if (document.title !== title) document.title = title;
  setText(byId('starting-note'), startingNote());
  byId('restart').hidden = engineState !== 'stopped';
  setText(byId('checking'), stage === 'checking' ? words.say('outcome.checking') : '');
  verdictBox.update(state, words, now);
  challengeBox.update(state, words, now, { purpose: purposes.find(({ code }) => code === purpose) ?? null, demo });
  viewfinder.update(state.camera, words, { ...camera.abilities(), several });
  whyBox.update(state, words, engine);
  inputs.update(state.note ? `note.${state.note}` : inputNote, words);
  recentBox.update(state, words);
  strip.update(state, words, now, { muted: sound.muted, blocked: sound.blocked, register: ledger.register.standing });
  ledger.draw(verdict, words);
}

function startingNote() {
  if (state.engine === 'stopped') return words.say('starting.stopped');
  if (state.engine === 'crashed') return words.say('reason.engine-crashed');
  if (state.lists.state === 'refused') return `${words.say(`reason.${state.lists.reason}`)} · ${words.say(`next.${state.lists.reason}`)}`;
  if (state.lists.state === 'missing') return words.say('starting.missing');
  return words.say(state.waiting ? 'starting.waiting' : 'starting.note');
}

/** @param {string} code  physical key that was pressed on its own */
function press(code) {
  const event = eventOf(code, state, document.querySelector('dialog[open]') !== null);
  if (event) dispatch(event);
}

/** @type {Readonly<Record<string, (value?: any) => void>>} */
const wishes = {
  'camera-retry': () => void camera.start(),
  'camera-switch': () => void camera.switchNext(),
  'camera-torch': () => void camera.adjust({ torch: !camera.track?.getSettings().torch }),
  'camera-zoom': (zoom) => void camera.adjust({ zoom }),
  'try-sound': (outcome) => void sound.wake().then(() => sound.play(outcome)),
  refresh: () => void refresh(),
  register: () => void ledger.toggle(words),
  language: () => {
    words.language = words.other;
    remember('language', words.language);
    drawFrame();
    render();
  },
  sound: () => {
    if (!sound.muted && sound.blocked) {
      void sound.wake().then(render);
      return;
    }
    sound.muted = !sound.muted;
    remember('muted', sound.muted ? 'yes' : null);
    render();
  },
};

document.addEventListener('flow', (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.type === 'text') read(detail.text, detail.source, performance.now());
  else dispatch({ ...detail, at: Date.now() });
});
document.addEventListener('wish', (event) => {
  const { name, value } = /** @type {CustomEvent} */ (event).detail;
  wishes[name]?.(value);
});
document.addEventListener('blob', (event) => {
  const { blob, source } = /** @type {CustomEvent} */ (event).detail;
  intake.takeFile(blob, source);
});

// Function keys act at once: no scanner sends them.
document.addEventListener('keydown', (event) => {
  if (event.repeat && event.code !== 'F9') return;
  const act = { F1: () => helpBox.toggle(words), F2: wishes.sound, F8: wishes['camera-switch'], F9: () => verdictBox.reveal(true, words) }[event.code];
  if (!act) return;
  event.preventDefault();
  act();
});
const hide = () => verdictBox.reveal(false, words);
document.addEventListener('keyup', (event) => { if (event.code === 'F9') hide(); });
for (const end of ['pointerup', 'pointercancel', 'blur']) window.addEventListener(end, hide);
for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, () => void sound.wake(), { capture: true });

freeKeys();
// Escape leaves the text field, so that keys reach the page again.
inputs.field?.addEventListener('keydown', (event) => {
  if (event.code === 'Escape') inputs.field?.blur();
});
byId('help').addEventListener('click', () => helpBox.toggle(words));
byId('restart').addEventListener('click', () => { engine.crashes = 0; engine.start(); dispatch({ type: 'engine', state: 'starting', at: Date.now() }); });
byId('theme').addEventListener('click', () => { setTheme(nextTheme(theme())); drawFrame(); });
purposeSelect.addEventListener('change', () => {
  purpose = purposeSelect.value;
  remember('purpose', purpose);
  dispatch({ type: 'challenge', value: null });
  settle();
  if (bundle) challenges.start(purpose, bundle.config.party.id);
});

window.addEventListener('hashchange', () => { enrolling = enrol(); });
window.addEventListener('online', () => void refresh());
window.addEventListener('offline', () => dispatch({ type: 'network', state: 'offline' }));
setInterval(() => {
  dispatch({ type: 'tick', at: Date.now() });
  render();
}, tickMs);
setInterval(() => { if (!document.hidden) void Promise.all([refresh(), terminal?.renew()]); }, listsMs);
setInterval(() => { if (!bundle && engine.state === 'ready') void refresh(); }, noListsMs);

wedge.attach(document);
intake.attach(document);
drawFrame();
render();
void presence.begin();
