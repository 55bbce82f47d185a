// The scanner keeps its buffers from frame to frame, so that a camera may run all day.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';

const home = new URL('../../dist/engine/decoder.js', import.meta.url);
const built = existsSync(home);
if (!built) console.log('web/engine: no decoder in dist/engine: the test of its memory is skipped; make build makes it');

const many = 10_000;
const mostBytes = 16 * 2 ** 20;

/** A row of finder patterns, edges and noise: what makes a decoder work. */
function busy(width, height, seed) {
  const luma = new Uint8Array(width * height);
  let x = seed;
  for (let i = 0; i < luma.length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    luma[i] = 120 + (x >>> 26);
  }
  const unit = Math.max(2, Math.floor(height / 60));
  const ring = [1, 0, 1, 1, 1, 0, 1];
  for (const [left, top] of [[4, 4], [40, 4], [4, 40]]) {
    for (let y = 0; y < 7 * unit; y++) {
      for (let column = 0; column < 7 * unit; column++) {
        const u = Math.floor(column / unit);
        const v = Math.floor(y / unit);
        const dark = u === 0 || u === 6 || v === 0 || v === 6 || (ring[u] && ring[v] && u > 1 && u < 5 && v > 1 && v < 5);
        luma[(top * unit + y) * width + left * unit + column] = dark ? 20 : 230;
      }
    }
  }
  return luma;
}

test('memory is flat over ten thousand frames, and 1080p fits its budget', { skip: built ? false : 'dist/engine/decoder.wasm was not built' }, async (t) => {
  const { init, decodeLuma, memory } = await import(`${home.href}?memory`);
  await init();
  // One frame in fifty looks like a symbol, so that the test ends soon.
  const frames = Array.from({ length: 50 }, (_, i) => (i ? new Uint8Array(160 * 120).fill(90 + i) : busy(160, 120, 1)));
  const look = (count) => { for (let i = 0; i < count; i++) decodeLuma(frames[(i * 7) % frames.length], 160, 120, { video: true }); };
  look(1000); // every way of looking has had its turn at every frame
  const before = memory();
  look(many);
  const after = memory();
  t.diagnostic(`${many} frames of 160×120: ${before} bytes before, ${after} after`);
  assert.equal(after, before);

  const large = [busy(1920, 1080, 3), busy(1920, 1080, 4)];
  for (let i = 0; i < 12; i++) decodeLuma(large[i % 2], 1920, 1080, { video: true });
  const warm = memory();
  for (let i = 0; i < 12; i++) decodeLuma(large[i % 2], 1920, 1080, { video: true });
  t.diagnostic(`1920×1080: ${(memory() / 2 ** 20).toFixed(1)} MiB`);
  assert.equal(memory(), warm);
  assert.ok(memory() <= mostBytes, `${memory()} bytes`);
});
