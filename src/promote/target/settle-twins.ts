import type { App } from '../../qrs/entities.ts';
import { judgeTwins, type TwinVerdict } from '../plan/twins.ts';
import { readStamp, relation } from '../stamp.ts';
import type { Place } from './ledger.ts';
import { appsIn, type PlacesReading } from './read-places.ts';
import type { TargetRun } from './target-run.ts';
import { withdrawTwin } from './withdraw.ts';

/**
 * Where a place has several apps of one name but must have one: removes the losers, and records in the ledger what that
 * means for this run's app.
 */
export async function settleTwins(run: TargetRun, place: Place, reading: PlacesReading): Promise<void> {
  const { plan } = run;
  const there = appsIn(place, reading, run).filter(
    app => plan.mode === 'overwrite' || versionOf(app, run) === 'same',
  );
  const ours = there.find(({ id }) => id === place.app?.id);
  if (there.length < 2 || !ours) return;
  const verdict = judge(run, place, there, ours);
  const writer = place.wrote?.modifiedByUserName ?? ours.modifiedByUserName;
  const gone: App[] = [];
  for (const loser of verdict.losers) if (await withdrawTwin(run, loser, writer)) gone.push(loser);
  conclude(run, place, { ours, winner: verdict.winner, there, gone });
}

/** Without stamps no run knows which app is whose, so each removes its own. */
function judge({ plan }: TargetRun, { step, before }: Place, there: readonly App[], ours: App): TwinVerdict {
  if (!plan.origin) return { winner: undefined, losers: before ? [] : [ours] };
  return judgeTwins(there, new Set(step.do === 'publish' ? [] : [step.app.id]));
}

interface Settled {
  ours: App;
  winner: App | undefined;
  there: readonly App[];
  gone: readonly App[];
}

function conclude(run: TargetRun, place: Place, { ours, winner, there, gone }: Settled): void {
  const { name } = run.plan;
  const ids = there.flatMap(({ id }) => (id === ours.id ? [] : [id])).join(', ');
  const where = `stream "${place.stream.name}"`;
  const left = there.length - gone.length;
  if (gone.includes(ours) && winner && isAsNew(winner, run)) {
    supplanted(place, winner);
  } else if (gone.includes(ours)) {
    place.gone('withdrawn');
    place.failed(`Another app called "${name}" came to ${where} (${ids}), so this run's was withdrawn.`);
  } else if (left === 1) {
    place.noted(`another run brought it to ${where}, too; that one was withdrawn (${ids})`);
  } else {
    place.failed(
      `There are ${left} apps called "${name}" in ${where} (${[ours.id, ids].join(', ')}): ` +
        'others work there at the same time. Remove or rename all but one.',
    );
  }
}

/** Another run's app took the place of this run's. */
export function supplanted(place: Place, winner: App): void {
  const where = `stream "${place.stream.name}"`;
  place.gone('withdrawn', winner);
  place.noted(`another run brought it to ${where} first (${winner.id}); this run's was withdrawn`);
}

/** Whether an app is this version of the source app, or a newer one. */
export function isAsNew(app: App, run: TargetRun): boolean {
  return ['same', 'newer'].includes(versionOf(app, run));
}

function versionOf({ description }: App, { plan: { origin } }: TargetRun) {
  return origin ? relation(readStamp(description), origin) : 'other';
}
