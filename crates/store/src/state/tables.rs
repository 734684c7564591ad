//! The tables of the state database. No column holds a value of a person in the open.

/// What brings the tables from one version to the next.
pub(super) const MIGRATIONS: [&str; 2] = [SCAN, RETENTION];

pub(super) const SCAN: &str = "
CREATE TABLE scan (
  id           INTEGER PRIMARY KEY,
  finished_at  TEXT NOT NULL,
  as_of        TEXT NOT NULL,
  tool_version TEXT NOT NULL,
  catalogue    TEXT NOT NULL,
  inventory    TEXT NOT NULL
);
CREATE TABLE assignment (
  id     INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
);
";

const RETENTION: &str = "
CREATE TABLE run (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  job         TEXT NOT NULL,
  plan        TEXT,
  started_at  TEXT NOT NULL,
  finished_at TEXT,
  outcome     TEXT,
  report      TEXT
);
CREATE TABLE operation (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  run           TEXT NOT NULL,
  path          TEXT NOT NULL,
  kind          TEXT NOT NULL,
  progress      TEXT NOT NULL,
  before_bytes  INTEGER NOT NULL,
  before_digest TEXT NOT NULL,
  after_bytes   INTEGER,
  after_digest  TEXT,
  report        TEXT,
  temporary     TEXT NOT NULL,
  quarantine    TEXT NOT NULL,
  begun_at      TEXT NOT NULL,
  ended_at      TEXT
);
CREATE INDEX operation_by_run ON operation (run);
CREATE INDEX operation_open ON operation (progress) WHERE progress IN ('begun', 'ready');
CREATE TABLE quarantine (
  file       TEXT PRIMARY KEY,
  path       TEXT NOT NULL,
  run        TEXT NOT NULL,
  lines      INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  until      TEXT NOT NULL,
  kept_at    TEXT NOT NULL,
  deleted_at TEXT
) WITHOUT ROWID;
CREATE TABLE census (
  path        TEXT PRIMARY KEY,
  bytes       INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  inode       INTEGER NOT NULL,
  context     TEXT NOT NULL,
  census      TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE hold (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  sealed BLOB NOT NULL
);
CREATE TABLE erasure (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  token    BLOB NOT NULL,
  from_day TEXT,
  to_day   TEXT,
  added_at TEXT NOT NULL
);
CREATE UNIQUE INDEX erasure_once ON erasure (token, ifnull(from_day, ''), ifnull(to_day, ''));
CREATE TABLE standing (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  policy    TEXT NOT NULL,
  document  TEXT NOT NULL,
  signature TEXT NOT NULL,
  added_at  TEXT NOT NULL,
  UNIQUE (policy, signature)
);
CREATE TABLE ledger_head (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  entries INTEGER NOT NULL,
  hash    TEXT NOT NULL
);
";
