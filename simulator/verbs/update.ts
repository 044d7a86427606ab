import { z } from 'zod';
import { full } from '../shown/render.ts';
import type { App, AppObject, Entity, User } from '../site/entities.ts';
import type { Site } from '../site/site.ts';
import type { Answer } from './answers.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { labelsBody, labelsOf } from './labels.ts';
import { known, reference } from './references.ts';

/**
 * The fields that identify the client's version. QRS itself answers null for a missing value.
 */
export const versioned = z.object({
  id: z.guid().toLowerCase().optional(),
  modifiedDate: z.string().nullish(),
});

const appBody = versioned.extend({
  name: z.string().min(1).max(255),
  description: z.string().max(512).nullish(),
  owner: reference,
  stream: reference.nullish(),
  ...labelsBody,
});

type AppBody = z.infer<typeof appBody>;

/** Whether the version sent may replace the stored one (docs/qrs.md 4.3). */
export function checkVersion(site: Site, entity: Entity, sent: z.infer<typeof versioned>) {
  if (sent.id !== undefined && sent.id !== entity.id)
    throw new Refusal(400, 'The id is not the one of the path');
  if (!sent.modifiedDate) throw new Refusal(409, 'Conflict');
  const [old, now] = [Date.parse(sent.modifiedDate), Date.parse(entity.modifiedDate)];
  if (Number.isNaN(old)) throw new Refusal(400, 'modifiedDate is not a date');
  const conflict = site.switches.conflict === 'newer' ? now > old : now !== old;
  if (conflict) throw new Refusal(409, 'Conflict');
}

/** Replaces the whole entity: fields not sent get their defaults (docs/qrs.md 4.3). */
export async function updateApp(call: Call) {
  const { site, user } = call;
  const app = found(site.apps.get(idOf(call)));
  const body = readBody(call, appBody);
  checkVersion(site, app, body);
  const next = {
    name: body.name,
    description: body.description ?? '',
    owner: known(site.users.get(body.owner.id), 'owner'),
    stream: streamOf(site, app, body),
    ...labelsOf(site, 'App', body, user, app),
  };
  change(site, app, next, user);
  return json(200, full(app));
}

/** A published app moves to the stream sent; an unpublished app ignores it (docs/qrs.md 4.6). */
function streamOf(site: Site, app: App, { stream }: AppBody) {
  if (!app.published) return null;
  return known(stream ? site.streams.get(stream.id) : undefined, 'stream');
}

const objectBody = versioned.extend({
  name: z.string().max(2560).nullish(),
  description: z.string().max(512).nullish(),
  owner: reference,
});

/** Changes an object's owner, name and description; QRS does not accept its content (docs/qrs.md 4.8). */
export async function updateObject(call: Call) {
  const { site, user } = call;
  const object = found(site.objects.get(idOf(call)));
  const body = readBody(call, objectBody);
  checkVersion(site, object, body);
  const owner = known(site.users.get(body.owner.id), 'owner');
  change(site, object, { name: body.name ?? '', description: body.description ?? '', owner }, user);
  return json(200, full(object));
}

/** Turns a private object into a community object, that into a base object, and back (docs/qrs.md 4.8). */
export const standing =
  (next: Partial<Pick<AppObject, 'published' | 'approved'>>, status: number) =>
  (call: Call): Answer => {
    const { site, user } = call;
    const object = found(site.objects.get(idOf(call)));
    if (!object.app.published) throw new Refusal(400, 'The app is not published');
    change(site, object, next, user);
    return json(status, full(object));
  };

/** Sets the properties, and notifies of those that changed. */
export function change<E extends Entity>(site: Site, entity: E, next: Partial<E>, by: User) {
  const picture = () => new Map<string, unknown>(Object.entries(full(entity)));
  const before = picture();
  Object.assign(entity, next);
  const after = picture();
  const changed = Object.keys(next).filter(
    name => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)),
  );
  site.touch(entity, by, changed);
}
