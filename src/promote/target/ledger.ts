import type { App } from '../../qrs/entities.ts';
import type { BackedUp } from '../app-file/backup.ts';
import type { StreamOutcome } from '../outcome.ts';
import type { PlannedStream, Step, TargetPlan } from '../plan/planned.ts';

/** What a change of one place amounts to, once it is confirmed. */
type Does = 'replaced' | 'published' | 'amended' | 'kept';

/** What is known of one place: the name of an app in a stream of the target. */
export interface Deed {
  readonly step: Step;
  /** With its id, once the stream is known to be there. */
  stream: PlannedStream;
  /** Nothing asked yet; asked for; surely done; surely not done, or undone; asked for, and never learnt. */
  state: 'idle' | 'begun' | 'confirmed' | 'gone' | 'unclear';
  does: Does | undefined;
  /** Why it is gone. */
  gone: 'not done' | 'rolled back' | 'withdrawn';
  /** The app that users see in the place. */
  app: App | undefined;
  /** That app as it was right before this run changed it; undefined where this run published it. */
  before: App | undefined;
  /** That app as it was right after this run last wrote to it. */
  wrote: App | undefined;
  /** What this run's own writes made of its name, text, tags, properties and owner; undefined where nothing. */
  edit: Edit | undefined;
  /** What a reader should know of it. */
  note: string | undefined;
  /** Why this place alone did not get what was planned. */
  failure: string | undefined;
}

/** An app as it was read, and as it was sent back. */
export interface Edit {
  from: App;
  to: App;
}

/** A working copy that this run asked for. */
export interface WorkingCopy {
  readonly name: string;
  /** As the site last showed it; undefined before it did. */
  app: App | undefined;
  /** `live`: users see it now, so it is no working copy any more. */
  state: 'begun' | 'there' | 'gone' | 'live';
  /** An answer was lost: one of that name may yet appear. */
  lost: boolean;
  /** The app or stream that a replace or publish whose end is not known gives it to, by id. */
  gaveTo: string | undefined;
}

/** What this run did on one target, and how much of that is known: the one place where that is written down. */
export interface Ledger {
  readonly deeds: readonly Deed[];
  of(step: Step): Deed;
  begun(step: Step, change: { does: Does; app: App; before: App | undefined }): void;
  confirmed(step: Step, now?: Partial<Pick<Deed, 'does' | 'app' | 'wrote' | 'edit'>>): void;
  gone(step: Step, why: Deed['gone']): void;
  unclear(step: Step): void;
  note(step: Step, note: string): void;
  failed(step: Step, failure: string): void;

  readonly copies: readonly WorkingCopy[];
  copy(name: string): WorkingCopy;

  /** What was exported before it was replaced, by app id; the newest counts. */
  readonly backups: Map<string, BackedUp>;
}

export function ledgerOf({ steps }: TargetPlan): Ledger {
  const deeds = steps.map(untouched);
  const copies = new Map<string, WorkingCopy>();
  const of = (step: Step): Deed => {
    const deed = deeds.find(one => one.step === step);
    if (!deed) throw new Error(`The plan has no such step in stream "${step.stream.name}".`);
    return deed;
  };
  return {
    deeds,
    of,
    begun: (step, change) => Object.assign(of(step), change, { state: 'begun', wrote: undefined }),
    confirmed: (step, now = {}) => Object.assign(of(step), now, { state: 'confirmed' }),
    gone: (step, why) => Object.assign(of(step), { state: 'gone', gone: why }),
    unclear: step => Object.assign(of(step), { state: 'unclear' }),
    note: (step, note) => Object.assign(of(step), { note }),
    failed: (step, failure) => Object.assign(of(step), { failure }),
    get copies() {
      return [...copies.values()];
    },
    copy: name => {
      const known = copies.get(name) ?? newCopy(name);
      copies.set(name, known);
      return known;
    },
    backups: new Map(),
  };
}

function newCopy(name: string): WorkingCopy {
  return { name, app: undefined, state: 'begun', lost: false, gaveTo: undefined };
}

function untouched(step: Step): Deed {
  return {
    step,
    stream: step.stream,
    state: 'idle',
    does: undefined,
    gone: 'not done',
    app: undefined,
    before: undefined,
    wrote: undefined,
    edit: undefined,
    note: undefined,
    failure: undefined,
  };
}

/** Whether this run changed the place, or may have. */
export function touched({ state, does }: Deed): boolean {
  return ['begun', 'confirmed', 'unclear'].includes(state) && does !== 'kept';
}

/** What came of each step, for the report. Pure. */
export function outcomesOf({ deeds, backups }: Ledger): StreamOutcome[] {
  return deeds.map(deed => {
    const { stream, app, note } = deed;
    const replaced = deed.before ?? (deed.step.do === 'replace' ? deed.step.app : undefined);
    const backup = replaced && backups.get(replaced.id)?.file;
    const there = deed.state !== 'gone' || deed.gone === 'withdrawn' || deed.before;
    return {
      stream,
      did: wordOf(deed),
      ...(app && there ? { app } : {}),
      ...(note === undefined ? {} : { note }),
      ...(backup === undefined ? {} : { backup }),
    };
  });
}

function wordOf({ state, does, gone }: Deed): StreamOutcome['did'] {
  if (state === 'confirmed') return does ?? 'kept';
  if (state === 'gone') return gone;
  return state === 'idle' ? 'not done' : 'unclear';
}
