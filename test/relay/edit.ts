import assert from 'node:assert/strict';
import { readApp } from '../../src/qrs/apps/find.ts';
import { findProperties } from '../../src/qrs/properties.ts';
import type { RelayStage } from './stage.ts';

/** Changes an app as somebody does in the hub; by default the description, by anna. */
export async function edit(
  stage: RelayStage,
  name: string,
  change: Readonly<Record<string, unknown>>,
  user?: string,
): Promise<void> {
  const qrs = stage.qrs(user);
  const app = await readApp(qrs, stage.app(name));
  assert.ok(app, `there is no app ${name}`);
  const body = { ...app, ...change };
  await qrs.send({ method: 'PUT', path: `/qrs/app/${app.id}`, body, attempt: `edit ${name}` });
  await stage.heard();
}

/** Sets custom properties, each of one value. */
export async function ask(
  stage: RelayStage,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const definitions = await findProperties(stage.qrs(), Object.keys(values));
  const customProperties = definitions.map(({ id, name: property }) => ({
    value: values[property],
    definition: { id },
  }));
  await edit(stage, name, { customProperties });
}
