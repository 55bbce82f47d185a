// The staff page: joins the state machine with the engine, the inputs and the elements.
// Nothing is decided here; events go in, state comes out, elements draw it.

import { Engine } from '../engine/client.js';
import { Api } from '../lib/api.js';
import { Camera, rungOf } from '../lib/camera.js';
import { channelName, hello } from '../lib/channel.js';
import { Challenges } from '../lib/challenges.js';
import { Checks } from '../lib/checks.js';
import { clock, now } from '../lib/clock.js';
import { Coach } from '../lib/coach.js';
import { byId, freeKeys } from '../lib/dom.js';
import { performer } from '../lib/effects.js';
import { initial, next } from '../lib/flow.js';
import { gather, isPart } from '../lib/gather.js';
import { Intake } from '../lib/intake.js';
import { Ledger } from '../lib/ledger.js';
import { Mail } from '../lib/mail.js';
import { codeOf, openTerminal, Place } from '../lib/place.js';
import { Presence } from '../lib/presence.js';
import { applyTheme, big, nextTheme, recall, remember, setBig, setTheme, theme } from '../lib/prefs.js';
import { Shelf } from '../lib/shelf.js';
import { Sound } from '../lib/sound.js';
import { Wedge } from '../lib/wedge.js';
import { startLanguage, Words } from '../lib/words.js';
import { boxHears, toggleBox } from './boxes.js';
import { eventOf } from './keys.js';
import { draw, drawFrame, inputs, purposeSelect, verdictBox, viewfinder } from './view.js';

/** @typedef {import('../types/flow.js').Event} FlowEvent */
/** @typedef {import('../types/flow.js').Source} Source */

/** How often countdowns are drawn. */
const tickMs = 250;

applyTheme();

let state = initial();
const words = new Words(startLanguage(recall('language'), navigator.languages));
const sound = new Sound();
sound.muted = recall('muted') === 'yes';

let several = false; // more than one camera
/** @type {import('./practice.js').Practice | null} */
let practice = null;
/** @type {import('./kiosk.js').Kiosk | null} */
let kiosk = null;
/** @type {import('./customer.js').CustomerLine | null} */
let customer = null;
/** Key of a sentence about the last input that led to no check. */
let inputNote = '';

/** @type {Api} */
const api = new Api({
  onNetwork: (network) => dispatch({ type: 'network', state: network }),
  onClock: (ahead) => clock.hint(ahead),
  token: () => terminal?.token ?? '',
});
const shelf = new Shelf('lists');

const terminal = await openTerminal(api);

const engine = new Engine({
  onReady: () => void place.load(),
  onCrash: (_, final) => {
    challenges.stop();
    ledger.wait();
    dispatch({ type: 'engine', state: final ? 'stopped' : 'crashed', at: now() });
  },
});

const ledger = new Ledger({ engine, api, onChange: () => render() });

/** @type {(value?: unknown) => void} */
let begin;
const ready = new Promise((resolve) => { begin = resolve; });
const challenges = new Challenges({
  engine,
  api,
  onChange: (value, problem) => {
    dispatch({ type: 'challenge', value, problem });
    begin();
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
  onAnswer: (sealed) => dispatch({ type: 'arrived', sealed, at: now() }),
});

const place = new Place({
  api,
  shelf,
  terminal,
  engine,
  state: () => state,
  dispatch,
  onNote: note,
  onTaken: async () => {
    frame();
    const prepared = checks.prepare(mail);
    dispatch({ type: 'booted', at: now() });
    await prepared;
    settle();
  },
  // One that is shown, or on its way, stays.
  onSame: () => void clock.sync().then(() => { if (challenges.failures) challenges.retry(); }),
});

const checks = new Checks({ engine, api, ledger, purpose: () => place.purpose, dispatch, keep: () => void mail.keep() });
const perform = performer({ checks, sound, ledger, engine, challenges, place });

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

const presence = new Presence({ state: () => state, dispatch, words, camera, challenges, ready });

const wedge = new Wedge({
  onText: (text, since, ended) => {
    dispatch({ type: 'scanner', at: now() });
    if (boxHears(text, ended)) return;
    read(text, 'scanner', since);
  },
  onKey: press,
});

const intake = new Intake({
  onText: (text, source) => read(text, source, performance.now()),
  onImage: (blob, source) => void readImage(blob, source),
  onPDF: (file, source) => void readPDF(file, source),
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

/**
 * A text from any source.
 * @param {string} text
 * @param {Source} source
 * @param {number} since  performance.now() of the frame or the first key
 */
function read(text, source, since) {
  if (practice) return note('practice.busy');
  if (presence.asleep || presence.occupied.size) return;
  inputNote = '';
  if (isPart(text)) return void gather(engine, text).then((whole) => (whole ? read(whole, source, since) : note('input.part')), () => note('reason.engine-crashed'));
  dispatch({ type: 'text', text, source, at: now(), since: now() - performance.now() + since });
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

/**
 * Reads the first code that stands as a picture in a PDF.
 * @param {Blob} file
 * @param {Source} source
 */
async function readPDF(file, source) {
  const since = performance.now();
  note('input.pdf.reading');
  try {
    const { maxFileBytes, pictureFile, picturesIn } = await import('../lib/pdf.js');
    const bytes = new Uint8Array(file.size <= maxFileBytes ? await file.arrayBuffer() : new ArrayBuffer(0));
    for (const picture of picturesIn(bytes)) {
      const image = await pictureFile(bytes, picture);
      const text = image && await engine.scanImage(image).then((scan) => scan.text, () => null);
      if (text) return read(text, source, since);
    }
  } catch {
    // Not a file that can be read: the sentence below holds all the same.
  }
  note('input.pdf');
}

/** @param {string} key */
function note(key) {
  inputNote = key;
  render();
}

/** A purpose is in use from now on: lines are kept for it, and challenges ask for it. */
function settle() {
  ledger.settle(place);
  if (place.bundle) challenges.start(place.purpose, place.bundle.config.party.id);
}

/** Whether the operator wishes settings to stay as they are; see kiosk.js. */
const isFixed = () => recall('fixed') === 'yes' && recall('pin') !== null && !(kiosk && !kiosk.fixed);

function frame() {
  drawFrame({ words, place, fixed: isFixed() });
}

function render() {
  draw(state, { words, place, engine, sound, camera, ledger, several, practice, inputNote });
  if (!presence.asleep) customer?.tell(state, { place, words, seat: recall('seat') ?? '', away: presence.away });
}

/**
 * What staff ask for: of the practice, while there is one.
 * @param {FlowEvent} event
 */
function act(event) {
  (practice ?? { dispatch }).dispatch(event);
}

async function practise() {
  const { Practice } = await import('./practice.js');
  if (practice) return;
  presence.occupy('practice', true);
  practice = new Practice({
    sound,
    onChange: render,
    onLeave: () => {
      practice = null;
      inputNote = '';
      presence.occupy('practice', false);
      render();
    },
  });
  render();
}

async function openKiosk() {
  const { Kiosk } = await import('./kiosk.js');
  kiosk ??= new Kiosk({ words, presence, onChange: () => { frame(); render(); } });
  return kiosk;
}

/**
 * Changes a setting, unless the operator has locked them: then the PIN is asked for.
 * @param {() => void} run
 */
function guard(run) {
  if (isFixed()) void openKiosk().then((lock) => lock.guard(run));
  else run();
}

/** @param {string} code  physical key that was pressed on its own */
function press(code) {
  if (code === 'KeyV') return verdictBox.compare.toggle();
  const dialog = document.querySelector('dialog[open]') !== null;
  if (!dialog && practice?.press(code)) return;
  const event = eventOf(code, practice?.state ?? state, dialog, now());
  if (event) act(event);
}

/** @type {Readonly<Record<string, (value?: any) => void>>} */
const wishes = {
  'camera-retry': () => void camera.start(),
  'camera-switch': () => guard(() => void camera.switchNext()),
  share: () => guard(() => void camera.share()),
  'camera-torch': () => void camera.adjust({ torch: !camera.track?.getSettings().torch }),
  'camera-zoom': (zoom) => void camera.adjust({ zoom }),
  // A camera can be opened once, and what staff look at is not scanned.
  preview: (on) => {
    if (document.hidden || presence.away) return; // then the camera waits for whoever comes back
    if (on) camera.suspend();
    if (on || !camera.wish) dispatch({ type: 'camera', state: on ? 'lent' : 'off' });
    else camera.resume();
  },
  'try-sound': (outcome) => void sound.wake().then(() => sound.play(outcome)),
  practice: () => void practise(),
  customer: () => void window.open(new URL('web/customer/', document.baseURI), 'jianzheng-customer', 'popup,width=1024,height=700'),
  theme: () => setTheme(nextTheme(theme())),
  big: () => setBig(!big()),
  refresh: () => void place.refresh(),
  register: () => guard(() => void ledger.toggle(words)),
  scanner: () => void toggleBox('scanner', words, engine),
  lock: () => void openKiosk().then((lock) => lock.menu()),
  language: () => {
    words.language = words.other;
    remember('language', words.language);
    frame();
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

// A window for the customer makes itself known as long as it hears nobody.
const channel = new BroadcastChannel(channelName);
channel.onmessage = async (/** @type {MessageEvent} */ { data }) => {
  if (data !== hello) return;
  const { CustomerLine } = await import('./customer.js');
  customer ??= new CustomerLine(channel);
  render();
};
window.addEventListener('pagehide', () => customer?.leave());

document.addEventListener('flow', (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.type === 'text') read(detail.text, detail.source, performance.now());
  else act({ ...detail, at: now() });
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
  if (presence.occupied.has('lock') || (event.repeat && event.code !== 'F9')) return;
  const act = { F1: () => void toggleBox('help', words, engine), F2: wishes.sound, F4: () => void toggleBox('tools', words, engine), F8: wishes['camera-switch'], F9: () => verdictBox.reveal(true, words) }[event.code];
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
byId('help').addEventListener('click', () => void toggleBox('help', words, engine));
byId('restart').addEventListener('click', () => { engine.crashes = 0; engine.start(); dispatch({ type: 'engine', state: 'starting', at: now() }); });
byId('tools').addEventListener('click', () => void toggleBox('tools', words, engine));
byId('leave').addEventListener('click', () => practice?.leave());
purposeSelect.addEventListener('change', () => {
  place.choose(purposeSelect.value);
  dispatch({ type: 'challenge', value: null });
  settle();
});

setInterval(() => {
  dispatch({ type: 'tick', at: now() });
  practice?.dispatch({ type: 'tick', at: now() });
  render();
}, tickMs);
clock.use({ api, engine, shelf });
clock.watch(dispatch);
place.watch();
wedge.attach(document);
intake.attach(document);
frame();
render();
/** A counter that was locked, here or in another window, stays so. */
function followLock() {
  if (recall('locked') !== 'yes' || recall('pin') === null) return;
  presence.occupy('lock', true);
  void openKiosk().then((lock) => lock.follow());
}
followLock();
window.addEventListener('storage', ({ key }) => { if (key?.endsWith('.locked')) followLock(); });
void presence.begin();
