import * as core from '@actions/core';
import * as z from 'zod';
import type { Traces } from '../promote/after-kill.ts';

/** The state that the main step leaves to the post step, under these names. */
const TRACES = 'traces';
const ENDED = 'ended';

const schema = z.object({
  run: z.string(),
  folder: z.string(),
  sites: z.array(z.string()),
  givers: z.array(z.string()),
});

/** To be called before anything is changed, and again with what is new; the runner keeps it whatever happens. */
export function saveTraces(traces: Traces): void {
  core.saveState(TRACES, JSON.stringify(traces));
}

/** Nothing is left to tidy up. */
export function saveEnd(): void {
  core.saveState(ENDED, 'true');
}

/** What a main step left that was killed; undefined after one that ended by itself, or changed nothing. */
export function savedTraces(): Traces | undefined {
  const saved = core.getState(TRACES);
  return saved === '' || core.getState(ENDED) !== '' ? undefined : schema.parse(JSON.parse(saved));
}
