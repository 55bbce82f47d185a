// Draws the steps of the card page.

import { h, setText } from '../lib/dom.js';
import { has } from '../lib/holder.js';
import { recall } from '../lib/prefs.js';
import { drawSymbol } from '../lib/symbol.js';
import { calendarDay } from '../lib/time.js';
import { dayInFull } from '../lib/words.js';
import { Ring } from '../elements/ring.js';
import { Loop } from './loop.js';
import { moreNodes } from './more.js';
import { offerNodes, offerTime } from './offer.js';
import { paperNodes } from './paper.js';
import { claimRows, portrait, title } from './pieces.js';

/** @typedef {import('../lib/holder.js').State} State */
/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('../lib/api.js').SamplePerson} SamplePerson */

/**
 * What a visitor can ask for.
 * @typedef {object} Actions
 * @property {(person: SamplePerson) => void} pick
 * @property {() => void} another
 * @property {(cls: 'B' | 'C', purpose: string) => void} offer
 * @property {() => void} paper
 * @property {() => void} clearPast
 * @property {(lost: boolean) => void} report
 * @property {(claim: string, on: boolean) => void} choose
 * @property {() => void} agreeToAll
 * @property {() => void} agree
 * @property {() => void} refuse
 * @property {() => void} inParts
 * @property {() => void} copy
 * @property {() => void} send
 * @property {() => void} finish
 * @property {() => void} again
 * @property {() => void} bright
 * @property {() => void} turn  the code to the other side of a screen that lies on its side
 * @property {() => void} redraw
 */

/** Widest answer code, CSS pixels; a phone's screen is narrower. */
const widestCode = 640;

/** The ring of the step that is drawn now, and what it counts down to. */
let ring = new Ring();

/** The codes that are shown in turn. @type {Loop | null} */
let loop = null;

/** Whether the code fills the screen. */
let enlarged = false;

/**
 * @param {{face: HTMLElement, step: HTMLElement, more: HTMLElement}} boxes
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
export function draw({ face, step, more }, state, words, actions) {
  face.hidden = !state.face || state.step === 'answer' || state.step === 'copy' || state.step === 'paper' || state.step === 'pick';
  face.replaceChildren(...(face.hidden ? [] : faceNodes(state, words, actions)));
  const focused = /** @type {HTMLElement | null} */ (step.contains(document.activeElement) ? document.activeElement : null)?.dataset.testid;
  if (state.step !== 'answer' && state.step !== 'copy') enlarged = false;
  more.hidden = state.step !== 'scan';
  more.replaceChildren(...(more.hidden ? [] : moreNodes(state, words, actions)));
  ring = new Ring();
  step.replaceChildren(...stepNodes(state, words, actions));
  step.hidden = !step.childElementCount;
  if (focused) /** @type {HTMLElement | null} */ (step.querySelector(`[data-testid="${focused}"]`))?.focus();
  const canvas = step.querySelector('canvas');
  if (canvas && state.answer) {
    const edge = roomFor(canvas, step);
    if (loop?.canvas === canvas) loop.start(edge);
    else drawSymbol(canvas, state.answer, edge);
  }
}

/** A phone on its side, where code and words stand beside each other; see card.css. */
const onItsSide = globalThis.matchMedia?.('(orientation: landscape) and (max-height: 600px)');

/**
 * CSS pixels that a code may have on each side.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} step
 */
function roomFor(canvas, step) {
  const { innerWidth, innerHeight } = window;
  if (enlarged) return Math.min(innerWidth, innerHeight);
  if (onItsSide?.matches) return Math.min(innerWidth / 2, innerHeight - 16);
  return Math.min(canvas.parentElement?.clientWidth || step.clientWidth, widestCode, innerHeight - 64);
}

/**
 * @param {HTMLElement} step
 * @param {State} state
 * @param {Words} words
 * @param {number} now
 */
export function drawTime(step, state, words, now) {
  const line = step.querySelector('[data-time]');
  if (!line) return;
  const { answer, request, offer, shownAt } = state;
  const until = state.step === 'answer' ? answer?.renewAt || answer?.expires || 0 : request?.read.expires ?? 0;
  const left = Math.max(0, until - now);
  ring.set(left, state.step === 'answer' ? until - shownAt : 60_000);
  const seconds = Math.ceil(left / 1000);
  setText(line, offer ? offerTime(state, words, left) : words.say(state.step === 'answer' ? 'card.answer.seconds' : 'card.ask.left', { seconds }));
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
function faceNodes({ card, face }, words, actions) {
  if (!card || !face) return [];
  const { person } = card;
  const zh = words.language === 'zh';
  const { photo } = face.claims;
  return [h('div', { class: photo ? 'face has-portrait' : 'face', 'data-person': person.id, 'data-testid': 'card' },
    photo && portrait(photo, words.say('claim.photo')),
    h('p', { class: 'face-tier' }, words.say(`card.tier.${face.tier === 'full' ? 'full' : 'light'}`)),
    h('p', { class: 'face-name' }, zh ? person.zh : person.en),
    h('p', { class: card.lost ? 'face-note face-lost' : 'face-note' }, card.lost ? words.say('card.loss.lost') : zh ? person.noteZh : person.noteEn),
    h('p', { class: 'face-dates' }, words.say('card.expires', { date: dayInFull(words.language, calendarDay(face.expires)) })),
    h('button', { type: 'button', class: 'button button-small', 'data-testid': 'another', onclick: actions.another }, words.say('card.another')))];
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 * @returns {HTMLElement[]}
 */
function stepNodes(state, words, actions) {
  switch (state.step) {
    case 'loading':
      return [h('p', { class: 'card-wait', role: 'status' }, words.say('card.wait'))];
    case 'making':
      return [h('p', { class: 'card-wait', role: 'status' }, words.say('card.making'))];
    case 'signing':
      return [h('p', { class: 'card-wait', role: 'status' }, words.say('card.wait'))];
    case 'pick':
      return pickNodes(state, words, actions);
    case 'ask':
      return askNodes(state, words, actions);
    case 'offer':
      return offerNodes(state, words, actions);
    case 'paper':
      return paperNodes(state, words, actions);
    case 'answer':
      return answerNodes(state, words, actions);
    case 'copy':
      return copyNodes(state, words, actions);
    case 'blocked':
      return endNodes('blocked', words.say('card.blocked.title'), words.say(`reason.${state.request?.read.reason}`), words, actions);
    case 'refused':
      return endNodes('refused', words.say('card.refused.title'), words.say('card.refused.note'), words, actions);
    case 'done':
      return endNodes('done', words.say('card.done.title'), words.say('card.done.note'), words, actions);
    case 'timeout':
      return endNodes('timeout', words.say('card.timeout.title'), words.say('card.timeout.note'), words, actions);
    case 'scan':
      return [];
  }
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
function pickNodes({ people }, words, actions) {
  const zh = words.language === 'zh';
  return [
    title(words.say('card.pick')),
    h('p', { class: 'aside' }, words.say('card.pick.note')),
    h('ul', { class: 'people' }, ...people.map((person) => h('li', {},
      h('button', { type: 'button', class: 'person', 'data-person': person.id, 'data-testid': `person-${person.id}`, onclick: () => actions.pick(person) },
        h('strong', {}, zh ? person.zh : person.en), h('span', {}, zh ? person.noteZh : person.noteEn))))),
  ];
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
function askNodes(state, words, actions) {
  const { request, face, chosen } = state;
  if (!request) return [];
  const { read } = request;
  const zh = words.language === 'zh';
  const rows = claimRows(read.claims, state, words, actions.choose);
  const besides = claimRows(read.optional.filter((claim) => has(face, claim)), state, words, actions.choose);
  const partial = read.claims.some((claim) => has(face, claim) && !chosen.includes(claim));
  return [
    title(words.say('card.ask.title')),
    h('dl', { class: 'ask' },
      h('dt', {}, words.say('card.ask.who')),
      h('dd', { 'data-testid': 'party' }, h('strong', {}, read.party.name),
        read.offline || !read.operator
          ? h('span', { class: 'ask-offline', 'data-testid': 'unconfirmed' }, words.say('card.ask.offline'))
          : h('span', { class: 'aside' }, words.say('card.ask.operator', { operator: zh ? read.operator.zh : read.operator.en }))),
      h('dt', {}, words.say('card.ask.why')),
      h('dd', {}, h('strong', {}, zh ? read.purpose.zh : read.purpose.en),
        h('span', { class: 'aside' }, read.purpose.rule ? words.say('card.ask.rule', { rule: read.purpose.rule }) : words.say('why.rule.none'))),
      h('dt', {}, words.say('card.ask.claims')),
      h('dd', {}, rows.length ? h('ul', { class: 'claims' }, ...rows) : h('p', {}, words.say('card.ask.none'))),
      ...(besides.length ? [h('dt', {}, words.say('card.ask.besides')), h('dd', {}, h('ul', { class: 'claims' }, ...besides))] : [])),
    partial && h('p', { class: 'aside' }, words.say('card.ask.least')),
    h('div', { class: 'time' }, ring.node, h('span', { 'data-time': '' })),
    h('div', { class: 'card-row card-decide' },
      ...(partial ? [h('button', { type: 'button', class: 'button button-main button-wide', 'data-testid': 'agree-all', onclick: actions.agreeToAll }, words.say('card.ask.all'))] : []),
      h('button', { type: 'button', class: 'button', 'data-testid': 'refuse', onclick: actions.refuse }, words.say('card.ask.refuse')),
      h('button', { type: 'button', class: partial ? 'button' : 'button button-main', 'data-testid': 'agree', onclick: actions.agree }, words.say(partial ? 'card.ask.some' : 'card.ask.agree'))),
  ].filter((node) => node !== false);
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
function answerNodes({ answer, offer, chosen, sent }, words, actions) {
  if (!answer) return [];
  const claims = chosen.map((claim) => words.say(`claim.${claim}`)).join(words.say('separator'));
  const text = h('textarea', {
    class: 'field answer-text', readOnly: true, rows: 3, value: answer.text, spellcheck: false,
    'aria-label': words.say('card.answer.text'), 'data-testid': 'answer-text', 'data-answer': answer.text,
  });
  const copy = h('button', { type: 'button', class: 'button', 'data-testid': 'copy', onclick: () => void copyText(text, copy, words) }, words.say('card.answer.copy'));
  const code = codeNode(answer, words, actions);
  const turns = loop !== null && loop.bar;
  const more = code && h('div', { class: 'card-row' },
    loop === null && h('button', { type: 'button', class: 'button button-small', 'data-testid': 'in-parts', onclick: actions.inParts }, words.say('card.answer.parts')),
    h('button', { type: 'button', class: 'button button-small', 'data-testid': 'copy-code', onclick: actions.copy }, words.say('card.copy.make')),
    h('button', { type: 'button', class: 'button button-small only-on-side', 'data-testid': 'hand', onclick: actions.turn }, words.say('card.answer.hand')));
  const shown = h('p', { class: 'aside' }, claims ? words.say('card.answer.shown', { claims }) : words.say('card.answer.nothing'));
  const time = h('div', { class: 'time' }, offer?.class !== 'C' && ring.node, h('span', { 'data-time': '', 'data-testid': 'time' }));
  const bright = recall('bright') === null && h('p', { class: 'bright' }, words.say('card.answer.bright'), ' ',
    h('button', { type: 'button', class: 'button button-small', onclick: actions.bright }, words.say('card.answer.bright.ok')));
  const done = h('button', { type: 'button', class: 'button button-main', 'data-testid': 'done', onclick: actions.finish }, words.say('card.answer.done'));
  if (sent === 'sent') {
    return [
      title(words.say('card.sent.title')),
      h('div', { class: 'sent', 'data-testid': 'sent' },
        h('p', { class: 'sent-code', 'data-testid': 'compare' }, answer.post?.compare ?? ''), h('p', {}, words.say('card.sent.compare'))),
      shown, done,
      code && h('details', { class: 'answer-instead' },
        h('summary', { class: 'button', 'data-testid': 'instead' }, words.say('card.sent.instead')), code, turns, time, more, h('div', { class: 'card-row' }, copy), text),
    ].filter((node) => node !== false);
  }
  const again = sent === 'failed' && h('div', { class: 'bright', 'data-testid': 'not-sent' }, h('p', {}, words.say(code ? 'card.failed.title' : 'card.failed.large')),
    h('button', { type: 'button', class: 'button button-small', 'data-testid': 'send', onclick: actions.send }, words.say('card.failed.send')));
  if (!code) return [again || title(words.say('card.answer.title')), time, shown, done];
  const proves = offer && h('p', { class: 'aside' }, words.say(`card.offer.${offer.class}.proves`));
  return [
    code, turns, again, title(words.say(offer ? 'card.offer.show' : 'card.answer.title')), time, proves, shown, bright, more, text,
    h('div', { class: 'card-row card-decide' }, copy, done),
  ].filter((node) => node !== false && node !== null);
}

/**
 * The code of an answer, or those that take turns; false for one that none holds.
 * @param {import('../types/engine.js').HolderFinish} answer
 * @param {Words} words
 * @param {Actions} actions
 */
function codeNode({ size, parts }, words, actions) {
  loop = parts.length ? new Loop(parts, words) : null;
  return (size > 0 || loop !== null) && h('button', {
    type: 'button', class: enlarged ? 'answer-code is-enlarged' : 'answer-code', 'data-testid': 'answer',
    'aria-label': words.say('card.answer.enlarge'), 'aria-pressed': String(enlarged),
    onclick: () => {
      enlarged = !enlarged;
      actions.redraw();
    },
  }, loop?.canvas ?? h('canvas'));
}

/**
 * What somebody has who copied the code: it stays as it was, and counts no more.
 * @param {State} state
 * @param {Words} words
 * @param {Actions} actions
 */
function copyNodes({ answer, offer }, words, actions) {
  if (!answer) return [];
  const code = codeNode(answer, words, actions);
  return [
    code, loop !== null && loop.bar,
    h('div', { class: 'end', 'data-testid': 'copied' }, title(words.say('card.copy.title')), h('p', {}, words.say(`card.copy.${offer?.class ?? 'A'}`))),
    h('button', { type: 'button', class: 'button button-main', 'data-testid': 'again', onclick: actions.again }, words.say('card.again')),
  ].filter((node) => node !== false);
}

/**
 * @param {HTMLTextAreaElement} text
 * @param {HTMLButtonElement} button
 * @param {Words} words
 */
async function copyText(text, button, words) {
  try {
    await navigator.clipboard.writeText(text.value);
    button.textContent = words.say('card.answer.copied');
  } catch {
    text.select(); // then the visitor copies it
  }
}

/**
 * @param {string} id
 * @param {string} heading
 * @param {string} note
 * @param {Words} words
 * @param {Actions} actions
 */
function endNodes(id, heading, note, words, actions) {
  return [
    h('div', { class: 'end', 'data-testid': id }, title(heading), h('p', {}, note)),
    h('button', { type: 'button', class: 'button button-main', 'data-testid': 'again', onclick: actions.again }, words.say('card.again')),
  ];
}
