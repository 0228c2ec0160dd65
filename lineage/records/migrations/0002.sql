-- Discovered inputs: what a step was seen to read without having been given it.

-- Under the fingerprint that is known before a step runs (the base), the sets of discovered inputs that were seen so far. A set and
-- its present content give the fingerprint that names the result; step runs and manifests have that one. `inputs` tells the
-- sets apart, `place` is where it was read (`steps/train.py:17`), and `seen` the newest step run that executed and read it:
-- the one row that is changed.
CREATE TABLE discovered (
    fingerprint TEXT NOT NULL,
    inputs      TEXT NOT NULL,
    position    INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    place       TEXT NOT NULL,
    seen        INTEGER NOT NULL REFERENCES step_run (step_run_id),
    PRIMARY KEY (fingerprint, inputs, position)
) WITHOUT ROWID;
