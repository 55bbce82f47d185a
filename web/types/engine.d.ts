// The surface of the engine, as the pages see it. Each type names the Go type it
// mirrors; a browser test compares the two. All times are Unix milliseconds unless
// a comment says otherwise; all bytes are base64url without padding.

import type {
  RegisterAppend, RegisterAppended, RegisterCheck, RegisterCheckRequest, RegisterDestroyed, RegisterEnd, RegisterLine, RegisterOpen, RegisterOpened,
  RegisterStart, RegisterState,
} from './register.js';

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
  /** The same of a catalogue of purposes. */
  highestPolicy: number;
}

/** Mirrors app.Purpose. */
export interface Purpose {
  code: string;
  zh: string;
  en: string;
  tier: string;
  /** Classes of proof that are accepted, of A to D. */
  classes: string[];
  request: string[];
  /** Claims that a holder may show besides. */
  optional: string[];
  rule: string;
  /** That what is sealed of it is kept; 0 when nothing is. */
  days: number;
}

/** Mirrors app.BootAnswer. */
export interface BootAnswer {
  demo: boolean;
  sequence: number;
  policySequence: number;
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
  /** Id of its box at the endpoint and what opens it; empty without way A. */
  box: string;
  pickup: string;
}

/** Mirrors app.VerifyAnswer. While redeem is set the result is provisional and is not shown. */
export interface VerifyAnswer {
  result: Result;
  redeem: { ticket: string; body: string } | null;
  /** Four digits to be compared with the phone's; empty unless the answer was sealed. */
  compare: string;
  /** Fingerprint of its text, as web/lib/flow.js makes it. */
  mark: string;
  /** Salted, of the presentation, for the register. */
  hash: string;
}

/** Mirrors app.AnswerKeyAnswer: the public half of a one-time key, which the engine keeps. */
export interface AnswerKey {
  key: string;
}

/** Mirrors app.Sealed: what came out of a box. */
export interface Sealed {
  box: string;
  ciphertext: string;
}

/** Mirrors app.AnswerKeepAnswer: open challenges and their keys, encrypted under wrap. */
export interface AnswerKept {
  kept: string;
}

/** Mirrors app.AnswerRestoreAnswer. */
export interface AnswerRestored {
  boxes: OpenBox[];
}

/** Mirrors app.OpenBox. */
export interface OpenBox {
  box: string;
  pickup: string;
  expires: number;
}

/** Mirrors app.Post: what a phone posts to an address. */
export interface Post {
  url: string;
  /** JSON. */
  body: string;
  /** Four digits to be shown once the answer was taken; empty when this is no answer. */
  compare: string;
}

/** Mirrors app.TimeAnswer. */
export interface TimeAnswer {
  at: number;
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
  /** Claims that the holder may show besides. */
  optional: string[];
  expires: number;
  /** True when the counter signed for itself: its name is not confirmed. */
  offline: boolean;
  /** A reason.Code that forbids an answer, or null. */
  reason: string | null;
  /** Tells the counter that its code was read; null without way A. */
  opened: Post | null;
}

/** Mirrors app.HolderCardAnswer. */
export interface HolderCard {
  tier: string;
  issuer: string;
  expires: number;
  claims: Claims;
}

/** Mirrors app.HolderPaperAnswer: the code of a card for paper, and what is printed beside it. */
export interface HolderPaper {
  size: number;
  bits: string;
  expires: number;
  claims: Claims;
}

/** Mirrors app.HolderBeginAnswer. */
export interface HolderBegin {
  ticket: string;
  toSign: string;
}

/** Mirrors app.HolderFinishAnswer. Size is 0 for an answer that takes several symbols, or that none holds. */
export interface HolderFinish {
  text: string;
  size: number;
  bits: string;
  /** Symbols to be shown in turn. */
  parts: Modules[];
  expires: number;
  /** When to show another code; 0 for an answer to a challenge. */
  renewAt: number;
  /** Null without way A. */
  post: Post | null;
}

/** Mirrors app.HolderPartsAnswer: symbols to be shown in turn. */
export interface HolderParts {
  parts: Modules[];
}

/** Mirrors app.CollectAnswer. */
export interface Collected {
  /** Null while parts are missing. */
  text: string | null;
  have: number;
  parts: number;
}

/** Mirrors app.ScanAnswer. */
export interface Scan {
  text: string | null;
  /** Parts of a text that were seen, and that there are; 0 without any. */
  have: number;
  parts: number;
  /** Corners of the symbol in pixels of the frame. */
  corners?: [number, number][];
}

/** A scan of a still image with what the worker adds to it. */
export interface ScanReport extends Scan {
  width: number;
  height: number;
  /** Engine memory in bytes. */
  memory: number;
}

/** Mirrors app.Sight: what a frame showed of a code, whether or not it was read. See qr.Sight. */
export interface Sight {
  /** Top left, top right, bottom right, bottom left as the code stands, in pixels of the frame. */
  corners: [number, number][];
  /** Size of a module in pixels. */
  module: number;
  /** Standard deviation of edges in modules, along the softer axis. */
  blur: number;
  /** By how much the other axis is sharper, in modules: movement. */
  smear: number;
  /** Share of the code that a reflection has drowned. */
  clipped: number;
  /** Grey levels, 0 to 255, of the code or else of the frame. */
  light: number;
  dark: number;
  /** 1 when there is what looks like a code; otherwise all above but light and dark are 0. */
  seen: number;
  /** Parts of a text that were seen, and that there are; 0 without any. */
  have: number;
  parts: number;
}

/**
 * How frames get into the engine, the fastest first: `processor` reads the camera's track in the
 * worker and copies the plane of luma; `frame` copies it of frames that the page takes from the
 * video; `webgl` draws them on the graphics processor; `canvas` on a 2D canvas.
 */
export type Rung = 'processor' | 'frame' | 'webgl' | 'canvas';

/** What one frame of a video said. */
export interface FrameReport {
  text: string | null;
  sight: Sight;
  width: number;
  height: number;
  /** The rung on which the frame was read. */
  rung: Rung;
}

/** Mirrors app.Error. */
export interface EngineFault {
  error: { code: string; message: string };
}

/** Operation name to its request without op, and its answer. */
export interface Operations {
  boot: [Omit<BootRequest, 'op'>, BootAnswer];
  /** Reads a signed time of the endpoint. */
  time: [{ nonce: string; document: string }, TimeAnswer];
  'challenge.adopt': [{ now: number; text: string; pickup?: string }, Challenge];
  'challenge.make': [{ now: number; purpose: string }, Challenge];
  'answer.key': [{ now: number }, AnswerKey];
  /** Wrap: 32 bytes. */
  'answer.keep': [{ wrap: string }, AnswerKept];
  'answer.restore': [{ now: number; wrap: string; kept: string }, AnswerRestored];
  /** Doubt: ms by which now is known to be wrong. */
  verify: [{ now: number; doubt?: number; text: string; purpose: string; sealed?: Sealed }, VerifyAnswer];
  /** What was typed, pasted or sent by a scanner: parts of a text are put together. */
  collect: [{ text: string }, Collected];
  conclude: [{ now: number; ticket: string; status: number; body: string }, ResultAnswer];
  decide: [{ now: number; answer: 'same' | 'unsure' | 'different' }, ResultAnswer];
  forget: [Record<string, never>, Record<string, never>];
  encode: [{ text: string; level: 'L' | 'M' | 'Q' | 'H' }, Modules];
  'holder.read': [{ now: number; text: string }, HolderRead];
  'holder.card': [{ now: number; card: string }, HolderCard];
  'holder.paper': [{ text: string }, HolderPaper];
  'holder.begin': [{ now: number; card: string; challenge: string; claims: string[] }, HolderBegin];
  /** A code that answers no challenge: of class B, for the next seconds, or C, for a day. */
  'holder.show': [{ now: number; card: string; class: 'B' | 'C'; claims: string[] }, HolderBegin];
  'holder.finish': [{ ticket: string; signature: string }, HolderFinish];
  /** An answer in parts, for a camera that cannot read it as one code. */
  'holder.parts': [{ text: string }, HolderParts];
  'register.start': [RegisterStart, RegisterLine];
  'register.append': [RegisterAppend, RegisterAppended];
  'register.state': [RegisterEnd, RegisterState];
  'register.check': [RegisterCheckRequest, RegisterCheck];
  /** How a file begins; all lines follow in their order. */
  'register.export': [{ checkpoints: string[] }, { bytes: string }];
  'register.open': [RegisterOpen, RegisterOpened];
  'register.destroy': [RegisterEnd, RegisterDestroyed];
  'register.strip': [{ before: number; lines: string[] }, { lines: string[] }];
}

/** What the page sends to the worker. */
export type WorkerRequest =
  | { id: number; kind: 'call'; request: string }
  /** A piece of a register, for the check under way. */
  | { id: number; kind: 'feed'; bytes: Uint8Array<ArrayBuffer> }
  | { id: number; kind: 'frame'; frame: VideoFrame | ImageBitmap }
  | { id: number; kind: 'image'; blob: Blob }
  /** The rung at which the next frames begin. */
  | { id: number; kind: 'ladder'; rung: Rung }
  /** Frames to be read by themselves, in place of those before; null for none. */
  | { id: number; kind: 'stream'; stream: number; frames: ReadableStream<VideoFrame> | null };

/** What the worker sends to the page. */
export type WorkerReply =
  | { kind: 'ready'; memory: number }
  | { kind: 'crashed'; message: string }
  | { kind: 'answer'; id: number; answer: unknown; memory: number; took: number }
  | { kind: 'refused'; id: number; code: string; message: string }
  /** A frame of a stream; since is its arrival in Unix milliseconds, with fractions. */
  | { kind: 'seen'; stream: number; since: number; report: FrameReport; memory: number; took: number }
  | { kind: 'ended'; stream: number; message: string };
