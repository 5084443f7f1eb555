-- Version 1. Instants are microseconds since 1970, JSON is that of pec-gestore.
CREATE TABLE body (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    octets INTEGER NOT NULL CHECK (octets >= 0),
    place INTEGER NOT NULL CHECK (place IN (0, 1, 2)), -- here, in the object store, in parts
    data BLOB CHECK ((place = 0) = (data IS NOT NULL))
) STRICT;
CREATE TABLE part (
    body INTEGER NOT NULL REFERENCES body ON DELETE CASCADE,
    number INTEGER NOT NULL,
    source INTEGER REFERENCES body, -- never itself in parts
    start INTEGER NOT NULL DEFAULT 0,
    octets INTEGER NOT NULL CHECK (octets > 0),
    data BLOB CHECK ((source IS NULL) = (data IS NOT NULL)),
    PRIMARY KEY (body, number)
) STRICT;
CREATE INDEX part_source ON part (source) WHERE source IS NOT NULL;

CREATE TABLE state (
    id INTEGER PRIMARY KEY,
    role INTEGER NOT NULL,
    provider TEXT NOT NULL,
    msgid TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    value TEXT NOT NULL,
    deadline INTEGER,
    is_closed INTEGER NOT NULL, -- nothing more is waited for
    changed_at INTEGER NOT NULL,
    UNIQUE (msgid, provider, role)
) STRICT;
CREATE INDEX state_deadline ON state (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX state_resting ON state (changed_at) WHERE is_closed;
CREATE TABLE change (
    state INTEGER NOT NULL REFERENCES state ON DELETE CASCADE,
    number INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (state, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE state_body (
    state INTEGER NOT NULL REFERENCES state ON DELETE CASCADE,
    body INTEGER NOT NULL REFERENCES body,
    PRIMARY KEY (state, body)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_body_body ON state_body (body);
CREATE TABLE archive (
    id INTEGER PRIMARY KEY,
    role INTEGER NOT NULL,
    provider TEXT NOT NULL,
    msgid TEXT NOT NULL,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    archived_at INTEGER NOT NULL
) STRICT;
CREATE INDEX archive_msgid ON archive (msgid);
CREATE INDEX archive_at ON archive (archived_at);

CREATE TABLE effect (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    state INTEGER REFERENCES state ON DELETE CASCADE,
    value TEXT,       -- NULL when finished: the name stays, so that it is not done again
    needs TEXT,       -- sealed octets that it waits for
    due INTEGER,      -- from when a worker may take it: next try, or end of the lease
    worker TEXT,      -- whose it is until then
    attempts INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    CHECK ((finished_at IS NULL) = (due IS NOT NULL)),
    CHECK ((finished_at IS NULL) = (value IS NOT NULL))
) STRICT;
CREATE INDEX effect_due ON effect (due) WHERE due IS NOT NULL;
CREATE INDEX effect_worker ON effect (worker) WHERE worker IS NOT NULL;
CREATE INDEX effect_state ON effect (state) WHERE state IS NOT NULL;
CREATE INDEX effect_finished ON effect (finished_at) WHERE state IS NULL;
CREATE TABLE effect_body (
    effect INTEGER NOT NULL REFERENCES effect ON DELETE CASCADE,
    body INTEGER NOT NULL REFERENCES body,
    PRIMARY KEY (effect, body)
) STRICT, WITHOUT ROWID;
CREATE INDEX effect_body_body ON effect_body (body);
CREATE TABLE sealed (
    name TEXT PRIMARY KEY,
    body INTEGER NOT NULL REFERENCES body,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sealed_body ON sealed (body);
CREATE INDEX sealed_at ON sealed (at);

CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, -- the address in lower case
    address TEXT NOT NULL,
    state INTEGER NOT NULL,
    quota INTEGER,
    recipients_per_day INTEGER,
    ordinary TEXT NOT NULL,
    correspondents TEXT,
    is_service INTEGER NOT NULL,
    must_change_password INTEGER NOT NULL,
    uid_validity INTEGER NOT NULL UNIQUE,
    uid_next INTEGER NOT NULL,
    messages INTEGER NOT NULL CHECK (messages >= 0),
    octets INTEGER NOT NULL CHECK (octets >= 0)
) STRICT;
CREATE TABLE uid_validity (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL) STRICT;
INSERT INTO uid_validity VALUES (1, 0);
CREATE TABLE credential (
    mailbox INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    name TEXT NOT NULL,
    secret TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (mailbox, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
    mailbox INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    body INTEGER NOT NULL REFERENCES body,
    flags INTEGER NOT NULL,
    at INTEGER NOT NULL,
    effect TEXT NOT NULL UNIQUE,
    PRIMARY KEY (mailbox, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_body ON message (body);
CREATE TABLE rate (
    mailbox INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (mailbox, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    name TEXT PRIMARY KEY,
    sha256 BLOB NOT NULL,
    octets INTEGER NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_until ON quarantine (until);
CREATE INDEX quarantine_sha256 ON quarantine (sha256);
CREATE TABLE directory (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body INTEGER NOT NULL REFERENCES body
) STRICT;
CREATE INDEX directory_at ON directory (at);
CREATE INDEX directory_body ON directory (body);

CREATE TABLE chain (
    id INTEGER PRIMARY KEY,
    node TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL,  -- number of the last record
    hash BLOB NOT NULL,     -- its hash
    purged INTEGER NOT NULL DEFAULT 0, -- records up to this number are gone
    base BLOB NOT NULL      -- the hash of that one
) STRICT;
CREATE TABLE log (
    chain INTEGER NOT NULL REFERENCES chain,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    msgid TEXT,
    value TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_msgid ON log (msgid) WHERE msgid IS NOT NULL;
CREATE INDEX log_at ON log (at);
CREATE TABLE closure (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    value TEXT NOT NULL,
    signature BLOB
) STRICT;

CREATE TRIGGER log_is_written_once BEFORE UPDATE ON log
BEGIN SELECT raise(ABORT, 'the log is never changed'); END;
CREATE TRIGGER log_is_kept BEFORE DELETE ON log
WHEN old.number > (SELECT purged FROM chain WHERE id = old.chain)
BEGIN SELECT raise(ABORT, 'the log is kept'); END;
CREATE TRIGGER closure_is_written_once BEFORE UPDATE OF number, at, value ON closure
BEGIN SELECT raise(ABORT, 'a closure is never changed'); END;
CREATE TRIGGER closure_is_signed_once BEFORE UPDATE OF signature ON closure
WHEN old.signature IS NOT NULL
BEGIN SELECT raise(ABORT, 'a closure is signed once'); END;
