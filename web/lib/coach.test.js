import assert from 'node:assert/strict';
import test from 'node:test';
import { advice, Coach } from './coach.js';

const good = { corners: [], module: 5, blur: 0.2, smear: 0, clipped: 0, light: 220, dark: 40, seen: 1, have: 0, parts: 0 };
const nothing = { corners: [], module: 0, blur: 0, smear: 0, clipped: 0, light: 180, dark: 90, seen: 0, have: 0, parts: 0 };

test('a frame speaks for one thing', () => {
  for (const [change, want] of [
    [{}, ''], [{ module: 2.4 }, 'closer'], [{ blur: 0.6 }, 'still'], [{ blur: 0.6, module: 9 }, 'back'],
    [{ blur: 0.5, smear: 0.3, module: 9 }, 'still'], [{ clipped: 0.2 }, 'glare'], [{ light: 50, dark: 10 }, 'light'],
    [{ light: 120, dark: 100 }, 'light'], [{ seen: 0, light: 180 }, ''], [{ seen: 0, light: 30 }, 'light'],
  ]) assert.equal(advice({ ...good, ...change }), want, JSON.stringify(change));
});

/** Plays frames of 33 ms each and gives the lines shown, without repetitions. */
function play(...scenes) {
  const coach = new Coach();
  const lines = [];
  let at = 1000;
  for (const [frames, sight, text = null] of scenes) {
    for (let i = 0; i < frames; i++, at += 33) {
      const line = coach.see({ text, sight: typeof sight === 'function' ? sight(i) : sight }, at);
      if (line !== lines.at(-1)) lines.push(line);
    }
  }
  return lines;
}

const small = { ...good, module: 2 };
const shiny = { ...good, clipped: 0.3 };

test('a line comes only after the evidence has stood', () => {
  assert.deepEqual(play([12, small]), ['']);
  assert.deepEqual(play([40, small]), ['', 'closer']);
});

test('frames that see nothing between do not take it back', () => {
  assert.deepEqual(play([120, (i) => (i % 3 ? nothing : small)]), ['', 'closer']);
});

test('evidence that changes with every frame shows one line at most', () => {
  assert.ok(play([90, (i) => (i % 2 ? small : shiny)]).length <= 2);
});

test('another line waits until the first has stood', () => {
  assert.deepEqual(play([40, small], [90, shiny]), ['', 'closer', 'glare']);
  assert.deepEqual(play([30, small], [20, shiny]), ['', 'closer']);
});

test('it leaves when nothing speaks for it, and at once when the code is read', () => {
  assert.deepEqual(play([40, small], [120, nothing]), ['', 'closer', '']);
  assert.deepEqual(play([40, small], [1, good, 'KB1:']), ['', 'closer', '']);
});
