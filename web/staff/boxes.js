// The dialogs of the staff page that are loaded when they are first opened.

/** @typedef {import('../lib/words.js').Words} Words */

const kinds = {
  help: async () => new (await import('../elements/ev-help.js')).EvHelp(),
  tools: async () => new (await import('../elements/ev-tools.js')).EvTools(),
};

/** @type {Map<string, HTMLElement & {toggle(words: Words): void}>} */
const boxes = new Map();

/**
 * Opens a dialog, or closes it.
 * @param {keyof typeof kinds} kind
 * @param {Words} words
 */
export async function toggleBox(kind, words) {
  const fresh = boxes.has(kind) ? null : await kinds[kind]();
  if (fresh && !boxes.has(kind)) {
    boxes.set(kind, fresh);
    document.body.append(fresh);
  }
  boxes.get(kind)?.toggle(words);
}
