import assert from 'node:assert/strict';
import test from 'node:test';
import { makeOffer, purposesFor } from './offer.js';

const purposes = [{ code: 'court', classes: ['A'] }, { code: 'hotel', classes: ['A', 'B'] }, { code: 'cafe', classes: ['A', 'B', 'C', 'D'] }];

test('a code is offered for purposes that take its class', () => {
  assert.deepEqual(purposesFor(purposes, 'B').map(({ code }) => code), ['hotel', 'cafe']);
  assert.equal(makeOffer(purposes, 'B', 'hotel').purpose.code, 'hotel');
  assert.equal(makeOffer(purposes, 'C', 'hotel').purpose.code, 'cafe', 'the first that does');
  assert.equal(makeOffer([], 'B', 'cafe'), null);
});
