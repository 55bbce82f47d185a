import assert from 'node:assert/strict';
import test from 'node:test';
import { bootRequest, Lists, sameBundle } from './lists.js';

function world(anchor = 'A') {
  const kept = new Map();
  const api = {
    anchor,
    config: async () => ({ demo: true, anchor: api.anchor, party: { id: 'p', name: 'P' }, purpose: 'internet-cafe', status: ['/v1/status/1'] }),
    list: async (path) => new TextEncoder().encode(path),
  };
  const shelf = { get: async (key) => kept.get(key), put: async (key, value) => { kept.set(key, value); } };
  return { api, lists: new Lists(api, shelf) };
}

test('lists are fetched, kept, and the highest sequences with them', async () => {
  const { lists } = world();
  assert.equal(await lists.kept(), null);
  const bundle = await lists.fetch();
  assert.equal(bundle.trust, Buffer.from('/v1/trust').toString('base64url'));
  assert.deepEqual(bundle.status, [Buffer.from('/v1/status/1').toString('base64url')]);
  const highest = ({ highest, highestPolicy }) => [highest, highestPolicy];
  await lists.keep(bundle, { sequence: 7, policySequence: 2 });
  assert.deepEqual(highest(await lists.kept()), [7, 2]);
  assert.deepEqual(highest(await lists.fetch()), [7, 2]);
  await lists.keep(await lists.fetch(), { sequence: 3, policySequence: 1 });
  assert.deepEqual(highest(await lists.kept()), [7, 2], 'never goes back');
});

test('another anchor starts its sequence anew', async () => {
  const { api, lists } = world('A');
  await lists.keep(await lists.fetch(), { sequence: 7, policySequence: 7 });
  api.anchor = 'B';
  const { highest, highestPolicy } = await lists.fetch();
  assert.deepEqual([highest, highestPolicy], [0, 0]);
});

test('equal bytes are the same bundle, whatever the sequence', async () => {
  const { lists } = world();
  const bundle = await lists.fetch();
  assert.ok(sameBundle({ ...bundle, highest: 5, highestPolicy: 3 }, bundle));
  assert.ok(!sameBundle(null, bundle));
  assert.ok(!sameBundle({ ...bundle, trust: 'x' }, bundle));
  assert.deepEqual(Object.keys(bootRequest(bundle, 1)).sort(), ['anchor', 'demo', 'highest', 'highestPolicy', 'now', 'party', 'policy', 'status', 'trust']);
});
