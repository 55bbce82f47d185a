import assert from 'node:assert/strict';
import test from 'node:test';
import { Capture } from './capture.js';
import { readSight, turned } from './sight.js';

/** An engine whose memory moves each time that a buffer is asked for. */
class Memory {
  webgl = 0;
  mem = { buffer: new ArrayBuffer(0) };
  buffer(bytes) {
    this.mem = { buffer: new ArrayBuffer(bytes + 8) };
    return 8;
  }
  prepareWebGL() {
    return this.webgl;
  }
  get bytes() {
    return [...new Uint8Array(this.mem.buffer, 8)];
  }
}

/** A frame of 3 by 2 pixels in a format, with rows of four bytes. */
function frame(format, planes = 1) {
  return {
    format, visibleRect: { width: 3, height: 2 }, displayWidth: 3, displayHeight: 2, rotation: 90,
    allocationSize: () => 8 * planes,
    async copyTo(view) {
      view.fill(9).set([1, 2, 3, 0, 4, 5, 6, 0]);
      return [{ offset: 0, stride: 4 }, { offset: 8, stride: 4 }];
    },
  };
}

/** A 2D canvas of one grey. */
function withCanvas(t, grey) {
  globalThis.OffscreenCanvas = class {
    constructor(width, height) { Object.assign(this, { width, height }); }
    getContext() {
      return { fillRect() {}, drawImage() {}, getImageData: (x, y, w, h) => ({ data: new Uint8ClampedArray(w * h * 4).fill(grey) }) };
    }
  };
  t.after(() => { delete globalThis.OffscreenCanvas; });
}

function withWebGL(t, change = {}) {
  const calls = [];
  globalThis.frameToLuma = {
    canvas: { width: 1, height: 1 }, view: (...size) => calls.push(['view', ...size]), upload: () => calls.push('upload'), draw: () => calls.push('draw'),
    read: (x, y, w, h, format, type, into) => into.fill(7), fault: () => 0, lost: () => false, ...change,
  };
  t.after(() => { delete globalThis.frameToLuma; });
  return calls;
}

test('the plane of luma is copied as it lies', async () => {
  for (const format of ['I420', 'NV12']) {
    const memory = new Memory();
    const capture = new Capture(memory);
    assert.deepEqual(await capture.take(frame(format)), { width: 3, height: 2, stride: 4, degrees: 90 });
    assert.deepEqual(memory.bytes, [1, 2, 3, 0, 4, 5, 6, 0]);
    assert.equal(capture.rung, 'processor');
  }
});

test('a frame without luma goes the next way, and so do those after it', async (t) => {
  withCanvas(t, 50);
  const calls = withWebGL(t);
  const memory = new Memory();
  memory.webgl = 1;
  const capture = new Capture(memory);
  for (const format of ['BGRX', null, 'I420']) {
    assert.deepEqual(await capture.take(frame(format)), { width: 3, height: 2, stride: 4, degrees: 0 });
    assert.equal(capture.rung, 'webgl');
  }
  assert.deepEqual(memory.bytes, Array(8).fill(7));
  assert.deepEqual(calls, [['view', 0, 0, 1, 2], 'upload', 'draw', 'upload', 'draw', 'upload', 'draw'], 'sized once');
  capture.begin('processor');
  await capture.take(frame('NV12'));
  assert.equal(capture.rung, 'processor');
});

test('a way that fails hands its frame to the next one', async (t) => {
  withCanvas(t, 50);
  const broken = { ...frame('I420'), copyTo: () => Promise.reject(new Error('no')) };
  for (const change of [{ lost: () => true }, { fault: () => 1281 }, { upload() { throw new Error('no'); } }]) {
    withWebGL(t, change);
    const memory = new Memory();
    memory.webgl = 1;
    const capture = new Capture(memory);
    assert.deepEqual(await capture.take(broken), { width: 3, height: 2, stride: 3, degrees: 0 });
    assert.equal(capture.rung, 'canvas');
    assert.deepEqual(memory.bytes, Array(6).fill(50));
  }
});

test('the last way has no next', async () => {
  const capture = new Capture(new Memory());
  capture.begin('canvas');
  await assert.rejects(capture.take(frame('I420')));
});

test('a bitmap is never copied', async (t) => {
  withCanvas(t, 200);
  const capture = new Capture(new Memory());
  assert.deepEqual(await capture.take({ width: 5, height: 4 }), { width: 5, height: 4, stride: 5, degrees: 0 });
  assert.equal(capture.rung, 'canvas');
});

test('a sight is read from memory, and turned with its frame', () => {
  const { buffer } = new Float32Array([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  assert.deepEqual(readSight(buffer, 8), {
    corners: [[1, 2], [3, 4], [5, 6], [7, 8]], module: 9, blur: 10, smear: 11, clipped: 12, light: 13, dark: 14, seen: 15, have: 16, parts: 17,
  });
  assert.deepEqual([0, 90, 180, 270].map((degrees) => turned([1, 2], 10, 20, degrees)), [[1, 2], [18, 1], [9, 18], [2, 9]]);
});
