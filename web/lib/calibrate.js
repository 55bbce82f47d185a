// Tells from what a USB scanner typed of the calibration code how it is set up. The code holds
// all 45 characters of QR's alphanumeric mode (ISO/IEC 18004 §7.4.4), in which cards are written.

export const calibration = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/**
 * What a scanner that is set to another keyboard types, as a US keyboard has it: only what
 * differs. The page reads physical keys, so the layout of the PC does not matter.
 * @type {Readonly<Record<string, Readonly<Record<string, string>>>>}
 */
export const layouts = {
  german: { Y: 'Z', Z: 'Y', '*': '}', '+': ']', '-': '/', '/': '&', ':': '>' },
  french: {
    0: ')', 1: '!', 2: '@', 3: '#', 4: '$', 5: '%', 6: '^', 7: '&', 8: '*', 9: '(',
    A: 'Q', Q: 'A', W: 'Z', Z: 'W', M: ':', $: ']', '%': '"', '*': '\\', '-': '6', '.': '<', '/': '>', ':': '.',
  },
  british: {}, // has all 45 where the US keyboard has them
};

/**
 * What is wrong, from the closed list below, with what fills its sentence.
 * @typedef {object} Finding
 * @property {'right' | 'dropped' | 'layout' | 'capitals' | 'characters' | 'other'} kind
 * @property {string} layout             a key of layouts
 * @property {[string, string][]} wrong  expected and received
 * @property {number} count              characters that arrived
 * @property {boolean} enter             whether Enter or Tab ended it
 */

/**
 * @param {string} text   as it was typed
 * @param {boolean} enter
 * @returns {Finding}
 */
export function judge(text, enter) {
  const count = text.length;
  /** @type {Finding} */
  const finding = { kind: 'right', layout: '', wrong: [], count, enter };
  if (count !== calibration.length) {
    // Another code, or some keys were lost on the way.
    const order = isPart(text.toUpperCase(), calibration);
    return { ...finding, kind: order ? 'dropped' : 'other' };
  }
  const wrong = /** @type {[string, string][]} */ ([...calibration].flatMap((want, i) => (want === text[i] ? [] : [[want, text[i]]])));
  if (!wrong.length) return finding;
  if (text.toUpperCase() === calibration) return { ...finding, kind: 'capitals', wrong };
  for (const [layout, table] of Object.entries(layouts)) {
    if (text.toUpperCase() === [...calibration].map((letter) => table[letter] ?? letter).join('').toUpperCase()) return { ...finding, kind: 'layout', layout, wrong };
  }
  return { ...finding, kind: wrong.length > calibration.length / 2 ? 'other' : 'characters', wrong };
}

/**
 * Whether the characters of a text stand in another in the same order, with gaps.
 * @param {string} part
 * @param {string} whole
 */
function isPart(part, whole) {
  let at = -1;
  return [...part].every((letter) => (at = whole.indexOf(letter, at + 1)) >= 0);
}
