import { readApp } from '../qrs/apps/find.ts';
import { findObjects } from '../qrs/apps/objects.ts';
import { removeApp } from '../qrs/apps/remove.ts';
import { changesSince } from '../qrs/changes.ts';
import type { Qrs } from '../qrs/connection.ts';
import type { App } from '../qrs/entities.ts';
import { publishWithoutName, statusOfDate, statusOfSecondPublish } from '../qrs/questions.ts';
import { findTasks, makeManualTask } from '../qrs/tasks.ts';
import { hashesOf, movedDates } from './compare-objects.ts';
import { type Asked, answersTo, type OpenAnswer, QUESTIONS } from './questions.ts';

/** The description of apps that a check makes. */
export const MARK = 'Made by a check of qrs-action, which removes it.';
/** How long to watch an uploaded app, ms. */
const SETTLE = 3_000;

/** What a trial has made, and how. */
export interface Observed {
  /** The app that was copied. */
  model: App;
  /** The copy, as the site made it. */
  copy: App;
  /** The copy, as it was published under the name `asked`. The uploaded app has replaced it since. */
  published: App;
  asked: string;
  uploaded: App;
  /** Of the download, if the site announced it. */
  length: number | undefined;
  /** The id of the app in the answer of a replace of the published app by the uploaded one. */
  answered: string | undefined;
  stream: { id: string; name: string };
}

const yes = (is: boolean) => (is ? 'yes' : 'no');
const whose = (isTarget: boolean) => (isTarget ? "the target's" : "the source's");

/** Observes how the site behaves where nobody knows how QRS behaves. The trial deletes the task that this makes. */
export function observe(qrs: Qrs, made: Observed): Promise<OpenAnswer[]> {
  // In this order: later questions change the apps that earlier ones look at.
  return answersTo([...watchUpload(qrs, made), ...lookAtReplace(qrs, made), ...lookBack(qrs, made)]);
}

function watchUpload(
  qrs: Qrs,
  { model, copy, published, asked, uploaded, length, stream }: Observed,
): readonly Asked[] {
  return [
    [QUESTIONS.exportLength, async () => yes(length !== undefined)],
    [QUESTIONS.descriptionTravels, async () => yes(uploaded.description === MARK)],
    [
      QUESTIONS.copyHas,
      async () => (model.tags.length === 0 ? undefined : `tags: ${yes(copy.tags.length > 0)}`),
    ],
    [QUESTIONS.publishName, async () => yes(published.name === asked)],
    [
      QUESTIONS.modifiedBy,
      async () => (uploaded.modifiedByUserName === qrs.site.user ? "the caller's" : "another's"),
    ],
    [
      QUESTIONS.settles,
      async () => {
        await qrs.clock.sleep(SETTLE, qrs.signal);
        const now = await readApp(qrs, uploaded.id);
        return now?.modifiedDate === uploaded.modifiedDate
          ? `its date did not move for ${SETTLE} ms`
          : `its date moved within ${SETTLE} ms`;
      },
    ],
    [QUESTIONS.publishTwice, async () => String(await statusOfSecondPublish(qrs, published, stream))],
    [
      QUESTIONS.contentHash,
      async () => {
        const objects = await findObjects(qrs, [model.id, uploaded.id]);
        return hashesOf(objects.get(model.id) ?? [], objects.get(uploaded.id) ?? []);
      },
    ],
  ];
}

function lookAtReplace(qrs: Qrs, { published, uploaded, answered, stream }: Observed): readonly Asked[] {
  return [
    [
      QUESTIONS.conflict,
      async () => {
        const older = await statusOfDate(qrs, uploaded, -60_000);
        const now = await readApp(qrs, uploaded.id);
        const newer = now && (await statusOfDate(qrs, now, 60_000));
        return `an older date: ${older}, a newer one: ${newer}`;
      },
    ],
    [
      QUESTIONS.objectDates,
      async () => {
        const before = (await findObjects(qrs, [uploaded.id])).get(uploaded.id) ?? [];
        const now = await readApp(qrs, uploaded.id);
        if (now) await statusOfDate(qrs, now, 0);
        return movedDates(before, (await findObjects(qrs, [uploaded.id])).get(uploaded.id) ?? []);
      },
    ],
    [
      QUESTIONS.replaceAnswers,
      async () =>
        answered === published.id || answered === uploaded.id
          ? whose(answered === published.id)
          : "neither's",
    ],
    [
      QUESTIONS.replaceName,
      async () => {
        const now = await readApp(qrs, published.id);
        return now && whose(now.name === published.name);
      },
    ],
    [
      QUESTIONS.replaceDescription,
      async () => {
        const now = await readApp(qrs, published.id);
        return now && whose(now.description === published.description);
      },
    ],
    [
      QUESTIONS.publishRenames,
      async () => {
        await publishWithoutName(qrs, uploaded, stream);
        const now = await readApp(qrs, uploaded.id);
        return now && yes(now.name !== uploaded.name);
      },
    ],
  ];
}

function lookBack(qrs: Qrs, { published, uploaded }: Observed): readonly Asked[] {
  return [
    [
      QUESTIONS.changesSince,
      async () => {
        const changes = await changesSince(qrs, published.createdDate, ['App']);
        const own = changes.filter(({ id }) => id === published.id.toLowerCase());
        // It was made, described, published and replaced.
        return own.length > 1 ? 'all' : own.length === 1 ? 'the newest' : 'none, though the app changed';
      },
    ],
    [
      QUESTIONS.deletesTasks,
      async () => {
        const task = await makeManualTask(qrs, uploaded, false);
        await removeApp(qrs, uploaded);
        return yes((await findTasks(qrs, { ids: [task.id], names: [] })).length === 0);
      },
    ],
  ];
}
