// Web Worker that hosts the Go engine. Pixels go straight into the engine's memory,
// everything else crosses as JSON. One piece of work at a time: a copy into memory
// must not be overtaken by a call that may move that memory.

/** @typedef {import('../types/engine.js').WorkerRequest} WorkerRequest */
/** @typedef {import('../types/engine.js').WorkerReply} WorkerReply */
/** @typedef {import('../types/engine.js').Scan} Scan */

/**
 * The exports of wasm/main_js.go.
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} mem
 * @property {(bytes: number) => number} buffer   pointer to a kept buffer of at least so many bytes
 * @property {(bytes: number) => number} call     answers the JSON in the buffer; returns its length
 * @property {() => number} answer                pointer to that answer
 * @property {(width: number, height: number, stride: number, mode: number) => number} scan
 */

/** The engine and the runtime's script of the toolchain that compiled it. */
const engineURL = new URL('../../dist/engine/engine.wasm', import.meta.url);
const runtimeURL = new URL('../../dist/engine/wasm_exec.js', import.meta.url);

const VIDEO = 0; // scan mode: quick, another frame follows
const STILL = 1; // scan mode: try harder, this is the only chance

/** Longest edges at which a still image is tried, in turn. A phone photo needs no more to be read. */
const stillEdges = [1600, 3600];

/** Pixel formats of a VideoFrame that begin with a plane of luma. */
const planar = new Set(['I420', 'I420A', 'I422', 'I444', 'NV12']);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const post = /** @type {(reply: WorkerReply) => void} */ (/** @type {unknown} */ (self.postMessage.bind(self)));

/** @type {Exports} */
let engine;
let broken = false;

/** @type {OffscreenCanvas | null} */
let canvas = null;

const ready = start();
let queue = ready;

self.onmessage = (event) => {
  const message = /** @type {WorkerRequest} */ (event.data);
  queue = queue.then(() => serve(message)).catch((fault) => {
    crash(fault);
  });
};

async function start() {
  try {
    await import(runtimeURL.href);
    const go = new Go();
    const module = await compile();
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
        /** @type {(sums: number, input: number, pairs: number, stride: number, all: number) => void} */
        blocks: (sums, input, pairs, stride, all) => loops.blocks(sums, input, pairs, stride, all),
        /** @type {(out: number, row: number, input: number, stride: number, rows: number, thresholds: number, pairs: number, invert: number) => void} */
        cut: (out, row, input, stride, rows, thresholds, pairs, invert) =>
          loops.cut(out, row, input, stride, rows, thresholds, pairs, invert),
      },
    });
    if (kernel) loops = new WebAssembly.Instance(kernel, { go: { mem: /** @type {any} */ (instance.exports.mem) } }).exports;
    // run returns when main has blocked for good; its promise settles only if the program ends.
    go.run(instance).then(() => crash(new Error('the engine ended')), crash);
    engine = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
    post({ kind: 'ready', memory: engine.mem.buffer.byteLength });
  } catch (fault) {
    crash(fault);
  }
}

/** @returns {Promise<WebAssembly.Module>} */
async function compile() {
  const response = await fetch(engineURL);
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
    case 'frame':
      return reply(message.id, await scanFrame(message.frame));
    case 'bitmap':
      return reply(message.id, scanBitmap(message.bitmap, message.bitmap.width, message.bitmap.height, VIDEO));
    case 'image':
      return scanImage(message.id, message.blob);
  }
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
  return answer(engine.call(written));
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
 * Scans one video frame and closes it.
 * @param {VideoFrame} frame
 */
async function scanFrame(frame) {
  try {
    const rect = frame.visibleRect;
    if (frame.format && planar.has(frame.format) && rect) {
      const bytes = frame.allocationSize();
      const at = engine.buffer(bytes);
      const [luma] = await frame.copyTo(new Uint8Array(engine.mem.buffer, at, bytes));
      if (luma.offset === 0) return scan(rect.width, rect.height, luma.stride, VIDEO);
    }
    return scanBitmap(frame, frame.displayWidth, frame.displayHeight, VIDEO);
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
    found = scanBitmap(bitmap, width, height, STILL);
    if (found.text) break;
  }
  bitmap.close();
  reply(id, found);
}

/**
 * The slow way: through a canvas, for frames whose luma plane cannot be copied.
 * @param {CanvasImageSource & {close?: () => void}} source
 * @param {number} width
 * @param {number} height
 * @param {number} mode
 */
function scanBitmap(source, width, height, mode) {
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2d canvas in a worker');
  context.fillStyle = '#fff'; // what is transparent was meant to lie on white
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  if (mode === VIDEO) source.close?.();
  const rgba = context.getImageData(0, 0, width, height).data;
  const at = engine.buffer(width * height);
  const luma = new Uint8Array(engine.mem.buffer, at, width * height);
  for (let i = 0, p = 0; i < luma.length; i++, p += 4) {
    // Rec. 601 weights in 256ths, as cameras deliver their own luma.
    luma[i] = (rgba[p] * 77 + rgba[p + 1] * 150 + rgba[p + 2] * 29) >> 8;
  }
  return scan(width, height, width, mode);
}

/**
 * @param {number} width
 * @param {number} height
 * @param {number} stride
 * @param {number} mode
 * @returns {Scan & {width: number, height: number}}
 */
function scan(width, height, stride, mode) {
  return { ...answer(engine.scan(width, height, stride, mode)), width, height };
}
