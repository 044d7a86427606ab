import { z } from 'zod';
import { full } from '../shown/render.ts';
import type { Entity } from '../site/entities.ts';
import type { Site } from '../site/site.ts';
import { json, Refusal } from './answers.ts';
import type { Call } from './call.ts';
import { found, idOf, readBody } from './call.ts';
import { change, checkVersion, versioned } from './update.ts';

const streamBody = versioned.extend({ name: z.string().min(1).max(200) });
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
  const { name } = readBody(call, streamBody);
  return created(call, site.streams, { ...site.stored(user), schemaPath: 'Stream', name, owner: user });
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

function created<E extends Entity>({ site }: Call, map: Map<string, E>, entity: E) {
  map.set(entity.id, entity);
  site.added(entity);
  return json(201, full(entity));
}

function checkUnique(site: Site, name: string, except?: Entity) {
  const twin = site.customProperties.values().find(other => other !== except && other.name === name);
  if (twin) throw new Refusal(400, `A custom property is already called ${name}`);
}

export async function updateStream(call: Call) {
  return updateName(call, call.site.streams, streamBody);
}

export async function updateTag(call: Call) {
  return updateName(call, call.site.tags, tagBody);
}

type Named = Extract<Entity, { schemaPath: 'Stream' | 'Tag' }>;

async function updateName<E extends Named>(call: Call, map: Map<string, E>, schema: typeof streamBody) {
  const entity: Named = found(map.get(idOf(call)));
  const body = readBody(call, schema);
  checkVersion(call.site, entity, body);
  change<Named>(call.site, entity, { name: body.name }, call.user);
  return json(200, full(entity));
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
