// The sentences of practice in English, loaded with it. Same keys as zh.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'practice.title': 'Practice',
  'practice.note': 'Invented samples, checked by the real program. Nothing is recorded, nothing is redeemed, and real cards wait',
  'practice.loading': 'Getting the samples ready',
  'practice.failed': 'The samples could not be loaded; leave and try again',
  'practice.leave': 'Leave practice',
  'practice.accepted': 'A phone answers this counter’s code',
  'practice.conditional': 'A printed card: compare portrait and person',
  'practice.rejected': 'The holder is under 18',
  'practice.undetermined': 'The lists on this PC are too old; Retry gets new ones',
  'practice.unreadable': 'A link instead of a card',
  'practice.busy': 'This is practice: leave it with Esc before checking a real card',
};
