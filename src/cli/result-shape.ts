import * as z from 'zod';

const failures = z.array(z.string()).describe('A sentence for each failure, if there is no plan.');

const streamShape = z.looseObject({
  stream: z.string().describe('The stream.'),
  plan: z.string().optional().describe('What the plan decided: replace, publish or keep.'),
  did: z
    .string()
    .optional()
    .describe('The outcome: replaced, published, kept, not done, unclear and others.'),
  app: z.string().optional().describe('The id of the app that users see there.'),
  backup: z.string().optional().describe('The file with the backup of the replaced app.'),
});

const targetShape = z.looseObject({
  site: z.string().describe('The target site.'),
  mode: z.enum(['overwrite', 'duplicate']).describe('The mode.'),
  name: z.string().describe('The app’s name there.'),
  streams: z.array(streamShape).describe('Each wanted stream.'),
  missingStreams: z.array(z.string()).optional().describe('Wanted streams that the site does not have.'),
  failure: z.string().optional().describe('Why it failed.'),
});

const appShape = z.looseObject({
  id: z.string().describe('The source app’s id.'),
  name: z.string().describe('The source app’s name.'),
  verdict: z.enum(['promote', 'untag', 'skip', 'refuse']).describe('What the plan decided.'),
  reasons: z.array(z.string()).describe('Why the app is skipped or refused.'),
  tag: z.string().describe('What happened to the tag of done.tag.'),
  targets: z.array(targetShape).describe('Each target site.'),
  failure: z.string().optional().describe('Why the app as a whole failed.'),
});

const runShape = z.looseObject({
  name: z.string().describe('The task’s name.'),
  verdict: z.string().optional().describe('The outcome of the run.'),
  status: z.string().optional().describe('The status in QRS.'),
  why: z.string().optional().describe('Why it did not succeed.'),
});

/** The `result` output. Keys may come in any version; what is here stays in all of this version. */
export const resultShape = z.looseObject({
  version: z.literal(1).optional().describe('The version of this JSON.'),
  outcome: z
    .enum(['promoted', 'reloaded', 'started', 'planned', 'checked', 'nothing-to-do', 'failed'])
    .describe('The same as the output outcome.'),
  run: z.looseObject({}).optional().describe('The workflow run: id, url, and the actor who started it.'),
  from: z.string().optional().describe('Promotion: the source site.'),
  refusals: z.array(z.string()).optional().describe('Refusals that concern no single app or task.'),
  apps: z.array(appShape).optional().describe('Promotion: the apps.'),
  site: z.string().optional().describe('Reload: the site.'),
  runs: z.array(runShape).optional().describe('Reload: the runs.'),
  findings: z.array(z.looseObject({})).optional().describe('Check: the findings.'),
  failures: failures.optional(),
  cut: z.looseObject({}).optional().describe('How many entries are left out; result-path has all of them.'),
});
