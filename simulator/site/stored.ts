/** What QRS keeps of everything that it stores. */
export interface Stored {
  id: string;
  createdDate: string;
  modifiedDate: string;
  modifiedByUserName: string;
}

/** What carries tags and custom properties. */
export interface Labelled extends Stored {
  tags: Tag[];
  customProperties: PropertyRow[];
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
