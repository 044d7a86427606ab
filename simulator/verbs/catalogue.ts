import { z } from 'zod';
import { full } from '../shown/render.ts';
import type { Entity } from '../site/entities.ts';
import type { Site } from '../site/site.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { labelsBody, labelsOf } from './labels.ts';
import { change, checkVersion, versioned } from './update.ts';

const streamBody = versioned.extend({ name: z.string().min(1).max(200), ...labelsBody });
const tagBody = versioned.extend({ name: z.string().min(1).max(255) });
const definitionBody = versioned.extend({
  name: z.string().min(1).max(100),
  valueType: z.string().default('Text'),
  choiceValues: z.array(z.string().max(1024)).default([]),
  objectTypes: z.array(z.string()).default([]),
  description: z.string().nullish(),
});

export async function createStream(call: Call) {
  const { site, user } = call;
  const body = readBody(call, streamBody);
  return created(call, site.streams, {
    ...site.stored(user),
    schemaPath: 'Stream',
    name: body.name,
    owner: user,
    ...labelsOf(site, 'Stream', body, user),
  });
}

export async function createTag(call: Call) {
  const { name } = readBody(call, tagBody);
  return created(call, call.site.tags, { ...call.site.stored(call.user), schemaPath: 'Tag', name });
}

export async function createDefinition(call: Call) {
  const { id: _, modifiedDate: __, ...body } = readBody(call, definitionBody);
  const { site, user } = call;
  checkUnique(site, body.name);
  const definition = { ...site.stored(user), ...body, description: body.description ?? '' };
  return created(call, site.customProperties, { ...definition, schemaPath: 'CustomPropertyDefinition' });
}

export function created<E extends Entity>({ site }: Call, map: Map<string, E>, entity: E) {
  map.set(entity.id, entity);
  site.added(entity);
  return json(201, full(entity));
}

function checkUnique(site: Site, name: string, except?: Entity) {
  const twin = site.customProperties.values().find(other => other !== except && other.name === name);
  if (twin) throw new Refusal(400, `A custom property is already called ${name}`);
}

export async function updateStream(call: Call) {
  const { site, user } = call;
  const stream = found(site.streams.get(idOf(call)));
  const body = readBody(call, streamBody);
  checkVersion(site, stream, body);
  change(site, stream, { name: body.name, ...labelsOf(site, 'Stream', body, user, stream) }, user);
  return json(200, full(stream));
}

export async function updateTag(call: Call) {
  const tag = found(call.site.tags.get(idOf(call)));
  const body = readBody(call, tagBody);
  checkVersion(call.site, tag, body);
  change(call.site, tag, { name: body.name }, call.user);
  return json(200, full(tag));
}

export async function updateDefinition(call: Call) {
  const { site, user } = call;
  const entity = found(site.customProperties.get(idOf(call)));
  const body = readBody(call, definitionBody);
  checkVersion(site, entity, body);
  checkUnique(site, body.name, entity);
  const { name, choiceValues, objectTypes, description } = body;
  change(site, entity, { name, choiceValues, objectTypes, description: description ?? '' }, user);
  return json(200, full(entity));
}
