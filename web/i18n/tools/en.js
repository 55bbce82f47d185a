// The sentences of the tools dialog in English, loaded with it. Same keys as zh.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'tools.title': 'Tools',
  'tools.practice': 'Practice',
  'tools.practice.note': 'A sample for every outcome; nothing is recorded',
  'tools.theme.note': 'Light and dark; dim suits dark rooms and cuts glare on phones',
  'tools.big': 'Big type: on',
  'tools.big.off': 'Big type: off',
  'tools.big.note': 'Code, verdict and next step readable from two metres',
};
