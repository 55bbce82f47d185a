// The register's part of the engine's surface, as engine.d.ts has the rest of it. Times are
// Unix milliseconds unless a comment says otherwise; bytes are base64url without padding.

import type { Outcome, Party, Result } from './engine.js';

/** Mirrors app.RegisterLine: a line of the register, to be stored under its number. */
export interface RegisterLine {
  line: string;
  number: number;
}

/** Mirrors app.RegisterStartRequest. */
export interface RegisterStart {
  now: number;
  party: Party;
  /** Public key of the inspector. */
  inspector: string;
  from: number;
  to: number;
  /** Of retention. */
  days: number;
}

/** Mirrors app.RegisterEnd: the first and the last line stored, which may be the same. */
export interface RegisterEnd {
  now: number;
  first: string;
  last: string;
}

/** Mirrors app.RegisterAppendRequest. */
export interface RegisterAppend {
  now: number;
  first: string;
  last: string;
  /** A complete result. What is sealed of its claims, the catalogue says. */
  result: Result;
  seat: string;
  /** A code, not a name. */
  staff: string;
  /** The hash that was posted to the endpoint, or empty. */
  hash: string;
  portrait: 'same' | 'unsure' | 'different' | '';
}

/** Mirrors app.RegisterAppendAnswer. */
export interface RegisterAppended {
  line: string;
  number: number;
  /** Whether anything is sealed in it. */
  sealed: boolean;
}

/** Mirrors app.RegisterCheckRequest: the next piece of a file, at most about 3 MB. */
export interface RegisterCheckRequest {
  /** Empty in the first call. */
  ticket: string;
  bytes: string;
  /** Whether more pieces follow. */
  more: boolean;
  /** Whether lines are listed. */
  rows: boolean;
  checkpoints: string[];
}

/** Mirrors app.RegisterStateAnswer: where a register stands. */
export interface RegisterState {
  party: Party;
  from: number;
  to: number;
  /** Of retention. */
  days: number;
  count: number;
  /** It takes few lines more: the next one has to begin. */
  full: boolean;
  /** Public key. */
  inspector: string;
  /** Hash of the first line, which tells registers apart. */
  anchor: string;
  /** JSON of POST /v1/checkpoints: a count and two hashes. */
  body: string;
}

/** Mirrors app.RegisterRow: the readable part of a sound line, and where it lies in the file. */
export interface RegisterRow {
  at: number;
  size: number;
  number: number;
  time: number;
  check?: RegisterSheet;
  opening?: RegisterNote;
  /** Sealed parts older than this were removed. */
  before?: number;
  /** A sealed part is there, or one was. */
  sealed: boolean;
  removed: boolean;
}

/** Mirrors register.Check. */
export interface RegisterSheet {
  seat?: string;
  staff?: string;
  outcome: Outcome;
  reason: string;
  class?: string;
  purpose?: string;
  rule?: string;
  handle?: string;
  /** Hexadecimal. */
  hash?: string;
  portrait?: 'same' | 'unsure' | 'different';
}

/** Mirrors app.RegisterNote: who read a sealed part, and why. */
export interface RegisterNote {
  line: number;
  reader: string;
  ground: string;
}

/** Mirrors app.RegisterCheckAnswer. */
export interface RegisterCheck {
  ticket: string;
  /** Null while more pieces are awaited. */
  report: RegisterReport | null;
  /** Lines that ended in this piece; null for none. */
  rows: RegisterRow[] | null;
  /** Those in the file, with the report. */
  checkpoints: string[] | null;
}

/** Mirrors register.Kind. */
export type RegisterFaultKind =
  | 'altered' | 'missing' | 'reordered' | 'duplicate' | 'unreadable' | 'inserted' | 'truncated'
  | 'rewritten' | 'outside-period' | 'sealed-altered' | 'sealed-missing' | 'sealed-kept'
  | 'destroyed-early' | 'checkpoint-forged' | 'checkpoint-foreign';

/** Mirrors register.Fault: what is wrong with the lines from from to to. */
export interface RegisterFault {
  kind: RegisterFaultKind;
  from: number;
  to: number;
}

/** Mirrors register.Report. */
export interface RegisterReport {
  /** Id of the relying party, and its name; absent without a first line. */
  party?: string;
  name?: string;
  /** RFC 3339, as to. */
  from?: string;
  to?: string;
  retentionDays?: number;
  lines: number;
  /** Sealed parts that are there, and that were removed. */
  sealed: number;
  destroyed: number;
  openings: number;
  /** Hash of the last line, hexadecimal. */
  head: string;
  /** Lines from the start that an operator signed for. */
  covered: number;
  /** Checkpoints whose signature was not checked. */
  unsigned: number;
  intact: boolean;
  faults: RegisterFault[];
  /** Faults beyond those listed. */
  more: number;
}

/** Mirrors register.Person. */
export interface RegisterPerson {
  name?: string;
  id?: string;
  birth?: string;
  sex?: string;
  address?: string;
}

/** Mirrors app.RegisterOpenRequest. */
export interface RegisterOpen {
  now: number;
  first: string;
  last: string;
  /** The line whose sealed part is to be read. */
  line: string;
  /** Private key of the inspector. */
  key: string;
  /** A code, not a name. */
  reader: string;
  ground: string;
}

/** Mirrors app.RegisterOpenAnswer. The line is stored before the person is shown. */
export interface RegisterOpened {
  line: string;
  number: number;
  person: RegisterPerson;
}

/** Mirrors app.RegisterDestroyAnswer. */
export interface RegisterDestroyed {
  line: string;
  number: number;
  /** For register.strip, to which all lines are given. */
  before: number;
}
