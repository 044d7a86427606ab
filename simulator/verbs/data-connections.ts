import { z } from 'zod';
import { full } from '../shown/render.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { created } from './catalogue.ts';
import { labelsBody, labelsOf } from './labels.ts';
import { change, checkVersion, versioned } from './update.ts';

const connectionBody = versioned.extend({
  name: z.string().min(1).max(256),
  connectionstring: z.string().min(1),
  type: z.string().nullish(),
  username: z.string().nullish(),
  ...labelsBody,
});

export function createConnection(call: Call) {
  const { site, user } = call;
  const body = readBody(call, connectionBody);
  if (site.dataConnections.values().some(({ name }) => name === body.name))
    throw new Refusal(400, 'The name of a data connection is unique');
  return created(call, site.dataConnections, {
    ...site.stored(user),
    schemaPath: 'DataConnection',
    owner: user,
    ...fieldsOf(body),
    ...labelsOf(site, 'DataConnection', body, user),
  });
}

export function updateConnection(call: Call) {
  const { site, user } = call;
  const connection = found(site.dataConnections.get(idOf(call)));
  const body = readBody(call, connectionBody);
  checkVersion(site, connection, body);
  const labels = labelsOf(site, 'DataConnection', body, user, connection);
  change(site, connection, { ...fieldsOf(body), ...labels }, user);
  return json(200, full(connection));
}

/** The password is never shown again, so it is not kept. */
const fieldsOf = ({ name, connectionstring, type, username }: z.infer<typeof connectionBody>) => ({
  name,
  connectionstring,
  type: type ?? '',
  username: username ?? '',
});
