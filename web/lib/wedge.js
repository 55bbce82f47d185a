// USB scanners type like a keyboard ("keyboard wedge"). Their strokes are read by
// physical key, never by the character: an active Chinese input method reports every
// key as "Process" but keeps `code`.

/**
 * The part of a KeyboardEvent that counts here.
 * @typedef {object} Stroke
 * @property {string} code       physical key, as in KeyboardEvent.code
 * @property {boolean} shiftKey
 * @property {number} timeStamp  ms
 */

/** A cheap scanner on a busy PC has been seen to leave 55 ms between keys. */
export const maxGapMs = 100;

/** Silence after which a burst without Enter is over. */
export const silenceMs = 150;

/** Shorter bursts are fingers, or a barcode that is no card. */
export const minKeys = 20;

/** Characters of a US keyboard by physical key: plain, with Shift. */
const keyTable = new Map(Object.entries({
  Space: '  ', Minus: '-_', Equal: '=+', BracketLeft: '[{', BracketRight: ']}', Backslash: '\\|',
  Semicolon: ';:', Quote: '\'"', Backquote: '`~', Comma: ',<', Period: '.>', Slash: '/?',
  Digit1: '1!', Digit2: '2@', Digit3: '3#', Digit4: '4$', Digit5: '5%',
  Digit6: '6^', Digit7: '7&', Digit8: '8*', Digit9: '9(', Digit0: '0)',
  NumpadAdd: '++', NumpadSubtract: '--', NumpadMultiply: '**', NumpadDivide: '//', NumpadDecimal: '..',
}));

const ends = new Set(['Enter', 'NumpadEnter', 'Tab']);

/** Formats written in capitals only: for them a Caps Lock does no harm. */
const capitals = /^(KB1|ID1|SQ1|CH1|HC1|NZCP):/i;

/**
 * The character of a stroke, or '' for a key that has none.
 * @param {Stroke} stroke
 */
export function character({ code, shiftKey }) {
  if (code.length === 4 && code.startsWith('Key')) return shiftKey ? code[3] : code[3].toLowerCase();
  if (code.length === 7 && code.startsWith('Numpad')) return code[6];
  return keyTable.get(code)?.[shiftKey ? 1 : 0] ?? '';
}

/**
 * Joins the keystrokes of a scanner into one text.
 * @param {readonly Stroke[]} strokes  in order, without the ending Enter or Tab
 * @param {number} [gapMs]
 * @returns {string | null}  null when the burst is too short or too slow to be a scanner
 */
export function joinKeys(strokes, gapMs = maxGapMs) {
  for (let i = 1; i < strokes.length; i++) {
    if (strokes[i].timeStamp - strokes[i - 1].timeStamp > gapMs) return null;
  }
  const text = strokes.map(character).join('');
  if (text.length < minKeys) return null;
  return capitals.test(text) ? text.toUpperCase() : text;
}

/**
 * Listens to a document and tells scanner bursts from single keys.
 */
export class Wedge {
  /**
   * @param {object} hooks
   * @param {(text: string, since: number, ended: boolean) => void} hooks.onText  since: when the first
   *     key came, by timeStamp; ended: by Enter or Tab, not by silence
   * @param {(code: string) => void} hooks.onKey   a key on its own, 100 ms after it was pressed; Escape at once
   */
  constructor({ onText, onKey }) {
    this.onText = onText;
    this.onKey = onKey;
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.listener = (/** @type {KeyboardEvent} */ event) => this.press(event);
  }

  /** @param {EventTarget} target */
  attach(target) {
    target.addEventListener('keydown', /** @type {EventListener} */ (this.listener), { capture: true });
  }

  /** @param {EventTarget} target */
  detach(target) {
    target.removeEventListener('keydown', /** @type {EventListener} */ (this.listener), { capture: true });
    clearTimeout(this.timer);
    this.strokes = [];
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (editable(event.target)) return;
    const { code, shiftKey, timeStamp } = event;
    if (code === 'Escape') {
      // No scanner sends it, so it need not wait.
      this.finish();
      this.onKey(code);
      return;
    }
    const end = ends.has(code);
    const letter = character({ code, shiftKey, timeStamp });
    if (!end && !letter) return; // Shift itself, arrows, function keys

    const before = this.strokes.at(-1);
    const running = before !== undefined && timeStamp - before.timeStamp <= maxGapMs;
    if (!running || (end && ends.has(before.code))) this.finish(); // Enter twice is two commands
    if (end && this.strokes.length > 1) {
      // The Enter of a scanner ends its burst and presses nothing.
      event.preventDefault();
      event.stopPropagation();
      this.finish(true);
      return;
    }
    if (running || !pressable(event.target)) {
      // Inside a burst a space must not press the focused button, and '/' must not open a search.
      if (running || code === 'Space') event.preventDefault();
    } else if (end || code === 'Space') {
      return; // an ordinary press of a focused button or link
    }
    if (code === 'Tab') return;
    this.strokes.push({ code, shiftKey, timeStamp });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.finish(), this.strokes.length > 1 ? silenceMs : maxGapMs);
  }

  /**
   * Ends the burst: a text, or a key on its own, or nothing worth a word.
   * @param {boolean} [ended]  by Enter or Tab
   */
  finish(ended = false) {
    clearTimeout(this.timer);
    const strokes = this.strokes;
    if (!strokes.length) return;
    this.strokes = [];
    const text = joinKeys(strokes);
    if (text !== null) this.onText(text, strokes[0].timeStamp, ended);
    else if (strokes.length === 1) this.onKey(strokes[0].code);
  }
}

/** @param {EventTarget | null} target */
function editable(target) {
  return typeof Element !== 'undefined' && target instanceof Element
    && target.closest('input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select, [contenteditable=true]') !== null;
}

/** @param {EventTarget | null} target */
function pressable(target) {
  return typeof Element !== 'undefined' && target instanceof Element
    && target.closest('button, a[href], summary, label, input') !== null;
}
