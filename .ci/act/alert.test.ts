import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { clock, forged } from './events.ts';
import { receiveMail, receiveWebhooks } from './receive.ts';
import { HOSTILE, notRun } from './withstand.ts';
import { type World, world } from './world.ts';

const apps = [{ name: 'Sales', stream: 'Everyone', size: '10 KB' }];
const LINK = 'https://github.com/company/qlik-events/actions/runs/1';

test('alert-on-failure.yml: tells Teams, Slack and people by mail, and only of a failure', async t => {
  const runs = [{ takes: 50 }, { takes: 50, ends: 'FinishedFail' as const }];
  const at = await world(t, { prod: { apps, tasks: [{ name: 'Nightly Sales', app: 'Sales', runs }] } });
  const hooks = await receiveWebhooks(t);
  const mail = await receiveMail(t);
  Object.assign(at.secrets, {
    TEAMS_WEBHOOK_URL: `${hooks.url}/teams?sig=a%2Fb`,
    SLACK_WEBHOOK_URL: `${hooks.url}/slack`,
    SMTP_LOGIN: 'robot:pass"wo\\rd',
  });
  Object.assign(at.variables, {
    SMTP_URL: mail.url,
    ALERT_FROM: 'robot@company.com',
    ALERT_TO: 'anna@company.com',
  });

  const well = await at.run('alert-on-failure.yml', clock());
  assert.deepEqual(well.jobs, { reload: 'success' }, well.log);
  assert.equal(hooks.posted.size + mail.mails.length, 0);

  const failed = await at.run('alert-on-failure.yml', clock());
  assert.deepEqual(failed.jobs, { reload: 'failure', alert: 'success' }, failed.log);
  assert.deepEqual(hooks.posted.get('/slack'), { text: `Alert on failure failed: ${LINK}` });
  assert.match(
    JSON.stringify(hooks.posted.get('/teams?sig=a%2Fb')),
    /"Alert on failure failed".*"url":"https:/,
  );
  assert.deepEqual(mail.mails, [
    `login |robot|pass"wo\\rd\nMAIL FROM:<robot@company.com>\nRCPT TO:<anna@company.com>\nFrom: robot@company.com\nTo: anna@company.com\nSubject: Alert on failure failed\n\n${LINK}\n`,
  ]);
  assert.doesNotMatch(failed.log, /sig=|pass"wo/);
});

/** The issues that the stand-in of gh keeps. */
function issues(at: World): { title: string; bodies: string[] }[] {
  const issue = z.object({ title: z.string(), bodies: z.array(z.string()) });
  return z.array(issue).parse(JSON.parse(readFileSync(join(at.kept, 'issues.json'), 'utf8')));
}

test('report-failed-reload.yml: one issue for a task, whatever its name', async t => {
  const runs = [{ takes: 50, ends: 'FinishedFail' as const }];
  const tasks = [HOSTILE, 'Nightly Stock'].map(name => ({ name, app: 'Sales', runs }));
  const at = await world(t, { prod: { apps, tasks } });
  const [first, second] = at.prod.site.tasks.keys();
  const fail = (id = '') => at.relayed('report-failed-reload.yml', () => at.prod.runTask(id));
  const event = await fail(first);
  for (const one of [event, event, await fail(second), forged(event, { object: 'of another kind' })]) {
    const run = await at.run('report-failed-reload.yml', one);
    assert.equal(run.succeeded, true, run.log);
    notRun();
  }
  const [hostile, stock, odd] = issues(at);
  assert.deepEqual([hostile?.title, hostile?.bodies.length], [`Reload failed: ${HOSTILE.slice(0, 100)}`, 2]);
  assert.deepEqual([stock?.title, stock?.bodies.length], ['Reload failed: Nightly Stock', 1]);
  assert.equal(odd?.title.startsWith('Reload failed: '), true);
  for (const body of hostile?.bodies ?? [])
    assert.match(body, /^( {4}.*\n)+$/, 'all of it is an indented block');
});
