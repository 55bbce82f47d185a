// Builds DOM without markup in strings: the pages enforce Trusted Types, and what a
// card says must only ever become text.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An HTML element. Properties that start with "on" are listeners, "class" and names with
 * a hyphen are attributes, all others are set as properties.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'class' || name === 'role' || name === 'for' || name.includes('-')) node.setAttribute(name, String(value));
    else /** @type {any} */ (node)[name] = value;
  }
  append(node, children);
  return node;
}

/**
 * An SVG element with attributes.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  append(node, children);
  return node;
}

/**
 * @param {Element} node
 * @param {Child[]} children
 */
function append(node, children) {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
}

/**
 * The element with a given id, which the page's HTML promises.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no element #${id}`);
  return node;
}

/**
 * Changes a text only if it differs, so that live regions are not read out again.
 * @param {Node | undefined} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** A button that was clicked gives the keys back, so that Enter and Space mean what the page says. */
export function freeKeys() {
  document.addEventListener('click', ({ target, detail }) => {
    if (detail > 0 && target instanceof Element) target.closest('button')?.blur();
  });
}
