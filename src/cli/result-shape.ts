import * as z from 'zod';

const text = (description: string) => z.string().optional().describe(description);
const texts = (description: string) => z.array(z.string()).optional().describe(description);
const number = (description: string) => z.number().optional().describe(description);

const namedObjects = (description: string) =>
  z
    .array(
      z.looseObject({
        id: z.string().describe('The object’s id in the engine.'),
        type: z.string().describe('Its type, such as sheet.'),
        name: z.string().describe('Its name.'),
      }),
    )
    .optional()
    .describe(description);

const streamShape = z.looseObject({
  stream: z.string().describe('The stream; empty for an unpublished app that the target names by its id.'),
  plan: text('What the plan decided: replace, publish or keep.'),
  did: z
    .enum(['replaced', 'published', 'amended', 'kept', 'not done', 'unclear', 'rolled back', 'withdrawn'])
    .optional()
    .describe(
      'The outcome. amended: the app was there, and got its tags, properties or owner. unclear: the site never said. withdrawn: another run’s app stayed.',
    ),
  app: text('The id of the app that users see there.'),
  before: z
    .looseObject({
      owner: text('Its owner, written DIRECTORY\\user.'),
      fileSize: number('Its size in bytes.'),
      lastReloadTime: text('Its last reload.'),
      modifiedDate: text('Its last change.'),
    })
    .optional()
    .describe('The app that was there before.'),
  task: z
    .looseObject({
      name: z.string().describe('Its name.'),
      plan: text('What the plan decided: make, update or leave.'),
      did: z
        .enum(['made', 'updated', 'left', 'not done', 'unclear', 'rolled back'])
        .optional()
        .describe('The outcome. left: it was there. unclear: the site never said.'),
      id: text('Its id.'),
    })
    .optional()
    .describe('The app’s reload task.'),
  changes: z
    .looseObject({
      hidden: text(
        'source or target: this site does not show the objects of the app, so nobody knows what changes.',
      ),
      script: text('changed, same or not shown.'),
      added: namedObjects('Objects that come.'),
      removed: namedObjects('Objects that go.'),
      changed: namedObjects('Objects with another content.'),
      unknown: number('How many objects both sites show without a hash of their content.'),
      common: number('How many objects both apps have, without the script.'),
      users: number('How many objects of single users stay in the live app.'),
    })
    .optional()
    .describe('In a dry run: how the version that comes differs from the live app.'),
  backup: text('The file with the backup of the replaced app.'),
});

const targetShape = z.looseObject({
  site: z.string().describe('The target site.'),
  mode: z.enum(['overwrite', 'duplicate']).describe('The mode.'),
  app: text('The id of the one app that the target names.'),
  name: z.string().describe('The app’s name there.'),
  options: z.looseObject({}).optional().describe('The options of this target, with their defaults.'),
  streams: z.array(streamShape).describe('Each wanted stream.'),
  missingStreams: texts('Wanted streams that the site does not have.'),
  leftBehind: z.array(z.looseObject({})).optional().describe('Working copies that stayed, or may appear.'),
  milliseconds: number('How long this target took.'),
  failure: text('Why it failed.'),
});

const appShape = z.looseObject({
  id: z.string().describe('The source app’s id.'),
  name: z.string().describe('The source app’s name.'),
  verdict: z.enum(['promote', 'untag', 'skip', 'refuse']).describe('What the plan decided.'),
  reasons: z.array(z.string()).describe('Why the app is skipped or refused.'),
  tag: z
    .enum(['none', 'set', 'removed', 'failed', 'not due'])
    .describe(
      'What happened to the tag of done.tag. not due: a target failed, or the app has changed since.',
    ),
  done: texts('What else happened to the source app.'),
  archive: text('The file with the archived app.'),
  bytes: number('The size of the app’s file.'),
  sha256: text('The digest of the app’s file.'),
  notes: texts('What a reader should know.'),
  targets: z.array(targetShape).describe('Each target site.'),
  failure: text('Why the app as a whole failed.'),
});

const runShape = z.looseObject({
  name: z.string().describe('The task’s name.'),
  task: text('The task’s id.'),
  kind: text('reload or external.'),
  session: text('The id of the execution session.'),
  verdict: z
    .enum(['succeeded', 'started', 'failed', 'not started', 'unknown'])
    .optional()
    .describe('The outcome of the run.'),
  status: text('The status in QRS.'),
  attempts: number('How often QRS tried.'),
  start: text('When it started.'),
  end: text('When it ended.'),
  duration: number('How long it took, in milliseconds.'),
  usualDuration: number('How long it usually takes, in milliseconds.'),
  node: text('The scheduler that ran it.'),
  details: texts('What QRS recorded.'),
  why: text('Why it did not succeed.'),
  log: text('The file with the script log.'),
  error: text('The first error in the script log.'),
  notes: texts('What a reader should know.'),
});

const findingShape = z.looseObject({
  site: text('The site; absent for the machine that checks.'),
  about: z.string().describe('What the check looked at.'),
  state: z
    .enum(['ok', 'warning', 'not known', 'failed'])
    .describe('failed: it would fail. not known: the site does not show it.'),
  says: z.string().describe('What the check found.'),
  next: text('What to do next.'),
});

/** The `result` output. Any release may add keys; these keys stay as long as the version does. */
export const resultShape = z.looseObject({
  version: z.literal(1).optional().describe('The version of this JSON.'),
  outcome: z
    .enum(['promoted', 'reloaded', 'started', 'planned', 'checked', 'nothing-to-do', 'failed'])
    .describe('The same as the output outcome.'),
  run: z
    .looseObject({
      id: text('The id of the workflow run.'),
      url: text('Its address.'),
      actor: text('Who started it.'),
    })
    .optional()
    .describe('The workflow run: id, url, and the actor who started it.'),
  from: text('Promotion: the source site.'),
  refusals: texts('Refusals that concern no single app or task.'),
  apps: z.array(appShape).optional().describe('Promotion: the apps.'),
  site: text('Reload: the site.'),
  runs: z.array(runShape).optional().describe('Reload: the runs.'),
  findings: z.array(findingShape).optional().describe('Check: the findings.'),
  failures: texts('A sentence for each failure, if there is no plan.'),
  cut: z.looseObject({}).optional().describe('How many entries are left out; result-path has all of them.'),
});
