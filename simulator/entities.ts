import type { Content } from './content.ts';

interface Stored {
  id: string;
  createdDate: string;
  modifiedDate: string;
  modifiedByUserName: string;
}

export interface User extends Stored {
  readonly schemaPath: 'User';
  userDirectory: string;
  userId: string;
  name: string;
}

export interface Stream extends Stored {
  readonly schemaPath: 'Stream';
  name: string;
  owner: User;
}

export interface Tag extends Stored {
  readonly schemaPath: 'Tag';
  name: string;
}

export interface Definition extends Stored {
  readonly schemaPath: 'CustomPropertyDefinition';
  name: string;
  valueType: string;
  choiceValues: string[];
  objectTypes: string[];
  description: string;
}

/** One value of a custom property on one entity; several values are several rows (docs/qrs.md 4.6). */
export interface PropertyRow extends Stored {
  readonly schemaPath: 'CustomPropertyValue';
  value: string;
  definition: Definition;
}

export interface App extends Stored {
  readonly schemaPath: 'App';
  name: string;
  description: string;
  owner: User;
  published: boolean;
  publishTime: string;
  stream: Stream | null;
  tags: Tag[];
  customProperties: PropertyRow[];
  lastReloadTime: string;
  fileSize: number;
  content: Content;
}

export type Entity = App | Stream | Tag | Definition | User;
export type EntityType = Entity['schemaPath'];

export const entityTypes: readonly EntityType[] = [
  'App',
  'Stream',
  'Tag',
  'CustomPropertyDefinition',
  'User',
];

/** How QRS writes "no date" and "no id" (docs/qrs.md 1). */
export const noDate = '1753-01-01T00:00:00.000Z';
export const noId = '00000000-0000-0000-0000-000000000000';

export const fullUserName = (user: User) => `${user.userDirectory}\\${user.userId}`;
