import assert from 'node:assert/strict';
import test from 'node:test';
import { maxWaitMs, Pin, rounds } from './pin.js';

function pin() {
  const kept = new Map();
  const clock = { now: 1_767_000_000_000 };
  const remember = (name, value) => (value === null ? kept.delete(name) : kept.set(name, value));
  return { kept, clock, lock: new Pin({ recall: (name) => kept.get(name) ?? null, remember, now: () => clock.now }) };
}

test('only the right PIN opens, and nothing of it is kept', async () => {
  const { lock, kept, clock } = pin();
  assert.equal(lock.chosen, false);
  assert.equal(await lock.choose('4831'), true);
  assert.ok(lock.chosen && rounds >= 600_000);
  assert.ok(!JSON.stringify([...kept]).includes('4831'));
  assert.equal(await lock.test('4832'), 'wrong');
  clock.now += 1000;
  assert.equal(await lock.test('4831'), 'right');
  assert.equal(lock.waits, 0);
  lock.forget();
  assert.equal(lock.chosen, false);
});

test('two counters with one PIN keep different hashes', async () => {
  const [a, b] = [pin(), pin()];
  await a.lock.choose('4831');
  await b.lock.choose('4831');
  assert.notEqual(a.kept.get('pin'), b.kept.get('pin'));
});

test('PINs have 4 to 12 digits', async () => {
  const { lock } = pin();
  for (const bad of ['', '123', '1234567890123', '12a4', '１２３４', '12 34']) assert.equal(await lock.choose(bad), false, bad);
  assert.equal(lock.chosen, false);
});

test('each wrong PIN waits longer, also over a reload', async () => {
  const { lock, clock, kept } = pin();
  await lock.choose('4831');
  const waits = [];
  for (let i = 0; i < 4; i++) {
    assert.equal(await lock.test('0000'), 'wrong');
    waits.push(lock.waits);
    assert.equal(await lock.test('4831'), 'wait');
    clock.now += lock.waits;
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
  kept.set('pin-wrong', JSON.stringify({ count: 40, at: clock.now }));
  assert.equal(lock.waits, maxWaitMs);
  clock.now -= 86_400_000;
  assert.equal(lock.waits, maxWaitMs, 'a clock set back');
});

test('what was tampered with opens nothing', async () => {
  const { lock, kept } = pin();
  kept.set('pin', '{}');
  assert.equal(await lock.test('4831'), 'wrong');
  kept.set('pin-wrong', 'x');
  assert.equal(lock.waits, 0);
});
