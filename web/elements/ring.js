// A ring that empties as time runs out, with the seconds in it.

import { h, svg } from '../lib/dom.js';

const radius = 26;
const round = 2 * Math.PI * radius;

export class Ring {
  constructor() {
    this.arc = svg('circle', { class: 'ring-arc', cx: 32, cy: 32, r: radius, 'stroke-dasharray': round, transform: 'rotate(-90 32 32)' });
    this.number = h('span', { class: 'ring-number' });
    this.node = h('div', { class: 'ring', 'aria-hidden': 'true' },
      svg('svg', { viewBox: '0 0 64 64' }, svg('circle', { class: 'ring-track', cx: 32, cy: 32, r: radius }), this.arc), this.number);
  }

  /**
   * @param {number} left   ms
   * @param {number} whole  ms
   */
  set(left, whole) {
    const part = whole > 0 ? Math.min(1, Math.max(0, left / whole)) : 0;
    this.arc.setAttribute('stroke-dashoffset', String(round * (1 - part)));
    const text = String(Math.max(0, Math.ceil(left / 1000)));
    if (this.number.textContent !== text) this.number.textContent = text;
  }
}
