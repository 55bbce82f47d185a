// The operator's page: asks the server for its counts every few seconds and draws them as
// tables. It is served on the operator's port only.

import { byId, h, setText } from '../lib/dom.js';
import { applyTheme, nextTheme, recall, remember, setTheme, theme } from '../lib/prefs.js';
import { calendarDay, clockTime } from '../lib/time.js';
import { sentence, startLanguage } from '../lib/words.js';
import { csv, lastDay, reasonRows } from './report.js';
import { en, zh } from './words.js';

/** @typedef {import('./report.js').Report} Report */

const everyMs = 5000;
const columns = /** @type {const} */ (['issued', 'redeemed', 'replays', 'expired', 'limited', 'refused', 'faults', 'median', 'p95']);
/** Numbers that somebody should look at when they are not 0. */
const alerts = new Set(['replays', 'faults']);

let language = startLanguage(recall('language'), navigator.languages);
/** @type {Report | null} */
let report = null;

/**
 * @param {keyof typeof en} key
 * @param {Record<string, string>} [fill]
 */
function own(key, fill = {}) {
  return (language === 'zh' ? zh : en)[key].replace(/\{(\w+)\}/g, (_, name) => fill[name] ?? '');
}

/** @param {string} time  RFC 3339 */
function moment(time) {
  const at = Date.parse(time);
  return `${calendarDay(at)} ${clockTime(at)}`;
}

/** @param {number} n */
const figure = (n) => n.toLocaleString('en', { maximumFractionDigits: 2 });

/**
 * @param {HTMLElement} table
 * @param {string[]} heads  those that begin with a space stand above text
 * @param {HTMLTableRowElement[]} rows
 */
function fill(table, heads, rows) {
  const head = h('tr', {}, ...heads.map((text) => h('th', { class: text.startsWith(' ') ? 'is-text' : '', scope: 'col' }, text.trim())));
  const empty = h('tr', {}, h('td', { class: 'empty', colSpan: heads.length }, own('none')));
  table.replaceChildren(h('thead', {}, head), h('tbody', {}, ...(rows.length ? rows : [empty])));
}

/**
 * @param {string} key
 * @param {number} n
 */
function number(key, n) {
  return h('td', { class: n === 0 ? 'is-zero' : alerts.has(key) ? 'is-alert' : '' }, figure(n));
}

/** @param {string} text */
const words = (text) => h('td', { class: 'is-text' }, text);

function draw() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = `${own('title')} · ${sentence(language, 'app.name')}`;
  for (const [id, key] of /** @type {const} */ ([['title', 'title'], ['csv', 'csv'], ['language', 'language'], ['today-title', 'day'], ['hours-title', 'hours'], ['reasons-title', 'reasons'], ['terminals-title', 'terminals']])) {
    setText(byId(id), own(key));
  }
  setText(byId('theme'), sentence(language, `strip.theme.${theme()}`));
  if (!report) return;
  const day = lastDay(report);
  byId('tiles').replaceChildren(...columns.map((key) => h('li', { class: alerts.has(key) && day[key] > 0 ? 'is-alert' : '' }, h('strong', {}, figure(day[key])), h('span', {}, own(key)))));
  fill(byId('hours'), [` ${own('hour')}`, ...columns.map((key) => own(key))], report.hours.slice().reverse().map(
    (hour) => h('tr', {}, words(moment(hour.begin)), ...columns.map((key) => number(key, hour[key]))),
  ));
  const rows = reasonRows(report);
  const most = Math.max(1, ...rows.map(({ count }) => count));
  fill(byId('reasons'), [` ${own('reason')}`, ` ${own('code')}`, own('count')], rows.map(({ code, count }) => {
    const bar = h('span', { class: 'bar' });
    bar.style.width = `${Math.max(2, Math.round(80 * count / most))}px`;
    return h('tr', {}, words(sentence(language, `reason.${code}`)), h('td', { class: 'is-text' }, h('code', {}, code)), h('td', {}, bar, figure(count)));
  }));
  fill(byId('terminals'), [` ${own('terminal')}`, ` ${own('seen')}`, own('issued'), own('redeemed'), own('sequence')], report.terminals.map(
    (t) => h('tr', {}, words(`${t.party} / ${t.terminal || own('open')}`), words(moment(t.seen)), number('issued', t.issued), number('redeemed', t.redeemed), h('td', {}, t.sequence ? String(t.sequence) : '–')),
  ));
  const { version, go, store, started } = report.about;
  setText(byId('about'), own('about', { version: version || '–', go, store, started: moment(started) }));
}

async function ask() {
  try {
    const answer = await fetch('/ops/data.json', { cache: 'no-store', signal: AbortSignal.timeout(everyMs) });
    if (!answer.ok) throw new Error(String(answer.status));
    report = /** @type {Report} */ (await answer.json());
    document.body.dataset.state = report.healthy ? 'good' : 'bad';
    setText(byId('state'), report.healthy ? own('good', { time: moment(report.now) }) : own('bad'));
  } catch {
    document.body.dataset.state = 'gone';
    setText(byId('state'), own('gone'));
  }
  draw();
}

byId('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  remember('language', language);
  void ask();
});
byId('theme').addEventListener('click', () => { setTheme(nextTheme(theme())); draw(); });
byId('csv').addEventListener('click', () => {
  if (!report) return;
  const url = URL.createObjectURL(new Blob([csv(report)], { type: 'text/csv' }));
  h('a', { href: url, download: 'jianzheng-hours.csv' }).click();
  URL.revokeObjectURL(url);
});

applyTheme();
draw();
void ask();
setInterval(() => { if (!document.hidden) void ask(); }, everyMs);
