// Texts that come in several parts, as an answer with a portrait: the engine puts them
// together. Frames of the camera never come here, since the engine sees them itself.

/** Begins each part; see shared/sequence. */
const prefix = 'SQ1:';

/**
 * The text that was typed, pasted or sent by a scanner, or null while parts of it are
 * missing. Rejects when the engine stops.
 * @param {Pick<import('../engine/client.js').Engine, 'call'>} engine
 * @param {string} text
 * @returns {Promise<string | null>}
 */
export async function gather(engine, text) {
  return (await engine.call('collect', { text })).text;
}

/** @param {string} text */
export function isPart(text) {
  return text.startsWith(prefix);
}
