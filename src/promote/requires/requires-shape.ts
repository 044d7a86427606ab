import * as z from 'zod';
import { closed } from '../../base/yaml.ts';
import type { NeededKind } from '../../qrs/needed.ts';

/** Names that must exist on a target before the run changes anything there. */
export type Requires = Readonly<Record<NeededKind, readonly string[]>>;

export const NOTHING_REQUIRED: Requires = { connections: [], extensions: [], tasks: [] };

const names = (most: number) =>
  z
    .array(z.string().trim().min(1, 'must not be empty').max(most, `must have at most ${most} characters`))
    .default([]);

/** Lengths: docs/qrs.md 4.7. */
export const requiresShape = closed({
  connections: names(256).describe('Data connections, by their names in the QMC.'),
  extensions: names(200).describe('Extensions, by their names in the QMC.'),
  tasks: names(500).describe('Tasks of any type, by their names.'),
});
