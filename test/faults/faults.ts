import type { Fault } from '../../simulator/wire/faults.ts';
import type { SiteName, World } from './world.ts';

/** How often a fault strikes from its request on. */
export type Times = 'once' | 'always';

export interface FaultKind {
  readonly name: string;
  /** What the site does, made anew for each case. */
  readonly of: (world: World, site: SiteName) => Fault;
  /** Whether a run has to survive it when it strikes once: the site is well again, and nobody refused anything. */
  readonly survived: boolean;
}

const fault = (name: string, one: Fault, survived: boolean): FaultKind => ({ name, of: () => one, survived });

const PAGE = '<!DOCTYPE html><html><body>Service Unavailable</body></html>';
/** A minute and a half: longer than a call may take, shorter than a clean-up waits. Ms. */
const LATE = 90_000;

/** A site that ends its work late, as the client hears of it meanwhile. */
const LATES: readonly FaultKind[] = [
  fault('late, answered 504', { late: LATE, heard: 504 }, false),
  fault('late, cut', { late: LATE, heard: 'cut' }, false),
  fault('late, silent', { late: 2 * 3_600_000, heard: 'nothing' }, false),
];

/** Errors that may mean anything, before the work and after it. */
const ERRORS: readonly FaultKind[] = [
  fault('500 before', { status: 500 }, true),
  fault('504 after', { refuse: 504, doneFirst: true }, true),
  fault('504 before', { status: 504 }, true),
  fault('500 after', { refuse: 500, doneFirst: true }, true),
];

/** Everything else that a site, or what lies before it, may do to a request. */
const FAULTS: readonly FaultKind[] = [
  {
    name: 'refused',
    survived: true,
    of: (world, site) => ({
      run: async () => {
        await world.site(site).away('refused');
        if (!world.lasting) world.clock.later(1200, () => void world.site(site).back());
      },
    }),
  },
  fault('reset before', { hangUp: 'before' }, true),
  fault('reset after', { hangUp: 'after' }, true),
  fault('503', { status: 503 }, true),
  fault('429', { status: 429, headers: { 'Retry-After': '7' } }, true),
  fault('403', { status: 403, body: 'Forbidden' }, false),
  fault('404', { status: 404, body: 'Not Found' }, false),
  fault('409', { status: 409, body: 'Conflict' }, false),
  fault('cut', { truncate: 10 }, true),
  fault('stalled', { stall: 10 }, false),
  fault('page', { answer: PAGE, contentType: 'text/html' }, false),
  fault('wrong shape', { answer: '{"value":[7]}', contentType: 'application/json' }, false),
  {
    name: 'cancelled',
    survived: false,
    of: world => ({ run: () => world.cancel.abort() }),
  },
];

/** What may go on for good, beside what strikes once. */
const LASTING = [
  'refused',
  'reset after',
  '500 after',
  '503',
  '403',
  'cut',
  'stalled',
  'page',
  'wrong shape',
];

/** QRS answers a deletion with nothing, so its answer has no shape. */
const fits = (label: string, { name }: FaultKind) => !(name === 'wrong shape' && label.includes(' DELETE '));

/** What strikes once at a request. Ways to be late, and errors before and after the work, come in turn. */
export function faultsAt(label: string, index: number): FaultKind[] {
  const all = [...FAULTS, ...inTurn(LATES, index, 1), ...inTurn(ERRORS, 2 * index, 2)];
  return all.filter(kind => fits(label, kind));
}

/** What lasts from a request on: in turn, two at each. */
export function lastingAt(label: string, index: number): FaultKind[] {
  return inTurn(LASTING, 2 * index, 2)
    .map(faultNamed)
    .filter(kind => fits(label, kind));
}

function inTurn<T>(all: readonly T[], from: number, count: number): T[] {
  return Array.from({ length: count }, (_, step) => all[(from + step) % all.length]).filter(
    one => one !== undefined,
  );
}

export function faultNamed(name: string): FaultKind {
  const found = [...FAULTS, ...LATES, ...ERRORS].find(one => one.name === name);
  if (!found) throw new Error(`there is no fault "${name}"`);
  return found;
}
