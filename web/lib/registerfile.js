// A register as a file: read through the engine piece by piece, as `jz register check` reads it.

/** @typedef {import('../types/register.js').RegisterReport} RegisterReport */
/** @typedef {import('../types/register.js').RegisterRow} RegisterRow */
/** @typedef {Pick<import('../engine/client.js').Engine, 'call' | 'feed'>} Checks */

/** A piece that the engine takes in a few milliseconds, so that progress is seen. */
const pieceBytes = 1 << 20;

/**
 * What a file holds. Rows are the lines that are sound in themselves, in the order of the file.
 * @typedef {object} Read
 * @property {RegisterReport} report
 * @property {RegisterRow[]} rows
 * @property {string[]} checkpoints
 */

/**
 * Checks a file.
 * @param {Checks} engine
 * @param {Blob} file
 * @param {(part: number) => void} [onProgress]  from 0 to 1
 * @returns {Promise<Read>}
 */
export async function readRegister(engine, file, onProgress) {
  const { ticket } = await engine.call('register.check', { ticket: '', bytes: '', more: true, rows: true, checkpoints: [] });
  /** @type {RegisterRow[]} */
  const rows = [];
  // The next piece is read from the disk while the engine is at work on this one.
  let next = piece(file, 0);
  for (let at = 0; at < file.size; at += pieceBytes) {
    const bytes = await next;
    next = piece(file, at + pieceBytes);
    for (const row of (await engine.feed(bytes)).rows ?? []) rows.push(row);
    onProgress?.(Math.min(1, (at + pieceBytes) / file.size));
  }
  const end = await engine.call('register.check', { ticket, bytes: '', more: false, rows: true, checkpoints: [] });
  for (const row of end.rows ?? []) rows.push(row);
  if (!end.report) throw new Error('the engine gave no report');
  return { report: end.report, rows, checkpoints: end.checkpoints ?? [] };
}

/**
 * @param {Blob} file
 * @param {number} at
 */
async function piece(file, at) {
  return new Uint8Array(await file.slice(at, at + pieceBytes).arrayBuffer());
}

/**
 * The bytes of one line.
 * @param {Blob} file
 * @param {RegisterRow} row
 */
export async function lineOf(file, row) {
  return new Uint8Array(await file.slice(row.at, row.at + row.size).arrayBuffer());
}

/**
 * Has the browser save bytes under a name.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
