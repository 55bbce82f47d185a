import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { gather, isPart } from './gather.js';

test('parts are told from other texts by the prefix of shared/sequence', () => {
  const source = readFileSync(new URL('../../shared/sequence/sequence.go', import.meta.url), 'utf8');
  const [, prefix] = /const Prefix = "(.+)"/.exec(source) ?? [];
  assert.equal(isPart(`${prefix}0102`), true);
  assert.equal(isPart('KB1:ABC'), false);
});

test('the engine says when a text is whole', async () => {
  const answers = [{ text: null, have: 1, parts: 2 }, { text: 'KB1:ABC', have: 0, parts: 0 }];
  const engine = { call: async (op, { text }) => { assert.deepEqual([op, text], ['collect', 'SQ1:X']); return answers.shift(); } };
  assert.equal(await gather(engine, 'SQ1:X'), null);
  assert.equal(await gather(engine, 'SQ1:X'), 'KB1:ABC');
});
