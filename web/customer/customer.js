// The customer's window, for a second screen: draws what the staff page in another window of
// this browser tells it, and says so when that is gone. It has no engine and asks nobody else.

import '../elements/ev-display.js';
import { channelName, hello } from '../lib/channel.js';
import { byId, setText } from '../lib/dom.js';
import { applyTheme, recall } from '../lib/prefs.js';
import { startLanguage, Words } from '../lib/words.js';

/** @typedef {import('../lib/display.js').View} View */

/** The staff page is heard at least once a second; browsers slow a covered page down. */
const goneMs = 4000;

const tickMs = 250;

applyTheme();
const words = new Words(startLanguage(recall('language'), navigator.languages));
const display = /** @type {import('../elements/ev-display.js').EvDisplay} */ (byId('display'));

/** @type {View} */
const nobody = { step: 'gone', party: '', seat: '', demo: false, purpose: null, challenge: null, problem: '', verdict: null };
let view = nobody;
let heardAt = Date.now();
let greeted = false;
/** Ms by which the staff page's time is ahead of this computer's clock. */
let ahead = 0;

const channel = new BroadcastChannel(channelName);
channel.onmessage = (/** @type {MessageEvent} */ { data }) => {
  if (typeof data !== 'object') return; // another window of this kind
  view = data.view;
  words.language = data.language;
  heardAt = Date.now();
  ahead = (data.now ?? heardAt) - heardAt;
  greeted = true;
  draw();
};

function draw() {
  const now = Date.now();
  if (now - heardAt > goneMs) view = nobody;
  document.documentElement.lang = words.language === 'zh' ? 'zh-CN' : 'en';
  words.apply(document);
  const title = words.say('display.customer.title');
  if (document.title !== title) document.title = title;
  setText(byId('party'), view.party);
  byId('demo').hidden = !view.demo;
  // Its first word may be on the way still.
  display.update(view === nobody && !greeted && now - heardAt < goneMs ? { ...nobody, step: 'preparing' } : view, words, now + ahead);
}

const greet = () => channel.postMessage(hello);

byId('full').addEventListener('click', () => {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen().catch(() => {});
});
document.addEventListener('fullscreenchange', () => { byId('full').hidden = document.fullscreenElement !== null; });
// A theme that is changed on the staff page is changed here too.
window.addEventListener('storage', () => applyTheme());
setInterval(() => {
  if (view === nobody) greet();
  draw();
}, tickMs);
greet();
draw();
