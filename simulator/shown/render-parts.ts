import type { App, AppObject, Extension, Stream, User } from '../site/entities.ts';
import type { Definition, Labelled, PropertyRow, Stored, Tag } from '../site/stored.ts';

export const named = ({ id, name }: Tag | Stream | Extension) => ({ id, name, privileges: null });

export const person = ({ id, userId, userDirectory, name }: User) => ({
  id,
  userId,
  userDirectory,
  userDirectoryConnectorName: userDirectory,
  name,
  privileges: null,
});

export const definition = ({ id, name, valueType, choiceValues }: Definition) => ({
  id,
  name,
  valueType,
  choiceValues,
  privileges: null,
});

export const stored = ({
  id,
  createdDate,
  modifiedDate,
  modifiedByUserName,
  schemaPath,
}: Stored & { readonly schemaPath: string }) => ({
  id,
  createdDate,
  modifiedDate,
  modifiedByUserName,
  schemaPath,
});

export const labels = ({ tags, customProperties }: Labelled) => ({
  tags: tags.map(named),
  customProperties: customProperties.map(row),
});

export const row = (property: PropertyRow) => ({
  ...stored(property),
  value: property.value,
  definition: definition(property.definition),
});

export const appCondensed = (app: App) => ({
  id: app.id,
  name: app.name,
  appId: '',
  publishTime: app.publishTime,
  published: app.published,
  stream: app.stream && named(app.stream),
  savedInProductVersion: '12.2020.0',
  migrationHash: '98d482c3f964dccf69cbfb9a00e0c048ea6eb221',
  availabilityStatus: 0,
});

/** Without owner, app, size and approval, which only the full object has (docs/qrs.md 4.8). */
export const objectCondensed = (object: AppObject) => ({
  id: object.id,
  name: object.name,
  engineObjectId: object.engineObjectId,
  contentHash: object.contentHash,
  engineObjectType: object.objectType,
  description: object.description,
  objectType: object.objectType,
  publishTime: object.publishTime,
  published: object.published,
});

export const objectFull = (object: AppObject) => ({
  ...objectCondensed(object),
  ...stored(object),
  owner: person(object.owner),
  app: { ...appCondensed(object.app), privileges: null },
  size: object.size,
  attributes: '',
  approved: object.approved,
  tags: [],
  sourceObject: '',
  draftObject: '',
  appObjectBlobId: '',
});
