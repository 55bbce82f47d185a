import assert from 'node:assert/strict';
import test from 'node:test';
import { failure, fingerprint, initial, leaveMs, next, personalMs, sameTextMs } from './flow.js';

const t0 = 1_767_000_000_000;
const secret = 'DEMO Zhang San';

function result(outcome, reason = outcome, extra = {}) {
  return { outcome, class: 'A', reason, code: 'A-1', checks: [], claims: { name: secret }, redeemed: 'none', offline: false, handle: 'h', ...extra };
}

/** Runs events one after another and gives the last state. */
function run(state, ...events) {
  return events.reduce((s, event) => next(s, event), state);
}

function ready() {
  return run(initial(), { type: 'booted', at: t0 });
}

function shown(outcome, at = t0, text = 'KB1:ONE', source = 'camera') {
  const s = next(ready(), { type: 'text', text, source, at });
  return next(s, { type: 'answer', id: s.check.id, result: result(outcome), at });
}

test('a text is checked, answered and leaves', () => {
  let s = next(ready(), { type: 'text', text: 'KB1:ONE', source: 'camera', at: t0, since: t0 - 40 });
  assert.equal(s.stage, 'checking');
  assert.deepEqual(s.effects, [{ do: 'verify', id: 1, text: 'KB1:ONE' }]);
  s = next(s, { type: 'answer', id: 1, result: result('accepted'), at: t0 + 10 });
  assert.equal(s.stage, 'outcome');
  assert.equal(s.verdict.took, 50);
  assert.equal(s.check, null);
  assert.deepEqual(s.effects, [{ do: 'sound', name: 'accepted' }, { do: 'renew' }]);
  s = next(s, { type: 'tick', at: t0 + 10 + leaveMs.accepted - 1 });
  assert.equal(s.stage, 'outcome');
  assert.deepEqual(s.effects, [], 'effects belong to one event');
  s = next(s, { type: 'tick', at: t0 + 10 + leaveMs.accepted });
  assert.equal(s.stage, 'ready');
  assert.equal(s.verdict, null);
});

test('an answer to another check is ignored', () => {
  const s = next(ready(), { type: 'text', text: 'KB1:ONE', source: 'typed', at: t0 });
  const after = next(s, { type: 'answer', id: 99, result: result('accepted'), at: t0 });
  assert.equal(after.stage, 'checking');
  assert.equal(after.verdict, null);
});

test('what is read before the engine is there waits for it', () => {
  let s = next(initial(), { type: 'text', text: 'KB1:ONE', source: 'scanner', at: t0 });
  assert.equal(s.stage, 'starting');
  assert.deepEqual(s.effects, []);
  s = next(s, { type: 'booted', at: t0 + 500 });
  assert.equal(s.stage, 'checking');
  assert.deepEqual(s.effects, [{ do: 'verify', id: 1, text: 'KB1:ONE' }]);
});

test('each outcome leaves as it should', () => {
  for (const [outcome, ms] of [['accepted', 8000], ['rejected', 30_000], ['unreadable', 4000], ['conditional', null], ['undetermined', null]]) {
    const s = shown(outcome);
    assert.equal(s.verdict.leaveAt, ms === null ? null : t0 + ms, outcome);
    if (ms === null) assert.equal(next(s, { type: 'tick', at: t0 + 3_600_000 }).stage, 'outcome', outcome);
    else assert.equal(next(s, { type: 'tick', at: t0 + ms }).stage, 'ready', outcome);
  }
});

test('the same text is ignored for five seconds, as long as it stays in view', () => {
  let s = shown('accepted');
  for (let at = t0; at < t0 + 20_000; at += 200) s = run(s, { type: 'text', text: 'KB1:ONE', source: 'camera', at }, { type: 'tick', at });
  assert.equal(s.stage, 'ready');
  assert.equal(s.recent.length, 1);
  const gone = next(s, { type: 'text', text: 'KB1:ONE', source: 'camera', at: t0 + 19_800 + sameTextMs });
  assert.equal(gone.stage, 'checking');
});

test('the same text put in by hand says why nothing happens', () => {
  const s = next(shown('accepted'), { type: 'text', text: 'KB1:ONE', source: 'paste', at: t0 + 4999 });
  assert.equal(s.note, 'same-text');
  assert.equal(next(s, { type: 'text', text: 'KB1:ONE', source: 'paste', at: t0 + 5000 }).stage, 'checking');
});

test('another text interrupts an accepted verdict, not a refusal or a question', () => {
  for (const [outcome, stage] of [['accepted', 'checking'], ['unreadable', 'checking'], ['undetermined', 'checking'], ['rejected', 'outcome'], ['conditional', 'outcome']]) {
    for (const source of ['camera', 'scanner']) {
      assert.equal(next(shown(outcome), { type: 'text', text: 'KB1:TWO', source, at: t0 + 100 }).stage, stage, `${outcome} ${source}`);
    }
    assert.equal(next(shown(outcome), { type: 'text', text: 'KB1:TWO', source: 'paste', at: t0 + 100 }).stage, 'checking', outcome);
  }
  assert.equal(next(shown('rejected'), { type: 'text', text: 'KB1:TWO', source: 'scanner', at: t0 }).note, 'finish-first');
});

test('a second image without a code is looked at again at once', () => {
  const s = shown('unreadable', t0, '', 'file');
  assert.equal(next(s, { type: 'text', text: '', source: 'file', at: t0 + 100 }).stage, 'checking');
});

test('personal data leaves with the verdict, with the tab, and after 30 s', () => {
  const held = next(shown('accepted'), { type: 'command', name: 'hold', at: t0 + 1000 });
  const cases = {
    timer: next(held, { type: 'tick', at: t0 + personalMs }),
    hidden: next(shown('conditional'), { type: 'hidden', hidden: true }),
    next: next(shown('accepted'), { type: 'command', name: 'next', at: t0 }),
    undetermined: next(shown('undetermined'), { type: 'tick', at: t0 + personalMs }),
  };
  for (const [name, s] of Object.entries(cases)) {
    const text = JSON.stringify(s);
    assert.ok(!text.includes(secret), name);
    assert.ok(!text.includes('KB1:ONE'), name);
    assert.deepEqual(s.effects, [{ do: 'forget' }], `${name}: the engine forgets too`);
  }
  assert.equal(cases.timer.stage, 'outcome', 'the verdict itself stays');
  assert.equal(cases.timer.verdict.cleared, true);
});

test('an answer that comes while the tab is hidden brings no personal data', () => {
  const s = run(ready(), { type: 'text', text: 'KB1:ONE', source: 'camera', at: t0 }, { type: 'hidden', hidden: true },
    { type: 'answer', id: 1, result: result('accepted'), at: t0 + 50 });
  assert.equal(s.verdict.result.outcome, 'accepted');
  assert.ok(!JSON.stringify(s).includes(secret));
});

test('space holds and lets go with the time that was left', () => {
  let s = next(shown('accepted'), { type: 'command', name: 'hold', at: t0 + 3000 });
  assert.equal(s.verdict.heldFor, 5000);
  assert.equal(next(s, { type: 'tick', at: t0 + 20_000 }).stage, 'outcome');
  s = next(s, { type: 'command', name: 'hold', at: t0 + 20_000 });
  assert.equal(s.verdict.leaveAt, t0 + 25_000);
  assert.equal(next(s, { type: 'tick', at: t0 + 25_000 }).stage, 'ready');
});

test('enter does not wave a person through who has to be looked at', () => {
  const s = shown('conditional');
  assert.equal(next(s, { type: 'command', name: 'next', at: t0 }).stage, 'outcome');
  assert.equal(next(s, { type: 'command', name: 'back', at: t0 }).stage, 'ready');
  const late = next(s, { type: 'tick', at: t0 + personalMs });
  assert.equal(next(late, { type: 'decide', answer: 'same' }).check, null, 'nothing to compare with any more');
  assert.equal(next(late, { type: 'command', name: 'next', at: t0 + personalMs }).stage, 'ready');
});

test('a decision takes the place of the question', () => {
  let s = next(shown('conditional'), { type: 'decide', answer: 'same' });
  assert.deepEqual(s.effects, [{ do: 'decide', id: 1, answer: 'same' }]);
  s = next(s, { type: 'answer', id: 1, result: result('accepted', 'ok'), at: t0 + 9000 });
  assert.equal(s.verdict.result.reason, 'ok');
  assert.equal(s.verdict.took, 0, 'the time of the check, not of the thinking');
  assert.deepEqual(s.recent.map((line) => line.outcome), ['accepted']);
  assert.equal(next(s, { type: 'decide', answer: 'same' }).effects.length, 0, 'decided once');
});

test('retry checks the same text again and looks for the network', () => {
  const s = next(shown('undetermined'), { type: 'command', name: 'retry', at: t0 + 1000 });
  assert.equal(s.stage, 'checking');
  assert.deepEqual(s.effects, [{ do: 'forget' }, { do: 'verify', id: 2, text: 'KB1:ONE' }, { do: 'refresh' }]);
  const late = run(shown('undetermined'), { type: 'tick', at: t0 + personalMs }, { type: 'command', name: 'retry', at: t0 + 31_000 });
  assert.equal(late.stage, 'ready', 'nothing is left to check');
});

test('the last five outcomes are kept, without names', () => {
  let s = ready();
  for (let i = 0; i < 7; i++) {
    s = next(s, { type: 'text', text: `KB1:${i}`, source: 'paste', at: t0 + i });
    s = next(s, { type: 'answer', id: s.check.id, result: result('accepted', 'ok', { code: `A-${i}` }), at: t0 + i });
  }
  assert.deepEqual(s.recent.map((line) => line.code), ['A-6', 'A-5', 'A-4', 'A-3', 'A-2']);
  assert.deepEqual(Object.keys(s.recent[0]), ['outcome', 'reason', 'code', 'at']);
});

test('what staff are not sure of is not read again', () => {
  let s = next(shown('conditional'), { type: 'decide', answer: 'unsure' });
  s = next(s, { type: 'answer', id: s.check.id, result: result('undetermined', 'person-unsure'), at: t0 });
  assert.equal(s.verdict.text, null);
  s = next(s, { type: 'command', name: 'retry', at: t0 });
  assert.deepEqual([s.stage, s.effects.map((effect) => effect.do)], ['ready', ['forget', 'refresh']]);
});

test('a crash while checking is undetermined and waits for the engine', () => {
  let s = next(ready(), { type: 'text', text: 'KB1:ONE', source: 'camera', at: t0 });
  s = next(s, { type: 'engine', state: 'crashed', at: t0 + 10 });
  assert.equal(s.verdict.result.outcome, 'undetermined');
  assert.equal(s.verdict.result.reason, 'engine-crashed');
  s = next(s, { type: 'command', name: 'next', at: t0 + 20 });
  assert.equal(s.stage, 'starting');
  assert.equal(next(s, { type: 'booted', at: t0 + 30 }).stage, 'ready');
  assert.equal(failure('engine-crashed').outcome, 'undetermined');
});

test('a crash at rest goes back to starting and drops the challenge', () => {
  const s = run(ready(), { type: 'challenge', value: { id: 'c' } }, { type: 'engine', state: 'crashed', at: t0 });
  assert.equal(s.stage, 'starting');
  assert.equal(s.challenge.value, null);
});

test('next changes nothing of the state it is given', () => {
  const freeze = (value) => {
    if (value && typeof value === 'object' && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  let s = freeze(initial());
  for (const event of [
    { type: 'booted', at: t0 }, { type: 'camera', state: 'live' }, { type: 'lists', state: 'fresh', until: t0 },
    { type: 'text', text: 'KB1:ONE', source: 'camera', at: t0 }, { type: 'answer', id: 1, result: result('conditional'), at: t0 },
    { type: 'command', name: 'why', at: t0 }, { type: 'decide', answer: 'unsure' }, { type: 'hidden', hidden: true },
    { type: 'command', name: 'back', at: t0 }, { type: 'network', state: 'offline' }, { type: 'clock', skew: 5, corrected: true }, { type: 'tick', at: t0 },
  ]) s = freeze(next(s, event));
});

test('fingerprints tell texts apart and keep nothing of them', () => {
  assert.equal(fingerprint('KB1:ABC'), fingerprint('KB1:ABC'));
  const marks = new Set();
  for (let i = 0; i < 20_000; i++) marks.add(fingerprint(`KB1:${i}`));
  assert.equal(marks.size, 20_000);
  assert.ok(!fingerprint('KB1:SECRET').includes('SECRET'));
});

const sealed = { box: 'B', ciphertext: 'AA' };

test('the fingerprint is the one that the engine makes', () => {
  // The same values stand in wasm/app/waya_test.go.
  assert.equal(fingerprint(''), '0:ztntfp9zloz');
  assert.equal(fingerprint('KB1:HELLO WORLD $%*+-./:'), '24:1pctl5h1vwebcz');
});

test('an answer over the network is checked at once, and its code stands beside the verdict', () => {
  let s = next(ready(), { type: 'opened', until: t0 + 60_000 });
  assert.equal(s.openedUntil, t0 + 60_000);
  s = next(s, { type: 'arrived', sealed, at: t0 });
  assert.equal(s.stage, 'checking');
  assert.equal(s.openedUntil, 0);
  assert.deepEqual(s.effects, [{ do: 'verify', id: 1, text: '', sealed }]);
  s = next(s, { type: 'answer', id: 1, result: result('accepted'), compare: '0042', mark: fingerprint('KB1:ONE'), at: t0 });
  assert.equal(s.verdict.compare, '0042');
  assert.equal(s.verdict.source, 'phone');
  assert.deepEqual(s.effects, [{ do: 'sound', name: 'accepted' }, { do: 'renew' }]);
  // The phone shows the same answer as a code: the same visit.
  assert.equal(next(s, { type: 'text', text: 'KB1:ONE', source: 'camera', at: t0 + 1000 }).stage, 'outcome');
});

test('answers over the network wait for the stage, in their order, and push nothing away', () => {
  for (const outcome of ['accepted', 'conditional', 'rejected', 'undetermined', 'unreadable']) {
    let s = shown(outcome);
    s = run(s, { type: 'arrived', sealed, at: t0 }, { type: 'arrived', sealed: { box: 'C', ciphertext: 'AA' }, at: t0 });
    assert.equal(s.verdict.result.outcome, outcome);
    s = run(s, { type: 'decide', answer: 'same' }, { type: 'answer', id: 1, result: result('accepted'), at: t0 }, { type: 'command', name: 'next', at: t0 });
    assert.equal(s.stage, 'checking', outcome);
    assert.deepEqual(s.effects.filter((e) => e.do === 'verify').map((e) => e.sealed.box), ['B']);
    assert.equal(s.arrived.length, 1);
  }
});

test('an answer over the network waits for the engine and for the tab to be looked at', () => {
  let s = next(initial(), { type: 'arrived', sealed, at: t0 });
  assert.deepEqual(s.effects, []);
  s = run(s, { type: 'hidden', hidden: true }, { type: 'booted', at: t0 });
  assert.deepEqual(s.effects, []);
  s = next(s, { type: 'hidden', hidden: false });
  assert.deepEqual(s.effects, [{ do: 'verify', id: 1, text: '', sealed }]);
});

test('an answer that nobody could redeem is tried again, and goes with what is personal', () => {
  let s = next(ready(), { type: 'arrived', sealed, at: t0 });
  s = next(s, { type: 'answer', id: 1, result: result('undetermined'), compare: '0042', at: t0 });
  assert.deepEqual(next(s, { type: 'tick', at: t0 + personalMs }).verdict.sealed, undefined);
  s = next(s, { type: 'command', name: 'retry', at: t0 });
  assert.deepEqual(s.effects.find((e) => e.do === 'verify').sealed, sealed);
});

test('that a phone has opened the request is forgotten when it timed out', () => {
  const s = run(ready(), { type: 'opened', until: t0 + 10 }, { type: 'opened', until: t0 + 5 });
  assert.equal(next(s, { type: 'tick', at: t0 + 9 }).openedUntil, t0 + 10);
  assert.equal(next(s, { type: 'tick', at: t0 + 10 }).openedUntil, 0);
});

test('a clock that is corrected hurries nothing away and holds nothing back', () => {
  for (const moved of [3_600_000, -3_600_000]) {
    const before = run(shown('accepted'), { type: 'opened', until: t0 + 9000 });
    const s = next(before, { type: 'clock', skew: -moved, corrected: true, moved });
    assert.equal(s.skew, -moved);
    assert.equal(s.corrected, true);
    assert.equal(next(s, { type: 'tick', at: t0 + moved + leaveMs.accepted - 1 }).stage, 'outcome');
    assert.equal(next(s, { type: 'tick', at: t0 + moved + leaveMs.accepted }).stage, 'ready');
    assert.equal(next(shownAndMoved('rejected', moved), { type: 'tick', at: t0 + moved + personalMs }).verdict, null);
    assert.equal(s.openedUntil, t0 + moved + 9000);
    assert.equal(next(s, { type: 'clock', skew: -moved, corrected: true }), s, 'the same again changes nothing');
  }
});

function shownAndMoved(outcome, moved) {
  return next(shown(outcome), { type: 'clock', skew: -moved, corrected: true, moved });
}
