import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import cardEn from '../i18n/card/en.js';
import cardZh from '../i18n/card/zh.js';
import commonEn from '../i18n/en.js';
import commonZh from '../i18n/zh.js';
import displayEn from '../i18n/display/en.js';
import displayZh from '../i18n/display/zh.js';
import helpEn from '../i18n/help/en.js';
import helpZh from '../i18n/help/zh.js';
import inspectEn from '../i18n/inspect/en.js';
import inspectZh from '../i18n/inspect/zh.js';
import lockEn from '../i18n/lock/en.js';
import lockZh from '../i18n/lock/zh.js';
import practiceEn from '../i18n/practice/en.js';
import practiceZh from '../i18n/practice/zh.js';
import registerEn from '../i18n/register/en.js';
import registerZh from '../i18n/register/zh.js';
import scannerEn from '../i18n/scanner/en.js';
import scannerZh from '../i18n/scanner/zh.js';
import toolsEn from '../i18n/tools/en.js';
import toolsZh from '../i18n/tools/zh.js';
import { failure } from './flow.js';
import { claimLines, dayInFull, detailFill, sentence, startLanguage, Words } from './words.js';

const root = new URL('../../', import.meta.url);
const zh = { ...commonZh, ...cardZh, ...registerZh, ...inspectZh, ...practiceZh, ...toolsZh, ...helpZh, ...displayZh, ...lockZh, ...scannerZh };
const en = { ...commonEn, ...cardEn, ...registerEn, ...inspectEn, ...practiceEn, ...toolsEn, ...helpEn, ...displayEn, ...lockEn, ...scannerEn };
const tables = { zh, en };

/** The reasons of shared/reason, each with its number and letter, read from the Go source. */
function reasons() {
  const source = readFileSync(new URL('shared/reason/reason.go', root), 'utf8');
  const codes = new Map([...source.matchAll(/^\t(\w+)\s+Code = "([a-z-]+)"/gm)].map(([, name, code]) => [name, code]));
  const rows = [...source.matchAll(/^\t\{(\w+), (\w+), '(\w)'\},$/gm)];
  return rows.map(([, name, cls, letter], i) => ({ code: codes.get(name), class: cls.toLowerCase(), short: `${letter}-${i + 1}` }));
}

const braces = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test('both languages have the same keys, and every one says something', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const table of [zh, en]) {
    for (const [key, text] of Object.entries(table)) assert.ok(text.trim() && (text.trim() === text || key === 'separator'), key);
  }
});

test('both languages have the same braces, and each detail has a plain sentence', () => {
  for (const key of Object.keys(zh)) {
    assert.deepEqual(braces(zh[key]), braces(en[key]), key);
    if (key.startsWith('reason.') && braces(zh[key]).length) assert.ok(zh[`${key}.plain`], `${key}.plain`);
    if (key.endsWith('.plain')) assert.deepEqual(braces(zh[key]), [], key);
  }
});

test('every reason has a sentence and a next step in both languages', () => {
  const list = reasons();
  assert.ok(list.length >= 57, `${list.length} reasons read from the table`);
  for (const { code } of list) {
    for (const table of [zh, en]) {
      assert.ok(table[`reason.${code}`], `reason.${code}`);
      assert.ok(table[`next.${code}`], `next.${code}`);
    }
  }
  const known = new Set(list.map(({ code }) => code));
  for (const key of Object.keys(zh)) {
    const match = /^(?:reason|next)\.([a-z-]+)/.exec(key);
    if (match) assert.ok(known.has(match[1]), `${key} belongs to no reason`);
  }
});

test('the two results made by the page agree with the list of reasons', () => {
  for (const name of ['no-code', 'engine-crashed']) {
    const entry = reasons().find(({ code }) => code === name);
    const { code, outcome, reason } = failure(name);
    assert.deepEqual({ code, outcome, reason }, { code: entry.short, outcome: entry.class, reason: name });
  }
});

test('every key that the pages name has its sentence', () => {
  const files = ['index.html', ...walk('web')].filter((name) => /\.(js|html)$/.test(name) && !/\.test\.js$|i18n/.test(name));
  const used = new Map();
  for (const name of files) {
    const source = readFileSync(new URL(name, root), 'utf8');
    for (const [, key] of source.matchAll(/data-t(?:-label)?="([\w.]+)"/g)) used.set(key, name);
    for (const [, key] of source.matchAll(/(?:say|aside|both)\((?:words, )?'([\w.-]+)'/g)) used.set(key, name);
    for (const [, key] of source.matchAll(/note: '([a-z]+\.[\w.-]+)'/g)) used.set(key, name);
  }
  assert.ok(used.size > 60, `${used.size} keys found`);
  for (const [key, name] of used) for (const table of [zh, en]) assert.ok(table[key], `${key} in ${name}`);
});

test('what the staff page says does not need the sentences of the card page', () => {
  assert.deepEqual(Object.keys(commonZh).filter((key) => key.startsWith('card.')), []);
  assert.deepEqual(Object.keys(cardZh).filter((key) => !key.startsWith('card.')), []);
});

test('the tables of single pages keep to their own keys', () => {
  for (const [table, prefix] of [[registerZh, 'register.'], [inspectZh, 'inspect.'], [practiceZh, 'practice.'], [toolsZh, 'tools.'], [helpZh, 'help.'], [displayZh, 'display.'], [lockZh, 'lock.'], [scannerZh, 'scanner.']]) {
    assert.deepEqual(Object.keys(table).filter((key) => !key.startsWith(prefix)), []);
  }
});

test('every sentence about a register is used, and every kind of fault has one', () => {
  const source = ['web/elements/ev-register.js', 'web/lib/register.js', 'web/inspect/inspect.js', 'web/inspect/index.html']
    .map((name) => readFileSync(new URL(name, root), 'utf8')).join('');
  const made = /^(register\.state|inspect\.(fault|filter|col|portrait))\./;
  for (const key of Object.keys({ ...registerZh, ...inspectZh })) assert.ok(source.includes(`'${key}'`) || source.includes(`"${key}"`) || made.test(key), key);
  const kinds = [...readFileSync(new URL('shared/register/report.go', root), 'utf8').matchAll(/Kind = "([a-z-]+)"/g)].map((match) => match[1]);
  assert.ok(kinds.length >= 15);
  for (const kind of kinds) assert.ok(inspectZh[`inspect.fault.${kind}`], kind);
});

function walk(folder) {
  return readdirSync(new URL(`${folder}/`, root), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? walk(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]));
}

test('sentences name the card, never accuse, and do without exclamation', () => {
  for (const table of [zh, en]) {
    for (const [key, text] of Object.entries(table)) assert.ok(!/oops|congratulation|[!！]|\bfake\b|假/i.test(text), key);
  }
});

test('a sentence is filled, or falls back to the plain one', () => {
  assert.equal(sentence('en', 'reason.expired', { date: '2026-03-01' }), 'The card expired on 2026-03-01');
  assert.equal(sentence('en', 'reason.expired'), 'The card has expired');
  assert.equal(sentence('zh', 'reason.expired', detailFill('zh', { date: '2026-03-01' })), '证件已于 2026年3月1日 到期');
  assert.equal(sentence('en', 'reason.other-code', detailFill('en', { kind: 'payment' })), 'That is a payment code, not a card');
  assert.equal(sentence('en', 'reason.other-code', detailFill('en', { kind: 'never-heard-of' })), 'That is some other code, not a card');
  assert.equal(sentence('en', 'no.such.key'), 'no.such.key');
});

test('every kind of other code has words', () => {
  const source = readFileSync(new URL('shared/credential/credential.go', root), 'utf8');
  const kinds = [...source.matchAll(/^\t\t\{"([a-z]+)", \[\]string/gm)].map((match) => match[1]);
  assert.ok(kinds.length >= 5);
  for (const kind of kinds) for (const table of [zh, en]) assert.ok(table[`kind.${kind}`], kind);
});

test('days in full', () => {
  assert.equal(dayInFull('zh', '2026-03-01'), '2026年3月1日');
  assert.equal(dayInFull('en', '2026-03-01'), '2026-03-01');
  assert.equal(dayInFull('zh', 'soon'), 'soon');
});

test('claims in words', () => {
  const lines = claimLines({ sex: 'female', birth: '2000-01-02', over18: true, name: 'DEMO A' }, new Words('en'));
  assert.deepEqual(lines, [['name', 'DEMO A'], ['birth', '2000-01-02'], ['sex', 'female']]);
  assert.deepEqual(claimLines({}, new Words('en')), []);
});

test('the language to start in', () => {
  assert.equal(startLanguage('en', ['zh-CN']), 'en');
  assert.equal(startLanguage(null, ['fr-FR', 'en-GB', 'zh']), 'en');
  assert.equal(startLanguage(null, ['zh-TW', 'en']), 'zh');
  assert.equal(startLanguage('xx', ['fr']), 'zh');
  assert.deepEqual(Object.keys(tables), ['zh', 'en']);
});
