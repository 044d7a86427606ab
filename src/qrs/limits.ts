import { MOST_JSON } from '../net/body.ts';
import type { Pace } from '../net/transfer.ts';

/** How long calls may take, in ms of real time, and how large answers may be. Tests set shorter limits. */
export interface Limits {
  /** A whole call with its tries, unless it is of another kind. */
  call: number;
  /** A list of a survey, which may be long. */
  list: number;
  /** A call that makes the site do much work, until its answer begins; for an upload, from its last byte on. */
  long: number;
  /** The answer of such a call, from its first byte to its last. */
  answer: number;
  /** A read of progress, which is repeated soon anyway. */
  poll: number;
  /** Reading back after a notification: one entity by itself, or those for which others wait. A late answer is given up, and requested again. */
  readBack: number;
  readMany: number;
  /** Uploads and downloads. */
  pace: Pace;
  /** Bytes of JSON. */
  json: number;
}

export const LIMITS: Limits = {
  call: 60_000,
  list: 300_000,
  long: 3_600_000,
  answer: 60_000,
  poll: 30_000,
  readBack: 15_000,
  readMany: 5_000,
  pace: { silence: 120_000, bytes: 10 * 1024 * 1024, within: 600_000 },
  json: MOST_JSON,
};

/** The kind of a call's time limit. */
export type Time = 'call' | 'list' | 'long' | 'poll' | 'readBack' | 'readMany';
