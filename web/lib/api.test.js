import assert from 'node:assert/strict';
import test from 'node:test';
import { Api, ApiError } from './api.js';

/** An Api whose requests are answered by a function, with what it reported. */
function api(answer) {
  const seen = { requests: [], network: [], clock: [] };
  const client = new Api({
    fetch: async (url, init) => { seen.requests.push([url, init]); return answer(url, init); },
    onNetwork: (state) => seen.network.push(state),
    onClock: (skew) => seen.clock.push(skew),
  });
  return { client, seen };
}

function problem(status, code) {
  return new Response(JSON.stringify({ code }), { status, headers: { 'content-type': 'application/problem+json' } });
}

test('a problem becomes an error with its reason code', async () => {
  const { client, seen } = api(() => problem(429, 'rate-limited'));
  await assert.rejects(client.challenge('internet-cafe', 'demo-cafe'), (fault) => fault instanceof ApiError && fault.code === 'rate-limited' && fault.status === 429);
  assert.deepEqual(seen.network, ['online'], 'a refusal is an answer');
});

test('no answer is offline, with status 0', async () => {
  const { client, seen } = api(() => { throw new TypeError('failed to fetch'); });
  await assert.rejects(client.config(), (fault) => fault instanceof ApiError && fault.status === 0);
  assert.deepEqual(await client.redeem('{}'), { status: 0, body: '' });
  assert.deepEqual(seen.network, ['offline', 'offline']);
});

test('a proxy without its server is offline too', async () => {
  const { client, seen } = api(() => new Response('<html>', { status: 502 }));
  await assert.rejects(client.people(), (fault) => fault.code === 'internal');
  assert.deepEqual(seen.network, ['offline']);
});

test('redeem hands over whatever came, untouched', async () => {
  const { client, seen } = api(() => problem(409, 'nonce-used'));
  assert.deepEqual(await client.redeem('{"nonce":"x"}'), { status: 409, body: '{"code":"nonce-used"}' });
  assert.equal(seen.requests[0][1].body, '{"nonce":"x"}');
  assert.equal(seen.requests[0][1].headers['Content-Type'], 'application/json');
});

test('the clock is read off fresh answers only', async () => {
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  const fresh = api(() => new Response('[]', { headers: { date } }));
  await fresh.client.people();
  assert.ok(Math.abs(fresh.seen.clock[0] - 3_600_000) < 5000);
  const cached = api(() => new Response('[]', { headers: { date, age: '5' } }));
  await cached.client.people();
  assert.deepEqual(cached.seen.clock, []);
});
