// What the state machine of the staff page holds, takes and wishes; see web/lib/flow.js.
// Times are Unix milliseconds.

import type { Challenge, Outcome, Result, Sealed } from './engine.js';

export type Source = 'camera' | 'scanner' | 'file' | 'drop' | 'paste' | 'typed' | 'phone';
export type CameraState = 'off' | 'asking' | 'live' | 'denied' | 'busy' | 'missing' | 'insecure' | 'lent';
export type ListsState = 'loading' | 'fresh' | 'cached' | 'missing' | 'refused';
export type Answer = 'same' | 'unsure' | 'different';

/**
 * What was read and is being checked. An empty text stands for an image without a code, or
 * for an answer that came over the network, encrypted.
 */
export interface Check {
  id: number;
  text: string;
  source: Source;
  /** When the frame, the file or the key strokes were in, ms. */
  since: number;
  sealed?: Sealed;
}

export interface Verdict {
  id: number;
  /** Without claims and handle once cleared is true. */
  result: Result;
  source: Source;
  /** When it was shown. */
  at: number;
  /** Ms from frame to verdict. */
  took: number;
  /** When it leaves by itself. */
  leaveAt: number | null;
  /** When what is personal leaves it. */
  blankAt: number;
  /** Ms that were left when staff held it. */
  heldFor: number | null;
  cleared: boolean;
  /** What was read, for another try; null when there is none. */
  text: string | null;
  /** The same of an answer over the network. */
  sealed?: Sealed;
  /** Four digits that the phone shows too; empty for what was read here. */
  compare: string;
}

export interface Recent {
  outcome: Outcome;
  reason: string;
  code: string;
  at: number;
}

export type Effect =
  | { do: 'verify'; id: number; text: string; sealed?: Sealed }
  | { do: 'decide'; id: number; answer: Answer }
  | { do: 'sound'; name: Outcome }
  | { do: 'forget' }
  | { do: 'renew' }
  | { do: 'refresh' };

export interface State {
  stage: 'starting' | 'ready' | 'checking' | 'outcome';
  /** The tab is hidden. */
  paused: boolean;
  engine: 'starting' | 'ready' | 'crashed' | 'stopped';
  check: Check | null;
  /** Read before the engine could take it. */
  waiting: Check | null;
  verdict: Verdict | null;
  /** What was read last, as a fingerprint. */
  last: { mark: string; at: number } | null;
  /** Newest first, at most five. */
  recent: Recent[];
  note: '' | 'same-text' | 'finish-first';
  /** The ladder of checks is open. */
  why: boolean;
  camera: { state: CameraState; label: string; mirrored: boolean };
  /** When the USB scanner was heard last, 0 for never. */
  scannerAt: number;
  network: 'online' | 'offline';
  lists: { state: ListsState; until: number; reason: string };
  /** Ms by which this computer's clock is ahead, 0 within what is allowed. */
  skew: number;
  /** That is known from a signed time, and reckoned with. */
  corrected: boolean;
  challenge: { value: Challenge | null; problem: string };
  /** A phone shows our request at most until then; 0 for none. */
  openedUntil: number;
  /** Answers over the network that wait for the stage to be free. */
  arrived: Check[];
  serial: number;
  effects: Effect[];
}

export type Event =
  | { type: 'text'; text: string; source: Source; at: number; since?: number }
  | { type: 'answer'; id: number; result: Result; at: number; compare?: string; mark?: string }
  | { type: 'opened'; until: number }
  | { type: 'arrived'; sealed: Sealed; at: number }
  | { type: 'tick'; at: number }
  | { type: 'command'; name: 'hold' | 'next' | 'back' | 'retry' | 'why'; at: number }
  | { type: 'decide'; answer: Answer }
  | { type: 'hidden'; hidden: boolean }
  | { type: 'booted'; at: number }
  | { type: 'engine'; state: 'starting' | 'crashed' | 'stopped'; at: number }
  | { type: 'camera'; state: CameraState; label?: string; mirrored?: boolean }
  | { type: 'scanner'; at: number }
  | { type: 'network'; state: 'online' | 'offline' }
  | { type: 'lists'; state: ListsState; until?: number; reason?: string }
  /** Moved: ms by which the time that events carry was put forward. */
  | { type: 'clock'; skew: number; corrected: boolean; moved?: number }
  | { type: 'challenge'; value: Challenge | null; problem?: string };
