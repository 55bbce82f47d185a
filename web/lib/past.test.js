import assert from 'node:assert/strict';
import test from 'node:test';
import { keptPast, Past } from './past.js';

function shelf() {
  const all = new Map();
  return { all, get: async (key) => all.get(key), put: async (key, value) => { all.set(key, value); } };
}

const shown = (at) => ({ at, way: 'A', party: 'DEMO', purpose: { zh: '', en: '' }, claims: ['name'] });

test('what was shown is listed, newest first, and the oldest is forgotten', async () => {
  const past = new Past(shelf());
  assert.deepEqual(await past.list(), []);
  for (let at = 1; at <= keptPast + 3; at++) await past.add(shown(at));
  const list = await past.list();
  assert.equal(list.length, keptPast);
  assert.deepEqual([list[0].at, list.at(-1).at], [keptPast + 3, 4]);
});

test('the list can be cleared', async () => {
  const kept = shelf();
  const past = new Past(kept);
  await past.add(shown(1));
  assert.deepEqual(await past.clear(), []);
  assert.deepEqual(await new Past(kept).list(), []);
});
