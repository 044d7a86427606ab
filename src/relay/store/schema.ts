/**
 * The store's tables, as the steps from each version to the next: the last step makes the version of this relay.
 * They are in the SQL that SQLite and PostgreSQL share, so columns are added with a default. A step that was
 * published never changes. Times are ms since the epoch, lists JSON.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE delivery (
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
CREATE UNIQUE INDEX delivery_open ON delivery (subscription, object) WHERE open = 1;
CREATE INDEX delivery_unread ON delivery (state, due) WHERE payload IS NULL;
CREATE INDEX delivery_ready ON delivery (state, first, id) WHERE payload IS NOT NULL;
CREATE INDEX delivery_order ON delivery (state, first);
CREATE INDEX delivery_object ON delivery (subscription, object, state);
CREATE TABLE seen (
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
CREATE INDEX seen_updated ON seen (updated);
CREATE TABLE handle (
  subscription TEXT NOT NULL,
  site TEXT NOT NULL,
  change TEXT NOT NULL,
  handle TEXT NOT NULL,
  PRIMARY KEY (subscription, change)
);
CREATE TABLE known (site TEXT PRIMARY KEY, first BIGINT NOT NULL, until BIGINT NOT NULL);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`,
  // Lanes, first readings, subscriptions by themselves. `open` is 1 while further notifications join a delivery.
  `
DROP INDEX delivery_unread;
DROP INDEX delivery_ready;
ALTER TABLE delivery RENAME COLUMN changed_to TO date;
ALTER TABLE delivery DROP COLUMN changed_from;
ALTER TABLE delivery DROP COLUMN digest;
ALTER TABLE delivery DROP COLUMN began;
ALTER TABLE delivery ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN repository TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN deadline BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN looks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
UPDATE delivery SET seq = ranked.seq
  FROM (SELECT id, row_number() OVER (ORDER BY first, id) AS seq FROM delivery) AS ranked
  WHERE ranked.id = delivery.id;
UPDATE delivery SET state = 'pending', open = 0, cause = NULL
  WHERE state = 'dead' AND cause IN ('credential', 'repository', 'time', 'site');
UPDATE delivery SET unread = 1 WHERE payload IS NULL AND state IN ('pending', 'dead');
CREATE INDEX delivery_unread ON delivery (site, due) WHERE unread = 1 AND state = 'pending';
CREATE INDEX delivery_ready ON delivery (repository, seq) WHERE payload IS NOT NULL AND state = 'pending';
CREATE INDEX delivery_waiting ON delivery (repository) WHERE state IN ('pending', 'leased');
CREATE INDEX delivery_seq ON delivery (seq);
ALTER TABLE seen RENAME TO memory;
DROP INDEX seen_updated;
ALTER TABLE memory DROP COLUMN digest;
ALTER TABLE memory DROP COLUMN ignored;
ALTER TABLE memory ADD COLUMN name TEXT;
ALTER TABLE memory ADD COLUMN met INTEGER NOT NULL DEFAULT 1;
CREATE INDEX memory_updated ON memory (subscription, updated);
CREATE TABLE watch (subscription TEXT PRIMARY KEY, first BIGINT, until BIGINT, trouble TEXT);
INSERT INTO watch (subscription, first, until)
  SELECT names.subscription, min(known.first), min(known.until)
  FROM (SELECT subscription, site FROM delivery UNION SELECT subscription, site FROM handle) AS names
  JOIN known ON known.site = names.site GROUP BY names.subscription;
DROP TABLE known;
CREATE TABLE lane (
  repository TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  failures INTEGER NOT NULL,
  reason TEXT NOT NULL
);
`,
];

export const VERSION = MIGRATIONS.length;
