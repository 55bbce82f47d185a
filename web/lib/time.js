// Times as staff read them.

/**
 * Hours and minutes on this machine's clock.
 * @param {number} at  Unix ms
 */
export function clockTime(at) {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * Year, month and day on this machine's calendar, as YYYY-MM-DD.
 * @param {number} at  Unix ms
 */
export function calendarDay(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * Days from one moment's calendar day to another's.
 * @param {number} from  Unix ms
 * @param {number} to    Unix ms
 */
export function calendarDays(from, to) {
  const midnight = (/** @type {number} */ at) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

/** @param {number} n */
function two(n) {
  return String(n).padStart(2, '0');
}
