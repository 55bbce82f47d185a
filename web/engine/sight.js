// What the engine saw in a frame, as it lies in the engine's memory.

/** @typedef {import('../types/engine.js').Sight} Sight */

/** The members of app.Sight behind its corners, in their order there. */
const rest = /** @type {const} */ (['module', 'blur', 'smear', 'clipped', 'light', 'dark', 'seen', 'have', 'parts']);

/**
 * Reads a sight from memory: eight numbers of corners, then the rest.
 * @param {ArrayBuffer} memory
 * @param {number} at  address
 * @returns {Sight}
 */
export function readSight(memory, at) {
  const numbers = new Float32Array(memory, at, 8 + rest.length);
  /** @type {[number, number][]} */
  const corners = [];
  for (let i = 0; i < 8; i += 2) corners.push([numbers[i], numbers[i + 1]]);
  const sight = { corners, module: 0, blur: 0, smear: 0, clipped: 0, light: 0, dark: 0, seen: 0, have: 0, parts: 0 };
  rest.forEach((name, i) => { sight[name] = numbers[8 + i]; });
  return sight;
}

/**
 * Moves a point of a camera's picture to where it is shown: a telephone's sensor lies on
 * its side, and the frame says by how much it has to be turned.
 * @param {readonly [number, number]} point  in the picture as it is in memory
 * @param {number} width     of that picture
 * @param {number} height
 * @param {number} degrees   clockwise: 0, 90, 180 or 270
 * @returns {[number, number]}
 */
export function turned([x, y], width, height, degrees) {
  switch (degrees) {
    case 90:
      return [height - y, x];
    case 180:
      return [width - x, height - y];
    case 270:
      return [y, width - x];
    default:
      return [x, y];
  }
}
