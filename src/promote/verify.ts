import { RemoteError } from '../base/errors.ts';
import { findApps } from '../qrs/apps/find.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import type { App } from '../qrs/entities.ts';
import { equalsId, startsWith } from '../qrs/filter.ts';
import { lackingAttributes } from './attributes.ts';
import type { StreamOutcome } from './outcome.ts';
import type { Placing, Progress } from './placing.ts';
import type { TargetPlan } from './planned.ts';
import { readStamp, sameOrigin } from './stamp.ts';
import { isWorkingCopy, workingPrefix } from './working-copy.ts';

/** Pauses before looking again, ms: the repository may lag behind its own answers (docs/qrs.md 4.2). */
const PAUSES = [500, 1000, 2000];

/**
 * Reads back, in one request, everything that was made live and every working copy that should be gone.
 * Throws RemoteError when, after a few looks, the site does not show what was planned.
 */
export async function verify(plan: TargetPlan, placing: Placing, done: Progress): Promise<void> {
  const { target, app } = placing;
  const outcomes = [...done.values()].filter(({ did }) => did !== 'kept');
  if (outcomes.length === 0) return;
  const conditions = [
    ...outcomes.flatMap(outcome => (outcome.app ? [equalsId('id', outcome.app.id)] : [])),
    startsWith('name', workingPrefix(app.id)),
  ];
  for (const pause of [...PAUSES, undefined]) {
    const seen = await findApps(target, 'read back what was promoted', conditions);
    for (const copy of seen.filter(one => isWorkingCopy(one, app.id))) await removeApp(target, copy);
    const wrong = outcomes.flatMap(outcome => differences(plan, outcome, seen));
    if (wrong.length === 0) return;
    if (pause === undefined) throw notAsPlanned(placing, wrong);
    await target.clock.sleep(pause, target.signal);
  }
}

/** What of one stream's app is not as planned; a phrase each. Pure. */
function differences(plan: TargetPlan, { app, stream }: StreamOutcome, seen: readonly App[]): string[] {
  const now = seen.find(one => one.id === app?.id);
  const where = `in stream "${stream.name}"`;
  if (!now) return [`app ${app?.id} ${where} is not there`];
  const wrong: string[] = [];
  if (!now.published || now.stream?.id !== stream.id) wrong.push(`app ${now.id} is not ${where}`);
  if (now.name !== plan.name) wrong.push(`app ${now.id} ${where} is called "${now.name}"`);
  if (plan.origin && !sameOrigin(readStamp(now.description), plan.origin)) {
    wrong.push(`app ${now.id} ${where} does not carry the stamp`);
  }
  for (const lacking of lackingAttributes(now, plan.attributes))
    wrong.push(`app ${now.id} ${where} ${lacking}`);
  return wrong;
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
