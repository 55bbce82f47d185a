// Icons as SVG nodes. Each outcome has its own shape, so that colour is never the only sign.

import { svg } from '../lib/dom.js';

/** @typedef {import('../types/engine.js').Outcome} Outcome */

/** @type {Readonly<Record<string, () => SVGElement[]>>} */
const shapes = {
  // tick in a circle
  accepted: () => [
    svg('circle', { cx: 32, cy: 32, r: 27 }),
    svg('path', { d: 'M19 33l9 9 17-19' }),
  ],
  // face in a square
  conditional: () => [
    svg('rect', { x: 6, y: 6, width: 52, height: 52, rx: 8 }),
    svg('circle', { cx: 32, cy: 26, r: 9 }),
    svg('path', { d: 'M16 50c2-10 8-14 16-14s14 4 16 14' }),
  ],
  // cross in an octagon
  rejected: () => [
    svg('path', { d: 'M21 5h22l16 16v22L43 59H21L5 43V21z' }),
    svg('path', { d: 'M22 22l20 20M42 22L22 42' }),
  ],
  // broken line and clock
  undetermined: () => [
    svg('path', { d: 'M4 32h9M51 32h9' }),
    svg('circle', { cx: 32, cy: 32, r: 16 }),
    svg('path', { d: 'M32 22v10l7 5' }),
  ],
  // torn code
  unreadable: () => [
    svg('path', { d: 'M8 8h14v14H8zM42 8h14v14H42zM8 42h14v14H8z' }),
    svg('path', { d: 'M31 4l-4 12 8 10-8 12 8 10-4 12' }),
    svg('path', { d: 'M45 34v6M56 34v12M45 50h4M56 56h-6' }),
  ],
  checking: () => [
    svg('circle', { cx: 32, cy: 32, r: 26, 'stroke-dasharray': '10 8' }),
    svg('path', { d: 'M22 32h20' }),
  ],
  camera: () => [svg('path', { d: 'M6 18h12l5-7h18l5 7h12v34H6z' }), svg('circle', { cx: 32, cy: 34, r: 10 })],
  scanner: () => [svg('path', { d: 'M8 10v44M17 10v44M26 10v30M35 10v44M44 10v30M55 10v44' })],
  network: () => [svg('path', { d: 'M6 26c16-14 36-14 52 0M15 37c11-9 23-9 34 0M24 47c5-4 11-4 16 0' }), svg('circle', { cx: 32, cy: 54, r: 2 })],
  lists: () => [svg('path', { d: 'M14 6h36v52H14zM23 20h18M23 31h18M23 42h11' })],
  register: () => [svg('path', { d: 'M12 8h34a6 6 0 0 1 6 6v42H18a6 6 0 0 1-6-6zM12 50a6 6 0 0 1 6-6h34M24 20h16' })],
  clock: () => [svg('circle', { cx: 32, cy: 32, r: 25 }), svg('path', { d: 'M32 17v16l11 7' })],
  sound: () => [svg('path', { d: 'M8 24h11l14-12v40L19 40H8zM43 22c6 6 6 14 0 20M51 15c10 10 10 24 0 34' })],
  mute: () => [svg('path', { d: 'M8 24h11l14-12v40L19 40H8zM43 24l14 16M57 24L43 40' })],
  language: () => [svg('circle', { cx: 32, cy: 32, r: 25 }), svg('path', { d: 'M7 32h50M32 7c-14 14-14 36 0 50c14-14 14-36 0-50' })],
  theme: () => [svg('circle', { cx: 32, cy: 32, r: 25 }), svg('path', { d: 'M32 7v50a25 25 0 0 0 0-50', fill: 'currentColor' })],
  help: () => [svg('circle', { cx: 32, cy: 32, r: 25 }), svg('path', { d: 'M24 25c0-11 17-11 17 0c0 7-9 7-9 14M32 46v2' })],
  passed: () => [svg('path', { d: 'M12 34l13 13 27-30' })],
  failed: () => [svg('path', { d: 'M15 15l34 34M49 15L15 49' })],
  unknown: () => [svg('path', { d: 'M10 32h10M27 32h10M44 32h10' })],
  'not-reached': () => [svg('circle', { cx: 32, cy: 32, r: 4 })],
};

/**
 * @param {string} name
 * @param {string} [className]
 * @returns {SVGElement}
 */
export function icon(name, className = 'icon') {
  return svg('svg', { class: className, viewBox: '0 0 64 64', 'aria-hidden': 'true', focusable: 'false' }, ...(shapes[name]?.() ?? []));
}
