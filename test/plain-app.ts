import type { App } from '../src/qrs/entities.ts';

/** When plain apps were made, changed and reloaded. */
export const DATE = '2026-11-22T10:00:00.000Z';

/** An app for pure functions: unpublished, as no run has seen it. */
export const plainApp = (more: Partial<App> & Pick<App, 'id' | 'name'>): App => ({
  createdDate: DATE,
  modifiedDate: DATE,
  modifiedByUserName: '',
  published: false,
  stream: null,
  description: '',
  tags: [],
  customProperties: [],
  lastReloadTime: DATE,
  ...more,
});
