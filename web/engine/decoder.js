// Reads QR codes in the pixels of an image, and nothing else: no page, no network
// but for its own two files, no other part of the engine. Runs in a module worker, in
// a window, and in Node.js from version 20.
//
// The build copies this file to dist/engine/, beside decoder.wasm and wasm_exec.js, and
// only there it works:
//
//     import { init, decode } from './dist/engine/decoder.js';
//     await init();
//     const text = decode(imageData.data, imageData.width, imageData.height);

/**
 * The exports of wasm/decoder/main_js.go.
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} mem
 * @property {() => number} strip
 * @property {(width: number, height: number) => number} begin
 * @property {(bytes: number) => void} add
 * @property {() => number} plane
 * @property {() => number} read
 * @property {() => number} watch
 * @property {() => number} text
 */

/** The engine and the runtime's script of the toolchain that compiled it. */
const engineURL = new URL('./decoder.wasm', import.meta.url);
const runtimeURL = new URL('./wasm_exec.js', import.meta.url);

/**
 * Character sets by their number in AIM's register of Extended Channel Interpretations,
 * in the names of the Encoding standard. UTF-8, ISO-8859-1 and the like are the engine's own.
 * @type {Record<number, string>}
 */
const sets = {
  4: 'iso-8859-2', 5: 'iso-8859-3', 6: 'iso-8859-4', 7: 'iso-8859-5', 8: 'iso-8859-6', 9: 'iso-8859-7',
  10: 'iso-8859-8', 11: 'windows-1254', 12: 'iso-8859-10', 13: 'windows-874', 15: 'iso-8859-13',
  16: 'iso-8859-14', 17: 'iso-8859-15', 18: 'iso-8859-16', 20: 'shift_jis', 21: 'windows-1250',
  22: 'windows-1251', 23: 'windows-1252', 24: 'windows-1256', 28: 'big5', 29: 'gb18030', 30: 'euc-kr',
  31: 'gb18030', 32: 'gb18030', 33: 'utf-16le',
};

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/** @type {Promise<void> | null} */
let loading = null;
/** @type {WebAssembly.Module} */
let module;
/** @type {WebAssembly.Module | null} */
let kernel = null;
/** @type {Exports | null} */
let engine = null;
/** A fresh instance on its way. @type {Promise<void> | null} */
let restarting = null;

/**
 * Loads the engine. Further calls wait for the first; after a failure the next one tries again.
 * @returns {Promise<void>}
 */
export async function init() {
  loading ??= load();
  try {
    await loading;
  } catch (fault) {
    loading = null;
    throw fault;
  }
}

/**
 * Reads one QR code, the first found where there are several, as in a still image.
 *
 * `null` says that none was read. That is also the answer for sizes that are not whole
 * numbers from 1 to 8192 or over 40 million pixels, and for fewer bytes than width × height × 4.
 * @param {Uint8Array | Uint8ClampedArray} rgba  4 bytes a pixel in rows from the top, as in ImageData
 * @param {number} width   in pixels
 * @param {number} height  in pixels
 * @returns {string | null}
 * @throws {TypeError} when the arguments are of other types than these
 * @throws {Error} before {@link init} is done
 */
export function decode(rgba, width, height) {
  const running = ask('decode', 'rgba', rgba, width, height);
  if (!fits(rgba, 4, width, height)) return null;
  return guarded(() => {
    const room = begin(running, width, height);
    if (room === 0) return null;
    // Adding strips takes no memory, so the view stays good until the last.
    const strip = new Uint8Array(running.mem.buffer, running.strip(), room);
    const bytes = width * height * 4;
    for (let from = 0; from < bytes; from += room) {
      const to = Math.min(from + room, bytes);
      strip.set(rgba.subarray(from, to));
      running.add(to - from);
    }
    return text(running, running.read());
  });
}

/**
 * {@link decode} of a grey image: the plane Y of a video frame, as it is.
 *
 * With `video` the image is the next frame of a stream: it gets a few milliseconds, and what
 * one frame leaves open the next one goes on with. One engine follows one stream.
 * @param {Uint8Array | Uint8ClampedArray} luma  a byte a pixel in rows from the top, 0 is black
 * @param {number} width   in pixels
 * @param {number} height  in pixels
 * @param {{video?: boolean}} [options]
 * @returns {string | null}
 * @throws {TypeError} when the arguments are of other types than these
 * @throws {Error} before {@link init} is done
 */
export function decodeLuma(luma, width, height, { video = false } = {}) {
  const running = ask('decodeLuma', 'luma', luma, width, height);
  if (!fits(luma, 1, width, height)) return null;
  return guarded(() => {
    if (begin(running, width, height) === 0) return null;
    const size = width * height;
    new Uint8Array(running.mem.buffer, running.plane(), size).set(luma.length === size ? luma : luma.subarray(0, size));
    return text(running, video ? running.watch() : running.read());
  });
}

/**
 * The size of the engine's memory, in bytes; 0 before {@link init} is done.
 * @returns {number}
 */
export function memory() {
  return engine ? engine.mem.buffer.byteLength : 0;
}

/**
 * The engine, once the arguments are found to be of the right types.
 * @param {string} caller
 * @param {string} name    of the pixels
 * @param {unknown} pixels
 * @param {unknown} width
 * @param {unknown} height
 */
function ask(caller, name, pixels, width, height) {
  if (!(pixels instanceof Uint8Array || pixels instanceof Uint8ClampedArray)) {
    throw new TypeError(`${caller}: ${name} is neither Uint8Array nor Uint8ClampedArray`);
  }
  if (typeof width !== 'number' || typeof height !== 'number') {
    throw new TypeError(`${caller}: width and height are not numbers`);
  }
  if (!engine) throw new Error(`${caller}: call init() first and wait for it`);
  return engine;
}

/**
 * @param {Uint8Array | Uint8ClampedArray} pixels
 * @param {number} each  bytes of a pixel
 * @param {number} width
 * @param {number} height
 */
function fits(pixels, each, width, height) {
  return Number.isInteger(width) && Number.isInteger(height) && width >= 1 && height >= 1 && pixels.length >= width * height * each;
}

/**
 * @param {() => string | null} read
 * @returns {string | null}
 */
function guarded(read) {
  try {
    return read();
  } catch {
    // The engine broke down, as when a browser gives it no more memory. The next image gets a fresh one.
    again();
    return null;
  }
}

/**
 * @param {Exports} running
 * @param {number} width
 * @param {number} height
 */
function begin(running, width, height) {
  return running.begin(Math.min(width, 1 << 30), Math.min(height, 1 << 30));
}

/**
 * @param {Exports} running
 * @param {number} length  in bytes, or -1
 */
function text(running, length) {
  return length < 0 ? null : utf8.decode(new Uint8Array(running.mem.buffer, running.text(), length));
}

async function load() {
  // The script and the engine, twenty times as large, come at the same time.
  [module] = await Promise.all([compile(), globalThis.Go ? null : import(runtimeURL.href)]);
  kernel = compileKernel();
  await start();
}

/** @returns {Promise<WebAssembly.Module>} */
async function compile() {
  if (engineURL.protocol === 'file:') {
    const files = 'node:fs/promises'; // a name that only Node.js resolves
    const { readFile } = await import(files);
    return WebAssembly.compile(await readFile(engineURL));
  }
  const response = await fetch(engineURL);
  if (!response.ok) throw new Error(`decoder: HTTP ${response.status} for ${engineURL.pathname}`);
  if (response.headers.get('content-type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/**
 * The vector instructions that the engine carries along, or null where the browser has none;
 * then it does without. See wasm/simd.
 */
function compileKernel() {
  const [bytes] = WebAssembly.Module.customSections(module, 'kernel');
  // So few bytes may be compiled at once anywhere, which is sooner than in turn.
  return bytes && WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
}

/** Puts a fresh instance in place of the present one, in turn, as every browser lets a window do. */
async function start() {
  const { imports, run } = wiring();
  run(await WebAssembly.instantiate(module, imports));
}

/** Puts a fresh instance in place of a broken one, at once. */
function again() {
  try {
    const { imports, run } = wiring();
    run(new WebAssembly.Instance(module, imports));
  } catch {
    // Windows of Chrome before 115 do that only in turn; images that come earlier hold no code.
    restarting ??= start().catch(() => {}).finally(() => { restarting = null; });
  }
}

/** What an instance is given, and what is to be done when it is there. */
function wiring() {
  const go = new Go();
  go.env = { GOGC: '50' }; // buffers are kept, so little is collected
  /** @type {any} The kernel's exports: it works on the engine's memory, so it can only start after. */
  let loops = null;
  const imports = {
    ...go.importObject,
    jianzheng: { decodeText },
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
  };
  /** @param {WebAssembly.Instance} instance */
  const run = (instance) => {
    if (kernel) loops = new WebAssembly.Instance(kernel, { go: { mem: /** @type {any} */ (instance.exports.mem) } }).exports;
    // Returns when main waits. Its promise settles only if the program ends; then calls throw and decode sees it.
    go.run(instance).catch(() => {});
    engine = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
  };
  return { imports, run };
}

/**
 * Writes text of another character set as UTF-8; called by the engine while it reads.
 * @param {number} eci     number of the set
 * @param {number} at      address of the bytes
 * @param {number} length
 * @param {number} strict  not 0: bytes that are not in the set are refused
 * @param {number} out     address to write to
 * @param {number} room    bytes there
 * @returns {number}  length in bytes, or -1
 */
function decodeText(eci, at, length, strict, out, room) {
  if (!engine || !Object.hasOwn(sets, eci)) return -1;
  try {
    const { buffer } = engine.mem;
    const text = new TextDecoder(sets[eci], { fatal: strict !== 0, ignoreBOM: true }).decode(new Uint8Array(buffer, at, length));
    return encoder.encodeInto(text, new Uint8Array(buffer, out, room)).written;
  } catch {
    return -1; // not in the set, or a set that this browser lacks
  }
}
