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
 * @property {() => number} read
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
  if (!(rgba instanceof Uint8Array || rgba instanceof Uint8ClampedArray)) {
    throw new TypeError('decode: rgba is neither Uint8Array nor Uint8ClampedArray');
  }
  if (typeof width !== 'number' || typeof height !== 'number') {
    throw new TypeError('decode: width and height are not numbers');
  }
  if (!engine) throw new Error('decode: call init() first and wait for it');
  const bytes = width * height * 4;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || rgba.length < bytes) return null;
  try {
    return read(engine, rgba, bytes, width, height);
  } catch {
    // The engine broke down, as when a browser gives it no more memory. The next image gets a fresh one.
    start();
    return null;
  }
}

/**
 * @param {Exports} engine
 * @param {Uint8Array | Uint8ClampedArray} rgba
 * @param {number} bytes
 * @param {number} width
 * @param {number} height
 */
function read(engine, rgba, bytes, width, height) {
  const room = engine.begin(Math.min(width, 1 << 30), Math.min(height, 1 << 30));
  if (room === 0) return null;
  // Adding strips takes no memory, so the view stays good until the last.
  const strip = new Uint8Array(engine.mem.buffer, engine.strip(), room);
  for (let from = 0; from < bytes; from += room) {
    const to = Math.min(from + room, bytes);
    strip.set(rgba.subarray(from, to));
    engine.add(to - from);
  }
  const length = engine.read();
  return length < 0 ? null : utf8.decode(new Uint8Array(engine.mem.buffer, engine.text(), length));
}

async function load() {
  if (!globalThis.Go) await import(runtimeURL.href);
  module = await compile();
  kernel = await compileKernel();
  start();
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
async function compileKernel() {
  const [bytes] = WebAssembly.Module.customSections(module, 'kernel');
  return bytes && WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : null;
}

/** Puts a fresh instance in place of the present one. */
function start() {
  engine = null;
  const go = new Go();
  go.env = { GOGC: '50' }; // buffers are kept, so little is collected
  /** @type {any} The kernel's exports: it works on the engine's memory, so it can only start after. */
  let loops = null;
  const instance = new WebAssembly.Instance(module, {
    ...go.importObject,
    jianzheng: { decodeText },
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
  // Returns when main waits. Its promise settles only if the program ends; then calls throw and decode sees it.
  go.run(instance).catch(() => {});
  engine = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
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
