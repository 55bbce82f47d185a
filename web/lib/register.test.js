// Tests of the register with a shelf in memory and an engine that only counts.

import assert from 'node:assert/strict';
import test from 'node:test';
import { fromBase64url, toBase64url } from './bytes.js';
import { Register } from './register.js';

const bytes = (text) => toBase64url(new TextEncoder().encode(text));
const text = (line) => new TextDecoder().decode(typeof line === 'string' ? fromBase64url(line) : line);

/** The store's methods on a map; two registers on one are two pages of a browser. */
class Memory {
  all = new Map();
  kept = new Map();
  settings = new Map();
  broken = false;
  async books() { return [...this.all.values()]; }
  async book(id) { return this.all.get(id); }
  async setting(name) { return this.settings.get(name); }
  async set(name, value) { this.settings.set(name, value); }
  of(id) { return [...this.kept.values()].filter(({ book }) => book === id).sort((a, b) => a.number - b.number); }
  async last(id) { return this.of(id).at(-1); }
  async lines(id, from, most) { return this.of(id).filter(({ number }) => number >= from).slice(0, most); }
  async due(id, before, most) { return this.of(id).filter(({ sealedAt }) => sealedAt < before).slice(0, most); }
  async add(lines, book) {
    if (this.broken || lines.some((line) => this.kept.has(`${line.book} ${line.number}`))) throw new Error('no');
    await this.replace(lines, book);
  }
  async replace(lines, book) {
    for (const line of lines) this.kept.set(`${line.book} ${line.number}`, line);
    if (book) this.all.set(book.id, book);
  }
}

/** Lines are JSON: number, the line before, and what was sealed in the open, so that a test can see it. */
class Double {
  down = false;
  async call(op, r) {
    if (this.down) throw Object.assign(new Error('down'), { code: 'engine-crashed' });
    const last = r.last && JSON.parse(text(r.last));
    switch (op) {
      case 'register.start':
        if (r.inspector === bytes('wrong')) throw Object.assign(new Error('key'), { code: 'body-malformed' });
        return { number: 0, line: bytes(JSON.stringify({ n: 0, party: r.party.id, inspector: r.inspector, from: r.from, to: r.to, days: r.days })) };
      case 'register.append':
        if (r.seat === '990101199003077012') throw Object.assign(new Error('seat'), { code: 'body-malformed' });
        if (r.result.reason === 'never') throw Object.assign(new Error('never'), { code: 'body-malformed' });
        return { number: last.n + 1, sealed: Boolean(r.result.claims.name), line: bytes(JSON.stringify({ n: last.n + 1, before: r.last.length, ...r, result: r.result.outcome, secret: r.result.claims.name, first: 0, last: 0 })) };
      case 'register.state': {
        const { party, inspector, from, to, days } = JSON.parse(text(r.first));
        return { anchor: r.first, party: { id: party, name: '' }, inspector, from, to, days, count: last.n + 1, full: false, body: `${last.n + 1}` };
      }
      case 'register.destroy':
        return { number: last.n + 1, before: r.now - 60 * 86_400_000, line: bytes(JSON.stringify({ n: last.n + 1, destroyed: true })) };
      case 'register.strip':
        return { lines: r.lines.map((line) => bytes(JSON.stringify({ ...JSON.parse(text(line)), secret: undefined }))) };
    }
  }
}

const place = { party: { id: 'cafe', name: 'Cafe' }, days: 60, inspector: 'DEMO', seat: '3', staff: 'a1' };
const check = (id, over = {}) => ({ id, hash: '', at: 1e12, result: { outcome: 'accepted', reason: 'ok', claims: { name: `DEMO ${id}`, photo: 'x' } }, ...over });

async function start({ store = new Memory(), engine = new Double(), clock = { now: 1e12 }, sign = async () => ({ document: 'signed', at: '' }), inspector = 'DEMO' } = {}) {
  const recorded = [];
  const register = new Register({ store, engine, sign, now: () => clock.now, onRecorded: (id, number) => recorded.push([id, number]), alone: (work) => work() });
  await register.open({ ...place, inspector });
  return { register, store, engine, clock, recorded };
}

async function settled(register) {
  for (let i = 0; i < 400 && (register.busy || register.tending || register.queue.length); i++) await new Promise((resolve) => { setTimeout(resolve, 5); });
}

test('without a key no register is kept', async () => {
  const { register, store } = await start({ inspector: '' });
  assert.equal(register.standing.state, 'none');
  register.record(check(1));
  await settled(register);
  assert.equal(store.kept.size, 0);
  await assert.rejects(register.use(new TextEncoder().encode('wrong')));
  await register.use(new TextEncoder().encode('right'));
  assert.deepEqual([register.standing.state, register.standing.demo], ['ready', false]);
});

test('each check is a line behind the last, and no portrait goes with it', async () => {
  const { register, store, recorded } = await start();
  assert.equal(register.standing.demo, true);
  for (const id of [1, 2, 3]) register.record(check(id, { portrait: id === 2 ? 'same' : '' }));
  await settled(register);
  assert.deepEqual(recorded, [[1, 1], [2, 2], [3, 3]]);
  const lines = [...store.kept.values()].map(({ line }) => JSON.parse(text(line)));
  assert.deepEqual(lines.map(({ n }) => n), [0, 1, 2, 3]);
  assert.deepEqual([lines[2].portrait, lines[2].seat, lines[2].secret], ['same', '3', 'DEMO 2']);
  assert.equal(register.standing.count, 3);
});

test('a register that cannot write is tried again, with what was sealed before', async () => {
  const { register, store, recorded } = await start();
  store.broken = true;
  register.record(check(1));
  register.record(check(2));
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  assert.deepEqual([register.standing.state, register.standing.waiting], ['failing', 2]);
  register.hide(); // sealed already: the names go, the lines stay
  store.broken = false;
  await register.pump();
  await settled(register);
  assert.deepEqual(recorded, [[1, 1], [2, 2]]);
  assert.equal(register.standing.state, 'ready');
  assert.deepEqual([...store.kept.values()].slice(1).map(({ line }) => JSON.parse(text(line)).secret), ['DEMO 1', 'DEMO 2']);
});

test('a line waits for the engine', async () => {
  const { register, engine, recorded } = await start();
  engine.down = true;
  register.record(check(1));
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  assert.equal(register.standing.state, 'failing');
  engine.down = false;
  await register.open(place);
  await settled(register);
  assert.deepEqual(recorded, [[1, 1]]);
});

test('two pages do not fork the chain', async () => {
  const store = new Memory();
  const [a, b] = [await start({ store }), await start({ store })];
  a.register.record(check(1));
  await settled(a.register);
  for (let i = 0; i < 5; i++) {
    a.register.record(check(10 + i));
    b.register.record(check(20 + i));
  }
  await settled(a.register);
  await settled(b.register);
  const numbers = [...store.kept.values()].map(({ number }) => number);
  assert.deepEqual(numbers.sort((x, y) => x - y), Array.from({ length: 12 }, (_, i) => i));
});

test('what the engine refuses is tried without seat, then counted', async () => {
  const { register, recorded } = await start();
  register.place = { ...register.place, seat: '990101199003077012' };
  register.record(check(1));
  register.record(check(2, { result: { outcome: 'rejected', reason: 'never', claims: {} } }));
  register.record(check(3));
  await settled(register);
  assert.deepEqual(recorded, [[1, 1], [3, 2]]);
  assert.equal(register.standing.lost, 1);
});

test('checkpoints come with lines or time, and once for each state', async () => {
  const asked = [];
  const { register, store, clock } = await start({ sign: async (body) => { asked.push(body); return { document: `signed ${body}`, at: '' }; } });
  register.record(check(1));
  await settled(register);
  assert.deepEqual(asked, ['2']); // never signed before
  register.record(check(2));
  await settled(register);
  assert.deepEqual(asked, ['2']);
  clock.now += 11 * 60_000;
  await register.tend();
  await register.tend();
  assert.deepEqual(asked, ['2', '3']);
  const [book] = await store.books();
  assert.deepEqual([book.signed, book.checkpoints], [3, ['signed 2', 'signed 3']]);
});

test('after retention the sealed parts go, and a line says so', async () => {
  const { register, store, clock } = await start();
  register.record(check(1));
  await settled(register);
  clock.now += 61 * 86_400_000;
  await register.tend();
  const lines = [...store.kept.values()].map(({ line, sealedAt }) => ({ ...JSON.parse(text(line)), sealedAt }));
  assert.deepEqual(lines.map(({ secret }) => secret), [undefined, undefined, undefined]);
  assert.deepEqual(lines.map(({ sealedAt }) => sealedAt), [undefined, undefined, undefined]);
  assert.equal(lines[2].destroyed, true);
  await register.tend();
  assert.equal(store.kept.size, 3, 'noted once');
});

test('another retention is another register, and so is the next period', async () => {
  const { register, store, clock, recorded } = await start();
  register.record(check(1));
  await settled(register);
  await register.open({ ...place, days: 365 });
  register.record(check(2));
  await settled(register);
  await register.open(place);
  clock.now += 400 * 86_400_000;
  register.record(check(3, { at: clock.now }));
  await settled(register);
  assert.deepEqual(recorded, [[1, 1], [2, 1], [3, 1]]);
  assert.equal((await store.books()).length, 3);
});
