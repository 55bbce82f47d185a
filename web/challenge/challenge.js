// The challenge display: for a counter without a camera. It shows the code and takes the answer
// that phones post, encrypted, over the network (way A); a USB scanner may bring one too. State
// machine, checks and register are those of the staff page.

import '../elements/ev-asleep.js';
import '../elements/ev-display.js';
import '../elements/ev-strip.js';
import '../elements/ev-verdict.js';
import { Engine } from '../engine/client.js';
import { Api } from '../lib/api.js';
import { Challenges } from '../lib/challenges.js';
import { Checks } from '../lib/checks.js';
import { clock, now } from '../lib/clock.js';
import { Steps, viewOf } from '../lib/display.js';
import { byId, freeKeys, h, setText } from '../lib/dom.js';
import { performer } from '../lib/effects.js';
import { initial, next } from '../lib/flow.js';
import { Ledger } from '../lib/ledger.js';
import { Mail } from '../lib/mail.js';
import { openTerminal, Place } from '../lib/place.js';
import { applyTheme, nextTheme, recall, remember, setTheme, theme } from '../lib/prefs.js';
import { Presence } from '../lib/presence.js';
import { Shelf } from '../lib/shelf.js';
import { Sound } from '../lib/sound.js';
import { keepAwake } from '../lib/wake.js';
import { Wedge } from '../lib/wedge.js';
import { startLanguage, Words } from '../lib/words.js';
import { eventOf } from '../staff/keys.js';

/** @typedef {import('../types/flow.js').Event} FlowEvent */

const tickMs = 250;

const display = /** @type {import('../elements/ev-display.js').EvDisplay} */ (byId('display'));
const verdictBox = /** @type {import('../elements/ev-verdict.js').EvVerdict} */ (byId('verdict'));
const strip = /** @type {import('../elements/ev-strip.js').EvStrip} */ (byId('strip'));
const purposeSelect = /** @type {HTMLSelectElement} */ (byId('purpose'));

applyTheme();

let state = initial();
const words = new Words(startLanguage(recall('language'), navigator.languages));
const sound = new Sound();
sound.muted = recall('muted') === 'yes';
const steps = new Steps();

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
  onAnswer: (sealed) => dispatch({ type: 'arrived', sealed, at: now() }),
});

const place = new Place({
  api,
  shelf,
  terminal,
  engine,
  state: () => state,
  dispatch,
  onNote: (key) => {
    byId('note').hidden = !key;
    setText(byId('note'), key && words.say(key));
  },
  onTaken: async () => {
    drawFrame();
    const prepared = checks.prepare(mail);
    dispatch({ type: 'booted', at: now() });
    await prepared;
    settle();
  },
  onSame: () => void clock.sync().then(() => challenges.retry()),
});

const checks = new Checks({ engine, api, ledger, purpose: () => place.purpose, dispatch, keep: () => void mail.keep() });
const perform = performer({ checks, sound, ledger, engine, challenges, place });

// There is no camera to start or to stop.
const camera = { start: async () => {}, suspend() {}, resume() {} };
const presence = new Presence({ state: () => state, dispatch, words, camera, challenges });

const wedge = new Wedge({
  onText: (text, since) => {
    if (!presence.away) dispatch({ type: 'text', text, source: 'scanner', at: now(), since: now() - performance.now() + since });
  },
  onKey: (code) => {
    if (code === 'KeyV') return verdictBox.compare.toggle();
    const event = eventOf(code, state, document.querySelector('dialog[open]') !== null, now());
    if (event) dispatch(event);
  },
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

/** A purpose is in use from now on. */
function settle() {
  ledger.settle(place);
  if (place.bundle) challenges.start(place.purpose, place.bundle.config.party.id);
}

/** Whether the operator wishes settings to stay as they are; the PIN is set on the staff page. */
const isFixed = () => recall('fixed') === 'yes' && recall('pin') !== null && !(kiosk && !kiosk.fixed);

/** @type {import('../staff/kiosk.js').Kiosk | null} */
let kiosk = null;

async function openKiosk() {
  const { Kiosk } = await import('../staff/kiosk.js');
  kiosk ??= new Kiosk({ words, presence, onChange: () => { drawFrame(); render(); } });
  return kiosk;
}

function drawFrame() {
  document.documentElement.lang = words.language === 'zh' ? 'zh-CN' : 'en';
  words.apply(document);
  if (place.bundle) byId('party').textContent = place.bundle.config.party.name;
  byId('demo').hidden = !place.demo;
  byId('purpose-box').hidden = !place.selectable;
  purposeSelect.disabled = isFixed();
  purposeSelect.replaceChildren(...place.purposes.map(({ code, zh, en }) => (
    h('option', { value: code, selected: code === place.purpose }, words.language === 'zh' ? zh : en))));
  byId('theme').textContent = words.say(`strip.theme.${theme()}`);
}

function render() {
  const at = now();
  const { verdict } = state;
  document.body.dataset.stage = state.stage;
  const title = verdict ? `${words.say(`outcome.${verdict.result.outcome}`)} · ${words.say('app.name')}` : words.say('display.title');
  if (document.title !== title) document.title = title;
  const step = steps.next(state, at, false);
  display.update(viewOf(state, step, { place, seat: recall('seat') ?? '' }), words, at);
  verdictBox.update(state, words, at);
  strip.update(state, words, at, { muted: sound.muted, blocked: sound.blocked, register: ledger.register.standing, without: ['camera', 'scanner'] });
  ledger.draw(verdict, words);
}

/** @type {Readonly<Record<string, (value?: any) => void>>} */
const wishes = {
  refresh: () => void place.refresh(),
  register: () => {
    const open = () => void ledger.toggle(words);
    if (isFixed()) void openKiosk().then((lock) => lock.guard(open));
    else open();
  },
  language: () => {
    words.language = words.other;
    remember('language', words.language);
    drawFrame();
    render();
  },
  sound: () => {
    if (!sound.muted && sound.blocked) return void sound.wake().then(render);
    sound.muted = !sound.muted;
    remember('muted', sound.muted ? 'yes' : null);
    render();
  },
};

document.addEventListener('flow', (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  dispatch({ ...detail, at: now() });
});
document.addEventListener('wish', (event) => {
  const { name, value } = /** @type {CustomEvent} */ (event).detail;
  wishes[name]?.(value);
});
document.addEventListener('keydown', (event) => {
  if (event.code !== 'F2' || event.repeat || presence.occupied.size) return;
  event.preventDefault();
  wishes.sound();
});
for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, () => void sound.wake(), { capture: true });

byId('theme').addEventListener('click', () => { setTheme(nextTheme(theme())); drawFrame(); });
byId('full').addEventListener('click', () => {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen().catch(() => {});
});
purposeSelect.addEventListener('change', () => {
  place.choose(purposeSelect.value);
  dispatch({ type: 'challenge', value: null });
  settle();
});
setInterval(() => {
  dispatch({ type: 'tick', at: now() });
  render();
}, tickMs);

freeKeys();
clock.use({ api, engine, shelf });
clock.watch(dispatch);
place.watch();
wedge.attach(document);
keepAwake();
drawFrame();
render();
/** The staff page and this one are the same counter: locked there, it is locked here. */
function followLock() {
  if (recall('locked') !== 'yes' || recall('pin') === null) return;
  presence.occupy('lock', true);
  void openKiosk().then((lock) => lock.follow());
}
followLock();
window.addEventListener('storage', ({ key }) => { if (key?.endsWith('.locked')) followLock(); });
void presence.begin();
