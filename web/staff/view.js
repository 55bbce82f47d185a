// Draws the staff page: hands the state to the elements, which draw it.

import '../elements/ev-verdict.js';
import '../elements/ev-challenge.js';
import '../elements/ev-viewfinder.js';
import '../elements/ev-inputs.js';
import '../elements/ev-why.js';
import '../elements/ev-recent.js';
import '../elements/ev-strip.js';
import '../elements/ev-asleep.js';
import { now } from '../lib/clock.js';
import { byId, h, setText } from '../lib/dom.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */

export const verdictBox = /** @type {import('../elements/ev-verdict.js').EvVerdict} */ (byId('verdict'));
export const viewfinder = /** @type {import('../elements/ev-viewfinder.js').EvViewfinder} */ (byId('viewfinder'));
export const inputs = /** @type {import('../elements/ev-inputs.js').EvInputs} */ (byId('inputs'));
export const purposeSelect = /** @type {HTMLSelectElement} */ (byId('purpose'));

const challengeBox = /** @type {import('../elements/ev-challenge.js').EvChallenge} */ (byId('challenge'));
const whyBox = /** @type {import('../elements/ev-why.js').EvWhy} */ (byId('why'));
const recentBox = /** @type {import('../elements/ev-recent.js').EvRecent} */ (byId('recent'));
const strip = /** @type {import('../elements/ev-strip.js').EvStrip} */ (byId('strip'));

/**
 * What is drawn besides the state.
 * @typedef {object} Scene
 * @property {Words} words
 * @property {import('../lib/place.js').Place} place
 * @property {import('../engine/client.js').Engine} engine
 * @property {import('../lib/sound.js').Sound} sound
 * @property {import('../lib/camera.js').Camera} camera
 * @property {import('../lib/ledger.js').Ledger} ledger
 * @property {boolean} several   more than one camera
 * @property {import('./practice.js').Practice | null} practice
 * @property {string} inputNote  key of a sentence about the last input that led to no check
 */

/**
 * The parts around the stage that change with configuration and language only.
 * @param {Pick<Scene, 'words' | 'place'> & {fixed: boolean}} scene  fixed: settings are locked
 */
export function drawFrame({ words, place, fixed }) {
  document.documentElement.lang = words.language === 'zh' ? 'zh-CN' : 'en';
  words.apply(document);
  byId('party').textContent = place.bundle?.config.party.name ?? '';
  for (const id of ['demo', 'demo-mark']) byId(id).hidden = !place.demo;
  byId('purpose-box').hidden = !place.selectable;
  purposeSelect.disabled = fixed;
  purposeSelect.replaceChildren(...place.purposes.map(({ code, zh, en }) => (
    h('option', { value: code, selected: code === place.purpose }, words.language === 'zh' ? zh : en))));
}

/**
 * @param {State} real
 * @param {Scene} scene
 */
export function draw(real, { words, place, engine, sound, camera, ledger, several, practice, inputNote }) {
  const at = now();
  // What belongs to this computer stays as it is while staff practise.
  const { camera: cameraState, network, lists, skew, corrected, scannerAt } = real;
  const state = practice ? { ...practice.state, camera: cameraState, network, lists, skew, corrected, scannerAt } : real;
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
  body.classList.toggle('is-practice', practice !== null);
  drawLeave(practice, words);
  const title = verdict ? `${words.say(`outcome.${verdict.result.outcome}`)} · ${words.say('app.name')}` : words.say('app.title');
  if (document.title !== title) document.title = title;
  setText(byId('starting-note'), startingNote(state, words));
  byId('restart').hidden = engineState !== 'stopped';
  setText(byId('checking'), stage === 'checking' ? words.say('outcome.checking') : '');
  verdictBox.update(state, words, at);
  challengeBox.update(state, words, at, { purpose: place.chosen, demo: place.demo });
  practice?.draw(words);
  viewfinder.update(state.camera, words, { ...camera.abilities(), several });
  whyBox.update(state, words, practice?.engine ?? engine);
  inputs.update(state.note ? `note.${state.note}` : inputNote, words);
  recentBox.update(state, words);
  strip.update(state, words, at, { muted: sound.muted, blocked: sound.blocked, register: ledger.register.standing });
  ledger.draw(practice ? null : verdict, words);
}

/**
 * @param {Scene['practice']} practice
 * @param {Words} words
 */
function drawLeave(practice, words) {
  const button = byId('leave');
  button.hidden = !practice;
  setText(button, practice ? `${words.say('practice.leave')} Esc` : '');
}

/**
 * @param {State} state
 * @param {Words} words
 */
function startingNote({ engine, lists, waiting }, words) {
  if (engine === 'stopped') return words.say('starting.stopped');
  if (engine === 'crashed') return words.say('reason.engine-crashed');
  if (lists.state === 'refused') return `${words.say(`reason.${lists.reason}`)} · ${words.say(`next.${lists.reason}`)}`;
  if (lists.state === 'missing') return words.say('starting.missing');
  return words.say(waiting ? 'starting.waiting' : 'starting.note');
}
