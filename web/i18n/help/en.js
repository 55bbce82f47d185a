// The sentences of the help in English, loaded with it. Same keys as zh.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'help.title': 'Keys',
  'help.space': 'Hold the result, or let it go',
  'help.enter': 'Next person',
  'help.escape': 'Back',
  'help.f1': 'Open or close this help',
  'help.f2': 'Sound on or off',
  'help.f4': 'Tools: practice, look of the page',
  'help.f8': 'Switch the camera',
  'help.f9': 'Hold to show name and number',
  'help.decide': 'When comparing: same, not sure, different',
  'help.preview': 'When comparing: live picture on or off',
  'help.paste': 'Paste a picture or text',
  'help.sounds': 'Try the sounds',
};
