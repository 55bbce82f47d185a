// This counter as the endpoint knows it: enrolled once by the operator's link, then with a
// token that is kept here, sent with each request and renewed while it is good. Loaded where
// there is a link or a token.

import { ApiError, post } from './api.js';
import { now as pageTime } from './clock.js';

/** A token older than this is changed for a new one. */
const renewMs = 24 * 3_600_000;

const key = 'terminal';

/**
 * What POST /v1/terminals answers; core.Enrolled of the server.
 * @typedef {object} Enrolled
 * @property {string} token
 * @property {string} terminal
 * @property {{id: string, name: string, purposes: string[]}} party
 * @property {string} issued   RFC 3339
 * @property {string} expires  RFC 3339
 */

/**
 * The ticket in a link's fragment, or ''.
 * @param {string} hash
 */
export function ticketOf(hash) {
  return /^#enrol=([\w-]{40,400})$/.exec(hash)?.[1] ?? '';
}

export class Terminal {
  /**
   * @param {object} parts
   * @param {Pick<import('./api.js').Api, 'json'>} parts.api
   * @param {(name: string) => string | null} parts.recall
   * @param {(name: string, value: string | null) => void} parts.remember
   * @param {() => number} [parts.now]
   */
  constructor({ api, recall, remember, now = pageTime }) {
    this.api = api;
    this.remember = remember;
    this.now = now;
    /** @type {Enrolled | null} */
    this.enrolled = read(recall(key));
  }

  /** The token to send, or '' for none. */
  get token() {
    return this.enrolled?.token ?? '';
  }

  /**
   * Changes the ticket in a link's fragment for a token. Returns '' or the reason code of
   * what failed.
   * @param {string} hash
   */
  async enrol(hash) {
    const ticket = ticketOf(hash);
    if (!ticket) return 'enrolment-invalid';
    return this.take('/v1/terminals', post(JSON.stringify({ ticket })));
  }

  /** Asks for a new token when this one is a day old. Returns '' or a reason code. */
  async renew() {
    if (!this.enrolled || this.now() - Date.parse(this.enrolled.issued) < renewMs) return '';
    return this.take('/v1/terminals/renew', post('{}', this.token));
  }

  /**
   * @param {string} path
   * @param {RequestInit} request
   */
  async take(path, request) {
    try {
      /** @type {Enrolled} */
      const enrolled = await this.api.json(path, request);
      this.enrolled = enrolled;
      this.remember(key, JSON.stringify(enrolled));
      return '';
    } catch (fault) {
      return fault instanceof ApiError ? fault.code : 'internal';
    }
  }

  /**
   * The configuration with this counter's place in it: its relying party, and a purpose
   * that is open to it.
   * @template {{party: {id: string, name: string}, purpose: string}} C
   * @param {C} config
   * @returns {C}
   */
  place(config) {
    if (!this.enrolled) return config;
    const { id, name, purposes } = this.enrolled.party;
    const purpose = purposes.includes(config.purpose) ? config.purpose : purposes[0] ?? config.purpose;
    return { ...config, party: { id, name }, purpose };
  }

  /**
   * Those of the catalogue's purposes that are open to this counter.
   * @template {{code: string}} P
   * @param {P[]} purposes
   */
  open(purposes) {
    const codes = this.enrolled?.party.purposes;
    return codes ? purposes.filter(({ code }) => codes.includes(code)) : purposes;
  }
}

/**
 * @param {string | null} text
 * @returns {Enrolled | null}
 */
function read(text) {
  try {
    const kept = JSON.parse(text ?? 'null');
    return typeof kept?.token === 'string' && Array.isArray(kept.party?.purposes) ? kept : null;
  } catch {
    return null;
  }
}
