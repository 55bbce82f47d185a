import assert from 'node:assert/strict';
import test from 'node:test';
import { expiredMs, Steps, usedMs, viewOf } from './display.js';
import { initial } from './flow.js';

const t0 = 1_767_000_000_000;
const value = { text: 'CH1:A', modules: { size: 1, bits: 'gA' }, issued: t0, renewAt: t0 + 10_000, expires: t0 + 60_000, offline: false, id: '', purpose: '', box: 'b', pickup: 'p' };
const ready = { ...initial(), stage: 'ready', challenge: { value, problem: '' } };
const verdict = (outcome, cls = 'A') => ({ ...ready, stage: 'outcome', verdict: { result: { outcome, class: cls, claims: { name: 'DEMO A' } }, compare: '0042' } });

test('each state has a step', () => {
  const at = (state, camera = false) => new Steps().next(state, t0, camera);
  assert.equal(at(initial()), 'preparing');
  assert.equal(at(ready), 'waiting');
  assert.equal(at({ ...ready, openedUntil: t0 + 9 }), 'opened');
  assert.equal(at({ ...ready, stage: 'checking' }), 'received');
  assert.equal(at(verdict('accepted')), 'verdict');
  assert.equal(at({ ...ready, challenge: { value: null, problem: '' } }), 'preparing');
  // What the page makes without a network brings answers to a camera only.
  const alone = { ...ready, challenge: { value: { ...value, offline: true, box: '' }, problem: '' } };
  assert.equal(at(alone), 'offline');
  assert.equal(at(alone, true), 'waiting');
  assert.equal(at({ ...ready, challenge: { value: null, problem: 'internal' } }), 'offline');
});

test('a code that was used is said to be, for a moment', () => {
  const steps = new Steps();
  steps.next(verdict('accepted'), t0, false);
  assert.equal(steps.next(ready, t0 + 1, false), 'used');
  assert.equal(steps.next(ready, t0 + usedMs, false), 'used');
  assert.equal(steps.next(ready, t0 + usedMs + 1, false), 'waiting');
  steps.next(verdict('conditional', 'D'), t0, false);
  assert.equal(steps.next(ready, t0 + 1 + 2 * usedMs, false), 'waiting', 'paper uses no code');
});

test('a request that was opened and not answered has timed out', () => {
  const steps = new Steps();
  steps.next({ ...ready, openedUntil: t0 + 100 }, t0, false);
  assert.equal(steps.next(ready, t0 + 100, false), 'expired');
  assert.equal(steps.next(ready, t0 + 100 + expiredMs, false), 'waiting');
  steps.next({ ...ready, openedUntil: t0 + 50_000 }, t0 + 10_000, false);
  assert.equal(steps.next(ready, t0 + 20_000, false), 'waiting', 'it was answered');
});

test('nothing of the card is shown to the customer', () => {
  const place = { bundle: { config: { party: { id: 'x', name: 'DEMO place' } } }, chosen: null, demo: true };
  const view = viewOf(verdict('accepted'), 'verdict', { place, seat: '7' });
  assert.deepEqual(view.verdict, { outcome: 'accepted', compare: '0042' });
  assert.ok(!JSON.stringify(view).includes('DEMO A'));
});
