import { z } from 'zod';
import { full } from '../shown/render.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { created } from './catalogue.ts';
import { labelsBody, labelsOf } from './labels.ts';
import { change, checkVersion, versioned } from './update.ts';

const userBody = versioned.extend({
  userDirectory: z.string().min(1),
  userId: z.string().min(1),
  name: z.string().nullish(),
  roles: z.array(z.string()).nullish(),
  ...labelsBody,
});

export function createUser(call: Call) {
  const { site, user } = call;
  const body = readBody(call, userBody);
  const { userDirectory, userId, name, roles } = body;
  if (site.userNamed(userDirectory, userId)) throw new Refusal(400, 'There is such a user already');
  const own = { userDirectory, userId, name: name ?? userId, roles: roles ?? [] };
  const labels = labelsOf(site, 'User', body, user);
  return created(call, site.users, { ...site.stored(user), schemaPath: 'User', ...own, ...labels });
}

export function updateUser(call: Call) {
  const { site, user } = call;
  const changed = found(site.users.get(idOf(call)));
  const body = readBody(call, userBody);
  checkVersion(site, changed, body);
  const next = { name: body.name ?? changed.userId, roles: body.roles ?? [] };
  change(site, changed, { ...next, ...labelsOf(site, 'User', body, user, changed) }, user);
  return json(200, full(changed));
}
