/**
 * The store's tables, in the SQL that SQLite and PostgreSQL share. Times are ms since the epoch, lists
 * JSON. `open` is 1 while further notifications join a delivery.
 */
export const VERSION = '1';

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS delivery (
  id TEXT PRIMARY KEY,
  subscription TEXT NOT NULL,
  site TEXT NOT NULL,
  entity TEXT NOT NULL,
  object TEXT NOT NULL,
  change TEXT NOT NULL,
  changed TEXT NOT NULL,
  certain INTEGER NOT NULL,
  since BIGINT,
  count INTEGER NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  changed_from BIGINT,
  changed_to BIGINT,
  due BIGINT NOT NULL,
  state TEXT NOT NULL,
  open INTEGER NOT NULL,
  version INTEGER NOT NULL,
  payload TEXT,
  modified BIGINT,
  mark TEXT,
  digest TEXT,
  attempts INTEGER NOT NULL,
  began BIGINT,
  maybe_sent INTEGER NOT NULL,
  reason TEXT,
  cause TEXT,
  updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS delivery_open ON delivery (subscription, object) WHERE open = 1;
CREATE INDEX IF NOT EXISTS delivery_unread ON delivery (state, due) WHERE payload IS NULL;
CREATE INDEX IF NOT EXISTS delivery_ready ON delivery (state, first, id) WHERE payload IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_order ON delivery (state, first);
CREATE INDEX IF NOT EXISTS delivery_object ON delivery (subscription, object, state);
CREATE TABLE IF NOT EXISTS seen (
  subscription TEXT NOT NULL,
  object TEXT NOT NULL,
  modified BIGINT NOT NULL,
  mark TEXT NOT NULL,
  digest TEXT NOT NULL,
  sent INTEGER NOT NULL,
  ignored INTEGER NOT NULL,
  updated BIGINT NOT NULL,
  PRIMARY KEY (subscription, object)
);
CREATE INDEX IF NOT EXISTS seen_updated ON seen (updated);
CREATE TABLE IF NOT EXISTS handle (
  subscription TEXT NOT NULL,
  site TEXT NOT NULL,
  change TEXT NOT NULL,
  handle TEXT NOT NULL,
  PRIMARY KEY (subscription, change)
);
CREATE TABLE IF NOT EXISTS known (site TEXT PRIMARY KEY, first BIGINT NOT NULL, until BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`;
