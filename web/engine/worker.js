// Web Worker that hosts the Go engine. Pixels go straight into the engine's memory,
// everything else crosses as JSON. One piece of work at a time: a copy into memory
// must not be overtaken by a call that may move that memory.

/** @typedef {import('../types/engine.js').WorkerRequest} WorkerRequest */
/** @typedef {import('../types/engine.js').WorkerReply} WorkerReply */
/** @typedef {import('../types/engine.js').FrameReport} FrameReport */

import { Capture } from './capture.js';
import { readSight, turned } from './sight.js';

/**
 * The exports of wasm/main_js.go.
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} mem
 * @property {(bytes: number) => number} buffer   pointer to a kept buffer of at least so many bytes
 * @property {(bytes: number) => number} call     answers the JSON in the buffer; returns its length
 * @property {(bytes: number) => number} feed     the buffer is a piece of a register; answers as call does
 * @property {() => number} answer                pointer to that answer
 * @property {() => void} wipe                    writes over what is left of a person nobody asks about any more
 * @property {(width: number, height: number, stride: number) => number} scan   a still; answers as call does
 * @property {(width: number, height: number, stride: number) => number} watch  a frame of a video; length of its text, or -1
 * @property {() => number} sight                 pointer to what that frame showed
 * @property {(slow: number) => number} prepareWebGL
 */

/** The engine and the runtime's script of the toolchain that compiled it. */
const engineURL = new URL('../../dist/engine/engine.wasm', import.meta.url);
const runtimeURL = new URL('../../dist/engine/wasm_exec.js', import.meta.url);

/**
 * The engine's hash in the words of Subresource Integrity: a release writes it here, and
 * nothing else runs then.
 */
const integrity = typeof ENGINE_INTEGRITY === 'string' ? ENGINE_INTEGRITY : '';

/** Longest edges at which a still image is tried, in turn. A phone photo needs no more to be read. */
const stillEdges = [1600, 3600];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const post = /** @type {(reply: WorkerReply) => void} */ (/** @type {unknown} */ (self.postMessage.bind(self)));

/** @type {Exports} */
let engine;
let broken = false;

/** @type {Capture} */
let capture;

/** The stream of frames that is read by itself, and its number. */
let streamed = 0;
/** @type {ReadableStreamDefaultReader<VideoFrame> | null} */
let reader = null;

const ready = start();
let queue = ready;

self.onmessage = (event) => {
  const message = /** @type {WorkerRequest} */ (event.data);
  void turn(() => serve(message));
};

/**
 * Does a piece of work when those before it are done.
 * @param {() => unknown} work
 */
function turn(work) {
  queue = queue.then(work).then(() => {}, crash);
  return queue;
}

async function start() {
  try {
    const [module] = await Promise.all([compile(), import(runtimeURL.href)]);
    const go = new Go();
    // What the engine lets go of is written over, so that no portrait lies about in its memory.
    go.env = { GODEBUG: 'clobberfree=1' };
    const kernel = await compileKernel(module);
    /** @type {any} The kernel's exports: it works on the engine's memory, so it can only start after. */
    let loops = null;
    const instance = await WebAssembly.instantiate(module, {
      ...go.importObject,
      kernel: {
        present: () => Number(loops !== null),
        /** @type {(out: number, input: number, n: number) => number} */
        luma: (out, input, n) => loops.luma(out, input, n),
        /** @type {(out: number, input: number, w: number, h: number, stride: number) => void} */
        half: (out, input, w, h, stride) => loops.half(out, input, w, h, stride),
        /** @type {(sums: number, row: number, input: number, stride: number, pairs: number, n: number, all: number) => void} */
        blocks: (sums, row, input, stride, pairs, n, all) => loops.blocks(sums, row, input, stride, pairs, n, all),
        /** @type {(thresholds: number, sums: number, w: number, h: number, contrast: number, line: number) => void} */
        smooth: (thresholds, sums, w, h, contrast, line) => loops.smooth(thresholds, sums, w, h, contrast, line),
        /** @type {(out: number, row: number, input: number, stride: number, h: number, thresholds: number, blocks: number, pairs: number, invert: number) => void} */
        cut: (out, row, input, stride, h, thresholds, blocks, pairs, invert) =>
          loops.cut(out, row, input, stride, h, thresholds, blocks, pairs, invert),
        /** @type {(out: number, head: number, words: number, row: number, w: number, h: number, y: number, step: number, room: number) => void} */
        scan: (out, head, words, row, w, h, y, step, room) => loops.scan(out, head, words, row, w, h, y, step, room),
        /** @type {(out: number, input: number, w: number, h: number, stride: number, r: number, scale: number, sums: number) => void} */
        soften: (out, input, w, h, stride, r, scale, sums) => loops.soften(out, input, w, h, stride, r, scale, sums),
        /** @type {(out: number, row: number, input: number, stride: number, around: number, w: number, h: number, times: number) => void} */
        boost: (out, row, input, stride, around, w, h, times) => loops.boost(out, row, input, stride, around, w, h, times),
      },
    });
    if (kernel) loops = new WebAssembly.Instance(kernel, { go: { mem: /** @type {any} */ (instance.exports.mem) } }).exports;
    // run returns when main has blocked for good; its promise settles only if the program ends.
    go.run(instance).then(() => crash(new Error('the engine ended')), crash);
    engine = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
    capture = new Capture(engine);
    post({ kind: 'ready', memory: engine.mem.buffer.byteLength });
  } catch (fault) {
    crash(fault);
  }
}

/** @returns {Promise<WebAssembly.Module>} */
async function compile() {
  const response = await fetch(engineURL, { integrity, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`engine: HTTP ${response.status}`);
  if (response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/**
 * The vector instructions that the engine carries along, or null where the browser has none;
 * then it does without. See wasm/simd.
 * @param {WebAssembly.Module} module
 */
async function compileKernel(module) {
  const [bytes] = WebAssembly.Module.customSections(module, 'kernel');
  return bytes && WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : null;
}

/** @param {unknown} fault */
function crash(fault) {
  if (broken) return;
  broken = true;
  post({ kind: 'crashed', message: fault instanceof Error ? fault.message : String(fault) });
}

/** performance.now() when the piece of work at hand was begun. */
let begun = 0;

/** @param {WorkerRequest} message */
async function serve(message) {
  begun = performance.now();
  if (broken) {
    if (message.kind === 'frame') message.frame.close();
    return;
  }
  switch (message.kind) {
    case 'call':
      return reply(message.id, call(message.request));
    case 'feed':
      return reply(message.id, feed(message.bytes));
    case 'ladder':
      return capture.begin(message.rung);
    case 'frame':
      return reply(message.id, await watch(message.frame, 'frame'));
    case 'stream':
      streamed = message.stream;
      void reader?.cancel().catch(() => {});
      reader = message.frames?.getReader() ?? null;
      return void (reader && follow(streamed, reader));
    case 'image':
      return scanImage(message.id, message.blob);
  }
}

/**
 * Reads a stream of frames until it ends or another takes its place. The stream keeps the
 * latest frame only, so nothing queues while one is in work.
 * @param {number} stream
 * @param {ReadableStreamDefaultReader<VideoFrame>} frames
 */
async function follow(stream, frames) {
  let message = '';
  try {
    while (streamed === stream && !broken) {
      const { done, value: frame } = await frames.read();
      if (done) break;
      const since = performance.timeOrigin + performance.now();
      await turn(async () => {
        if (streamed !== stream || broken) return frame.close();
        begun = performance.now();
        const report = await watch(frame, 'processor');
        post({ kind: 'seen', stream, since, report, memory: engine.mem.buffer.byteLength, took: performance.now() - begun });
      });
    }
  } catch (fault) {
    message = String(fault);
  }
  void frames.cancel().catch(() => {});
  if (streamed === stream) post({ kind: 'ended', stream, message });
}

/**
 * @param {number} id
 * @param {unknown} answer
 */
function reply(id, answer) {
  post({ kind: 'answer', id, answer, memory: engine.mem.buffer.byteLength, took: performance.now() - begun });
}

/**
 * @param {string} json
 * @returns {unknown}
 */
function call(json) {
  const most = json.length * 3; // UTF-8 bytes of a UTF-16 unit
  const at = engine.buffer(most);
  const { written } = encoder.encodeInto(json, new Uint8Array(engine.mem.buffer, at, most));
  const said = answer(engine.call(written));
  engine.wipe();
  return said;
}

/**
 * Hands a piece of a register to the check under way.
 * @param {Uint8Array} bytes
 * @returns {unknown}
 */
function feed(bytes) {
  const at = engine.buffer(bytes.length);
  new Uint8Array(engine.mem.buffer, at, bytes.length).set(bytes);
  return answer(engine.feed(bytes.length));
}

/**
 * @param {number} bytes
 * @returns {any}
 */
function answer(bytes) {
  // The view is taken anew each time: the call may have grown, and so moved, the memory.
  return JSON.parse(decoder.decode(new Uint8Array(engine.mem.buffer, engine.answer(), bytes)));
}

/**
 * Reads one frame of a video and closes it.
 * @param {VideoFrame | ImageBitmap} frame
 * @param {'processor' | 'frame'} way  how it got here
 * @returns {Promise<FrameReport>}
 */
async function watch(frame, way) {
  try {
    const { width, height, stride, degrees } = await capture.take(frame);
    const length = engine.watch(width, height, stride);
    // Views are taken anew each time: the call may have grown, and so moved, the memory.
    const { buffer } = engine.mem;
    const sight = readSight(buffer, engine.sight());
    const text = length < 0 ? null : decoder.decode(new Uint8Array(buffer, engine.answer(), length));
    const upright = degrees % 180 === 0;
    if (degrees) sight.corners = sight.corners.map((point) => turned(point, width, height, degrees));
    return { text, sight, width: upright ? width : height, height: upright ? height : width, rung: capture.copies ? way : capture.rung };
  } finally {
    frame.close();
  }
}

/**
 * @param {number} id
 * @param {Blob} blob
 */
async function scanImage(id, blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch {
    return post({ kind: 'refused', id, code: 'no-code', message: 'not an image this browser can open' });
  }
  /** @type {any} */
  let found = null;
  let tried = 0;
  for (const edge of stillEdges) {
    const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    if (width * height === tried) break; // the image is smaller than this step
    tried = width * height;
    const { stride } = capture.draw(bitmap, width, height);
    found = { ...answer(engine.scan(width, height, stride)), width, height };
    if (found.text || found.parts) break;
  }
  bitmap.close();
  reply(id, found);
}
