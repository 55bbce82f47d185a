import assert from 'node:assert/strict';
import test from 'node:test';
import { Engine, EngineError } from './client.js';

/** A worker that only writes down what it is sent. */
class Double {
  sent = [];
  ended = false;
  postMessage(message) { this.sent.push(message); }
  terminate() { this.ended = true; }
  say(reply) { this.onmessage({ data: reply }); }
  answer(value) { this.say({ kind: 'answer', id: this.sent.at(-1).id, answer: value, memory: 5, took: 1 }); }
}

function start() {
  const workers = [];
  const heard = [];
  const engine = new Engine({
    onReady: () => heard.push('ready'),
    onCrash: (message, final) => heard.push(`${message}${final ? ', for good' : ''}`),
    spawn: () => { const worker = new Double(); workers.push(worker); return worker; },
  });
  return { engine, workers, heard };
}

function frame() {
  return { displayWidth: 2, closed: false, close() { this.closed = true; } };
}

test('a call is JSON with its operation, and its answer comes back', async () => {
  const { engine, workers } = start();
  workers[0].say({ kind: 'ready', memory: 3 });
  assert.equal(engine.memory, 3);
  const call = engine.call('encode', { text: 'A', level: 'M' });
  assert.deepEqual(JSON.parse(workers[0].sent[0].request), { op: 'encode', text: 'A', level: 'M' });
  workers[0].answer({ size: 21, bits: '' });
  assert.deepEqual(await call, { size: 21, bits: '' });
  assert.equal(engine.memory, 5);
  engine.stop();
});

test('an error of the engine keeps its code', async () => {
  const { engine, workers } = start();
  workers[0].say({ kind: 'ready', memory: 3 });
  const call = engine.call('holder.read', { now: 0, text: '', anchor: '', trust: '', policy: '' });
  workers[0].answer({ error: { code: 'other-code', message: 'x' } });
  await assert.rejects(call, (fault) => fault instanceof EngineError && fault.code === 'other-code');
  engine.stop();
});

test('one frame is in flight, late ones are dropped and closed', async () => {
  const { engine, workers } = start();
  assert.equal(engine.scanFrame(frame()), null, 'not before the engine is ready');
  workers[0].say({ kind: 'ready', memory: 3 });
  const first = engine.scanFrame(frame());
  const late = frame();
  assert.equal(engine.scanFrame(late), null);
  assert.ok(late.closed);
  assert.equal(workers[0].sent.length, 1);
  workers[0].answer({ text: null, width: 2, height: 2, rung: 'frame' });
  assert.deepEqual(await first, { text: null, width: 2, height: 2, rung: 'frame' });
  assert.deepEqual([engine.rung, engine.memory], ['frame', 5]);
  await null;
  const third = engine.scanFrame(frame());
  engine.stop();
  await assert.rejects(third, (fault) => fault.code === 'engine-crashed');
});

test('a stream of frames has one follower, who hears of its frames and its end', () => {
  const { engine, workers } = start();
  workers[0].say({ kind: 'ready', memory: 3 });
  const heard = [];
  const follower = (name) => ({ onFrame: (report) => heard.push(`${name} ${report.text}`), onEnd: () => heard.push(`${name} ended`) });
  const seen = (stream, text) => workers[0].say({ kind: 'seen', stream, since: 0, report: { text, rung: 'processor' }, memory: 7, took: 1 });
  const end = engine.follow('first', follower('a'));
  const { stream } = workers[0].sent.at(-1);
  seen(stream, 'x');
  assert.deepEqual([engine.rung, engine.memory], ['processor', 7]);
  end();
  assert.equal(workers[0].sent.at(-1).frames, null);
  seen(stream, 'late');
  workers[0].say({ kind: 'ended', stream });
  engine.follow('second', follower('b'));
  end();
  const second = workers[0].sent.at(-1);
  assert.equal(second.frames, 'second', 'what ended the first leaves the second alone');
  seen(second.stream, 'y');
  workers[0].say({ kind: 'ended', stream: second.stream });
  engine.follow('third', follower('c'));
  engine.crash('trap');
  engine.stop();
  assert.deepEqual(heard, ['a x', 'b y', 'b ended', 'c ended']);
});

test('a fresh worker begins at the same rung', () => {
  const { engine, workers } = start();
  engine.ladder('webgl');
  engine.start();
  for (const worker of workers) assert.deepEqual(worker.sent, [{ id: 0, kind: 'ladder', rung: 'webgl' }]);
  engine.stop();
});

test('a crash rejects what was asked and starts a fresh worker', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { engine, workers, heard } = start();
  workers[0].say({ kind: 'ready', memory: 3 });
  const call = engine.call('encode', { text: 'A', level: 'M' });
  workers[0].say({ kind: 'crashed', message: 'trap' });
  await assert.rejects(call, (fault) => fault.code === 'engine-crashed');
  assert.ok(workers[0].ended);
  t.mock.timers.tick(0);
  assert.equal(workers.length, 2);
  workers[1].say({ kind: 'ready', memory: 3 });
  assert.deepEqual(heard, ['ready', 'trap', 'ready']);
  workers[0].say({ kind: 'crashed', message: 'late word of the first' });
  assert.equal(engine.state, 'ready');
  engine.stop();
});

test('an engine that hangs counts as crashed', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { engine, workers, heard } = start();
  workers[0].say({ kind: 'ready', memory: 3 });
  const call = engine.call('encode', { text: 'A', level: 'M' });
  t.mock.timers.tick(15_000);
  await assert.rejects(call, (fault) => fault.code === 'engine-crashed');
  assert.deepEqual(heard, ['ready', 'no answer']);
  engine.stop();
});

test('after several crashes in a row a person has to start it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { workers, heard } = start();
  for (let i = 0; i < 5; i++) {
    workers.at(-1).say({ kind: 'crashed', message: 'trap' });
    t.mock.timers.tick(60_000);
  }
  assert.equal(workers.length, 5);
  assert.deepEqual(heard, ['trap', 'trap', 'trap', 'trap', 'trap, for good']);
});
