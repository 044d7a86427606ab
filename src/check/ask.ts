import { listsPath } from '../qrs/api-description.ts';
import type { Qrs } from '../qrs/connection.ts';
import {
  ignoresCase,
  privilegeWords,
  readsPlusAsSpace,
  schedulesThatShowNextStart,
  someStreams,
  statusesOfScriptLog,
  statusOfPropertyFilter,
  statusOfUnknownApp,
  unpublishedOfOthers,
} from '../qrs/questions.ts';
import { answersTo, type OpenAnswer, QUESTIONS } from './questions.ts';

/** Asks a site the open questions that reading answers. Changes nothing. */
export async function askQuestions(qrs: Qrs): Promise<OpenAnswer[]> {
  const stream = async () => (await someStreams(qrs))[0];
  return answersTo([
    [
      QUESTIONS.case,
      async () => {
        const one = await stream();
        const ignores = one && (await ignoresCase(qrs, one));
        return ignores === undefined ? undefined : ignores ? 'yes' : 'no';
      },
    ],
    [
      QUESTIONS.plus,
      async () => {
        const one = await stream();
        return one && ((await readsPlusAsSpace(qrs, one)) ? 'a space' : 'a plus');
      },
    ],
    [QUESTIONS.unknownId, async () => String(await statusOfUnknownApp(qrs))],
    [QUESTIONS.privileges, async () => (await privilegeWords(qrs)).join(', ') || 'it is empty'],
    [QUESTIONS.taskProperties, async () => String(await statusOfPropertyFilter(qrs))],
    [
      QUESTIONS.unpublished,
      async () => {
        const others = await unpublishedOfOthers(qrs);
        return others === undefined
          ? undefined
          : others > 0
            ? 'also those of others'
            : 'only their own, or others have none';
      },
    ],
    [
      QUESTIONS.uploadReplace,
      async () => {
        const lists = await listsPath(qrs, 'app/upload/replace');
        return lists === undefined
          ? 'the site lists no calls'
          : lists
            ? 'it lists it'
            : 'it does not list it';
      },
    ],
    [
      QUESTIONS.nextStart,
      async () => {
        const { all, show } = await schedulesThatShowNextStart(qrs);
        return all === 0 ? undefined : `${show} of ${all} enabled schedules show it`;
      },
    ],
    [
      QUESTIONS.scriptLog,
      async () => {
        const statuses = await statusesOfScriptLog(qrs);
        return statuses && `scriptlogfile: ${statuses.fresh}, scriptlog: ${statuses.old}`;
      },
    ],
  ]);
}
