import type { App } from '../../qrs/entities.ts';
import { mayNotEmpty } from '../options.ts';
import { inPlace } from '../plan/place.ts';
import type { Step } from '../plan/planned.ts';
import { readStamp, relation } from '../stamp.ts';
import type { StampedApp } from '../survey/facts.ts';
import type { Place } from './ledger.ts';
import { appsIn, type PlacesReading } from './read-places.ts';
import type { TargetRun } from './target-run.ts';

/** What will happen in a place. */
export type Action =
  | { do: 'publish' }
  | { do: 'replace'; app: App }
  /** Since the survey, this version or a newer one has arrived there. */
  | { do: 'keep'; app: App; note: string }
  | { do: 'fail'; why: string };

/**
 * Decides again about a place by a reading right before the change: minutes have passed since the survey, and other
 * runs and people work there too. An app that has arrived since stays if it is as new, and is replaced if it is an
 * older version of the same source app; any other app belongs to somebody else. An app from a file has no version.
 * Pure.
 */
export function decidePlace(
  place: Place,
  reading: PlacesReading,
  run: Pick<TargetRun, 'plan' | 'app' | 'fromFile'>,
): Action {
  const { plan, fromFile } = run;
  const there = appsIn(place, reading, run);
  const { step, stream } = place;
  const fail = (why: string): Action => ({
    do: 'fail',
    why: `Nothing was changed ${inPlace(stream)}: ${why}.`,
  });
  const keep = (app: App, what: string): Action => ({
    do: 'keep',
    app,
    note: `another run brought ${what} meanwhile ${inPlace(stream)} (${app.id}); it was kept`,
  });
  // A run without stamps does not read stamps either.
  const versionOf = (app: App) => (plan.origin ? relation(readStamp(app.description), plan.origin) : 'other');
  if (plan.mode === 'duplicate') {
    const same = there.find(app => versionOf(app) === 'same');
    return same ? keep(same, 'this version') : { do: 'publish' };
  }
  const [only, another] = there;
  if (another) return fail(`there are ${there.length} apps of that name by now (${idsOf(there)})`);
  const gone = whyGone(step, only);
  if (gone !== undefined) return fail(gone);
  if (!only) return { do: 'publish' };
  if (step.do !== 'publish' && isUnchanged(only, step.app)) return { do: 'replace', app: only };
  const version = fromFile ? 'other' : versionOf(only);
  if (version === 'same') return keep(only, 'this version');
  if (version === 'newer') return keep(only, 'a newer version');
  const came = `app ${only.id} has come there since the plan was made, and`;
  if (version === 'other') return fail(`${came} it is not for this run to replace it`);
  if (!mayNotEmpty(plan.options)) return { do: 'replace', app: only };
  // The plan refuses the same for an app that the survey finds.
  return fail(
    `${came} would lose its data ("data: drop"); ` +
      'have it reloaded first ("reload: before"), or say "allow-empty: true" if that is meant',
  );
}

/**
 * Why the app of the plan is not there as it was planned. Users do not see an unpublished app, and a replace of it
 * leaves nothing of theirs: so it matters which one it is.
 */
function whyGone(step: Step, there: App | undefined): string | undefined {
  if (step.do === 'publish') return undefined;
  const was = `app ${step.app.id} was`;
  if (!there) return `${was} moved, renamed or deleted since the plan was made`;
  if (there.id !== step.app.id || there.published === step.app.published) return undefined;
  return `${was} ${there.published ? 'published' : 'unpublished'} since the plan was made`;
}

/** Whether it is the app of the plan in the same version: another run may have replaced its content meanwhile. */
function isUnchanged(app: App, surveyed: StampedApp): boolean {
  if (app.id !== surveyed.id) return false;
  const now = readStamp(app.description);
  const before = surveyed.stamp;
  return !now || (before?.app === now.app && before.modified === now.modified && before.data === now.data);
}

function idsOf(apps: readonly App[]): string {
  return apps.map(({ id }) => id).join(', ');
}
