import { RemoteError } from '../../base/errors.ts';
import { findObjects } from '../../qrs/apps/objects.ts';
import type { App } from '../../qrs/entities.ts';
import { lackingAttributes } from '../plan/attributes.ts';
import { readStamp, relation } from '../stamp.ts';
import { shownDigest } from '../version.ts';
import { mendStamp } from './describe.ts';
import type { Deed } from './ledger.ts';
import { inPlace, look, type Seen } from './read-places.ts';
import { settleTwins } from './settle-twins.ts';
import type { Placing } from './target-run.ts';

/** Pauses before looking again, ms: the repository may lag behind its own answers (docs/qrs.md 4.2). */
const PAUSES = [500, 1000, 2000];

/**
 * Reads every place back by name and stream, also where the app was already there, and withdraws twins. Throws
 * RemoteError when, after a few looks, the site does not show what was planned.
 */
export async function verify(placing: Placing): Promise<void> {
  const { target, ledger } = placing;
  const mended = new Set<Deed>();
  for (const pause of [...PAUSES, undefined]) {
    const deeds = ledger.deeds.filter(({ state, failure }) => state === 'confirmed' && failure === undefined);
    if (deeds.length === 0) return;
    const seen = await look(placing);
    const wrong: string[] = [];
    const before = mended.size;
    for (const deed of deeds) {
      await settleTwins(placing, deed, seen);
      if (deed.state === 'confirmed' && deed.failure === undefined) {
        wrong.push(...(await differences(placing, deed, seen, mended)));
      }
    }
    // What was mended is looked at once more.
    if (wrong.length === 0 && mended.size === before) return;
    if (pause === undefined) throw notAsPlanned(placing, wrong);
    await target.clock.sleep(pause, target.signal);
  }
}

/** What of one place is not as planned; a phrase each. */
async function differences(placing: Placing, deed: Deed, seen: Seen, mended: Set<Deed>): Promise<string[]> {
  const { plan } = placing;
  const there = inPlace(seen, plan, deed);
  const now = there.find(({ id }) => id === deed.app?.id);
  if (!now) return supplanted(placing, deed, there) ? [] : [missing(deed, seen)];
  const where = `app ${now.id} in stream "${deed.stream.name}"`;
  const lacking = lackingAttributes(now, plan.attributes).map(phrase => `${where} ${phrase}`);
  return [
    ...lacking,
    ...(await otherContent(placing, deed, now, mended)).map(phrase => `${where} ${phrase}`),
  ];
}

function missing({ app, stream }: Deed, { apps }: Seen): string {
  const where = `in stream "${stream.name}"`;
  const elsewhere = apps.find(({ id }) => id === app?.id);
  if (!elsewhere) return `app ${app?.id} ${where} is not there`;
  const place = elsewhere.stream ? `in stream "${elsewhere.stream.name}"` : 'unpublished';
  return `app ${elsewhere.id} is not ${where} but ${place}, and is called "${elsewhere.name}"`;
}

/** Another run found two of one version, and withdrew this run's. */
function supplanted(
  { plan, ledger }: Placing,
  { step, stream, before }: Deed,
  there: readonly App[],
): boolean {
  const { origin } = plan;
  if (!origin || before) return false;
  const other = there.find(app => ['same', 'newer'].includes(relation(readStamp(app.description), origin)));
  if (!other) return false;
  ledger.gone(step, 'withdrawn');
  ledger.note(
    step,
    `another run brought it to stream "${stream.name}" first (${other.id}); this run's was withdrawn`,
  );
  Object.assign(ledger.of(step), { app: other });
  return true;
}

/** Whether the app is what its stamp says; a phrase where it is not. */
async function otherContent(placing: Placing, deed: Deed, now: App, mended: Set<Deed>): Promise<string[]> {
  const { plan, ledger } = placing;
  if (!plan.origin) return [];
  const stamp = readStamp(now.description);
  if (!stamp) return unstamped(placing, deed, now, mended);
  const version = relation(stamp, plan.origin);
  if (version === 'newer')
    ledger.note(deed.step, `another run has brought a newer version since (${now.id})`);
  if (version === 'older' || version === 'other')
    return ['is another version, as somebody has replaced it since'];
  const same = stamp.shown === undefined || (await shows(placing, deed, now, stamp.shown));
  return same ? [] : ['shows another content than was promoted'];
}

/** A stamp that somebody took away is written again, once; then it is left to them. */
async function unstamped(placing: Placing, deed: Deed, now: App, mended: Set<Deed>): Promise<string[]> {
  if (deed.does !== 'replaced' && deed.does !== 'published') return ['does not carry the stamp any more'];
  if (mended.has(deed)) placing.ledger.note(deed.step, 'somebody took the stamp out of its description');
  else await mendStamp(placing, deed, now);
  mended.add(deed);
  return [];
}

/** An app that nobody wrote to since shows what it did then. */
async function shows({ target }: Placing, { step, wrote }: Deed, now: App, digest: string): Promise<boolean> {
  const known = wrote ?? (step.do === 'publish' ? undefined : step.app);
  if (now.modifiedDate === known?.modifiedDate) return true;
  const shown = shownDigest(now, (await findObjects(target, [now.id])).get(now.id) ?? []);
  return shown === undefined || shown === digest;
}

function notAsPlanned({ target }: Placing, wrong: readonly string[]): RemoteError {
  return new RemoteError({
    site: target.site.name,
    attempt: 'show what was promoted',
    answer: wrong.join('; '),
    hint: 'Did somebody else change it at the same time?',
    mayBeDone: true,
    final: true,
  });
}
