import assert from 'node:assert/strict';
import test from 'node:test';
import { calibration, judge, layouts } from './calibrate.js';

const typed = (table) => [...calibration].map((letter) => table[letter] ?? letter).join('');

test('the code holds each character of the alphanumeric mode once', () => {
  assert.equal(new Set(calibration).size, 45);
  assert.match(calibration, /^[0-9A-Z $%*+\-./:]{45}$/);
});

test('a scanner that is set up says so', () => {
  assert.deepEqual(judge(calibration, true), { kind: 'right', layout: '', wrong: [], count: 45, enter: true });
  assert.equal(judge(calibration, false).enter, false);
});

test('layouts are told apart', () => {
  for (const layout of ['german', 'french']) {
    const finding = judge(typed(layouts[layout]), true);
    assert.deepEqual([finding.kind, finding.layout], ['layout', layout]);
    assert.equal(finding.wrong.length, Object.keys(layouts[layout]).length);
  }
  assert.equal(judge(typed(layouts.british), true).kind, 'right');
});

test('capitals, single characters, lost keys and other codes', () => {
  assert.equal(judge(calibration.toLowerCase(), true).kind, 'capitals');
  const one = judge(typed({ ':': ';', '+': '=' }), true);
  assert.deepEqual([one.kind, one.wrong], ['characters', [['+', '='], [':', ';']]]);
  const lost = judge(calibration.replace('G', '').replace('$', ''), true);
  assert.deepEqual([lost.kind, lost.count], ['dropped', 43]);
  assert.equal(judge('HTTPS://EXAMPLE.COM/MENU', true).kind, 'other');
  assert.equal(judge('X'.repeat(45), true).kind, 'other');
});
