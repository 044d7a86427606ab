import assert from 'node:assert/strict';
import { InputError, type Problem } from '../../src/base/errors.ts';
import { readSpec } from '../../src/promote/spec.ts';
import { readSites } from '../../src/sites/sites.ts';

/** What people write by mistake, and what they read then: the sentence, its place, and the lines around it. */
export type Row = [name: string, text: string, line: number, column: number, says: RegExp];

export function problemsIn(read: () => unknown): readonly Problem[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.problems;
  }
  return [];
}

export const problemsInSpec = (text: string) =>
  problemsIn(() => readSpec({ from: 'spec.yml', text, isFile: true }));
export const problemsInSites = (text: string) =>
  problemsIn(() =>
    readSites({ from: 'sites.yml', text, isFile: true }, { environment: {}, secret: () => {} }),
  );
