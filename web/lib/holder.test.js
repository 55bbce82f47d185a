import assert from 'node:assert/strict';
import test from 'node:test';
import { due, has, initial, next, renewMs } from './holder.js';

const t0 = 1_767_000_000_000;
const person = { id: 'valid', zh: '演示·张三', en: 'DEMO Zhang San', noteZh: '', noteEn: '' };
const card = { person, card: 'AA', keys: {} };
const face = { tier: 'light', issuer: 'https://id.example/gz', expires: t0 + 1e9, claims: { name: person.en, id: '99', over18: true } };

function read(extra = {}) {
  return {
    party: { id: 'demo-cafe', name: 'DEMO' }, operator: { zh: '', en: '' }, purpose: { code: 'internet-cafe', zh: '', en: '' },
    claims: ['name', 'id', 'over18'], optional: ['photo'], expires: t0 + 60_000, offline: false, reason: null, ...extra,
  };
}

function run(...events) {
  return events.reduce((s, event) => next(s, event), initial());
}

const withCard = [{ type: 'ready' }, { type: 'card', card, face }];
const asked = [...withCard, { type: 'request', text: 'CH1:X', read: read() }];

test('without a card there is a choice, with one the counter’s code', () => {
  assert.equal(run({ type: 'ready' }).step, 'pick');
  assert.equal(run({ type: 'card', card, face }, { type: 'ready' }).step, 'scan');
});

test('the least is chosen first', () => {
  assert.deepEqual(run(...asked).chosen, ['over18']);
  assert.deepEqual(run(...withCard, { type: 'request', text: 'CH1:X', read: read({ claims: ['name'] }) }).chosen, []);
});

test('claims are switched one by one, in the order asked, and all at once', () => {
  assert.deepEqual(run(...asked, { type: 'choose', claim: 'name', on: true }).chosen, ['name', 'over18']);
  assert.deepEqual(run(...asked, { type: 'choose', claim: 'over18', on: false }).chosen, []);
  assert.deepEqual(run(...asked, { type: 'choose', claim: 'address', on: true }).chosen, ['over18'], 'not asked for');
  assert.deepEqual(run(...asked, { type: 'choose-all' }).chosen, ['name', 'id', 'over18']);
});

test('what a counter does not ask for is shown only if the holder says so', () => {
  const carried = { ...face, claims: { ...face.claims, photo: 'AA' } };
  const s = run({ type: 'ready' }, { type: 'card', card, face: carried }, { type: 'request', text: 'CH1:X', read: read() });
  assert.deepEqual(next(s, { type: 'choose-all' }).chosen, ['name', 'id', 'over18']);
  const shown = next(s, { type: 'choose', claim: 'photo', on: true });
  assert.deepEqual(shown.chosen, ['over18', 'photo']);
  assert.deepEqual(next(shown, { type: 'choose-all' }).chosen, ['name', 'id', 'over18', 'photo']);
});

test('what the card does not hold cannot be chosen', () => {
  const s = run(...withCard, { type: 'request', text: 'CH1:X', read: read({ claims: ['over18', 'photo'] }) }, { type: 'choose-all' });
  assert.deepEqual(s.chosen, ['over18']);
  assert.equal(has(face, 'photo'), false);
  assert.equal(has({ ...face, claims: { over18: false } }, 'over18'), true, 'no is an answer too');
});

test('a request that must not be answered is shown with its reason', () => {
  const s = run(...withCard, { type: 'request', text: 'CH1:X', read: read({ reason: 'challenge-invalid' }) });
  assert.equal(s.step, 'blocked');
  assert.equal(next(s, { type: 'signing' }).step, 'blocked');
});

test('an answer is shown until it ends', () => {
  let s = run(...asked, { type: 'signing' }, { type: 'answer', answer: { text: 'KB1:', size: 1, bits: '', expires: t0 + 50_000 }, at: t0 });
  assert.equal(s.step, 'answer');
  assert.equal(next(s, { type: 'tick', at: t0 + 49_999 }), s);
  s = next(s, { type: 'tick', at: t0 + 50_000 });
  assert.equal(s.step, 'timeout');
  assert.equal(s.answer, null);
});

test('a question ends with its challenge', () => {
  assert.equal(next(run(...asked), { type: 'tick', at: t0 + 60_000 }).step, 'timeout');
});

test('refused and done keep the card and nothing of the request', () => {
  for (const [type, step] of [['refuse', 'refused'], ['finish', 'done']]) {
    const s = run(...asked, { type });
    assert.equal(s.step, step);
    assert.equal(s.request, null);
    assert.deepEqual(s.chosen, []);
    assert.equal(next(s, { type: 'again' }).step, 'scan');
  }
});

test('a late answer after a refusal is not shown', () => {
  assert.equal(run(...asked, { type: 'signing' }, { type: 'refuse' }, { type: 'answer', answer: {}, at: t0 }).step, 'refused');
});

test('forgetting leaves nothing of the card', () => {
  const s = run(...asked, { type: 'forget' });
  assert.equal(s.step, 'pick');
  assert.ok(!JSON.stringify({ ...s, people: [] }).includes(person.en));
});

test('a challenge that comes first waits for a card', () => {
  const s = run({ type: 'waiting', text: 'CH1:X' }, { type: 'ready' }, { type: 'card', card, face });
  assert.equal(s.waiting, 'CH1:X');
  assert.equal(next(s, { type: 'request', text: 'CH1:X', read: read() }).waiting, '');
});

test('a fault while busy goes back to where it can be tried again', () => {
  assert.equal(run({ type: 'ready' }, { type: 'making' }, { type: 'note', note: 'card.failed' }).step, 'pick');
  assert.equal(run(...asked, { type: 'signing' }, { type: 'note', note: 'reason.malformed' }).step, 'scan');
});

test('an answer that was not sent can be sent again', () => {
  const answer = { text: 'KB1:X', size: 21, bits: '', expires: t0 + 60_000, post: { url: '', body: '', compare: '0042' } };
  const failed = run(...asked, { type: 'signing' }, { type: 'answer', answer, sent: 'failed', at: t0 });
  assert.equal(failed.sent, 'failed');
  assert.equal(next(failed, { type: 'sent' }).sent, 'sent');
  assert.equal(next(next(failed, { type: 'finish' }), { type: 'sent' }).sent, '');
});

const purpose = { code: 'internet-cafe', zh: '', en: '', tier: 'light', classes: ['B', 'C'], request: ['name', 'over18'], optional: ['photo'], rule: '', days: 0 };
const offered = [...withCard, { type: 'offer', offer: { class: 'B', purpose } }];

test('a code without a challenge shows what the purpose needs, and more only if told', () => {
  const s = run(...offered);
  assert.equal(s.step, 'offer');
  assert.deepEqual(s.chosen, ['name', 'over18']);
  const more = { ...s, face: { ...face, claims: { ...face.claims, photo: 'AA' } } };
  assert.deepEqual(next(more, { type: 'choose', claim: 'photo', on: true }).chosen, ['name', 'over18', 'photo']);
  assert.deepEqual(next(s, { type: 'choose', claim: 'address', on: true }).chosen, ['name', 'over18'], 'not allowed');
  assert.equal(next(s, { type: 'refuse' }).offer, null);
});

test('codes take each other’s place for a while, and then the holder is asked again', () => {
  const code = (at) => ({ text: `KB1:${at}`, size: 21, bits: '', expires: at + 90_000, renewAt: at + 60_000, post: null });
  let s = run(...offered, { type: 'signing' }, { type: 'answer', answer: code(t0), sent: '', at: t0 });
  assert.equal(due(s, t0 + 59_999), false);
  assert.equal(due(s, t0 + 60_000), true);
  s = next(s, { type: 'renewed', answer: code(t0 + 60_000), at: t0 + 60_000 });
  assert.equal(s.answer.text, `KB1:${t0 + 60_000}`);
  assert.equal(s.since, t0);
  const late = { ...s, answer: code(t0 + renewMs - 60_000) };
  assert.equal(due(late, t0 + renewMs), false);
  assert.equal(due({ ...late, offer: { class: 'C', purpose } }, t0 + renewMs), true, 'a day code stays');
  assert.equal(next(late, { type: 'tick', at: t0 + renewMs + 30_000 }).step, 'timeout');
  assert.equal(next(run(...asked), { type: 'renewed', answer: code(t0), at: t0 }).step, 'ask');
});

test('a loss is written on the card, and forgetting takes the list along', () => {
  const past = [{ at: t0, way: 'A', party: 'DEMO', purpose: { zh: '', en: '' }, claims: ['name'] }];
  let s = run(...withCard, { type: 'past', past }, { type: 'lost', lost: true });
  assert.equal(s.card.lost, true);
  assert.equal(s.note, 'card.loss.done');
  s = next(s, { type: 'lost', lost: false });
  assert.equal(s.card.lost, false);
  assert.deepEqual(next(s, { type: 'pick' }).past, past, 'another card, the same phone');
  assert.deepEqual(next(s, { type: 'forget' }).past, []);
  assert.equal(run({ type: 'ready' }, { type: 'lost', lost: true }).card, null);
});

test('an answer that is not read is shown in parts, and so are those that follow', () => {
  const code = { text: 'KB1:X', size: 21, bits: '', parts: [], expires: t0 + 90_000, renewAt: t0 + 60_000, post: null };
  const s = run(...offered, { type: 'signing' }, { type: 'answer', answer: code, sent: '', at: t0 }, { type: 'parts', parts: [{ size: 21, bits: '' }] });
  assert.equal(s.inParts, true);
  assert.deepEqual([s.answer.size, s.answer.parts.length, s.answer.text], [0, 1, 'KB1:X']);
  assert.equal(next(s, { type: 'finish' }).inParts, false);
  assert.equal(next(run(...asked), { type: 'parts', parts: [] }).step, 'ask');
});

test('a copy stays, whatever the time', () => {
  const code = { text: 'KB1:X', size: 21, bits: '', parts: [], expires: t0 + 90_000, renewAt: t0 + 60_000, post: null };
  const s = run(...offered, { type: 'signing' }, { type: 'answer', answer: code, sent: '', at: t0 }, { type: 'copy' });
  assert.equal(s.step, 'copy');
  assert.equal(due(s, t0 + 61_000), false);
  assert.equal(next(s, { type: 'tick', at: t0 + 1e9 }), s);
  assert.equal(next(s, { type: 'again' }).answer, null);
});
