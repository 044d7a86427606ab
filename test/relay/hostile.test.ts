import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { redacting } from '../../src/net/redact.ts';
import { jsonLog } from '../../src/relay/log.ts';
import { edit } from './edit.ts';
import { endStages, relayStage } from './stage.ts';

/** Names that somebody made up on a site: each is told as it is, once, and is nothing but a name on the way. */

const SUBSCRIPTION = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;

const NAMES = [
  "O'Neil & Søns #1",
  '..\\..\\x',
  'a/b',
  '%2e%2e',
  '🎉'.repeat(255),
  'first line\nsecond line',
  'first line\r\n::error::second line',
  '::set-output name=outcome::promoted',
  '${{ secrets.X }}',
  '<img src=x onerror="alert(1)"><script>alert(2)</script>',
  '"},"event_type":"other',
  '$(id) `id` ; id | id',
  '\u202Eeman \u2028 \u0000 \u001B[2J',
];

afterEach(endStages);

/** What the relay prints for a line. */
function printed(line: string): string {
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  jsonLog(redacting(), 'info', { write }).info(line);
  return text;
}

for (const name of NAMES) {
  test(`hostile: an app called ${JSON.stringify(name).slice(0, 60)} is told by that name, once`, async () => {
    const stage = await relayStage({
      subscriptions: SUBSCRIPTION,
      data: { apps: [{ name, stream: 'Build' }] },
    });
    await stage.start();
    await edit(stage, name, { description: 'changed' });
    await stage.time.pass(20_000);
    const told = stage.told();
    assert.deepEqual(
      told.map(({ object }) => [object.id, object.name]),
      [[stage.app(name), name]],
    );
    assert.deepEqual(
      stage.github.dispatches.map(({ event_type }) => event_type),
      ['qlik-app-updated'],
    );
    assert.ok(stage.lines.length > 0);
    for (const line of stage.lines) assert.match(printed(line), /^\{[^\n\r]*\}\n$/);
  });
}
