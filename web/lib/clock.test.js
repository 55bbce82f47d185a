import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { Clock } from './clock.js';

const hour = 3_600_000;
const start = Date.UTC(2026, 2, 1, 4);

/** A computer whose clock is off, an endpoint whose clock is right, and what both can do. */
function world({ ahead = 0, kept, online = true } = {}) {
  const truth = { now: start, awake: 0, ahead };
  const shelf = new Map(kept ? [['clock', kept]] : []);
  const moved = [];
  const asked = [];
  let answer = (nonce) => ({ document: `${nonce} ${Math.floor(truth.now / 1000) * 1000}` });
  const api = {
    time: async (nonce) => {
      asked.push(nonce);
      if (!online) throw new Error('offline');
      return answer(nonce);
    },
  };
  // As verify.Lists.Time: another nonce is another question.
  const engine = {
    call: async (op, { nonce, document }) => {
      const [of, at] = document.split(' ');
      if (op !== 'time' || of !== nonce) throw new Error('refused');
      return { at: Number(at) };
    },
  };
  const clock = new Clock({
    wall: () => truth.now + truth.ahead, steady: () => truth.awake,
  });
  clock.helpers = { api, engine, shelf: { get: async (key) => shelf.get(key), put: async (key, value) => void shelf.set(key, value) } };
  clock.onMoved = (ms) => moved.push(ms);
  const pass = (ms, asleep = 0) => { truth.now += ms + asleep; truth.awake += ms; };
  return { clock, truth, pass, moved, asked, shelf, replay: (fn) => { answer = fn; }, connect: (to) => { online = to; } };
}

const near = (got, want, ms = 1000) => assert.ok(Math.abs(got - want) <= ms, `${got - want} ms off`);

test('a clock an hour off is corrected from a signed time', async () => {
  for (const ahead of [hour, -hour]) {
    const { clock, truth, pass, moved, asked } = world({ ahead });
    near(clock.now(), start + ahead);
    await clock.settle();
    near(clock.now(), truth.now);
    pass(10 * 60_000);
    near(clock.now(), truth.now);
    near(moved[0], -ahead);
    assert.equal(clock.doubt(), 0);
    near(clock.report().skew, ahead);
    assert.equal(clock.report().corrected, true);
    await clock.settle();
    assert.equal(asked.length, 1, 'once it is known it is not asked again');
  }
});

test('a right clock is nothing to speak of', async () => {
  const { clock } = world({ ahead: 20_000 });
  await clock.settle();
  assert.deepEqual(clock.report(), { skew: 0, corrected: true });
});

test('an old answer, replayed, moves nothing', async () => {
  let old = '';
  const before = world();
  before.replay((nonce) => ({ document: (old = `${nonce} ${start - hour}`) }));
  await before.clock.sync();
  near(before.clock.now(), start - hour); // it was the answer to that question
  const { clock, truth, asked, replay } = world();
  replay(() => ({ document: old }));
  await clock.sync();
  near(clock.now(), truth.now);
  assert.equal(clock.report().corrected, false);
  assert.notEqual(asked[0], before.asked[0], 'each question has a nonce of its own');
});

test('an answer that took too long is no answer', async () => {
  const { clock, pass, replay } = world({ ahead: hour });
  replay((nonce) => { pass(3500); return { document: `${nonce} ${start}` }; });
  await clock.sync();
  assert.equal(clock.signed, null);
});

test('who sets the clock afterwards changes nothing', async () => {
  const { clock, truth, pass, connect, asked } = world();
  await clock.settle();
  connect(false);
  truth.ahead = -hour;
  near(clock.now(), truth.now);
  near(clock.report().skew, -hour);
  pass(60_000);
  near(clock.now(), truth.now);
  clock.look();
  await clock.sync();
  assert.equal(asked.length, 2, 'it gave cause to ask');
  near(clock.now(), truth.now);
});

test('a computer that slept knows the time', async () => {
  const { clock, truth, pass } = world({ ahead: hour });
  await clock.settle();
  pass(1000, 8 * hour);
  near(clock.now(), truth.now);
});

test('without a signed time, what contradicts the clock leaves a doubt', async () => {
  for (const [name, options, doubt] of [
    ['nothing known', {}, 0],
    ['an hour fast when last compared', { ahead: hour, kept: { at: start - hour, error: hour } }, hour],
    ['an hour slow when last compared', { ahead: -hour, kept: { at: start - hour, error: -hour } }, -hour],
    ['earlier than a time already known', { ahead: -hour, kept: { at: start - 60_000, error: 0 } }, 60_000 - hour],
    ['right when last compared', { ahead: 100, kept: { at: start - hour, error: 100 } }, 0],
  ]) {
    const { clock, truth } = world({ ...options, online: false });
    await clock.settle();
    near(clock.doubt(), doubt);
    assert.deepEqual(clock.report().corrected, false, name);
    if (doubt) assert.notEqual(clock.report().skew, 0, name);
    // Staff put it right.
    truth.ahead -= doubt;
    assert.equal(clock.doubt(), 0, name);
  }
});

test('the date of an answer leaves a doubt too, until there is a signed time', async () => {
  const { clock, connect } = world({ ahead: hour, online: false });
  await clock.settle();
  clock.hint(hour);
  near(clock.doubt(), hour);
  clock.hint(100);
  assert.equal(clock.doubt(), 0);
  clock.hint(hour);
  connect(true);
  await clock.sync();
  assert.equal(clock.doubt(), 0);
  clock.hint(0); // whoever says so unsigned
  assert.equal(clock.doubt(), 0);
});

// Only this module looks at the computer's clock; the others named here measure how long
// something took, or name a file.
test('no page tells the engine the time by itself', () => {
  const root = new URL('../', import.meta.url);
  const may = new Set(['lib/clock.js', 'lib/api.js', 'lib/app.js', 'engine/client.js', 'elements/ev-register.js', 'lib/pin.js', 'staff/kiosk.js', 'customer/customer.js']);
  const files = readdirSync(root, { recursive: true }).map(String).filter((name) => name.endsWith('.js') && !name.endsWith('.test.js'));
  assert.ok(files.length > 40);
  const found = files.filter((name) => readFileSync(new URL(name, root), 'utf8').includes('Date.now'));
  assert.deepEqual(found.filter((name) => !may.has(name)), []);
});
