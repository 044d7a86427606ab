import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { readApp } from '../../src/qrs/apps/find.ts';
import { type RelayStage, type RelayStageOptions, relayStage } from './stage.ts';

const APP = `  - name: app-updated
    site: dev
    entity: App
    send: { repository: acme/events, event: qlik-app-updated }
`;

let stage: RelayStage | undefined;
afterEach(async () => {
  assert.deepEqual(stage?.github.breaches, []);
  await stage?.close();
  stage = undefined;
});

async function started(options: Partial<RelayStageOptions> = {}): Promise<RelayStage> {
  stage = await relayStage({ subscriptions: APP, ...options });
  await stage.start();
  return stage;
}

/** Writes a description, as somebody does in the hub. */
async function edit(stage: RelayStage, name: string, text: string, user?: string): Promise<void> {
  const qrs = stage.qrs(user);
  const app = await readApp(qrs, stage.app(name));
  await qrs.json({
    method: 'PUT',
    path: `/qrs/app/${app?.id}`,
    body: { ...app, description: text },
    attempt: 'edit',
  });
  await stage.heard();
}

test('a change is told once it has been quiet, with what the app is by then', async () => {
  const it = await started();
  await edit(it, 'Sales', 'one');
  assert.deepEqual(it.told(), []);
  await it.time.pass(5_000);
  const [payload] = it.told();
  assert.equal(payload?.object.name, 'Sales');
  assert.deepEqual(Object.keys(payload ?? {}).length, 10);
});
