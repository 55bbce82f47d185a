// The dialogs of the staff page that are loaded when they are first opened.

/** @typedef {import('../lib/words.js').Words} Words */
/** @typedef {import('../engine/client.js').Engine} Engine */
/** @typedef {HTMLElement & {dialog: HTMLDialogElement, toggle(words: Words): void, hear?(text: string, enter: boolean): void}} Box */

/** @type {Readonly<Record<string, (engine: Engine) => Promise<Box>>>} */
const kinds = {
  help: async () => new (await import('../elements/ev-help.js')).EvHelp(),
  scanner: async (engine) => Object.assign(new (await import('../elements/ev-scanner.js')).EvScanner(), { engine }),
  tools: async () => new (await import('../elements/ev-tools.js')).EvTools(),
};

/** @type {Map<string, Box>} */
const boxes = new Map();

/**
 * Opens a dialog, or closes it.
 * @param {'help' | 'scanner' | 'tools'} kind
 * @param {Words} words
 * @param {Engine} engine
 */
export async function toggleBox(kind, words, engine) {
  const fresh = boxes.has(kind) ? null : await kinds[kind](engine);
  if (fresh && !boxes.has(kind)) {
    boxes.set(kind, fresh);
    document.body.append(fresh);
  }
  boxes.get(kind)?.toggle(words);
}

/**
 * Whether a dialog took what a scanner typed.
 * @param {string} text
 * @param {boolean} enter
 */
export function boxHears(text, enter) {
  const box = boxes.get('scanner');
  if (!box?.dialog.open) return false;
  box.hear?.(text, enter);
  return true;
}
