import { didYouMean } from '../../base/nearest.ts';
import { NEEDED_KINDS, type NeededKind } from '../../qrs/needed.ts';
import type { Wish } from '../survey/wish.ts';
import type { NeededFacts, RequiredFacts } from './survey-required.ts';

const ONE: Readonly<Record<NeededKind, string>> = {
  connections: 'data connection',
  extensions: 'extension',
  tasks: 'task',
};

/** A refusal for each name in `requires` that the target does not have, or does not show. Pure. */
export function refuseMissing(
  { site, options: { requires } }: Pick<Wish, 'site' | 'options'>,
  facts: RequiredFacts,
): string[] {
  return NEEDED_KINDS.flatMap(kind =>
    lackingNames(requires[kind], facts[kind]).map(name =>
      missingSentence(site, ONE[kind], name, facts[kind]),
    ),
  );
}

/** The wanted names that nobody has. Pure. */
function lackingNames(wanted: readonly string[], { found }: NeededFacts): string[] {
  return [...new Set(wanted)].filter(name => !found.some(one => one.name === name));
}

/** Says that a site lacks a name, and which one is nearest. Pure. */
export function missingSentence(
  { name: site, user }: Wish['site'],
  kind: string,
  name: string,
  { others, hidden }: NeededFacts,
): string {
  if (hidden !== undefined) return `whether site "${site}" has a ${kind} "${name}" is not known. ${hidden}`;
  return `site "${site}" has no ${kind} "${name}", or ${user} may not read it.${suggestion(name, others)}`;
}

/** QRS appends the owner to the name of a data connection that a user makes (docs/qrs.md 4.5). */
function suggestion(name: string, others: readonly string[]): string {
  const owned = others.find(other => other.toLowerCase().startsWith(`${name.toLowerCase()} (`));
  return owned === undefined ? didYouMean(name, others) : ` Did you mean "${owned}"?`;
}
