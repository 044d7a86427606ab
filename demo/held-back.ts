import { join } from 'node:path';
import { runAction } from './action.ts';
import { expect, quote, say, title } from './say.ts';
import type { DemoSite } from './site.ts';

interface Sites {
  folder: string;
  dev: DemoSite;
  test: DemoSite;
  /** Says what the site has. */
  show: () => Promise<void>;
}

/** What does not reach users: a plan, a refusal, and a new version that is taken back. */
export async function heldBack({ folder, dev, test, show }: Sites): Promise<void> {
  const spec = (streams: string, more = '') =>
    `from: dev\napps: [{ name: Demo Build }]\nto: [{ site: test, streams: [${streams}] }]\n${more}`;
  const run = (promote: string, dryRun: boolean, expected: number) =>
    runAction(folder, [dev, test], { INPUT_PROMOTE: promote, 'INPUT_DRY-RUN': String(dryRun) }, { expected });
  const before = JSON.stringify(await test.call('GET', 'app/count'));

  title('A dry run shows the plan, and changes nothing');
  quote(spec('Everyone, Review'));
  await run(spec('Everyone, Review'), true, 0);

  title('A stream that is not there is refused, before anything is changed');
  const refused = spec('Everyone, Foo', 'missing-stream: fail\n');
  quote(refused);
  await run(refused, false, 1);
  expect('nothing was changed', JSON.stringify(await test.call('GET', 'app/count')) === before);

  title('A new version whose reload fails on test is taken back');
  const risky = spec('Everyone', `reload: after\nbackup: ${JSON.stringify(join(folder, 'backup'))}\n`);
  quote(risky);
  await run(risky, false, 1);
  say('Users on test have the version of before:');
  await show();
}
