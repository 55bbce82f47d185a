// Names as they may lie open on a counter.

/**
 * Keeps the first and the last character of a Chinese name, the first of each word of another.
 * @param {string} name
 */
export function maskName(name) {
  const words = name.trim().split(/\s+/);
  return words.map((word) => {
    const letters = [...word];
    if (letters.length < 2) return word;
    if (!/\p{Script=Han}/u.test(word)) return letters[0] + '*'.repeat(Math.min(letters.length - 1, 4));
    if (letters.length === 2) return letters[0] + '*';
    return letters[0] + '*'.repeat(letters.length - 2) + letters[letters.length - 1];
  }).join(' ');
}
