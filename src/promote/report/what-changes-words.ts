import type { NamedObject, WhatChanges } from '../plan/what-changes.ts';

/** The most objects to name of one kind of change. */
const NAMED = 20;

/** What a replace changes, in a short phrase: `script and 2 objects changed, 1 added`. Pure. */
export function changesPhrase(changes: WhatChanges): string {
  if ('hidden' in changes)
    return `what changes is not known: the ${changes.hidden} site shows no objects of the app`;
  const { script, added, removed, changed, unknown, common } = changes;
  const all = changed.length > 1 && changed.length === common ? 'all ' : '';
  const some = changed.length > 0 ? [`${all}${objects(changed.length)}`] : [];
  const subject = [...(script === 'changed' ? ['script'] : []), ...some].join(' and ');
  const parts = [
    ...(subject === '' ? [] : [`${subject} changed`]),
    ...(added.length > 0 ? [`${objects(added.length)} added`] : []),
    ...(removed.length > 0 ? [`${objects(removed.length)} removed`] : []),
    ...(unknown > 0 ? [`${objects(unknown)} without a hash`] : []),
    ...(script === 'not shown' ? ['script not shown'] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : 'the same script and objects';
}

/** What a replace changes, object by object: a phrase for each kind of change. Pure. */
export function changesDetails(changes: WhatChanges): string[] {
  if ('hidden' in changes) return [changesPhrase(changes)];
  const { script, added, removed, changed, unknown, users } = changes;
  const scripts = { changed: ['the script changes'], same: [], 'not shown': ['the script is not shown'] };
  return [
    ...scripts[script],
    ...named('changed', changed),
    ...named('added', added),
    ...named('removed', removed),
    ...(unknown > 0 ? [`${objects(unknown)} whose content the site gives no hash of`] : []),
    ...(users > 0 ? [`${objects(users)} of users ${users === 1 ? 'stays' : 'stay'}`] : []),
  ];
}

function named(what: string, all: readonly NamedObject[]): string[] {
  if (all.length === 0) return [];
  const names = all.slice(0, NAMED).map(({ type, name }) => (name === '' ? type : `${type} "${name}"`));
  const more = all.length - names.length;
  return [`${what}: ${[...names, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')}`];
}

function objects(number: number): string {
  return number === 1 ? '1 object' : `${number} objects`;
}
