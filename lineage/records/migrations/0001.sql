-- The first schema. Portable SQL but for WITHOUT ROWID; digests are 32 hex digits, times unix seconds, lists and dicts JSON text.
-- Nothing is ever deleted but the row of a step that waited for its turn (`pending`), for the row of what became of it; and once a
-- step or run has ended its row is changed only where a comment says so.

-- Python, platform and package versions, stored once however many runs had them.
CREATE TABLE environment (
    digest   TEXT PRIMARY KEY,
    python   TEXT,
    platform TEXT,
    packages TEXT
);

-- One `doit` command. A run in which nothing changed is this one row: it confirms the state of an earlier run.
CREATE TABLE run (
    run_id          INTEGER PRIMARY KEY,
    status          TEXT NOT NULL,
    command         TEXT NOT NULL,
    project         TEXT NOT NULL,
    started         REAL NOT NULL,
    ended           REAL,
    seconds         REAL,
    saved           REAL NOT NULL DEFAULT 0,
    counts          TEXT,
    selection       TEXT,
    confirms        INTEGER REFERENCES run (run_id),
    pid             INTEGER NOT NULL,
    process_started REAL,
    host            TEXT NOT NULL,
    boot_id         TEXT NOT NULL,
    "user"          TEXT NOT NULL,
    git_commit      TEXT,
    git_branch      TEXT,
    git_dirty       INTEGER,
    environment     TEXT REFERENCES environment (digest)
);
CREATE INDEX run_running ON run (run_id) WHERE status = 'running';
CREATE INDEX run_confirms ON run (confirms, run_id) WHERE confirms IS NOT NULL;

-- doit's task `pipeline:name`, and the step that was called. Two tables, because a slot keeps its task when its step is swapped.
CREATE TABLE task (
    task_id  INTEGER PRIMARY KEY,
    pipeline TEXT NOT NULL,
    name     TEXT NOT NULL,
    UNIQUE (pipeline, name)
);
CREATE TABLE step (
    step_id INTEGER PRIMARY KEY,
    module  TEXT NOT NULL,
    name    TEXT NOT NULL,
    doc     TEXT NOT NULL, -- the newest one
    UNIQUE (module, name)
);

-- One step in one run. `trace` is 1 where the outputs may be given back for the fingerprint; `reused` is the step run that executed.
CREATE TABLE step_run (
    step_run_id INTEGER PRIMARY KEY,
    run_id      INTEGER NOT NULL REFERENCES run (run_id),
    task_id     INTEGER NOT NULL REFERENCES task (task_id),
    step_id     INTEGER NOT NULL REFERENCES step (step_id),
    position    INTEGER NOT NULL,
    status      TEXT NOT NULL,
    trace       INTEGER NOT NULL DEFAULT 0,
    fingerprint TEXT,
    reused      INTEGER REFERENCES step_run (step_run_id),
    started     REAL NOT NULL,
    seconds     REAL NOT NULL DEFAULT 0,
    saved       REAL NOT NULL DEFAULT 0,
    cpu         REAL,
    rss         INTEGER,
    log         TEXT,
    reasons     TEXT,
    upstream    TEXT,
    error       TEXT
);
CREATE INDEX step_run_run ON step_run (run_id, position);
CREATE INDEX step_run_task ON step_run (task_id, run_id);
CREATE INDEX step_run_trace ON step_run (fingerprint, step_run_id) WHERE trace = 1;

-- `pipeline/name`, or `file:path` for a file that no step made.
CREATE TABLE artifact (
    artifact_id INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE
);

-- A number belongs to (artifact, digest). blob, size, format, type and summary follow the bytes that were stored last.
CREATE TABLE artifact_version (
    av_id       INTEGER PRIMARY KEY,
    artifact_id INTEGER NOT NULL REFERENCES artifact (artifact_id),
    version     INTEGER NOT NULL,
    digest      TEXT NOT NULL,
    blob        TEXT,
    size        INTEGER,
    format      TEXT NOT NULL,
    type        TEXT NOT NULL,
    summary     TEXT,
    created     REAL NOT NULL,
    made_by     INTEGER REFERENCES step_run (step_run_id),
    UNIQUE (artifact_id, version),
    UNIQUE (artifact_id, digest)
);
CREATE INDEX artifact_version_digest ON artifact_version (digest);
CREATE INDEX artifact_version_blob ON artifact_version (blob);

CREATE TABLE produced (
    step_run_id INTEGER NOT NULL REFERENCES step_run (step_run_id),
    position    INTEGER NOT NULL,
    av_id       INTEGER NOT NULL REFERENCES artifact_version (av_id),
    PRIMARY KEY (step_run_id, position)
) WITHOUT ROWID;
CREATE INDEX produced_version ON produced (av_id, step_run_id);

-- `producer` is the step run that executed what was consumed. It is fixed when written: two steps may have made an equal value.
CREATE TABLE consumed (
    step_run_id INTEGER NOT NULL REFERENCES step_run (step_run_id),
    position    INTEGER NOT NULL,
    slot        TEXT NOT NULL,
    av_id       INTEGER NOT NULL REFERENCES artifact_version (av_id),
    producer    INTEGER REFERENCES step_run (step_run_id),
    PRIMARY KEY (step_run_id, position)
) WITHOUT ROWID;
CREATE INDEX consumed_version ON consumed (av_id, step_run_id);

-- What follows is read through `reused` for a cached step run: it has no rows of its own.
CREATE TABLE parameter (
    step_run_id INTEGER NOT NULL REFERENCES step_run (step_run_id),
    position    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    shown       TEXT NOT NULL,
    PRIMARY KEY (step_run_id, position)
) WITHOUT ROWID;
CREATE TABLE metric (
    step_run_id INTEGER NOT NULL REFERENCES step_run (step_run_id),
    name        TEXT NOT NULL,
    value       REAL, -- NULL is "not a number", which SQLite cannot store
    PRIMARY KEY (step_run_id, name)
) WITHOUT ROWID;

-- The manifest that a fingerprint is the hash of, once a fingerprint; of its `code` entries the parts, once a digest; their text, once a digest.
CREATE TABLE fingerprint_entry (
    fingerprint TEXT NOT NULL,
    position    INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    digest      TEXT NOT NULL,
    shown       TEXT NOT NULL,
    PRIMARY KEY (fingerprint, position)
) WITHOUT ROWID;
CREATE TABLE code_entry (
    code     TEXT NOT NULL,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    digest   TEXT NOT NULL,
    file     TEXT NOT NULL,
    line     INTEGER NOT NULL,
    via      TEXT NOT NULL,
    PRIMARY KEY (code, position)
) WITHOUT ROWID;
CREATE TABLE source (
    digest TEXT PRIMARY KEY,
    text   TEXT NOT NULL
);
