import { messageOf, RemoteError, StoppedError } from '../base/errors.ts';
import { workingName } from '../promote/working-copy.ts';
import { copyApp } from '../qrs/apps/copy.ts';
import { exportApp } from '../qrs/apps/export.ts';
import { filterApps } from '../qrs/apps/find.ts';
import { publishApp } from '../qrs/apps/publish.ts';
import { deleteApp } from '../qrs/apps/remove.ts';
import { updateApp } from '../qrs/apps/update.ts';
import { removeNamed, uploadApp } from '../qrs/apps/upload.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { answerOfReplace } from '../qrs/questions.ts';
import { findStreams } from '../qrs/streams.ts';
import { findTasks, manualTaskName, removeTask } from '../qrs/tasks.ts';
import type { Trial } from './facts.ts';
import { MARK, type Observed, observe } from './observe.ts';
import type { OpenAnswer } from './questions.ts';

/** A larger app would take long to copy. Bytes. */
const LARGE = 50_000_000;
/** The time to clean up, also after a cancellation, ms. */
const CLEAN_UP = 60_000;

interface Course {
  steps: { what: string; came: { is: string } | { failed: string } }[];
  answers: OpenAnswer[];
  /** Names of what this trial makes; empty before it makes anything. */
  names: readonly string[];
  made: App[];
  /** Names of the tasks that this trial makes. */
  tasks: readonly string[];
}

/**
 * Does on one site, in a stream that the user names, what a promotion does: copies an app, describes, exports, uploads,
 * publishes and replaces it, and deletes what it made. It touches nothing else; users see a copy for seconds. If
 * `observes`, it also observes what nobody knows about QRS.
 */
export async function tryChanges(
  qrs: Qrs,
  { stream, run, observes }: { stream: string; run: string; observes: boolean },
): Promise<{ trial: Trial; answers: OpenAnswer[] }> {
  const course: Course = { steps: [], answers: [], names: [], made: [], tasks: [] };
  const step = async <T>(
    what: string,
    work: () => Promise<T>,
    says: (result: T) => string = () => 'yes',
  ): Promise<T> => {
    try {
      const result = await work();
      course.steps.push({ what, came: { is: says(result) } });
      return result;
    } catch (error) {
      course.steps.push({ what, came: { failed: messageOf(error) } });
      throw error;
    }
  };
  try {
    const made = await promoteHere(qrs, stream, run, course, step);
    if (observes) {
      course.tasks = [manualTaskName(made.uploaded, false)];
      course.answers.push(...(await observe(qrs, made)));
    }
  } catch (error) {
    if (!(error instanceof RemoteError || error instanceof StoppedError || error instanceof Impossible))
      throw error;
  } finally {
    await cleanUp(qrs.under(AbortSignal.timeout(CLEAN_UP)), course);
  }
  return { trial: { site: qrs.site.name, steps: course.steps }, answers: course.answers };
}

/** The site lacks what a trial needs. */
class Impossible extends Error {}

type StepOf = <T>(what: string, work: () => Promise<T>, says?: (result: T) => string) => Promise<T>;

async function promoteHere(
  qrs: Qrs,
  name: string,
  run: string,
  course: Course,
  step: StepOf,
): Promise<Observed> {
  const stream = await step(`find stream "${name}"`, async () => only(await findStreams(qrs, [name])));
  const model = await step(
    'find an app to copy',
    () => smallest(qrs),
    app => app.name,
  );
  const nameOf = (part: number) => workingName(model.id, run, part);
  const [first, second, asked] = [nameOf(1), nameOf(2), nameOf(3)];
  course.names = [first, second, asked];
  const keep = (app: App) => {
    course.made.push(app);
    return app;
  };
  const copy = await step('copy an app', async () =>
    keep(await copyApp(qrs, model, { name: first, properties: 'dropped' })),
  );
  const mark = (now: App) => ({ ...now, description: MARK });
  const described = await step('update it', () => updateApp(qrs, copy, 'describe the copy of a check', mark));
  const { bytes, length } = await step(
    'export it',
    () => exported(qrs, described),
    ({ bytes }) => `${bytes.length} bytes`,
  );
  const open = async () => ({ content: once(bytes), length: bytes.length });
  const options = { app: second, keepData: false, excludeConnections: true, lost: () => {} };
  const uploaded = await step('upload it', async () => keep(await uploadApp(qrs, second, open, options)));
  const published = await step('publish it', () => publishApp(qrs, described, stream, asked));
  const answered = await step(
    'replace it',
    () => answerOfReplace(qrs, uploaded, published),
    () => 'yes',
  );
  return { model, copy, published, asked, uploaded, length, answered, stream };
}

function only<T>(found: readonly T[]): T {
  const [one] = found;
  if (one && found.length === 1) return one;
  throw new Impossible(
    one ? `${found.length} streams have that name.` : 'This site has no stream of that name.',
  );
}

async function smallest(qrs: Qrs): Promise<App> {
  const { found } = await filterApps(qrs, `fileSize lt ${LARGE}`);
  const [app] = found.sort((one, other) => (one.fileSize ?? 0) - (other.fileSize ?? 0));
  if (!app) throw new Impossible('the user may read no app that is small enough to copy');
  return app;
}

/** The file without data. */
async function exported(qrs: Qrs, app: App): Promise<{ bytes: Buffer; length: number | undefined }> {
  const { content, length } = await exportApp(qrs, app, { skipData: true, room: LARGE });
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(Uint8Array.from(piece));
  return { bytes: Buffer.concat(pieces), length };
}

async function* once(bytes: Uint8Array) {
  yield bytes;
}

/** Deletes the apps and tasks that were made, and those that a lost answer may have left. */
async function cleanUp(qrs: Qrs, { steps, names, made, tasks }: Course): Promise<void> {
  if (names.length === 0) return;
  try {
    for (const app of made) {
      const { error } = await deleteApp(qrs, app);
      if (error !== undefined) throw error;
    }
    for (const name of names) await removeNamed(qrs, name);
    const left = tasks.length > 0 ? await findTasks(qrs, { ids: [], names: tasks }) : [];
    for (const task of left) await removeTask(qrs, task);
    steps.push({ what: 'delete what was made', came: { is: 'yes' } });
  } catch (error) {
    const left = `${messageOf(error)} Look for apps called "${names.join('" and "')}", and for tasks of these apps.`;
    steps.push({ what: 'delete what was made', came: { failed: left } });
  }
}
