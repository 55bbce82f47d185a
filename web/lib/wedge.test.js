import assert from 'node:assert/strict';
import test from 'node:test';
import { character, joinKeys, minKeys, Wedge } from './wedge.js';

const base45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** The physical key and Shift that type a character on a US keyboard. */
const keys = new Map();
for (const code of ['Space', 'Minus', 'Equal', 'BracketLeft', 'BracketRight', 'Backslash', 'Semicolon', 'Quote', 'Backquote', 'Comma', 'Period', 'Slash',
  ...[...'0123456789'].map((digit) => `Digit${digit}`), ...[...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `Key${letter}`)]) {
  for (const shiftKey of [false, true]) {
    const typed = character({ code, shiftKey, timeStamp: 0 });
    if (!keys.has(typed)) keys.set(typed, { code, shiftKey });
  }
}

function strokes(text, gap = 5, start = 0) {
  return [...text].map((letter, i) => ({ ...keys.get(letter), timeStamp: start + i * gap }));
}

/** A keydown as the document sees it, with what became of it. */
function press(wedge, stroke, extra = {}) {
  const event = {
    ctrlKey: false, altKey: false, metaKey: false, repeat: false, target: null, prevented: false, key: 'Process',
    preventDefault() { event.prevented = true; }, stopPropagation() {}, ...stroke, ...extra,
  };
  wedge.press(event);
  return event;
}

function listen(t) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const heard = [];
  const wedge = new Wedge({ onText: (text, since) => heard.push(['text', text, since]), onKey: (code) => heard.push(['key', code]) });
  return { wedge, heard };
}

test('every character of Base45 is read by physical key', () => {
  for (const letter of base45) assert.ok(keys.has(letter), letter);
  assert.equal(joinKeys(strokes(base45)), base45);
});

test('a burst is at least twenty keys at most 100 ms apart', () => {
  const text = 'KB1:ABCDEFGHIJKLMNOP';
  assert.equal(text.length, minKeys);
  assert.equal(joinKeys(strokes(text, 100)), text);
  assert.equal(joinKeys(strokes(text, 101)), null);
  assert.equal(joinKeys(strokes(text.slice(1))), null);
});

test('caps lock does no harm to formats written in capitals', () => {
  assert.equal(joinKeys(strokes('kb1:abcdefghijklmnop')), 'KB1:ABCDEFGHIJKLMNOP');
  assert.equal(joinKeys(strokes('id1:abcdefghijklmnop')), 'ID1:ABCDEFGHIJKLMNOP');
  assert.equal(joinKeys(strokes('sq1:0102abcdefghijklmnop')), 'SQ1:0102ABCDEFGHIJKLMNOP');
  assert.equal(joinKeys(strokes('https://example.com/Abc')), 'https://example.com/Abc');
});

test('the numeric pad counts as digits', () => {
  assert.equal(character({ code: 'Numpad7', shiftKey: false, timeStamp: 0 }), '7');
  assert.equal(character({ code: 'NumpadAdd', shiftKey: false, timeStamp: 0 }), '+');
  assert.equal(character({ code: 'F5', shiftKey: false, timeStamp: 0 }), '');
  assert.equal(character({ code: 'ShiftLeft', shiftKey: true, timeStamp: 0 }), '');
});

test('a burst ends with Enter, which presses nothing', (t) => {
  const { wedge, heard } = listen(t);
  const text = 'KB1:AB C%D*E+F-G.H/I:J$K';
  for (const stroke of strokes(text, 4, 1000)) press(wedge, stroke);
  const enter = press(wedge, { code: 'Enter', shiftKey: false, timeStamp: 1000 + text.length * 4 });
  assert.deepEqual(heard, [['text', text, 1000]]);
  assert.ok(enter.prevented);
});

test('a burst without Enter ends after 150 ms of silence', (t) => {
  const { wedge, heard } = listen(t);
  for (const stroke of strokes('KB1:ABCDEFGHIJKLMNOPQRS')) press(wedge, stroke);
  t.mock.timers.tick(149);
  assert.deepEqual(heard, []);
  t.mock.timers.tick(1);
  assert.deepEqual(heard, [['text', 'KB1:ABCDEFGHIJKLMNOPQRS', 0]]);
});

test('Shift between the keys does not break a burst', (t) => {
  const { wedge, heard } = listen(t);
  for (const stroke of strokes('KB1:ABCDEFGHIJKLMNOPQRS')) {
    if (stroke.shiftKey) press(wedge, { code: 'ShiftLeft', shiftKey: true, timeStamp: stroke.timeStamp });
    press(wedge, stroke);
  }
  press(wedge, { code: 'Tab', shiftKey: false, timeStamp: 200 });
  assert.equal(heard[0][1], 'KB1:ABCDEFGHIJKLMNOPQRS');
});

test('a key on its own is a command after 100 ms', (t) => {
  const { wedge, heard } = listen(t);
  press(wedge, { code: 'Space', shiftKey: false, timeStamp: 0 });
  t.mock.timers.tick(99);
  assert.deepEqual(heard, []);
  t.mock.timers.tick(1);
  assert.deepEqual(heard, [['key', 'Space']]);
  press(wedge, { code: 'Enter', shiftKey: false, timeStamp: 1000 });
  t.mock.timers.tick(100);
  press(wedge, { code: 'NumpadEnter', shiftKey: false, timeStamp: 2000 });
  t.mock.timers.tick(100);
  assert.deepEqual(heard.slice(1), [['key', 'Enter'], ['key', 'NumpadEnter']]);
});

test('Escape does not wait, and Enter twice is two commands', (t) => {
  const { wedge, heard } = listen(t);
  press(wedge, { code: 'Escape', shiftKey: false, timeStamp: 0 });
  press(wedge, { code: 'Escape', shiftKey: false, timeStamp: 5 });
  assert.deepEqual(heard, [['key', 'Escape'], ['key', 'Escape']]);
  press(wedge, { code: 'Enter', shiftKey: false, timeStamp: 1000 });
  press(wedge, { code: 'Enter', shiftKey: false, timeStamp: 1050 });
  t.mock.timers.tick(100);
  assert.deepEqual(heard.slice(2), [['key', 'Enter'], ['key', 'Enter']]);
});

test('a short burst, as of a loyalty card, is neither text nor command', (t) => {
  const { wedge, heard } = listen(t);
  for (const stroke of strokes('6901234567892')) press(wedge, stroke);
  press(wedge, { code: 'Enter', shiftKey: false, timeStamp: 100 });
  t.mock.timers.tick(1000);
  assert.deepEqual(heard, []);
});

test('shortcuts and repeats are left alone', (t) => {
  const { wedge, heard } = listen(t);
  press(wedge, { code: 'KeyV', shiftKey: false, timeStamp: 0 }, { ctrlKey: true });
  press(wedge, { code: 'Space', shiftKey: false, timeStamp: 10 }, { repeat: true });
  t.mock.timers.tick(1000);
  assert.deepEqual(heard, []);
});
