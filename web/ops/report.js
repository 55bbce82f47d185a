// What the server reports to its operator, and sums of it. The types mirror worker/ops.

/**
 * @typedef {object} Hour
 * @property {string} begin  RFC 3339
 * @property {number} issued
 * @property {number} redeemed
 * @property {number} replays
 * @property {number} expired
 * @property {number} limited
 * @property {number} refused
 * @property {number} faults
 * @property {Record<string, number>} outcomes  by reason code: the terminals' word on checks
 * @property {Record<string, number>} refusals  by reason code: of requests
 * @property {number} median  ms
 * @property {number} p95     ms
 */

/**
 * @typedef {object} Report
 * @property {string} now
 * @property {boolean} healthy
 * @property {{version: string, go: string, store: string, demo: boolean, started: string}} about
 * @property {Hour[]} hours
 * @property {{party: string, terminal: string, seen: string, issued: number, redeemed: number, sequence: number}[]} terminals
 */

const counted = /** @type {const} */ (['issued', 'redeemed', 'replays', 'expired', 'limited', 'refused', 'faults']);

/** @param {Report} report */
function dayHours({ now, hours }) {
  return hours.filter(({ begin }) => Date.parse(now) - Date.parse(begin) < 24 * 3_600_000);
}

/**
 * The last 24 hours in one row: sums, and of times those of the slowest hour.
 * @param {Report} report
 */
export function lastDay(report) {
  const day = { issued: 0, redeemed: 0, replays: 0, expired: 0, limited: 0, refused: 0, faults: 0, median: 0, p95: 0 };
  for (const hour of dayHours(report)) {
    for (const key of counted) day[key] += hour[key];
    day.median = Math.max(day.median, hour.median);
    day.p95 = Math.max(day.p95, hour.p95);
  }
  return day;
}

/**
 * Reasons of the last 24 hours, of checks and of refused requests, the most frequent first.
 * @param {Report} report
 */
export function reasonRows(report) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { outcomes, refusals } of dayHours(report)) {
    for (const [code, n] of [...Object.entries(outcomes), ...Object.entries(refusals)]) sums.set(code, (sums.get(code) ?? 0) + n);
  }
  return [...sums].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

/**
 * The hours as CSV (RFC 4180). Nothing in it needs quotes: times, numbers and reason codes.
 * @param {Report} report
 */
export function csv(report) {
  const keys = /** @type {const} */ (['begin', ...counted, 'median', 'p95']);
  const reasons = (/** @type {Record<string, number>} */ of) => Object.entries(of).map(([code, n]) => `${code}:${n}`).join(' ');
  const rows = report.hours.map((hour) => [...keys.map((key) => String(hour[key])), reasons(hour.outcomes), reasons(hour.refusals)]);
  return [[...keys, 'outcomes', 'refusals'], ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}
