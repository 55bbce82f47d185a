// The sentences of the scanner's setup in English, loaded with it. Same keys as zh.js.

/** @type {Readonly<Record<string, string>>} */
export default {
  'scanner.title': 'Scanner setup',
  'scanner.scan': 'Scan this code with the USB scanner. It holds all 45 characters that card codes use',
  'scanner.silent': 'If nothing appears, the scanner is not in keyboard mode (USB HID), or types slower than 100 ms a key: its manual has a code for each',
  'scanner.image': 'Calibration code',
  'scanner.right': 'All 45 characters arrived',
  'scanner.enter': 'Enter arrived too: the scanner is ready',
  'scanner.no-enter': 'No Enter arrived: cards are read all the same, a moment later. The scanner’s manual has a code that adds Enter (suffix CR)',
  'scanner.capitals': 'Capitals arrive as small letters: Caps Lock is on, or the scanner changes case. Cards are read all the same',
  'scanner.layout.german': 'The scanner types for a German keyboard. Scan the code for USA / English in its manual, then try again',
  'scanner.layout.french': 'The scanner types for a French keyboard. Scan the code for USA / English in its manual, then try again',
  'scanner.characters': 'Wrong characters. Scan the code for keyboard layout USA / English in the scanner’s manual, then try again',
  'scanner.dropped': '{count} of 45 characters arrived: keys are lost. Scan the code for a longer delay between characters in the scanner’s manual, then try again',
  'scanner.other': 'That was another code, or its characters cannot be told apart. Scan the code above once more',
  'scanner.wrong': 'Expected and received: {pairs}',
};
