import assert from 'node:assert/strict';
import test from 'node:test';
import { csv, lastDay, reasonRows } from './report.js';
import { en, zh } from './words.js';

const hour = (begin, more) => ({ begin, issued: 1, redeemed: 2, replays: 0, expired: 0, limited: 0, refused: 0, faults: 0, outcomes: {}, refusals: {}, median: 0.5, p95: 1, ...more });
const report = {
  now: '2026-11-21T08:30:00Z', healthy: true, about: {}, terminals: [],
  hours: [
    hour('2026-11-20T08:00:00Z', { outcomes: { ok: 100 } }), // over 24 hours ago
    hour('2026-11-20T09:00:00Z', { replays: 3, outcomes: { ok: 2, 'under-age': 1 }, refusals: { 'nonce-used': 3 }, p95: 7 }),
    hour('2026-11-21T08:00:00Z', { outcomes: { ok: 1 } }),
  ],
};

test('a day is the sum of its hours, and as slow as the slowest', () => {
  assert.deepEqual(lastDay(report), { issued: 2, redeemed: 4, replays: 3, expired: 0, limited: 0, refused: 0, faults: 0, median: 0.5, p95: 7 });
});

test('reasons are summed over the day, the most frequent first', () => {
  assert.deepEqual(reasonRows(report), [{ code: 'nonce-used', count: 3 }, { code: 'ok', count: 3 }, { code: 'under-age', count: 1 }]);
});

test('CSV has a row an hour', () => {
  const lines = csv(report).split('\r\n');
  assert.equal(lines.length, 5);
  assert.equal(lines[0], 'begin,issued,redeemed,replays,expired,limited,refused,faults,median,p95,outcomes,refusals');
  assert.equal(lines[2], '2026-11-20T09:00:00Z,1,2,3,0,0,0,0,0.5,7,ok:2 under-age:1,nonce-used:3');
});

test('both languages say the same things', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  const braces = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(zh)) assert.deepEqual(braces(zh[key]), braces(en[key]), key);
});
