// The surface of the engine, as the pages see it. Each type names the Go type it
// mirrors; a browser test compares the two. All times are Unix milliseconds unless
// a comment says otherwise; all bytes are base64url without padding.

/** Mirrors reason.Class of shared/reason as verify.Outcome of shared/verify. */
export type Outcome = 'accepted' | 'conditional' | 'rejected' | 'undetermined' | 'unreadable';

/** The names of checks in verify.order, in the order in which they run. */
export type CheckID =
  | 'read' | 'issuer' | 'signature' | 'dates' | 'revocation'
  | 'binding' | 'freshness' | 'purpose' | 'redeem';

/** Mirrors verify.State. */
export type CheckState = 'passed' | 'failed' | 'unknown' | 'not-reached';

/** Mirrors verify.Check. */
export interface Check {
  id: CheckID;
  state: CheckState;
  /** A reason.Code; present when state is failed or unknown. */
  reason?: string;
}

/** Mirrors verify.Claims: only what was shown and what the purpose lets staff see. */
export interface Claims {
  name?: string;
  id?: string;
  over18?: boolean;
  /** YYYY-MM-DD. */
  birth?: string;
  sex?: 'male' | 'female' | 'other';
  address?: string;
  /** An image file, base64url. */
  photo?: string;
}

/** Mirrors verify.Issuer. */
export interface Issuer {
  id: string;
  zh: string;
  en: string;
  region?: string;
}

/** Mirrors verify.Detail: what fills the braces of a sentence. */
export interface Detail {
  /** Day, YYYY-MM-DD by China time. */
  date?: string;
  /** Age of a list. */
  days?: number;
  /** Error of the clock. */
  minutes?: number;
  /** What a text that is no card looks like, see credential.Kind. */
  kind?: string;
  /** Name of a claim missing or in excess. */
  claim?: string;
}

/** Mirrors app.Asked. */
export interface Asked {
  code: string;
  zh: string;
  en: string;
  /** Empty: no legal basis configured. */
  rule: string;
}

/** Mirrors verify.Result. Claims are empty unless the outcome is accepted or conditional. */
export interface Result {
  outcome: Outcome;
  class: 'A' | 'B' | 'C' | 'D' | '';
  /** A reason.Code. */
  reason: string;
  /** reason.Code.Short, as in S-7. */
  code: string;
  checks: Check[];
  claims: Claims;
  issuer?: Issuer;
  tier?: string;
  /** RFC 3339. */
  expires?: string;
  /** Code, names and rule of the purpose; no rule: no legal basis configured. */
  purpose?: string;
  purposeZh?: string;
  purposeEn?: string;
  rule?: string;
  detail?: Detail;
  redeemed: 'server' | 'page' | 'none';
  /** The challenge was made without a network. */
  offline: boolean;
  handle?: string;
  /** CWT by the operator, base64url. */
  receipt?: string;
  demo?: boolean;
}

/** Mirrors app.Modules: a symbol without its quiet zone. */
export interface Modules {
  /** Modules on a side. */
  size: number;
  /** Rows from the top, 1 is dark, most significant bit first, rows not padded; base64url. */
  bits: string;
}

/** Mirrors verify.Party. */
export interface Party {
  id: string;
  name: string;
}

/** Mirrors app.BootRequest. */
export interface BootRequest {
  op: 'boot';
  now: number;
  /** COSE_Key that signs the trust list. */
  anchor: string;
  trust: string;
  policy: string;
  status: string[];
  party: Party;
  /** Whether cards of demonstration issuers are taken. */
  demo: boolean;
  /** Highest sequence of a trust list seen under this anchor; 0 for none. */
  highest: number;
}

/** Mirrors app.Purpose. */
export interface Purpose {
  code: string;
  zh: string;
  en: string;
  tier: string;
  request: string[];
  rule: string;
}

/** Mirrors app.BootAnswer. */
export interface BootAnswer {
  demo: boolean;
  sequence: number;
  trustExpires: number;
  statusExpires: number;
  /** The earlier of the two above: until then checks work without a network. */
  offlineUntil: number;
  version: string;
  purposes: Purpose[];
  /** Reason codes of lists that were not taken. */
  problems: string[];
}

/** Mirrors app.ChallengeAnswer, of the operations challenge.adopt and challenge.make. */
export interface Challenge {
  id: string;
  text: string;
  modules: Modules;
  issued: number;
  renewAt: number;
  expires: number;
  offline: boolean;
  purpose: string;
}

/** Mirrors app.VerifyAnswer. While redeem is set the result is provisional and is not shown. */
export interface VerifyAnswer {
  result: Result;
  redeem: { ticket: string; body: string } | null;
}

/** Mirrors app.ResultAnswer, of the operations conclude and decide. */
export interface ResultAnswer {
  result: Result;
}

/** Mirrors app.HolderReadAnswer; see Asked. */
export interface HolderRead {
  party: Party;
  /** Null for a challenge made without a network. */
  operator: Issuer | null;
  purpose: Asked;
  /** Names of the claims asked for. */
  claims: string[];
  expires: number;
  /** True when the counter signed for itself: its name is not confirmed. */
  offline: boolean;
  /** A reason.Code that forbids an answer, or null. */
  reason: string | null;
}

/** Mirrors app.HolderCardAnswer. */
export interface HolderCard {
  tier: string;
  issuer: string;
  expires: number;
  claims: Claims;
}

/** Mirrors app.HolderBeginAnswer. */
export interface HolderBegin {
  ticket: string;
  toSign: string;
}

/** Mirrors app.HolderFinishAnswer. */
export interface HolderFinish {
  text: string;
  size: number;
  bits: string;
  expires: number;
}

/** Mirrors app.ScanAnswer. */
export interface Scan {
  text: string | null;
  /** Corners of the symbol in pixels of the frame. */
  corners?: [number, number][];
}

/** A scan with what the worker adds to it. */
export interface ScanReport extends Scan {
  width: number;
  height: number;
  /** Engine memory in bytes. */
  memory: number;
}

/** Mirrors app.Error. */
export interface EngineFault {
  error: { code: string; message: string };
}

/** Operation name to its request without op, and its answer. */
export interface Operations {
  boot: [Omit<BootRequest, 'op'>, BootAnswer];
  'challenge.adopt': [{ now: number; text: string }, Challenge];
  'challenge.make': [{ now: number; purpose: string }, Challenge];
  verify: [{ now: number; text: string; purpose: string }, VerifyAnswer];
  conclude: [{ now: number; ticket: string; status: number; body: string }, ResultAnswer];
  decide: [{ now: number; answer: 'same' | 'unsure' | 'different' }, ResultAnswer];
  forget: [Record<string, never>, Record<string, never>];
  encode: [{ text: string; level: 'L' | 'M' | 'Q' | 'H' }, Modules];
  'holder.read': [{ now: number; text: string }, HolderRead];
  'holder.card': [{ now: number; card: string }, HolderCard];
  'holder.begin': [{ now: number; card: string; challenge: string; claims: string[] }, HolderBegin];
  'holder.finish': [{ ticket: string; signature: string }, HolderFinish];
}

/** What the page sends to the worker. */
export type WorkerRequest =
  | { id: number; kind: 'call'; request: string }
  | { id: number; kind: 'frame'; frame: VideoFrame }
  | { id: number; kind: 'bitmap'; bitmap: ImageBitmap }
  | { id: number; kind: 'image'; blob: Blob };

/** What the worker sends to the page. */
export type WorkerReply =
  | { kind: 'ready'; memory: number }
  | { kind: 'crashed'; message: string }
  | { kind: 'answer'; id: number; answer: unknown; memory: number }
  | { kind: 'refused'; id: number; code: string; message: string };
