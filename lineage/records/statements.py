"""The statements that a metadata store runs while it records and looks up, in portable SQL.

They are constants, so that a connection prepares each of them once.
"""

from __future__ import annotations

#: The number of the newest file in ``migrations/``; a constant, so that opening a database does not list a folder.
SCHEMA = 5

RUN = """
INSERT INTO run (status, command, project, started, ended, seconds, saved, counts, selection, confirms, pid,
    process_started, host, boot_id, "user", git_commit, git_branch, git_dirty, environment)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
NEWEST_RUN = "SELECT max(run_id) FROM run"
#: The run that a process has begun at a time.
RUN_OF = "SELECT max(run_id) FROM run WHERE started = ? AND pid = ? AND host = ? AND boot_id = ?"
#: The run whose state another one confirmed: its own, or that which it confirmed itself.
CONFIRMED = "SELECT coalesce(max(coalesce(confirms, run_id)), ?) FROM run WHERE run_id = ?"
RUN_ENDED = "UPDATE run SET status = ?, ended = ?, seconds = ?, counts = ?, saved = ? WHERE run_id = ?"
ENVIRONMENT = "INSERT INTO environment (digest, python, platform, packages) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"

STEP_RUN = """
INSERT INTO step_run (step_run_id, run_id, task_id, step_id, position, fingerprint, reasons, upstream, status, started,
    trace, reused, seconds, saved, cpu, rss, log)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
STEP_STARTED = """
INSERT INTO step_run (run_id, task_id, step_id, position, fingerprint, reasons, upstream, status, started)
VALUES (?, ?, ?, ?, ?, ?, ?, 'running', ?)"""
STEP_FINISHED = """
UPDATE step_run SET status = 'run', trace = ?, seconds = ?, saved = ?, cpu = ?, rss = ?, log = ?
WHERE step_run_id = ?"""
STEP_REUSED = "UPDATE step_run SET status = 'cached', reused = ?, seconds = 0, saved = ? WHERE step_run_id = ?"
STEP_FAILED = "UPDATE step_run SET status = 'failed', error = ?, seconds = ?, log = ? WHERE step_run_id = ?"
#: One more reason, as JSON, after those of a step.
_ONE_MORE = """
reasons = CASE WHEN reasons IS NULL THEN '[' ELSE substr(reasons, 1, length(reasons) - 1) || ',' END || ? || ']'"""
REASON_ADDED = f"UPDATE step_run SET {_ONE_MORE} WHERE step_run_id = ?"  # noqa: S608
RUNNING_FAILED = f"""
UPDATE step_run SET status = 'failed', {_ONE_MORE} WHERE status = 'running' AND run_id = ?"""  # noqa: S608

ARTIFACT_NAMED = "INSERT INTO artifact (name) VALUES (?) ON CONFLICT (name) DO NOTHING"
ARTIFACT = "SELECT artifact_id FROM artifact WHERE name = ?"
_VERSION = """
INSERT INTO artifact_version (artifact_id, version, digest, blob, size, format, type, summary, seal, created, made_by)
VALUES (?, (SELECT coalesce(max(version), 0) + 1 FROM artifact_version WHERE artifact_id = ?),
    ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (artifact_id, digest) DO """
#: A version that was taken: it gets the next number of its artifact, unless it is there.
VERSION_TAKEN = f"{_VERSION}NOTHING"
#: A version that was stored. Where it is there, with an equal value in other bytes: these exist for certain, the old
#: ones may be gone. Or more is known of it now. (IS DISTINCT FROM would be shorter, but not every SQLite has it.)
VERSION_STORED = f"""{_VERSION}UPDATE SET blob = excluded.blob, size = excluded.size, format = excluded.format,
    type = excluded.type, summary = excluded.summary, seal = excluded.seal
WHERE coalesce(artifact_version.seal, -1) <> excluded.seal
    OR coalesce(artifact_version.blob, '') <> coalesce(excluded.blob, '')
    OR coalesce(artifact_version.size, -1) <> coalesce(excluded.size, -1)
    OR artifact_version.format <> excluded.format OR artifact_version.type <> excluded.type
    OR coalesce(artifact_version.summary, '') <> coalesce(excluded.summary, '')"""
VERSION_OF = "SELECT av_id, version, blob FROM artifact_version WHERE artifact_id = ? AND digest = ?"
#: The step run that executed to make a version, in a row of its own also where there is none.
VERSION_MAKER = """
SELECT (SELECT coalesce(s.reused, s.step_run_id) FROM produced p JOIN step_run s ON s.step_run_id = p.step_run_id
    WHERE p.av_id = ? ORDER BY p.step_run_id DESC LIMIT 1)"""
#: The numbers of what several step runs gave.
NUMBERS = """
SELECT p.step_run_id, v.version FROM produced p JOIN artifact_version v ON v.av_id = p.av_id
WHERE p.step_run_id BETWEEN ? AND ? ORDER BY p.step_run_id, p.position"""
PREVIEW = """
INSERT INTO preview (digest, content) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET content = excluded.content"""
PRODUCED = "INSERT INTO produced (step_run_id, position, av_id) VALUES (?, ?, ?)"
CONSUMED = "INSERT INTO consumed (step_run_id, position, slot, av_id, producer) VALUES (?, ?, ?, ?, ?)"
PARAMETER = "INSERT INTO parameter (step_run_id, position, name, shown) VALUES (?, ?, ?, ?)"
METRIC = "INSERT INTO metric (step_run_id, name, value) VALUES (?, ?, ?)"

#: Which of several fingerprints have a manifest.
HAVE_ENTRIES = "SELECT fingerprint FROM fingerprint_entry WHERE position = 0 AND fingerprint IN "
ENTRY = """
INSERT INTO fingerprint_entry (fingerprint, position, kind, name, digest, shown) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING"""
FINGERPRINT = "UPDATE step_run SET fingerprint = ? WHERE step_run_id = ?"
DISCOVERED = """
INSERT INTO discovered (fingerprint, inputs, position, kind, name, place, seen) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (fingerprint, inputs, position) DO UPDATE SET place = excluded.place, seen = excluded.seen"""
FIND_DISCOVERED = """
SELECT inputs, kind, name, place FROM discovered WHERE fingerprint = ? ORDER BY seen DESC, inputs, position"""
#: What was discovered under a base, with what that is sorted by; and a row with the newest trace of the base itself.
LOOK_UP = """
SELECT inputs, kind, name, place, seen, position FROM discovered WHERE fingerprint = ?
UNION ALL
SELECT NULL, NULL, NULL, NULL, max(step_run_id), NULL FROM step_run
WHERE trace = 1 AND fingerprint = ? AND run_id = coalesce(?, run_id)"""
#: Of which of several code digests the parts are recorded.
HAVE_PARTS = "SELECT code FROM code_entry WHERE position = 0 AND code IN "
CODE = """
INSERT INTO code_entry (code, position, name, digest, file, line, via) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING"""
SOURCE = "INSERT INTO source (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING"

_TRACE = """
SELECT s.fingerprint, s.step_run_id, s.run_id, s.seconds, s.saved,
    v.digest, v.blob, v.size, v.format, v.type, v.summary, v.seal
FROM step_run s
LEFT JOIN produced p ON p.step_run_id = s.step_run_id
LEFT JOIN artifact_version v ON v.av_id = p.av_id """
TRACE = _TRACE + "WHERE s.step_run_id = ? ORDER BY p.position"
NEWEST_TRACE = """
SELECT max(step_run_id) FROM step_run
WHERE trace = 1 AND fingerprint = ? AND step_run_id < ? AND run_id = coalesce(?, run_id)"""


def traces(count: int) -> str:
    """Return the statement for the newest traces of `count` fingerprints, sorted by step run."""
    places = ",".join("?" * count)
    newest = f"SELECT max(step_run_id) FROM step_run WHERE trace = 1 AND fingerprint IN ({places}) GROUP BY fingerprint"  # noqa: S608
    return f"{_TRACE}WHERE s.step_run_id IN ({newest}) ORDER BY s.step_run_id, p.position"


# A run that confirms another stands for the state of that one, so the newest manifest is looked for run by run.
LAST_FINGERPRINT = """
SELECT s.fingerprint FROM run r
JOIN step_run s ON s.run_id = coalesce(r.confirms, r.run_id) AND s.task_id = ?
WHERE s.status IN ('run', 'cached') AND s.fingerprint IS NOT NULL AND r.run_id >= (
    SELECT n.run_id FROM step_run n
    WHERE n.task_id = ? AND n.status IN ('run', 'cached') AND n.fingerprint IS NOT NULL
    ORDER BY n.run_id DESC LIMIT 1)
ORDER BY r.run_id DESC, s.step_run_id DESC LIMIT 1"""
MANIFEST = "SELECT kind, name, digest, shown FROM fingerprint_entry WHERE fingerprint = ? ORDER BY position"
# A cached step run saved what its trace took; few rows are looked at, because this is only an estimate.
EXPECTED = """
SELECT DISTINCT coalesce(reused, step_run_id), CASE status WHEN 'run' THEN seconds ELSE saved END FROM (
    SELECT r.step_run_id, r.reused, r.status, r.seconds, r.saved, r.step_id FROM task t
    JOIN step_run r ON r.task_id = t.task_id
    WHERE t.pipeline = ? AND t.name = ? ORDER BY r.run_id DESC LIMIT 200) newest
WHERE status IN ('run', 'cached') AND step_id IN (SELECT step_id FROM step WHERE name = ?)
ORDER BY 1 DESC LIMIT ?"""

#: A step that was recorded as pending before it was its turn.
PENDING_REPLACED = "DELETE FROM step_run WHERE step_run_id = ? AND status = 'pending'"
PENDING_STARTED = """
UPDATE step_run SET fingerprint = ?, reasons = ?, status = 'running', started = ?
WHERE step_run_id = ? AND status = 'pending'"""
HAS_STARTED = "SELECT 1 FROM step_run WHERE step_run_id = ? AND status = 'running'"

#: How much is recorded, for people.
COUNTS = {
    "runs": "SELECT count(*) FROM run",
    "step_runs": "SELECT count(*) FROM step_run",
    "artifacts": "SELECT count(*) FROM artifact",
    "versions": "SELECT count(*) FROM artifact_version",
}
