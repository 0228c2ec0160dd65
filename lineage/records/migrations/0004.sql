-- Care: names for versions, what is never collected, and what is known not to be in the artifact store any more.

-- A name that belongs to one version of an artifact at a time, `digits/model@best`.
CREATE TABLE tag (
    artifact_id INTEGER NOT NULL REFERENCES artifact (artifact_id),
    name        TEXT NOT NULL,
    av_id       INTEGER NOT NULL REFERENCES artifact_version (av_id),
    created     REAL NOT NULL,
    "user"      TEXT NOT NULL,
    PRIMARY KEY (artifact_id, name)
) WITHOUT ROWID;
CREATE INDEX tag_version ON tag (av_id);

-- A version that `lineage gc` leaves alone.
CREATE TABLE pin (
    av_id   INTEGER PRIMARY KEY REFERENCES artifact_version (av_id),
    created REAL NOT NULL,
    "user"  TEXT NOT NULL
);

-- Bytes that are not in the store any more, with the newest word on it. `kind` is collected, damaged or missing, `why` says it to
-- people. A row is no proof: what is in the store is there, whatever was once said of it.
CREATE TABLE gone (
    blob TEXT PRIMARY KEY,
    at   REAL NOT NULL,
    kind TEXT NOT NULL,
    why  TEXT NOT NULL,
    size INTEGER
);
