// Tests of the small modules: bytes, mask, symbol, time, key, status, camera faults.

import assert from 'node:assert/strict';
import test from 'node:test';
import { fromBase64url, toBase64url } from './bytes.js';
import { cameraFault } from './camera.js';
import { initial } from './flow.js';
import { coseKey, encodeCoseKey, makeKey, sign } from './holderkey.js';
import { maskName } from './mask.js';
import { nextTheme } from './prefs.js';
import { stripItems } from './status.js';
import { modulePixels, unpack } from './symbol.js';
import { calendarDay, calendarDays, clockTime } from './time.js';
import { Words } from './words.js';

test('base64url there and back, without padding', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    const text = toBase64url(bytes);
    assert.equal(text, Buffer.from(bytes).toString('base64url'));
    assert.deepEqual(fromBase64url(text), bytes);
  }
  assert.equal(fromBase64url(toBase64url(new Uint8Array(100_000))).length, 100_000);
});

test('names keep their ends only', () => {
  for (const [name, want] of [['李小明', '李*明'], ['李明', '李*'], ['欧阳小明', '欧**明'], ['李', '李'], ['演示·张三', '演***三'], ['DEMO Zhang San', 'D*** Z**** S**'], ['', '']]) {
    assert.equal(maskName(name), want);
  }
});

test('modules are unpacked row by row, most significant bit first', () => {
  const cells = unpack({ size: 3, bits: toBase64url(new Uint8Array([0b10101100, 0b10000000])) });
  assert.deepEqual([...cells], [1, 0, 1, 0, 1, 1, 0, 0, 1]);
});

test('a module has whole pixels, and a quiet zone of four on each side', () => {
  assert.equal(modulePixels(93, 390), 3);
  assert.equal(modulePixels(93, 1170), 11);
  assert.equal(modulePixels(93, 50), 1);
});

test('the holder’s key stays, its public half is a COSE_Key', async () => {
  const keys = await makeKey();
  assert.equal(keys.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey('jwk', keys.privateKey));
  const bytes = fromBase64url(await coseKey(keys.publicKey));
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey));
  assert.deepEqual(bytes, encodeCoseKey(raw.subarray(1, 33), raw.subarray(33)));
  assert.equal(bytes.length, 77);
  assert.equal(Buffer.from(bytes.subarray(0, 10)).toString('hex'), 'a5010203262001215820');
  const message = new TextEncoder().encode('to be signed');
  const signature = fromBase64url(await sign(keys.privateKey, toBase64url(message)));
  assert.equal(signature.length, 64);
  assert.ok(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, keys.publicKey, signature, message));
});

test('camera errors in the words of staff', () => {
  for (const [name, want] of [['NotAllowedError', 'denied'], ['SecurityError', 'denied'], ['NotFoundError', 'missing'], ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'], ['AbortError', 'busy'], ['TypeError', 'insecure']]) {
    assert.equal(cameraFault({ name }), want, name);
  }
  assert.equal(cameraFault(undefined), 'missing');
});

test('times and days', () => {
  const at = new Date(2026, 2, 1, 8, 5).getTime();
  assert.equal(clockTime(at), '08:05');
  assert.equal(calendarDay(at), '2026-03-01');
  assert.equal(calendarDays(at, new Date(2026, 2, 2, 0, 1).getTime()), 1);
  assert.equal(calendarDays(at, new Date(2026, 2, 1, 23, 59).getTime()), 0);
});

test('the strip tells each thing in words', () => {
  const now = new Date(2026, 2, 1, 12, 0).getTime();
  const words = new Words('en');
  const sound = { muted: false, blocked: false };
  const texts = (state) => Object.fromEntries(stripItems(state, words, now, sound).map((item) => [item.id, `${item.mood}: ${item.text}`]));
  const start = initial();
  assert.equal(texts(start).lists, 'quiet: Lists loading');
  const none = { ...sound, register: { state: 'none', demo: false, count: 0, waiting: 0, lost: 0 } };
  const said = (state) => stripItems(state, words, now, none).find((item) => item.id === 'register')?.mood;
  assert.equal(said(start), undefined); // not known yet
  assert.equal(said({ ...start, stage: 'ready' }), 'bad');
  const until = new Date(2026, 2, 1, 18, 40).getTime();
  const live = { ...start, lists: { state: 'fresh', until, reason: '' }, camera: { state: 'live', label: '', mirrored: false } };
  assert.equal(texts(live).lists, 'good: Offline checks until today 18:40');
  assert.equal(texts(live).camera, 'good: Camera ready');
  assert.equal(texts({ ...live, lists: { ...live.lists, until: until + 86_400_000 } }).lists, 'good: Offline checks until tomorrow 18:40');
  assert.equal(texts({ ...live, lists: { ...live.lists, until: now - 1 } }).lists, 'bad: Lists out of date, update them');
  assert.equal(texts({ ...live, skew: -3_600_000 }).clock, 'bad: Clock off by about 60 min');
  assert.equal(texts({ ...live, skew: -3_600_000, corrected: true }).clock, 'quiet: Clock 12:00: this PC is 60 min slow, corrected');
  assert.equal(texts({ ...live, skew: 2000 }).clock, 'good: Clock 12:00');
  assert.equal(texts({ ...live, network: 'offline' }).network, 'bad: Offline');
});

test('the theme button goes round', () => {
  assert.deepEqual([nextTheme('auto'), nextTheme('dim'), nextTheme('light')], ['dim', 'light', 'auto']);
});
