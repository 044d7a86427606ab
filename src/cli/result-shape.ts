import { z } from 'zod';

const failures = z.array(z.string()).describe('A sentence for each failure, where nothing could be planned.');

const streamShape = z.looseObject({
  stream: z.string().describe('The stream.'),
  plan: z.string().optional().describe('replace, publish or keep.'),
  did: z.string().optional().describe('What came of it: replaced, published, kept, not done, unclear, …'),
  app: z.string().optional().describe('The id of the app that users see there.'),
  backup: z.string().optional().describe('The file that holds what was replaced.'),
});

const targetShape = z.looseObject({
  site: z.string().describe('The target site.'),
  mode: z.enum(['overwrite', 'duplicate']).describe('How the app goes there.'),
  name: z.string().describe('The app’s name there.'),
  streams: z.array(streamShape).describe('Each wanted stream.'),
  missingStreams: z.array(z.string()).optional().describe('Wanted streams that the site does not have.'),
  failure: z.string().optional().describe('Why it failed.'),
});

const appShape = z.looseObject({
  id: z.string().describe('The source app’s id.'),
  name: z.string().describe('The source app’s name.'),
  verdict: z.enum(['promote', 'untag', 'skip', 'refuse']).describe('What the plan decided.'),
  reasons: z.array(z.string()).describe('Why it is skipped or refused.'),
  tag: z.string().describe('What became of the tag of done.tag.'),
  targets: z.array(targetShape).describe('Each target site.'),
  failure: z.string().optional().describe('Why the app as a whole failed.'),
});

const runShape = z.looseObject({
  name: z.string().describe('The task’s name.'),
  verdict: z.string().optional().describe('What came of the run.'),
  status: z.string().optional().describe('The status of its newest record.'),
  why: z.string().optional().describe('Why it did not succeed.'),
});

/** The `result` output. Keys may come in any version; what is here stays in all of this version. */
export const resultShape = z.looseObject({
  version: z.number().optional().describe('The version of this shape.'),
  outcome: z
    .enum(['promoted', 'reloaded', 'started', 'planned', 'checked', 'nothing-to-do', 'failed'])
    .describe('The same as the output outcome.'),
  run: z.looseObject({}).optional().describe('The run: its id, its url, and the actor who started it.'),
  from: z.string().optional().describe('Of a promotion: the source site.'),
  refusals: z.array(z.string()).optional().describe('Refusals that concern no single app or task.'),
  apps: z.array(appShape).optional().describe('Of a promotion: each app.'),
  site: z.string().optional().describe('Of a reload: the site.'),
  runs: z.array(runShape).optional().describe('Of a reload: each task.'),
  findings: z.array(z.looseObject({})).optional().describe('Of a check: each thing looked at.'),
  failures: failures.optional(),
  cut: z
    .looseObject({})
    .optional()
    .describe('How many entries were left out to fit; result-path has them all.'),
});
