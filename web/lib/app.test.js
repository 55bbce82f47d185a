import assert from 'node:assert/strict';
import test from 'node:test';
import { App, longMs } from './app.js';
import { Copies } from './copies.js';
import { initial } from './flow.js';
import { isIdle } from './presence.js';

/** Web Locks as far as the pages use them, shared by pages that are given the same. */
class Locks {
  /** @type {{mode: string, free: () => void, lost: (fault: Error) => void}[]} */
  held = [];
  /** @type {(() => boolean)[]} */
  queue = [];

  request(name, options, work) {
    const { mode = 'exclusive', ifAvailable, steal, signal } = options;
    return new Promise((resolve, reject) => {
      const grant = () => {
        const one = { mode, lost: reject };
        this.held.push(one);
        Promise.resolve(work({ name, mode })).finally(() => {
          this.held = this.held.filter((other) => other !== one);
          this.queue = this.queue.filter((waiting) => !waiting());
        }).then(resolve, reject);
      };
      const free = () => this.held.every((other) => mode === 'shared' && other.mode === 'shared');
      if (steal) {
        const fault = Object.assign(new Error('stolen'), { name: 'AbortError' });
        for (const one of this.held.splice(0)) one.lost(fault);
        return grant();
      }
      if (free()) return grant();
      if (ifAvailable) return resolve(work(null));
      const waiting = () => {
        if (signal?.aborted) return reject(Object.assign(new Error('aborted'), { name: 'AbortError' })), true;
        return free() && (grant(), true);
      };
      this.queue.push(waiting);
      signal?.addEventListener('abort', () => { this.queue = this.queue.filter((other) => other !== waiting || !waiting()); });
    });
  }
}

const moment = () => new Promise((done) => setTimeout(done, 5));

/** A page with a registration that a test can put a new build into. */
function page({ locks = new Locks(), register = true } = {}) {
  const it = { at: 1_000_000, idle: true, told: [], late: [], loaded: 0, listeners: {}, registration: { waiting: null, update: async () => { it.looked++; } }, looked: 0, locks };
  const container = {
    controller: {},
    addEventListener: (type, listener) => { it.listeners[type] = listener; },
    register: async (url, options) => {
      it.registered = { url, ...options };
      if (!register) throw new Error('refused');
      return it.registration;
    },
  };
  it.app = new App({ idle: () => it.idle, onLate: (late) => it.late.push(late), container, locks, settled: () => true, reload: () => it.loaded++, now: () => it.at, pause: () => new Promise(() => {}) });
  it.wait = () => { it.registration.waiting = { postMessage: (word) => it.told.push(word) }; };
  it.tick = async () => { it.app.tick(); await moment(); };
  return it;
}

test('the service worker is registered for the whole app once the page works', async () => {
  const it = page();
  it.app.settled = () => false;
  await it.tick();
  assert.equal(it.registered, undefined);
  it.app.settled = () => true;
  await it.tick();
  assert.match(it.registered.url, /\/web\/sw\.js$/);
  assert.equal(it.registered.url, `file://${it.registered.scope}web/sw.js`);
  assert.equal(it.registered.updateViaCache, 'none');
});

test('a page that is refused its service worker goes on, and asks no more', async () => {
  const it = page({ register: false });
  await it.tick();
  it.registered = undefined;
  it.at += 3_700_000;
  await it.tick();
  assert.equal(it.registered, undefined);
  assert.equal(it.loaded, 0);
});

test('a new build is taken by a page that nobody touched, and not by a busy one', async () => {
  const it = page();
  await it.tick();
  it.idle = false;
  it.wait();
  await it.tick();
  assert.deepEqual(it.told, []);
  it.idle = true;
  it.app.touch();
  it.at += 14_000;
  await it.tick();
  assert.deepEqual(it.told, []);
  it.at += 1000;
  await it.tick();
  await it.tick();
  assert.deepEqual(it.told, ['take']);
});

test('a busy page keeps a new build from all of them', async () => {
  const locks = new Locks();
  const [one, other] = [page({ locks }), page({ locks })];
  await one.tick();
  other.idle = false;
  await other.tick();
  one.wait();
  await one.tick();
  assert.deepEqual(one.told, []);
  other.idle = true;
  await other.tick();
  await one.tick();
  assert.deepEqual(one.told, ['take']);
});

test('the page is loaded anew when another build answers and it is idle, not before', async (t) => {
  const it = page();
  t.mock.method(globalThis, 'setInterval', () => 0);
  it.app.start({ addEventListener: () => {} });
  await it.tick();
  it.idle = false;
  it.listeners.controllerchange();
  await it.tick();
  assert.equal(it.loaded, 0);
  it.idle = true;
  await it.tick();
  await it.tick();
  assert.equal(it.loaded, 1);
});

test('a build that has to wait long is told of, once', async () => {
  const it = page();
  await it.tick();
  it.idle = false;
  it.wait();
  await it.tick();
  it.at += longMs;
  await it.tick();
  assert.deepEqual(it.late, []);
  it.at += 1;
  await it.tick();
  await it.tick();
  assert.deepEqual(it.late, [true]);
  it.registration.waiting = null;
  await it.tick();
  assert.deepEqual(it.late, [true, false]);
});

test('a page that stays open looks for a new build every hour', async () => {
  const it = page();
  await it.tick();
  it.at += 3_599_000;
  await it.tick();
  assert.equal(it.looked, 0);
  it.at += 2000;
  await it.tick();
  await it.tick();
  assert.equal(it.looked, 1);
});

test('nothing would be lost only without check, verdict and answer', () => {
  const now = 1000;
  assert.ok(isIdle(initial(), now));
  for (const busy of [{ check: {} }, { waiting: {} }, { verdict: {} }, { arrived: [{}] }, { openedUntil: now + 1 }]) {
    assert.ok(!isIdle({ ...initial(), ...busy }, now), JSON.stringify(busy));
  }
});

/** A copy of the staff page; what it was told is in `told`. */
function copy(locks) {
  const kept = new Map();
  const it = { told: [] };
  it.session = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  it.open = () => {
    it.copies = new Copies({ onChange: (asleep) => it.told.push(asleep ? 'asleep' : 'awake'), locks, session: it.session });
    return it.copies.start();
  };
  return it;
}

test('of two copies the later sleeps, until it is woken; then the other does', async () => {
  const locks = new Locks();
  const [one, other] = [copy(locks), copy(locks)];
  await one.open();
  await other.open();
  assert.deepEqual([one.told, other.told], [[], ['asleep']]);
  other.copies.wake();
  await moment();
  assert.deepEqual([one.told, other.told], [['asleep'], ['asleep', 'awake']]);
  one.copies.wake();
  await moment();
  assert.deepEqual([one.copies.asleep, other.copies.asleep], [false, true]);
});

test('a copy that is loaded again is awake as before, one that is left wakes the other', async () => {
  const locks = new Locks();
  const [one, other] = [copy(locks), copy(locks)];
  await one.open();
  await other.open();
  one.copies.leave();
  await moment();
  await one.open();
  assert.deepEqual([one.copies.asleep, other.copies.asleep], [false, true]);
  one.copies.leave();
  await new Promise((done) => setTimeout(done, 1600));
  assert.equal(other.copies.asleep, false);
});

test('without Web Locks every copy is awake', async () => {
  const it = copy(null);
  await it.open();
  assert.deepEqual(it.told, []);
});
