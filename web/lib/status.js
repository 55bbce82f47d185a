// What the status strip says: camera, scanner, network, lists, register, clock, sound, language.

import { dayInFull } from './words.js';
import { allowedMs } from './clock.js';
import { calendarDay, calendarDays, clockTime } from './time.js';

/** @typedef {import('../types/flow.js').State} State */
/** @typedef {import('./words.js').Words} Words */

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} icon
 * @property {string} text
 * @property {'good' | 'quiet' | 'bad'} mood
 * @property {string} [wish]   what a press asks for; without it the item is no button
 */

/** @typedef {import('./register.js').Standing} Standing */

/**
 * @param {State} state
 * @param {Words} words
 * @param {number} now
 * @param {{muted: boolean, blocked: boolean, register?: Standing}} more  sound and register
 * @returns {Item[]}
 */
export function stripItems(state, words, now, { register, ...sound }) {
  const { camera, network, scannerAt } = state;
  const cameraMood = camera.state === 'live' ? 'good' : camera.state === 'off' || camera.state === 'asking' || camera.state === 'lent' ? 'quiet' : 'bad';
  return [
    { id: 'camera', icon: 'camera', text: words.say(`strip.camera.${camera.state === 'live' && camera.label === 'shared' ? 'shared' : camera.state}`), mood: cameraMood, wish: 'camera-switch' },
    {
      id: 'scanner', icon: 'scanner', mood: scannerAt ? 'good' : 'quiet',
      text: scannerAt ? words.say('strip.scanner.heard', { time: clockTime(scannerAt) }) : words.say('strip.scanner.waiting'),
    },
    { id: 'network', icon: 'network', text: words.say(`strip.network.${network}`), mood: network === 'online' ? 'good' : 'bad' },
    { ...listsItem(state, words, now), wish: 'refresh' },
    // Whether one is kept is not known before the page has begun.
    ...(register && !(register.state === 'none' && state.stage === 'starting') ? [registerItem(register, words)] : []),
    clockItem(state, words, now),
    {
      id: 'sound', icon: sound.muted ? 'mute' : 'sound', mood: sound.muted || sound.blocked ? 'quiet' : 'good', wish: 'sound',
      text: words.say(sound.muted ? 'strip.sound.off' : sound.blocked ? 'strip.sound.blocked' : 'strip.sound.on'),
    },
    { id: 'language', icon: 'language', text: words.say('strip.language'), mood: 'quiet', wish: 'language' },
  ];
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {number} now
 * @returns {Item}
 */
function listsItem({ lists }, words, now) {
  const item = { id: 'lists', icon: 'lists' };
  if (lists.state === 'refused') return { ...item, text: `${words.say('strip.lists.refused')} · ${words.say(`reason.${lists.reason}`)}`, mood: 'bad' };
  if (lists.state === 'missing') return { ...item, text: words.say('strip.lists.missing'), mood: 'bad' };
  if (!lists.until) return { ...item, text: words.say('strip.lists.loading'), mood: 'quiet' };
  if (lists.until <= now) return { ...item, text: words.say('strip.lists.old'), mood: 'bad' };
  return { ...item, text: words.say('strip.lists.until', { when: when(words, lists.until, now) }), mood: 'good' };
}

/**
 * @param {Standing} register
 * @param {Words} words
 * @returns {Item}
 */
function registerItem({ state, demo, count, waiting, lost }, words) {
  const item = { id: 'register', icon: 'register', wish: 'register' };
  if (lost) return { ...item, text: words.say('strip.register.lost', { count: lost }), mood: 'bad' };
  if (state === 'failing') return { ...item, text: words.say('strip.register.failing', { count: waiting }), mood: 'bad' };
  if (state === 'none') return { ...item, text: words.say('strip.register.none'), mood: 'bad' };
  if (!count) return { ...item, text: words.say('strip.register.empty'), mood: 'good' };
  return { ...item, text: words.say(`strip.register.${demo ? 'demo' : 'ready'}`, { count }), mood: 'good' };
}

/**
 * @param {State} state
 * @param {Words} words
 * @param {number} now
 * @returns {Item}
 */
function clockItem({ skew, corrected }, words, now) {
  const item = { id: 'clock', icon: 'clock' };
  if (Math.abs(skew) <= allowedMs) return { ...item, mood: 'good', text: words.say('strip.clock', { time: clockTime(now) }) };
  const minutes = Math.max(1, Math.round(Math.abs(skew) / 60_000));
  if (!corrected) return { ...item, mood: 'bad', text: words.say('strip.clock.wrong', { minutes }) };
  return { ...item, mood: 'quiet', text: words.say(`strip.clock.${skew > 0 ? 'ahead' : 'behind'}`, { time: clockTime(now), minutes }) };
}

/**
 * @param {Words} words
 * @param {number} at
 * @param {number} now
 */
function when(words, at, now) {
  const days = calendarDays(now, at);
  const time = clockTime(at);
  if (days === 0) return words.say('strip.today', { time });
  if (days === 1) return words.say('strip.tomorrow', { time });
  return `${dayInFull(words.language, calendarDay(at))} ${time}`;
}
