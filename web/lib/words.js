// Finds the sentence for a key. Chinese and English stand side by side where a
// customer may read along: the chosen language large, the other small.

import zh from '../i18n/zh.js';
import en from '../i18n/en.js';

/** @typedef {'zh' | 'en'} Language */
/** @typedef {Readonly<Record<string, string | number | undefined>>} Fill */

/** @type {Record<Language, Record<string, string>>} */
const tables = { zh: { ...zh }, en: { ...en } };

/**
 * Adds the sentences that one page alone needs.
 * @param {Readonly<Record<Language, Readonly<Record<string, string>>>>} more
 */
export function learn(more) {
  Object.assign(tables.zh, more.zh);
  Object.assign(tables.en, more.en);
}

/**
 * The sentence for a key. A brace without a value switches to KEY.plain. A missing key
 * gives the key itself, which a test of the tables makes impossible for known keys.
 * @param {Language} language
 * @param {string} key
 * @param {Fill} [fill]
 * @returns {string}
 */
export function sentence(language, key, fill = {}) {
  const table = tables[language];
  const text = table[key];
  if (text === undefined) return key;
  const names = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  if (names.some((name) => fill[name] === undefined) && table[`${key}.plain`] !== undefined) {
    return table[`${key}.plain`];
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => String(fill[name] ?? ''));
}

/**
 * A day in full: 2026-03-01 in English, 2026年3月1日 in Chinese.
 * @param {Language} language
 * @param {string} day  YYYY-MM-DD, as China's calendar has it
 */
export function dayInFull(language, day) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match || language === 'en') return day;
  return `${match[1]}年${Number(match[2])}月${Number(match[3])}日`;
}

/**
 * Fill for the sentences of a result.
 * @param {Language} language
 * @param {import('../types/engine.js').Detail | undefined} detail
 * @returns {Fill}
 */
export function detailFill(language, detail) {
  if (!detail) return {};
  return {
    date: detail.date && dayInFull(language, detail.date),
    days: detail.days,
    minutes: detail.minutes,
    kind: detail.kind && kindWords(language, detail.kind),
    claim: detail.claim && tables[language][`claim.${detail.claim}`],
  };
}

/**
 * @param {Language} language
 * @param {string} kind
 */
function kindWords(language, kind) {
  return tables[language][`kind.${kind}`] ?? tables[language]['kind.code'];
}

/**
 * The claims that are text, in the order in which people read them, each with its value in words.
 * @param {import('../types/engine.js').Claims} claims
 * @param {Words} words
 * @returns {[name: string, value: string][]}
 */
export function claimLines(claims, words) {
  /** @type {[string, string | undefined][]} */
  const lines = [
    ['name', claims.name],
    ['id', claims.id],
    ['birth', claims.birth && dayInFull(words.language, claims.birth)],
    ['sex', claims.sex ? words.say(`sex.${claims.sex}`) : ''],
    ['address', claims.address],
  ];
  return lines.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

/** The language of the page, and how to change it. */
export class Words {
  /** @param {Language} language */
  constructor(language) {
    this.language = language;
  }

  /** @returns {Language} */
  get other() {
    return this.language === 'zh' ? 'en' : 'zh';
  }

  /**
   * @param {string} key
   * @param {Fill} [fill]
   */
  say(key, fill) {
    return sentence(this.language, key, fill);
  }

  /**
   * The sentence in the other language, to stand small beside the first.
   * @param {string} key
   * @param {Fill} [fill]
   */
  aside(key, fill) {
    return sentence(this.other, key, fill);
  }

  /**
   * Translates what the HTML marks with data-t (text) or data-t-label (aria-label).
   * @param {ParentNode} root
   */
  apply(root) {
    for (const node of root.querySelectorAll('[data-t]')) {
      node.textContent = this.say(/** @type {HTMLElement} */ (node).dataset.t ?? '');
    }
    for (const node of root.querySelectorAll('[data-t-label]')) {
      node.setAttribute('aria-label', this.say(/** @type {HTMLElement} */ (node).dataset.tLabel ?? ''));
    }
  }
}

/**
 * The language to start in: the one chosen before, else the browser's, else Chinese.
 * @param {string | null} chosen
 * @param {readonly string[]} preferred  as navigator.languages
 * @returns {Language}
 */
export function startLanguage(chosen, preferred) {
  if (chosen === 'zh' || chosen === 'en') return chosen;
  const first = preferred.find((tag) => /^(zh|en)\b/i.test(tag));
  return first && /^en/i.test(first) ? 'en' : 'zh';
}
