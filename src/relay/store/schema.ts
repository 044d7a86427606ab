/**
 * The store's tables, as the steps from each version to the next: the last step makes the version of this relay.
 * They are in the SQL that SQLite and PostgreSQL share, and a step that was published never changes. Times are ms
 * since the epoch, lists JSON.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  subscription TEXT NOT NULL,
  site TEXT NOT NULL,
  repository TEXT NOT NULL,
  entity TEXT NOT NULL,
  object TEXT NOT NULL,
  change TEXT NOT NULL,
  changed TEXT NOT NULL,
  certain INTEGER NOT NULL,
  since BIGINT,
  count INTEGER NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  date BIGINT,
  due BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  version INTEGER NOT NULL DEFAULT 1,
  looks INTEGER NOT NULL DEFAULT 0,
  own INTEGER NOT NULL DEFAULT 0,
  payload TEXT,
  unread INTEGER NOT NULL DEFAULT 1,
  modified BIGINT,
  mark TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  maybe_sent INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  cause TEXT,
  updated BIGINT NOT NULL
);
CREATE INDEX delivery_seq ON delivery (seq);
CREATE INDEX delivery_entity ON delivery (subscription, object, state);
CREATE INDEX delivery_state ON delivery (state, repository, first);
CREATE INDEX delivery_unread ON delivery (site, due) WHERE state = 'pending' AND unread = 1;
CREATE INDEX delivery_unreadable ON delivery (subscription, first)
  WHERE state = 'pending' AND unread = 1 AND reason IS NOT NULL;
CREATE INDEX delivery_ready ON delivery (repository, seq) WHERE state = 'pending' AND payload IS NOT NULL;
CREATE TABLE memory (
  subscription TEXT NOT NULL,
  object TEXT NOT NULL,
  modified BIGINT NOT NULL DEFAULT 0,
  mark TEXT NOT NULL DEFAULT '',
  sent INTEGER NOT NULL DEFAULT 0,
  name TEXT,
  met INTEGER NOT NULL DEFAULT 1,
  updated BIGINT NOT NULL,
  PRIMARY KEY (subscription, object)
);
CREATE INDEX memory_updated ON memory (subscription, updated);
CREATE TABLE handle (
  subscription TEXT NOT NULL,
  site TEXT NOT NULL,
  change TEXT NOT NULL,
  handle TEXT NOT NULL,
  PRIMARY KEY (subscription, change)
);
CREATE TABLE watch (subscription TEXT PRIMARY KEY, first BIGINT, until BIGINT, trouble TEXT);
CREATE TABLE lane (
  repository TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  failures INTEGER NOT NULL,
  reason TEXT NOT NULL
);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
  `
CREATE TABLE hold (site TEXT PRIMARY KEY, relay TEXT NOT NULL, since BIGINT NOT NULL, gaps TEXT NOT NULL);
CREATE TABLE miss (subscription TEXT PRIMARY KEY, mark TEXT NOT NULL)`,
  // Until when a call may be under way; when one first failed. All relays share the lanes, so each reads them whole.
  `
ALTER TABLE delivery ADD COLUMN lease BIGINT;
ALTER TABLE delivery ADD COLUMN failed BIGINT;
DROP TABLE lane`,
  // Indexes for the queries of a start and of each turn: they do not scan everything that waits.
  `
DROP INDEX delivery_unread;
DROP INDEX delivery_unreadable;
CREATE INDEX delivery_unread ON delivery (site, due)
  WHERE state = 'pending' AND unread = 1 AND reason IS NULL;
CREATE INDEX delivery_apart ON delivery (site, due)
  WHERE state = 'pending' AND unread = 1 AND reason IS NOT NULL;
CREATE INDEX delivery_own ON delivery (site) WHERE state = 'pending' AND own = 1`,
];
