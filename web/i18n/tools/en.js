// The sentences of the tools dialog in English, loaded with it. Same keys as zh.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'tools.title': 'Tools',
  'tools.practice': 'Practice',
  'tools.practice.note': 'A sample for every outcome; nothing is recorded',
  'tools.customer': 'Customer window',
  'tools.customer.note': 'For a second screen: code, purpose and outcome, nothing of the card. Drag it there and press full screen',
  'tools.lock': 'PIN lock',
  'tools.lock.note': 'Locks the page or its settings with a PIN',
  'tools.display': 'Display without a camera',
  'tools.display.note': 'For a PC without a camera: phones answer over the network',
  'tools.scanner': 'Scanner setup',
  'tools.scanner.note': 'A code that tells whether a USB scanner types what it reads',
  'tools.theme.note': 'Light and dark; dim suits dark rooms and cuts glare on phones',
  'tools.big': 'Big type: on',
  'tools.big.off': 'Big type: off',
  'tools.big.note': 'Code, verdict and next step readable from two metres',
};
