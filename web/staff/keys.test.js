import assert from 'node:assert/strict';
import test from 'node:test';
import { eventOf } from './keys.js';

const at = (outcome) => ({ verdict: outcome && { result: { outcome } } });

test('keys ask for what stands on the buttons', () => {
  for (const [code, name] of [['Space', 'hold'], ['Enter', 'next'], ['NumpadEnter', 'next'], ['Escape', 'back']]) {
    const { type, name: got } = eventOf(code, at(), false, 7);
    assert.deepEqual([type, got], ['command', name]);
  }
  assert.equal(eventOf('Escape', at(), true, 7), null, 'a dialog is closed by it');
  assert.equal(eventOf('KeyA', at('conditional'), false, 7), null);
});

test('digits decide, and only where staff are asked', () => {
  assert.deepEqual(['Digit1', 'Numpad2', 'Digit3'].map((code) => eventOf(code, at('conditional'), false, 7).answer), ['same', 'unsure', 'different']);
  assert.equal(eventOf('Digit4', at('conditional'), false, 7), null);
  assert.equal(eventOf('Digit1', at('accepted'), false, 7), null);
  assert.equal(eventOf('Digit1', at(), false, 7), null);
});
