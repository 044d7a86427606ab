import { RemoteError } from '../../base/errors.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import type { App } from '../../qrs/entities.ts';
import { lackingAttributes } from '../plan/attributes.ts';
import { inPlace } from '../plan/place.ts';
import { readStamp, relation } from '../stamp.ts';
import { shownDigest } from '../version.ts';
import { stampAgain } from './describe.ts';
import type { Place } from './ledger.ts';
import { appsIn, type PlacesReading, readPlaces } from './read-places.ts';
import { isAsNew, settleTwins, supplanted } from './settle-twins.ts';
import type { TargetRun } from './target-run.ts';

/** Pauses before reading again, ms: the repository may lag behind its own answers (docs/qrs.md 4.2). */
const PAUSES = [500, 1000, 2000];

/**
 * Reads every place back by name and stream, also where the app was already there, withdraws twins, and logs what came.
 * Throws RemoteError when, after a few readings, the site does not show what was planned.
 */
export async function verify(run: TargetRun): Promise<void> {
  await readBack(run);
  const { log, site } = run.target;
  for (const { app, does, stream } of run.ledger.places.filter(isOpen)) {
    if (app && (does === 'replaced' || does === 'published'))
      log.info(`${site.name}: ${does} "${run.plan.name}" ${inPlace(stream)} (${app.id}).`);
  }
}

async function readBack(run: TargetRun): Promise<void> {
  const { target, ledger } = run;
  const stampedAgain = new Set<Place>();
  for (const pause of [...PAUSES, undefined]) {
    const places = ledger.places.filter(isOpen);
    if (places.length === 0) return;
    const reading = await readPlaces(run);
    const wrong: Difference[] = [];
    const before = stampedAgain.size;
    for (const place of places) {
      await settleTwins(run, place, reading);
      if (isOpen(place)) wrong.push(...(await differences(run, place, reading, stampedAgain)));
    }
    // A new stamp is read back once more.
    if (wrong.length === 0 && stampedAgain.size === before) return;
    if (pause === undefined) throw notAsPlanned(run, wrong);
    await target.clock.sleep(pause, target.signal);
  }
}

function isOpen({ state, failure }: Place): boolean {
  return state === 'confirmed' && failure === undefined;
}

/** How a place differs from the plan, in a phrase. */
interface Difference {
  place: Place;
  phrase: string;
}

async function differences(
  run: TargetRun,
  place: Place,
  reading: PlacesReading,
  stampedAgain: Set<Place>,
): Promise<Difference[]> {
  const { plan } = run;
  const there = appsIn(place, reading, run);
  const now = there.find(({ id }) => id === place.app?.id);
  if (!now) {
    // Another run found two of one version, and withdrew this run's.
    const other = place.before ? undefined : there.find(app => isAsNew(app, run));
    if (!other) return [{ place, phrase: missing(place, reading) }];
    supplanted(place, other);
    return [];
  }
  const content = plan.origin ? await contentDifference(run, place, now, stampedAgain) : undefined;
  return [...lackingAttributes(now, plan.attributes), ...(content === undefined ? [] : [content])].map(
    phrase => ({ place, phrase: `app ${now.id} ${inPlace(place.stream)} ${phrase}` }),
  );
}

function missing({ app, stream }: Place, { apps }: PlacesReading): string {
  const where = inPlace(stream);
  const elsewhere = apps.find(({ id }) => id === app?.id);
  if (!elsewhere) return `app ${app?.id} ${where} is not there`;
  const now = elsewhere.stream ? `in stream "${elsewhere.stream.name}"` : 'unpublished';
  return `app ${elsewhere.id} is not ${where} but ${now}, and is called "${elsewhere.name}"`;
}

/** How an app differs from what its stamp should say, and from what its stamp says; undefined where it does not. */
async function contentDifference(
  run: TargetRun,
  place: Place,
  now: App,
  stampedAgain: Set<Place>,
): Promise<string | undefined> {
  const { origin } = run.plan;
  const stamp = readStamp(now.description);
  if (!stamp) return restampOnce(run, place, now, stampedAgain);
  const version = origin ? relation(stamp, origin) : 'other';
  if (version === 'newer') place.noted(`another run has brought a newer version since (${now.id})`);
  if (version === 'older' || version === 'other')
    return 'is another version, as somebody has replaced it since';
  if (stamp.shown === undefined || (await shows(run, place, now, stamp.shown))) return undefined;
  return 'shows another content than was promoted';
}

/** A stamp that somebody has removed is written again, once. */
async function restampOnce(
  run: TargetRun,
  place: Place,
  now: App,
  stampedAgain: Set<Place>,
): Promise<string | undefined> {
  if (place.does !== 'replaced' && place.does !== 'published') return 'does not carry the stamp any more';
  if (stampedAgain.has(place)) place.noted('somebody took the stamp out of its description');
  else await stampAgain(run, place, now);
  stampedAgain.add(place);
  return undefined;
}

/** Whether an app shows the content of that digest. It does if nobody has written to it since. */
async function shows(
  { target }: TargetRun,
  { step, wrote }: Place,
  now: App,
  digest: string,
): Promise<boolean> {
  const known = wrote ?? (step.do === 'publish' ? undefined : step.app);
  if (now.modifiedDate === known?.modifiedDate) return true;
  const shown = shownDigest(now, (await findObjects(target, [now.id])).get(now.id) ?? []);
  return shown === undefined || shown === digest;
}

function notAsPlanned({ target }: TargetRun, wrong: readonly Difference[]): RemoteError {
  for (const { place } of wrong) place.unclear();
  return new RemoteError({
    site: target.site.name,
    attempt: 'show what was promoted',
    answer: wrong.map(({ phrase }) => phrase).join('; '),
    failed: true,
    hint: 'Did somebody else change it at the same time?',
    mayBeDone: true,
    final: true,
  });
}
