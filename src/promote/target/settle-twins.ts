import type { App } from '../../qrs/entities.ts';
import { readStamp, relation } from '../stamp.ts';
import type { Deed } from './ledger.ts';
import { inPlace, type Seen } from './read-places.ts';
import type { Placing } from './target-run.ts';
import { judge } from './twins.ts';
import { withdraw } from './withdraw.ts';

/**
 * Where several apps of one name stand in a place, although there is to be one: withdraws those that go, and says in
 * the ledger what came of it. Resolves to whether anything was removed, so that the place is worth another look.
 */
export async function settleTwins(placing: Placing, deed: Deed, seen: Seen): Promise<boolean> {
  const { target, plan } = placing;
  const twins = inPlace(seen, plan, deed).filter(app => plan.mode === 'overwrite' || isVersion(app, placing));
  const ours = twins.find(({ id }) => id === deed.app?.id);
  if (twins.length < 2 || !ours) return false;
  const known = new Set(deed.step.do === 'publish' ? [] : [deed.step.app.id]);
  const { winner, losers } = plan.origin ? judge(twins, known) : unjudged(deed, ours);
  const writer = deed.wrote?.modifiedByUserName ?? ours.modifiedByUserName;
  const gone: App[] = [];
  for (const loser of losers) {
    if (!(await withdraw(target, loser, writer))) continue;
    gone.push(loser);
    target.log.info(
      `${target.site.name}: withdrew "${loser.name}" (${loser.id}), a second one in its stream.`,
    );
  }
  conclude(placing, deed, { ours, winner, twins, gone });
  return gone.length > 0;
}

/** Without stamps nobody can tell whose an app is: each run withdraws its own. */
function unjudged({ before }: Deed, ours: App) {
  return { winner: undefined, losers: before ? [] : [ours] };
}

interface Settled {
  ours: App;
  winner: App | undefined;
  twins: readonly App[];
  gone: readonly App[];
}

function conclude({ plan, ledger }: Placing, deed: Deed, { ours, winner, twins, gone }: Settled): void {
  const { step, stream } = deed;
  const others = twins.filter(app => app !== ours);
  const ids = others.map(({ id }) => id).join(', ');
  const where = `stream "${stream.name}"`;
  if (gone.includes(ours)) {
    ledger.gone(step, 'withdrawn');
    const version = winner && plan.origin ? relation(readStamp(winner.description), plan.origin) : 'other';
    if (winner && (version === 'same' || version === 'newer')) {
      ledger.note(step, `another run brought it to ${where} first (${winner.id}); this run's was withdrawn`);
      Object.assign(deed, { app: winner });
    } else {
      ledger.failed(
        step,
        `Another app called "${plan.name}" came to ${where} (${ids}), so this run's was withdrawn.`,
      );
    }
    return;
  }
  if (twins.length - gone.length === 1) {
    ledger.note(step, `another run brought it to ${where}, too; that one was withdrawn (${ids})`);
    return;
  }
  ledger.failed(
    step,
    `There are ${twins.length - gone.length} apps called "${plan.name}" in ${where} (${[ours.id, ids].join(', ')}): ` +
      'others work there at the same time. Remove or rename all but one.',
  );
}

function isVersion(app: App, { plan: { origin } }: Placing): boolean {
  return origin !== undefined && relation(readStamp(app.description), origin) === 'same';
}
