// Draws a QR symbol on a canvas: black on white in every theme, whole device pixels to a
// module, quiet zone of four modules (ISO/IEC 18004 §5.3.8).

import { fromBase64url } from './bytes.js';
import { svg } from './dom.js';

/** @typedef {import('../types/engine.js').Modules} Modules */

export const quietModules = 4;

/**
 * Unpacks the modules of a symbol.
 * @param {Modules} modules
 * @returns {Uint8Array}  size*size bytes, 1 is dark
 */
export function unpack({ size, bits }) {
  const packed = fromBase64url(bits);
  const cells = new Uint8Array(size * size);
  for (let i = 0; i < cells.length; i++) cells[i] = (packed[i >> 3] >> (7 - (i & 7))) & 1;
  return cells;
}

/**
 * Device pixels to a module that fit an edge, at least one.
 * @param {number} size    modules on a side, without quiet zone
 * @param {number} edge    device pixels at hand
 */
export function modulePixels(size, edge) {
  return Math.max(1, Math.floor(edge / (size + 2 * quietModules)));
}

/**
 * Draws a symbol as large as the edge allows and sizes the canvas to it.
 * @param {HTMLCanvasElement} canvas
 * @param {Modules} modules
 * @param {number} edge   CSS pixels at hand
 * @param {number} [ratio]  device pixels to a CSS pixel
 */
export function drawSymbol(canvas, modules, edge, ratio = globalThis.devicePixelRatio || 1) {
  const { size } = modules;
  const scale = modulePixels(size, Math.floor(edge * ratio));
  const side = (size + 2 * quietModules) * scale;
  canvas.width = side;
  canvas.height = side;
  canvas.style.width = `${side / ratio}px`;
  canvas.style.height = `${side / ratio}px`;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.fillStyle = '#000';
  const cells = unpack(modules);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!cells[y * size + x]) continue;
      let run = 1; // neighbouring dark modules in one stroke, so no hairline shows between them
      while (x + run < size && cells[y * size + x + run]) run++;
      context.fillRect((x + quietModules) * scale, (y + quietModules) * scale, run * scale, scale);
      x += run;
    }
  }
}

/**
 * A symbol with its quiet zone as a drawing, which paper shows as sharp as it can.
 * @param {Modules} modules
 * @param {string} label
 */
export function symbolDrawing(modules, label) {
  const { size } = modules;
  const cells = unpack(modules);
  const strokes = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!cells[y * size + x]) continue;
      let run = 1;
      while (x + run < size && cells[y * size + x + run]) run++;
      strokes.push(`M${x} ${y}h${run}v1h-${run}z`);
      x += run;
    }
  }
  const side = size + 2 * quietModules;
  return svg('svg', { class: 'symbol', viewBox: `${-quietModules} ${-quietModules} ${side} ${side}`, role: 'img', 'aria-label': label },
    svg('rect', { x: -quietModules, y: -quietModules, width: side, height: side, fill: '#fff', stroke: 'none' }),
    svg('path', { d: strokes.join(''), fill: '#000', stroke: 'none', 'shape-rendering': 'crispEdges' }));
}
