// The inspector's page: checks an exported register in the engine's worker, lists its lines,
// names what is missing or altered, and opens one sealed part at a time, which becomes a line.
// It needs no network: lists kept on this computer serve to check the operator's signatures.

import { Engine } from '../engine/client.js';
import en from '../i18n/inspect/en.js';
import zh from '../i18n/inspect/zh.js';
import { Api } from '../lib/api.js';
import { fromBase64url, toBase64url } from '../lib/bytes.js';
import { now } from '../lib/clock.js';
import { byId, h, setText } from '../lib/dom.js';
import { Intake } from '../lib/intake.js';
import { bootRequest, Lists } from '../lib/lists.js';
import { applyTheme, nextTheme, recall, remember, setTheme, theme } from '../lib/prefs.js';
import { lineOf, readRegister, save } from '../lib/registerfile.js';
import { RegisterStore } from '../lib/registerstore.js';
import { Shelf } from '../lib/shelf.js';
import { calendarDay, clockTime } from '../lib/time.js';
import { claimLines, dayInFull, learn, startLanguage, Words } from '../lib/words.js';

/** @typedef {import('../types/register.js').RegisterRow} RegisterRow */
/** @typedef {import('../types/register.js').RegisterFault} RegisterFault */
/** @typedef {import('../lib/registerfile.js').Read} Read */

/** Lines on one page of the table. */
const pageLines = 100;

/** Faults in words; the others are counted. */
const listedFaults = 200;

/** What was opened leaves the page after this. */
const personalMs = 30_000;

/** @type {Readonly<Record<string, (row: RegisterRow) => boolean>>} */
const filters = {
  all: () => true,
  sealed: (row) => row.sealed,
  decided: (row) => Boolean(row.check?.portrait),
  rejected: (row) => row.check?.outcome === 'rejected',
  openings: (row) => Boolean(row.opening || row.before),
  faulty: (row) => faulty.has(row.number),
};

learn({ zh, en });
applyTheme();
const words = new Words(startLanguage(recall('language'), navigator.languages));
const store = new RegisterStore();

/**
 * The file under inspection, with the openings added to it.
 * @type {(Read & {blob: Blob, name: string, head: string}) | null}
 */
let book = null;
/** Lines of openings made here, and how many of them are in no saved file. @type {Uint8Array<ArrayBuffer>[]} */
let added = [];
let unsaved = 0;

/** Numbers of lines with a fault. @type {Set<number>} */
let faulty = new Set();
/** @type {RegisterRow[]} */
let shown = [];
let at = 0;
let found = -1;
/** @type {{key: string, fill: import('../lib/words.js').Fill}} */
let noted = { key: '', fill: {} };
/** The line that the dialog is about. @type {RegisterRow | null} */
let chosen = null;
/** The inspector's private key, as long as the page is open. @type {Promise<string> | null} */
let key = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let leaving = undefined;

const filter = /** @type {HTMLSelectElement} */ (byId('filter'));
const openBox = /** @type {HTMLDialogElement} */ (byId('open'));
const progress = /** @type {HTMLProgressElement} */ (byId('progress'));
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));

/** Resolves when the engine has what it needs. */
let ready = gate();

const engine = new Engine({
  onReady: () => void boot().finally(ready.open),
  onCrash: () => {
    ready = gate();
    note('inspect.engine');
  },
});

function gate() {
  let open = () => {};
  const opened = /** @type {Promise<void>} */ (new Promise((resolve) => { open = resolve; }));
  return { open, opened };
}

/** Gives the engine the lists of this computer, so that it knows the operator's keys. */
async function boot() {
  const api = new Api();
  const lists = new Lists({ config: () => api.config(), list: (path) => api.list(path) }, new Shelf('lists'));
  try {
    const bundle = (await lists.kept()) ?? (await lists.fetch());
    await engine.call('boot', bootRequest(bundle, now()));
  } catch {
    // Without lists checkpoints are compared, and their signatures are not checked.
  }
  if (document.body.dataset.state === 'starting') document.body.dataset.state = 'ready';
}

/**
 * @param {string} sentence  its key
 * @param {import('../lib/words.js').Fill} [fill]
 */
function note(sentence, fill = {}) {
  noted = { key: sentence, fill };
  const box = byId('note');
  box.dataset.note = sentence;
  setText(box, sentence && words.say(sentence, fill));
}

/**
 * Checks a file and shows what was found.
 * @param {Blob} blob
 * @param {string} name
 */
async function load(blob, name) {
  document.body.dataset.state = 'reading';
  book = null;
  byId('result').hidden = byId('list').hidden = byId('save').hidden = true;
  progress.hidden = false;
  try {
    await ready.opened;
    const begun = performance.now();
    let read = await check(blob);
    const { head } = read.report;
    added = read.rows.length ? await kept(head) : [];
    unsaved = added.length;
    if (unsaved) {
      blob = new Blob([blob, ...added]);
      read = await check(blob);
    }
    const took = performance.now() - begun;
    if (!read.rows.length) {
      note('inspect.none');
    } else {
      book = { ...read, blob, name, head };
      faulty = named(read.report.faults);
      byId('note').dataset.ms = String(Math.round(took));
      if (unsaved) note('inspect.restored', { count: unsaved });
      else note('inspect.done', { lines: read.report.lines, seconds: (took / 1000).toFixed(1) });
    }
  } catch {
    note(engine.state === 'crashed' ? 'inspect.engine' : 'inspect.failed');
  }
  progress.hidden = true;
  found = -1;
  filter.value = 'all';
  select();
  draw();
  document.body.dataset.state = book ? 'checked' : 'ready';
  if (book) byId('banner').focus({ preventScroll: true });
}

/** @param {Blob} blob */
function check(blob) {
  return readRegister(engine, blob, (part) => {
    progress.value = part;
    note('inspect.reading', { percent: Math.floor(part * 100) });
  });
}

/**
 * Openings made here of the register that ended so.
 * @param {string} head
 * @returns {Promise<Uint8Array<ArrayBuffer>[]>}
 */
async function kept(head) {
  return (await store.setting(`opened ${head}`).catch(() => null)) ?? [];
}

/**
 * The numbers of lines that a fault names.
 * @param {RegisterFault[]} faults
 */
function named(faults) {
  /** @type {Set<number>} */
  const numbers = new Set();
  for (const { kind, from, to } of faults) {
    if (!kind.startsWith('checkpoint')) for (let number = from; number <= to; number++) numbers.add(number);
  }
  return numbers;
}

/** Takes the lines that the filter lets through. */
function select() {
  const rows = book?.rows ?? [];
  shown = filter.value === 'all' ? rows : rows.filter(filters[filter.value] ?? filters.all);
  at = 0;
}

/**
 * Shows the page with a line, or says that there is none.
 * @param {number} number
 */
function jump(number) {
  filter.value = 'all';
  select();
  const index = shown.findIndex((row) => row.number === number);
  if (index < 0) return note('inspect.jump.none', { number });
  at = index - index % pageLines;
  found = number;
  draw();
  byId('table').querySelector('.is-found')?.scrollIntoView({ block: 'center' });
}

function draw() {
  document.documentElement.lang = words.language === 'zh' ? 'zh-CN' : 'en';
  words.apply(document);
  document.title = `${words.say('inspect.title')} · ${words.say('app.name')}`;
  byId('theme').textContent = words.say(`strip.theme.${theme()}`);
  note(noted.key, noted.fill);
  const value = filter.value || 'all';
  filter.replaceChildren(...Object.keys(filters).map((name) => h('option', { value: name, selected: name === value }, words.say(`inspect.filter.${name}`))));
  byId('result').hidden = byId('list').hidden = !book;
  byId('save').hidden = !book;
  byId('save').classList.toggle('button-main', unsaved > 0);
  if (!book) return;
  drawReport(book.report);
  drawTable();
}

/** @param {import('../types/register.js').RegisterReport} report */
function drawReport(report) {
  const { intact, faults, more, covered, unsigned, lines } = report;
  const banner = byId('banner');
  banner.dataset.intact = intact ? 'yes' : 'no';
  setText(banner, intact ? words.say('inspect.intact') : words.say('inspect.faulty', { count: faults.length + more }));
  setText(byId('checkpoints'), signatures(covered, lines, unsigned));
  /** @type {[string, string | number][]} */
  const facts = [
    ['inspect.party', report.name ?? '–'],
    ['inspect.period', report.from && report.to ? `${day(Date.parse(report.from))} – ${day(Date.parse(report.to))}` : '–'],
    ['inspect.days', report.retentionDays === undefined ? '–' : words.say('inspect.days.value', { days: report.retentionDays })],
    ['inspect.lines', lines], ['inspect.sealed', report.sealed], ['inspect.removed', report.destroyed], ['inspect.openings', report.openings],
  ];
  byId('facts').replaceChildren(...facts.map(([name, value]) => h('div', {}, h('dt', {}, words.say(name)), h('dd', {}, String(value)))));
  const items = faults.slice(0, listedFaults).map(({ kind, from, to }) => {
    const text = words.say(`inspect.fault.${kind}`, { lines: from === to ? from : `${from}–${to}` });
    const near = book?.rows.find(({ number }) => number >= from);
    return h('li', { 'data-kind': kind, 'data-from': from, 'data-to': to }, h('span', {}, text),
      near && h('button', { type: 'button', class: 'button button-small', onclick: () => jump(near.number) }, words.say('inspect.show')));
  });
  const rest = more + faults.length - items.length;
  byId('faults').replaceChildren(...items, ...(rest > 0 ? [h('li', {}, words.say('inspect.fault.more', { count: rest }))] : []));
}

/**
 * What the checkpoints in the file say.
 * @param {number} covered
 * @param {number} lines
 * @param {number} unsigned
 */
function signatures(covered, lines, unsigned) {
  if (covered > 0) return words.say(covered >= lines ? 'inspect.covered.all' : 'inspect.covered', { count: covered, rest: lines - covered });
  if (unsigned > 0) return words.say('inspect.unsigned', { count: unsigned });
  const count = book?.checkpoints.length ?? 0;
  return words.say(count ? 'inspect.unfit' : 'inspect.uncovered', { count });
}

/** @param {number} time */
const day = (time) => dayInFull(words.language, calendarDay(time));

function drawTable() {
  const rows = shown.slice(at, at + pageLines);
  const heads = ['number', 'time', 'says', 'class', 'purpose', 'seat', 'staff', 'sealed'];
  byId('table').replaceChildren(
    h('thead', {}, h('tr', {}, ...heads.map((name) => h('th', { scope: 'col' }, words.say(`inspect.col.${name}`))))),
    h('tbody', {}, ...(rows.length ? rows.map(drawRow) : [h('tr', {}, h('td', { class: 'empty', colSpan: heads.length }, words.say('inspect.empty')))])),
  );
  setText(byId('where'), words.say('inspect.where', { from: rows.length ? at + 1 : 0, to: at + rows.length, count: shown.length }));
  /** @type {HTMLButtonElement} */ (byId('before')).disabled = at === 0;
  /** @type {HTMLButtonElement} */ (byId('after')).disabled = at + pageLines >= shown.length;
}

/** @param {RegisterRow} row */
function drawRow(row) {
  const { number, check: sheet, sealed, removed } = row;
  const part = sealed ? h('button', { type: 'button', class: 'button button-small', 'data-testid': 'open', 'data-line': number, onclick: () => ask(row) }, words.say('inspect.open'))
    : words.say(removed ? 'inspect.part.removed' : 'inspect.part.none');
  const marks = [faulty.has(number) && 'is-faulty', number === found && 'is-found'].filter(Boolean).join(' ');
  return h('tr', { class: marks, 'data-number': number },
    h('td', {}, String(number)),
    h('td', { class: 'is-time' }, `${calendarDay(row.time)} ${clockTime(row.time)}`),
    h('td', { class: 'says' }, ...says(row)),
    h('td', {}, sheet?.class ?? ''),
    h('td', { class: 'is-short' }, sheet?.purpose ?? ''),
    h('td', { class: 'is-short' }, sheet?.seat ?? ''),
    h('td', { class: 'is-short' }, sheet?.staff ?? ''),
    h('td', { class: 'is-short' }, part));
}

/**
 * @param {RegisterRow} row
 * @returns {(Node | string)[]}
 */
function says({ check: sheet, opening, before }) {
  if (opening) return [words.say('inspect.says.opening', { reader: opening.reader, line: opening.line }), h('small', {}, opening.ground)];
  if (before) return [words.say('inspect.says.removal', { day: day(before) })];
  if (!sheet) return [words.say('inspect.says.first')];
  const more = [words.say(`reason.${sheet.reason}`), sheet.portrait && words.say(`inspect.portrait.${sheet.portrait}`)].filter(Boolean);
  return [words.say(`outcome.${sheet.outcome}`), h('small', {}, more.join(' · '))];
}

/** @param {RegisterRow} row */
function ask(row) {
  chosen = row;
  clearPerson('');
  setText(byId('open-title'), words.say('inspect.open.title', { number: row.number }));
  setText(byId('key-state'), words.say(key ? 'inspect.key.there' : 'inspect.key.none'));
  byId('open-form').hidden = false;
  openBox.showModal();
}

/**
 * Takes what was opened off the page.
 * @param {string} sentence  said instead
 */
function clearPerson(sentence) {
  clearTimeout(leaving);
  byId('person').replaceChildren();
  sayOpen(sentence);
}

/**
 * @param {string} sentence
 * @param {import('../lib/words.js').Fill} [fill]
 */
function sayOpen(sentence, fill) {
  byId('open-note').dataset.note = sentence;
  setText(byId('open-note'), sentence && words.say(sentence, fill));
}

/** Opens the chosen line: the note of it is kept before the person is shown. */
async function open() {
  if (!book || !chosen) return;
  const { rows, blob } = book;
  const first = rows.find(({ number }) => number === 0);
  const last = rows.reduce((/** @type {RegisterRow | null} */ end, row) => (end && end.number > row.number ? end : row), null);
  if (!key) return sayOpen('inspect.key.none');
  if (!first || !last || last.number !== book.report.lines - 1) return sayOpen('inspect.open.broken');
  const bytes = async (/** @type {RegisterRow} */ row) => toBase64url(await lineOf(blob, row));
  const [reader, ground] = [field('reader').value.trim(), field('ground').value.trim()];
  const at = now();
  let answer;
  try {
    answer = await engine.call('register.open', { now: at, first: await bytes(first), last: await bytes(last), line: await bytes(chosen), key: await key, reader, ground });
  } catch {
    return sayOpen('inspect.open.refused');
  }
  const line = fromBase64url(answer.line);
  added.push(line);
  unsaved++;
  rows.push({ at: blob.size, size: line.length, number: answer.number, time: at, opening: { line: chosen.number, reader, ground }, sealed: false, removed: false });
  book.blob = new Blob([blob, line]);
  book.report = { ...book.report, lines: answer.number + 1, openings: book.report.openings + 1 };
  await store.set(`opened ${book.head}`, added).catch(() => {}); // the file to be saved has it still
  byId('open-form').hidden = true;
  byId('person').replaceChildren(...claimLines(/** @type {import('../types/engine.js').Claims} */ (answer.person), words).flatMap(([name, value]) => [h('dt', {}, words.say(`claim.${name}`)), h('dd', {}, value)]));
  sayOpen('inspect.open.done', { number: answer.number });
  leaving = setTimeout(() => clearPerson('inspect.open.gone'), personalMs);
  note('inspect.save.unsaved', { count: unsaved });
  draw();
}

function saveFile() {
  if (!book) return;
  save(new Blob([book.blob], { type: 'application/octet-stream' }), book.name);
  unsaved = 0;
  note('inspect.save.done');
  draw();
}

/** @param {number} step */
function turn(step) {
  const to = at + step * pageLines;
  if (!book || to < 0 || to >= shown.length) return;
  at = to;
  drawTable();
}

const intake = new Intake({
  onText: () => note('inspect.none'),
  onImage: () => note('inspect.none'),
  onRefused: () => note('inspect.none'),
  onDrag: (over) => { byId('drop').hidden = !over; },
});
intake.takeFile = (/** @type {Blob} */ file) => void load(file, file instanceof File ? file.name : 'register.jzr');
intake.attach(document);

field('file').addEventListener('change', () => {
  const file = field('file').files?.[0];
  field('file').value = '';
  if (file) void load(file, file.name);
});
field('key').addEventListener('change', () => {
  const file = field('key').files?.[0];
  if (file) key = file.arrayBuffer().then((bytes) => toBase64url(new Uint8Array(bytes)));
  key?.catch(() => {}); // a file that is gone is refused when it is used
  field('key').value = '';
  setText(byId('key-state'), words.say(key ? 'inspect.key.there' : 'inspect.key.none'));
});
filter.addEventListener('change', () => { select(); drawTable(); });
byId('jump').addEventListener('submit', (event) => {
  event.preventDefault();
  jump(Number(field('number').value));
});
byId('open-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void open();
});
openBox.addEventListener('close', () => clearPerson(''));
byId('open-close').addEventListener('click', () => {
  clearPerson('');
  openBox.close();
});
byId('before').addEventListener('click', () => turn(-1));
byId('after').addEventListener('click', () => turn(1));
byId('save').addEventListener('click', saveFile);
byId('theme').addEventListener('click', () => { setTheme(nextTheme(theme())); draw(); });
byId('language').addEventListener('click', () => {
  words.language = words.other;
  remember('language', words.language);
  draw();
});
document.addEventListener('keydown', (event) => {
  if (openBox.open || event.target instanceof HTMLInputElement) return;
  const step = { PageDown: 1, PageUp: -1 }[event.code];
  if (!step || !book) return;
  event.preventDefault();
  turn(step);
});
document.addEventListener('visibilitychange', () => { if (document.hidden && byId('person').childElementCount) clearPerson('inspect.open.gone'); });
window.addEventListener('beforeunload', (event) => { if (unsaved) event.preventDefault(); });

draw();
