import type { App, AppFields } from '../../qrs/entities.ts';
import type { BackedUp } from '../app-file/backup.ts';
import type { StreamOutcome } from '../outcome.ts';
import type { PlannedStream, Step, TargetPlan } from '../plan/planned.ts';
import type { TaskRecord } from '../reload-task/task-record.ts';

/** A confirmed change in a place. */
type Deed = 'replaced' | 'published' | 'amended' | 'kept';
/** Why a place has nothing of this run. */
type Reason = 'not done' | 'rolled back' | 'withdrawn';

interface PlaceRecord {
  readonly step: Step;
  /** With its id, once the stream is known to exist. */
  stream: PlannedStream;
  /** Not requested yet; requested, no answer yet; surely done; surely not done, or undone; never answered. */
  state: 'idle' | 'begun' | 'confirmed' | 'gone' | 'unclear';
  does: Deed | undefined;
  reason: Reason;
  /** The app that users see in the place. */
  app: AppFields | undefined;
  /** That app right before this run changed it; undefined where this run published it. */
  before: App | undefined;
  /** That app right after this run last wrote to it. */
  wrote: App | undefined;
  /** What this run wrote, or may have written, to name, text, tags, properties and owner; the first edit first. */
  edits: readonly Edit[];
  /** The change was asked for again after a lost answer: the site may still do the first one, too. */
  twice: boolean;
  /** Notes for the reader of the report. */
  note: string | undefined;
  /** Why this place alone did not get the planned change. */
  failure: string | undefined;
  /** At the last look, the app to replace was not there any more. */
  isAbsent: boolean;
}

/** An app before and after an edit. */
export interface Edit {
  from: App;
  to: App;
}

/** What is known of one place: an app's name in a stream of the target. Only its verbs change it. */
export interface Place extends Readonly<PlaceRecord> {
  /** The stream exists and has this id. */
  streamIs(id: string): void;
  begun(change: { does: Deed; app: App; before: App | undefined }): void;
  confirmed(now?: Partial<Pick<PlaceRecord, 'does' | 'app' | 'wrote'>>): void;
  /** Edits were sent, whether or not the site answered. */
  edited(sent: readonly Edit[]): void;
  /** The place has nothing of this run; `instead`: the app that it has. */
  gone(reason: Reason, instead?: App): void;
  unclear(): void;
  repeated(): void;
  noted(note: string): void;
  failed(failure: string): void;
  absent(): void;
}

interface CopyRecord {
  readonly name: string;
  /** The copy as the site last showed it; undefined before. */
  app: App | undefined;
  /** `live`: users see it now, so it is no working copy any more. */
  state: 'begun' | 'there' | 'gone' | 'live';
  /** An answer was lost: a copy of that name may still appear. */
  lost: boolean;
  /** The app or stream, by id, of a replace or publish that may still be reading it. */
  gaveTo: string | undefined;
}

/** A working copy that this run asked for. Only its verbs change it. */
export interface WorkingCopy extends Readonly<CopyRecord> {
  shown(app: App): void;
  /** The site clearly refused. */
  refused(): void;
  answerLost(): void;
  /** A replace of this app, or a publish to this stream, got no answer. */
  gave(to: string): void;
  wentLive(): void;
  removed(): void;
}

/** What this run did on one target, and how certain that is. The only record of it. */
export interface Ledger {
  readonly places: readonly Place[];
  readonly copies: readonly WorkingCopy[];
  /** The record of the working copy of that name. */
  copy(name: string): WorkingCopy;
  /** The newest backup of each app, by app id. */
  readonly backups: Map<string, BackedUp>;
  /** The reload tasks of places, in the order of the work. */
  readonly tasks: Map<Place, TaskRecord>;
}

export function ledgerOf({ steps }: TargetPlan): Ledger {
  const copies = new Map<string, WorkingCopy>();
  return {
    places: steps.map(placeFor),
    get copies() {
      return [...copies.values()];
    },
    copy: name => {
      const copy = copies.get(name) ?? copyNamed(name);
      copies.set(name, copy);
      return copy;
    },
    backups: new Map(),
    tasks: new Map(),
  };
}

function placeFor(step: Step): Place {
  const record: PlaceRecord = {
    step,
    stream: step.stream,
    state: 'idle',
    does: undefined,
    reason: 'not done',
    app: undefined,
    before: undefined,
    wrote: undefined,
    edits: [],
    twice: false,
    note: undefined,
    failure: undefined,
    isAbsent: false,
  };
  const set = (news: Partial<PlaceRecord>) => {
    Object.assign(record, news);
  };
  return Object.assign(record, {
    streamIs: (id: string) => set({ stream: { id, name: step.stream.name } }),
    begun: (change: Partial<PlaceRecord>) => set({ ...change, state: 'begun', wrote: undefined }),
    confirmed: (now: Partial<PlaceRecord> = {}) => set({ ...now, state: 'confirmed' }),
    gone: (reason: Reason, instead?: App) =>
      set({ state: 'gone', reason, ...(instead ? { app: instead } : {}) }),
    edited: (sent: readonly Edit[]) => set({ edits: [...record.edits, ...sent] }),
    unclear: () => set({ state: 'unclear' }),
    repeated: () => set({ twice: true }),
    noted: (note: string) => set({ note }),
    failed: (failure: string) => set({ failure }),
    absent: () => set({ isAbsent: true }),
  });
}

function copyNamed(name: string): WorkingCopy {
  const record: CopyRecord = { name, app: undefined, state: 'begun', lost: false, gaveTo: undefined };
  const set = (news: Partial<CopyRecord>) => {
    Object.assign(record, news);
  };
  return Object.assign(record, {
    shown: (app: App) => set({ app, ...(record.state === 'begun' ? { state: 'there' } : {}) }),
    // After a lost answer, one of that name may still appear.
    refused: () => set(record.lost ? {} : { state: 'gone' }),
    answerLost: () => set({ lost: true }),
    gave: (to: string) => set({ gaveTo: to }),
    wentLive: () => set({ state: 'live' }),
    removed: () => set({ state: 'gone' }),
  });
}

/** Whether this run changed the place, or may have. */
export function touched({ state, does }: Place): boolean {
  return ['begun', 'confirmed', 'unclear'].includes(state) && does !== 'kept';
}

/** The outcome of each place, for the report. Pure. */
export function outcomesOf({ places, backups, tasks }: Ledger): StreamOutcome[] {
  return places.map(place => {
    const { step, stream, state, reason, app, before, note, isAbsent } = place;
    const replaced = before ?? (step.do === 'replace' ? step.app : undefined);
    const backup = replaced && backups.get(replaced.id)?.file;
    const seen = state !== 'gone' || reason === 'withdrawn' || before;
    return {
      stream,
      did: wordFor(place),
      ...(app && seen ? { app } : {}),
      ...(note === undefined ? {} : { note }),
      ...(isAbsent ? { absent: true } : {}),
      ...(backup === undefined ? {} : { backup }),
      ...taskOutcome(tasks.get(place)),
    };
  });
}

function taskOutcome(record: TaskRecord | undefined): Pick<StreamOutcome, 'task'> {
  if (!record) return {};
  const { name, did, id } = record;
  return { task: { name, did, ...(id === undefined ? {} : { id }) } };
}

function wordFor({ state, does, reason }: Place): StreamOutcome['did'] {
  if (state === 'confirmed') return does ?? 'kept';
  if (state === 'gone') return reason;
  return state === 'idle' ? 'not done' : 'unclear';
}
