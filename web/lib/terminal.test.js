import assert from 'node:assert/strict';
import test from 'node:test';
import { Api, ApiError } from './api.js';
import { Terminal, ticketOf } from './terminal.js';

const hour = 3_600_000;
const start = Date.parse('2026-11-21T08:00:00Z');

function answer(token, issued = start) {
  return { token, terminal: 'desk-1', party: { id: 'bank', name: '演示银行', purposes: ['bank-account', 'online-login'] }, issued: new Date(issued).toISOString(), expires: '' };
}

function terminal(api, kept = new Map()) {
  const state = { now: start, kept };
  const made = new Terminal({
    api,
    recall: (name) => kept.get(name) ?? null,
    remember: (name, value) => void kept.set(name, value),
    now: () => state.now,
  });
  return { made, state };
}

test('a link holds a ticket, other fragments do not', () => {
  assert.equal(ticketOf(`#enrol=${'Ab-_9'.repeat(10)}`), 'Ab-_9'.repeat(10));
  for (const hash of ['', '#', '#enrol=', '#enrol=AAAA', `#enrol=${'A'.repeat(60)}&x=1`, `#x=${'A'.repeat(60)}`, `#enrol=${'A'.repeat(401)}`]) assert.equal(ticketOf(hash), '');
});

test('a ticket becomes a token that is kept', async () => {
  const kept = new Map();
  const { made } = terminal({ enrol: async (ticket) => answer(`token of ${ticket}`) }, kept);
  assert.equal(made.token, '');
  assert.equal(await made.enrol('T'), '');
  assert.equal(made.token, 'token of T');
  assert.equal(terminal({}, kept).made.token, 'token of T');
});

test('a refusal changes nothing and says why', async () => {
  const kept = new Map([['terminal', JSON.stringify(answer('old'))]]);
  const { made } = terminal({ enrol: async () => { throw new ApiError('enrolment-invalid', 403); } }, kept);
  assert.equal(await made.enrol('T'), 'enrolment-invalid');
  assert.equal(made.token, 'old');
});

test('a token is renewed once a day', async () => {
  let asked = 0;
  const { made, state } = terminal({ renew: async () => { asked++; return answer('new', state.now); } }, new Map([['terminal', JSON.stringify(answer('old'))]]));
  await made.renew();
  assert.equal(asked, 0);
  state.now += 25 * hour;
  assert.equal(await made.renew(), '');
  assert.equal(made.token, 'new');
  await made.renew();
  assert.equal(asked, 1);
});

test('what was kept in another form is forgotten', () => {
  for (const text of ['', '{', 'null', '7', '{}', '{"token":1}', '{"token":"x"}']) assert.equal(terminal({}, new Map([['terminal', text]])).made.token, '');
});

test('a counter has its own party and purposes', () => {
  const config = { party: { id: 'cafe', name: '网吧' }, purpose: 'internet-cafe', demo: false };
  const purposes = [{ code: 'bank-account' }, { code: 'hotel' }];
  const nobody = terminal({}).made;
  assert.deepEqual(nobody.place(config), config);
  assert.deepEqual(nobody.open(purposes), purposes);
  const { made } = terminal({}, new Map([['terminal', JSON.stringify(answer('t'))]]));
  assert.deepEqual(made.place(config), { party: { id: 'bank', name: '演示银行' }, purpose: 'bank-account', demo: false });
  assert.deepEqual(made.place({ ...config, purpose: 'online-login' }).purpose, 'online-login');
  assert.deepEqual(made.open(purposes), [{ code: 'bank-account' }]);
});

test('the token goes with challenges, redemptions and renewals, and nowhere else', async () => {
  const seen = {};
  const api = new Api({
    token: () => 'secret',
    fetch: async (url, init) => { seen[url] = init.headers?.Authorization; return new Response('{}'); },
  });
  await api.challenge('hotel', 'x');
  await api.redeem('{}');
  await api.renew();
  await api.enrol('ticket');
  await api.config();
  await api.list('/v1/trust');
  assert.deepEqual(seen, {
    '/v1/challenges': 'Bearer secret', '/v1/redeem': 'Bearer secret', '/v1/terminals/renew': 'Bearer secret',
    '/v1/terminals': undefined, '/config.json': undefined, '/v1/trust': undefined,
  });
});
