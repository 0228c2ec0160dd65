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

ARTIFACT = "SELECT artifact_id FROM artifact WHERE name = ?"
VERSION = """
INSERT INTO artifact_version (artifact_id, version, digest, blob, size, format, type, summary, seal, created, made_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
VERSION_OF = """
SELECT av_id, version, blob, size, format, type, summary, seal FROM artifact_version
WHERE artifact_id = ? AND digest = ?"""
#: The same, with the greatest number of the artifact in a row without a key: where it is not there it is made next.
VERSION_OR_LAST = f"""
{VERSION_OF} UNION ALL
SELECT NULL, max(version), NULL, NULL, NULL, NULL, NULL, NULL FROM artifact_version WHERE artifact_id = ?"""  # noqa: S608
VERSION_BYTES = """
UPDATE artifact_version SET blob = ?, size = ?, format = ?, type = ?, summary = ?, seal = ? WHERE av_id = ?"""
VERSION_MAKER = """
SELECT coalesce(s.reused, s.step_run_id) FROM produced p JOIN step_run s ON s.step_run_id = p.step_run_id
WHERE p.av_id = ? ORDER BY p.step_run_id DESC LIMIT 1"""
PREVIEW = """
INSERT INTO preview (digest, content) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET content = excluded.content"""
PRODUCED = "INSERT INTO produced (step_run_id, position, av_id) VALUES (?, ?, ?)"
CONSUMED = "INSERT INTO consumed (step_run_id, position, slot, av_id, producer) VALUES (?, ?, ?, ?, ?)"
PARAMETER = "INSERT INTO parameter (step_run_id, position, name, shown) VALUES (?, ?, ?, ?)"
METRIC = "INSERT INTO metric (step_run_id, name, value) VALUES (?, ?, ?)"

HAS_ENTRIES = "SELECT 1 FROM fingerprint_entry WHERE fingerprint = ? LIMIT 1"
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
