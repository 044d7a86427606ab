import * as core from '@actions/core';
import * as z from 'zod';
import type { Traces } from '../promote/after-kill.ts';

/** The names of the state that the main step saves for the post step. */
const TRACES = 'traces';
const ENDED = 'ended';

const schema = z.object({
  run: z.string(),
  folder: z.string(),
  sites: z.array(z.string()),
  copiesInUse: z.array(z.string()),
});

/** Saves traces before anything is changed, and again with new ones; the runner keeps them whatever happens. */
export function saveTraces(traces: Traces): void {
  core.saveState(TRACES, JSON.stringify(traces));
}

/** Says that nothing is left to tidy up. */
export function saveEnd(): void {
  core.saveState(ENDED, 'true');
}

/** The traces of a main step that was killed; undefined where it ended by itself, or changed nothing. */
export function savedTraces(): Traces | undefined {
  const saved = core.getState(TRACES);
  return saved === '' || core.getState(ENDED) !== '' ? undefined : schema.parse(JSON.parse(saved));
}
