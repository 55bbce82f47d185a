import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'node:test';
import { Worker } from 'node:worker_threads';

/** "DEMO 演示 见证" at level M, as shared/qr draws it. */
const modules = `
#######.......#.#.#######
#.....#..#........#.....#
#.###.#....##.##..#.###.#
#.###.#..#...#....#.###.#
#.###.#...##..##..#.###.#
#.....#.##.#......#.....#
#######.#.#.#.#.#.#######
.........#..##.##........
#..#.##.#.###.####.#.....
.##..#.###.#.#..#####.##.
.####.#.....#######..#.##
#..#......#.##.#....#..#.
..##..##..##..#.#.....###
.#...#.#.###.####.###..#.
#..#..#..###.###.#...#..#
.###.#.#...#....###..#.#.
###.###.#...##..#####.###
........#.#.#####...##...
#######...###.###.#.#.###
#.....#.#.#.#.###...#..##
#.###.#........######..##
#.###.#.#..#..##.#.......
#.###.#..##.....#..#..#.#
#.....#...#...###..####..
#######.##..#..#..##.#.##
`.trim().split('\n');
const words = 'DEMO 演示 见证';

const home = new URL('../../dist/engine/', import.meta.url);
const built = ['decoder.wasm', 'decoder.js', 'wasm_exec.js'].every((name) => existsSync(new URL(name, home)));
if (!built) console.log(`web/engine: no decoder in ${fileURLToPath(home)}: its tests are skipped; make build makes it`);
const options = { skip: built ? false : 'dist/engine/decoder.wasm was not built' };

/** The symbol with its quiet zone, as RGBA. */
function picture(scale = 4, dark = [0, 0, 0, 255], light = [255, 255, 255, 255]) {
  const side = (modules.length + 8) * scale;
  const rgba = new Uint8ClampedArray(side * side * 4);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const set = modules[Math.floor(y / scale) - 4]?.[Math.floor(x / scale) - 4] === '#';
      rgba.set(set ? dark : light, (y * side + x) * 4);
    }
  }
  return { rgba, side };
}

async function load() {
  const module = await import(new URL('decoder.js', home).href);
  await Promise.all([module.init(), module.init()]);
  return module.decode;
}

test('decoding before init is refused', options, async () => {
  const { decode } = await import(`${new URL('decoder.js', home).href}?fresh`);
  assert.throws(() => decode(new Uint8Array(4), 1, 1), /init\(\) first/);
});

test('a symbol of ours is read', options, async () => {
  const decode = await load();
  for (const scale of [2, 4, 9]) {
    const { rgba, side } = picture(scale);
    assert.equal(decode(rgba, side, side), words);
    assert.equal(decode(new Uint8Array(rgba.buffer), side, side), words);
  }
});

test('a browser without vector instructions reads the same', options, async (t) => {
  t.mock.method(WebAssembly, 'validate', () => false);
  const module = await import(`${new URL('decoder.js', home).href}?plain`);
  await module.init();
  const decode = await load();
  for (const scale of [2, 4, 9]) {
    const { rgba, side } = picture(scale);
    assert.equal(module.decode(rgba, side, side), words);
    for (let i = 0; i < rgba.length; i += 7 * scale) rgba[i] ^= 96;
    assert.equal(module.decode(rgba, side, side), decode(rgba, side, side));
  }
});

test('colour, inversion and transparency', options, async () => {
  const decode = await load();
  const { side } = picture();
  assert.equal(decode(picture(4, [120, 0, 0, 255], [200, 240, 200, 255]).rgba, side, side), words);
  assert.equal(decode(picture(4, [255, 255, 255, 255], [0, 0, 0, 255]).rgba, side, side), words);
  assert.equal(decode(picture(4, [0, 0, 0, 255], [0, 0, 0, 0]).rgba, side, side), words);
});

test('sizes that make no sense read nothing', options, async () => {
  const decode = await load();
  const { rgba, side } = picture();
  const sizes = [0, -1, -0, 0.5, NaN, Infinity, -Infinity, 1, 2, 20, 21, side - 1, side + 1, 8192, 8193, 2 ** 16, 2 ** 31, 2 ** 32, 2 ** 53, 1e308];
  for (const width of sizes) {
    for (const height of sizes) {
      const text = decode(rgba, width, height);
      assert.ok(text === null || text === words, `${width} by ${height}`);
    }
  }
  for (const length of [0, 1, 3, 4, 31, 33, rgba.length - 1]) assert.equal(decode(rgba.subarray(0, length), side, side), null);
  assert.equal(decode(new Uint8Array(8192 * 4), 8192, 1), null);
  assert.equal(decode(rgba, side, side), words, 'and the next image is read');
});

test('arguments of other types are refused', options, async () => {
  const decode = await load();
  for (const pixels of [undefined, null, [], 'text', new ArrayBuffer(4), new Uint16Array(4), new DataView(new ArrayBuffer(4))]) {
    assert.throws(() => decode(pixels, 1, 1), TypeError);
  }
  for (const size of [undefined, null, '1', 1n, {}]) {
    assert.throws(() => decode(new Uint8Array(4), size, 1), TypeError);
    assert.throws(() => decode(new Uint8Array(4), 1, size), TypeError);
  }
});

test('luma is read as RGBA is, as a still and as frames of a video', options, async () => {
  const decode = await load();
  const { decodeLuma, memory } = await import(new URL('decoder.js', home).href);
  const { rgba, side } = picture();
  const luma = new Uint8Array(side * side).map((_, i) => rgba[4 * i]);
  assert.equal(decodeLuma(luma, side, side), words);
  let read = 0;
  for (let frame = 0; frame < 10; frame++) if (decodeLuma(luma, side, side, { video: true }) === words) read++;
  assert.ok(read > 0);
  assert.equal(decode(rgba, side, side), words, 'between frames');
  assert.equal(decodeLuma(luma.subarray(1), side, side), null);
  assert.equal(decodeLuma(luma, 0.5, side), null);
  assert.throws(() => decodeLuma('text', 1, 1), TypeError);
  assert.ok(memory() > 0);
});

test('a module worker of its own', options, async (t) => {
  const source = `
    import { parentPort } from 'node:worker_threads';
    import { init, decode } from ${JSON.stringify(new URL('decoder.js', home).href)};
    await init();
    parentPort.on('message', ({ rgba, side }) => parentPort.postMessage(decode(rgba, side, side)));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  t.after(() => worker.terminate());
  worker.postMessage(picture());
  const text = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  assert.equal(text, words);
});
