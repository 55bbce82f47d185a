import assert from 'node:assert/strict';
import test from 'node:test';
import { Mail } from './mail.js';

const t0 = 1_767_000_000_000;
const box = { box: 'B', pickup: 'P', expires: t0 + 60_000 };

/** A clock, sockets and an endpoint, with what happened written down. */
function stage({ sockets = true, answer = async () => ({ state: 'waiting' }), kept } = {}) {
  const world = { now: t0, timers: [], sockets: [], asked: [], heard: [], calls: [], shelf: new Map() };
  world.mail = new Mail({
    engine: { call: async (op, fields) => { world.calls.push([op, fields]); return op === 'answer.keep' ? { kept: 'KEPT' } : { boxes: kept ?? [] }; } },
    api: {
      request: async (path, { headers }) => {
        world.asked.push({ path, ...headers, at: world.now - t0 });
        const news = await answer(path);
        return { ok: news.status === undefined, status: news.status ?? 200, json: async () => news };
      },
    },
    shelf: { get: async (key) => world.shelf.get(key), put: async (key, value) => void world.shelf.set(key, value) },
    onOpened: (until) => world.heard.push(['opened', until]),
    onAnswer: (sealed) => world.heard.push(['answer', sealed]),
    socket: (path, protocol) => {
      const socket = { path, protocol, sent: [], closed: false, send(text) { this.sent.push(text); }, close() { if (!this.closed) { this.closed = true; this.onclose(); } } };
      world.sockets.push(socket);
      queueMicrotask(() => (sockets ? socket.onopen() : socket.close()));
      return socket;
    },
    now: () => world.now,
    later: (run, ms) => world.timers.push({ run, at: world.now + ms }),
  });
  world.say = (news, at = -1) => world.sockets.at(at).onmessage({ data: JSON.stringify(news) });
  world.settle = async () => { for (let i = 0; i < 20; i++) await null; };
  world.pass = async (ms) => {
    const end = world.now + ms;
    await world.settle();
    for (;;) {
      world.timers.sort((a, b) => a.at - b.at);
      if (!world.timers.length || world.timers[0].at > end) break;
      const timer = world.timers.shift();
      world.now = timer.at;
      timer.run();
      await world.settle();
    }
    world.now = end;
  };
  return world;
}

test('an answer comes by a socket and is acknowledged', async () => {
  const world = stage();
  world.mail.listen(box);
  world.mail.listen(box);
  await world.settle();
  assert.deepEqual(world.sockets.map(({ path, protocol }) => [path, protocol]), [['/v1/challenges/B/events', 'jz.P']]);
  world.say({ state: 'opened' });
  world.say({ state: 'answered', ciphertext: 'AA' });
  world.say({ state: 'answered', ciphertext: 'AA' });
  world.sockets[0].close();
  await world.pass(60_000);
  assert.deepEqual(world.heard, [['opened', box.expires], ['answer', { box: 'B', ciphertext: 'AA' }]]);
  assert.deepEqual(world.sockets[0].sent, ['got', 'got']);
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(world.asked, []);
});

test('a socket that breaks is opened again, until the challenge is over', async () => {
  const world = stage();
  world.mail.listen(box);
  await world.settle();
  world.sockets[0].close();
  await world.pass(10_000);
  assert.equal(world.sockets.length, 2);
  await world.pass(60_000);
  assert.ok(world.sockets.every(({ closed }) => closed));
  assert.equal(world.sockets.length, 2);
  assert.equal(world.mail.boxes.size, 0);
});

test('without sockets it asks: long about the newest and the opened, briefly about the others', async () => {
  const states = new Map([['B', { state: 'waiting' }], ['C', { state: 'waiting' }]]);
  let hold = () => {};
  const world = stage({ sockets: false, answer: async (path) => {
    const news = states.get(path.split('/')[3]);
    if (path.includes('/C/')) await new Promise((done) => { hold = () => done(null); });
    return news;
  } });
  world.mail.listen(box);
  world.mail.listen({ ...box, box: 'C' });
  await world.pass(5000);
  const waits = (id) => new Set(world.asked.filter(({ path }) => path.includes(`/${id}/`)).map(({ Prefer }) => Prefer));
  assert.deepEqual(waits('B'), new Set(['wait=0']));
  assert.deepEqual(waits('C'), new Set(['wait=10']));
  assert.ok(world.asked.length <= 5, `${world.asked.length} questions in five seconds`);
  assert.equal(world.asked[0].Authorization, 'Pickup P');
  states.set('B', { state: 'opened' });
  await world.pass(2000);
  assert.deepEqual(world.heard, [['opened', box.expires]]);
  states.set('B', { state: 'answered', ciphertext: 'AA' });
  await world.pass(2000);
  assert.deepEqual(world.heard.at(-1), ['answer', { box: 'B', ciphertext: 'AA' }]);
  const last = world.asked.filter(({ path }) => path.includes('/B/')).at(-1);
  assert.deepEqual([last.path, last.Prefer], ['/v1/challenges/B/response?seen=opened', 'wait=10']);
  hold();
});

test('where nobody answers it asks seldom, and ends with the challenge', async () => {
  const world = stage({ sockets: false, answer: async () => { throw new Error('no network'); } });
  world.mail.listen(box);
  await world.pass(120_000);
  assert.ok(world.asked.length >= 5 && world.asked.length <= 13, `${world.asked.length} questions`);
  assert.ok(world.asked.at(-1).at < 60_000);
  assert.deepEqual(world.heard, []);
});

test('a socket that never opens is given up', async () => {
  const world = stage({ answer: async () => ({ state: 'answered', ciphertext: 'AA' }) });
  const { socket } = world.mail;
  world.mail.socket = (...args) => { const s = socket(...args); s.onclose = () => {}; queueMicrotask(() => {}); Object.defineProperty(s, 'onopen', { get: () => () => {}, set: () => {} }); return s; };
  world.mail.listen(box);
  await world.pass(5000);
  assert.equal(world.heard.length, 1);
});

test('what is kept returns to the engine, under a key that stays here', async () => {
  const session = new Map();
  globalThis.sessionStorage = { getItem: (key) => session.get(key) ?? null, setItem: (key, value) => session.set(key, value) };
  const world = stage({ kept: [box] });
  await world.mail.restore();
  assert.deepEqual(world.calls, [], 'nothing was kept');
  await world.mail.keep();
  await world.mail.restore();
  await world.settle();
  const [[, { wrap }], [, restored]] = world.calls;
  assert.match(wrap, /^[\w-]{43}$/);
  assert.deepEqual(restored, { now: t0, wrap, kept: 'KEPT' });
  assert.equal(world.shelf.get('mail').extractable, false);
  assert.equal(world.sockets.length, 1);
  assert.deepEqual([...session.values()], ['KEPT']);
});
