// Small choices kept on this machine: language, theme, sound, camera. A browser that
// refuses storage only forgets them.

const prefix = 'jianzheng.';

/**
 * @param {string} name
 * @returns {string | null}
 */
export function recall(name) {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string | null} value  null forgets
 */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    // A choice that cannot be kept still holds for this visit.
  }
}

/** Forgets every choice. That this machine is enrolled as a terminal is none. */
export function forgetPreferences() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(prefix) && key !== `${prefix}terminal`) localStorage.removeItem(key);
    }
  } catch {
    // Nothing was kept then.
  }
}

/** @typedef {'auto' | 'light' | 'dim'} Theme */

/** @returns {Theme} */
export function theme() {
  const kept = recall('theme');
  return kept === 'light' || kept === 'dim' ? kept : 'auto';
}

/**
 * Puts a theme on the page and keeps the choice.
 * @param {Theme} choice
 */
export function setTheme(choice) {
  remember('theme', choice === 'auto' ? null : choice);
  applyTheme();
}

/** Whether type is big. */
export const big = () => recall('big') === 'yes';

/** @param {boolean} choice */
export function setBig(choice) {
  remember('big', choice ? 'yes' : null);
  applyTheme();
}

/** Puts the kept look on the page, and its paper on the frame that the browser draws around it. */
export function applyTheme() {
  const choice = theme();
  document.documentElement.classList.toggle('is-big', big());
  if (big()) void import('./modes.js');
  for (const meta of /** @type {NodeListOf<HTMLMetaElement>} */ (document.querySelectorAll('meta[name="theme-color"]'))) {
    const dim = choice === 'auto' ? meta.media.includes('dark') : choice === 'dim';
    meta.content = dim ? '#11171B' : '#F5F6F2';
  }
  if (choice === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
}

/**
 * The theme after this one, for a button that goes round.
 * @param {Theme} choice
 * @returns {Theme}
 */
export function nextTheme(choice) {
  return choice === 'auto' ? 'dim' : choice === 'dim' ? 'light' : 'auto';
}
