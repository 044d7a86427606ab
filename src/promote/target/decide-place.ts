import type { App } from '../../qrs/entities.ts';
import { mayNotEmpty } from '../options.ts';
import type { TargetPlan } from '../plan/planned.ts';
import { readStamp, relation } from '../stamp.ts';
import type { Deed } from './ledger.ts';
import { inPlace, type Seen } from './read-places.ts';

/** What is to happen in a place, by a reading right before. */
export type Action =
  | { do: 'publish' }
  | { do: 'replace'; app: App }
  /** What has come since is this version or a newer one. */
  | { do: 'keep'; app: App; note: string }
  | { do: 'fail'; why: string };

/**
 * Decides anew about a place that is to get the app: minutes have passed since the survey, and others work there too.
 * What has come since is kept when it is as new, and replaced when it is an older version of the same source app;
 * anything else is somebody's own. `fromFile`: what comes from a file has no place among versions. Pure.
 */
export function decidePlace(deed: Deed, seen: Seen, plan: TargetPlan, fromFile: boolean): Action {
  const there = inPlace(seen, plan, deed);
  const { step } = deed;
  if (plan.mode === 'duplicate') return duplicate(there, deed, plan);
  const [only, another] = there;
  if (another) return fail(deed, `there are ${there.length} apps of that name by now (${ids(there)})`);
  if (step.do === 'publish') return only ? newcomer(only, deed, plan, fromFile) : { do: 'publish' };
  if (only?.id === step.app.id) return asSurveyed(only, deed, plan, fromFile);
  if (only) return newcomer(only, deed, plan, fromFile);
  return fail(deed, `app ${step.app.id} was moved, renamed or deleted since the plan was made`);
}

function duplicate(there: readonly App[], deed: Deed, plan: TargetPlan): Action {
  const same = there.find(app => isVersion(app, plan) === 'same');
  return same ? keep(same, deed, 'this version') : { do: 'publish' };
}

/** The very app that the plan found. Another run may have given it another content meanwhile. */
function asSurveyed(app: App, deed: Deed, plan: TargetPlan, fromFile: boolean): Action {
  const { step } = deed;
  const before = step.do === 'publish' ? undefined : readStamp(step.app.description);
  const now = readStamp(app.description);
  const same =
    !now || (before?.app === now.app && before.modified === now.modified && before.data === now.data);
  return same ? { do: 'replace', app } : newcomer(app, deed, plan, fromFile);
}

function newcomer(app: App, deed: Deed, plan: TargetPlan, fromFile: boolean): Action {
  const version = fromFile ? 'other' : isVersion(app, plan);
  if (version === 'same') return keep(app, deed, 'this version');
  if (version === 'newer') return keep(app, deed, 'a newer version');
  if (version === 'older') {
    return mayNotEmpty(plan.options) ? fail(deed, wouldBeEmpty(app)) : { do: 'replace', app };
  }
  return fail(
    deed,
    `app ${app.id} has come there since the plan was made, and it is not for this run to replace it`,
  );
}

/** What the plan refuses at the survey holds for what has come since as well. */
function wouldBeEmpty({ id }: App): string {
  return (
    `app ${id} has come there since the plan was made, and would lose its data ("data: drop"); ` +
    'have it reloaded first ("reload: before"), or say "allow-empty: true" if that is meant'
  );
}

/** Where this run does not stamp what it makes, it does not read stamps either. */
function isVersion(app: App, { origin }: TargetPlan) {
  return origin ? relation(readStamp(app.description), origin) : 'other';
}

function keep(app: App, { stream }: Deed, what: string): Action {
  const note = `another run brought ${what} to stream "${stream.name}" meanwhile (${app.id}); it was kept`;
  return { do: 'keep', app, note };
}

function fail({ stream }: Deed, why: string): Action {
  return { do: 'fail', why: `Nothing was changed in stream "${stream.name}": ${why}.` };
}

function ids(apps: readonly App[]): string {
  return apps.map(({ id }) => id).join(', ');
}
