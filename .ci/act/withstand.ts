import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../simulator/server.ts';
import { changes } from '../../test/sites-for-tests.ts';
import type { Run } from './engine.ts';
import { forged } from './events.ts';
import type { Event } from './relayed.ts';
import type { World } from './world.ts';

const MARK = join(tmpdir(), `qrs-action-was-here-${process.pid}`);

/** What somebody may type as a name: a shell, YAML, a workflow command and Markdown would each act on a part of it. */
export const TYPED = `Sales"]} # '; touch ${MARK}; $(touch ${MARK}) \`touch ${MARK}\` ::error::x @octocat <img src=x>`;
/** The name of an app or a task, with an expression of GitHub, which the action refuses where people type it. */
export const HOSTILE = `${TYPED} \${{ github.token }}`;

/** An export is a POST, and changes nothing. */
const written = (site: Simulator) => changes(site).filter(one => !one.includes('/export/'));

/** Runs a workflow and asserts that it changes nothing on any site. */
export async function changesNothing(at: World, workflow: string, event: Event): Promise<Run> {
  const sites = [at.dev, at.test, at.prod];
  const before = sites.map(written);
  const run = await at.run(workflow, event);
  assert.deepEqual(sites.map(written), before, run.log);
  notRun();
  return run;
}

/** Asserts that nobody ran a part of the hostile name. */
export function notRun(): void {
  assert.ok(!existsSync(MARK), 'a shell ran what is in a name');
}

/** What every workflow for an event of an app withstands: the event again, and events that nobody should have sent. */
export async function withstandsEvents(at: World, workflow: string, event: Event): Promise<void> {
  const again = await changesNothing(at, workflow, event);
  assert.equal(again.succeeded, true, again.log);
  assert.deepEqual(new Set(again.outcomes), new Set(['nothing-to-do']), again.log);

  const gone = await changesNothing(
    at,
    workflow,
    forged(event, { object: { id: '00000000-0000-4000-8000-000000000000' } }),
  );
  assert.equal(gone.succeeded, true, gone.log);

  const refused: [changes: Record<string, unknown>, because: RegExp][] = [
    [{ site: 'prod' }, /prod/],
    [{ object: { id: "x' or name ne '" } }, /client_payload\.object\.id must be an id/],
  ];
  for (const [forgery, because] of refused) {
    const run = await changesNothing(at, workflow, forged(event, forgery));
    assert.equal(run.succeeded, false, run.log);
    assert.match(run.log, because);
  }
}
