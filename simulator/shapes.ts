import type { EntityType } from './entities.ts';

export type PropertyType = 'string' | 'guid' | 'boolean' | 'date' | 'number';

/**
 * The properties of an entity that a filter may name; those of a reference or of a list are one level down.
 */
export interface Shape {
  readonly [property: string]: PropertyType | Shape;
}

const named: Shape = { id: 'guid', name: 'string' };

const stored: Shape = {
  id: 'guid',
  createdDate: 'date',
  modifiedDate: 'date',
  modifiedByUserName: 'string',
};

const owner: Shape = { ...named, userId: 'string', userDirectory: 'string' };

const customProperties: Shape = {
  ...stored,
  value: 'string',
  definition: { ...named, valueType: 'string', choiceValues: 'string' },
};

export const shapes: Readonly<Record<EntityType, Shape>> = {
  App: {
    ...stored,
    name: 'string',
    description: 'string',
    appId: 'string',
    sourceAppId: 'guid',
    targetAppId: 'guid',
    published: 'boolean',
    publishTime: 'date',
    lastReloadTime: 'date',
    fileSize: 'number',
    thumbnail: 'string',
    savedInProductVersion: 'string',
    migrationHash: 'string',
    dynamicColor: 'string',
    availabilityStatus: 'number',
    owner,
    stream: named,
    tags: named,
    customProperties,
  },
  Stream: { ...stored, name: 'string', owner, tags: named, customProperties },
  Tag: { ...stored, name: 'string' },
  CustomPropertyDefinition: {
    ...stored,
    name: 'string',
    valueType: 'string',
    choiceValues: 'string',
    objectTypes: 'string',
    description: 'string',
  },
  User: { ...stored, ...owner, tags: named, customProperties },
};
