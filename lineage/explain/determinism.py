"""Steps that gave different values for the same fingerprint: a fact of machine learning, and not an error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lineage.query.rows import select_in
from lineage.records.protocol import MetadataStore

__all__ = ["Variation", "variations"]

_NAMED = 4  # runs; of more it is said how many they are

# What was accepted without executing has status cached; so has what somebody else has executed, as its reason says.
_BY_EXECUTION = """(s.status = 'run' OR s.reasons LIKE '%{"kind":"shared"%')"""
_VARYING = """
SELECT s.fingerprint, p.position FROM step_run s JOIN produced p ON p.step_run_id = s.step_run_id
JOIN artifact_version v ON v.av_id = p.av_id"""
_GROUPED = "GROUP BY s.fingerprint, p.position HAVING count(DISTINCT v.digest) > 1 ORDER BY s.fingerprint, p.position"
_RUNS = f"""
SELECT min(a.name), min(s.run_id) FROM step_run s JOIN produced p ON p.step_run_id = s.step_run_id
JOIN artifact_version v ON v.av_id = p.av_id JOIN artifact a ON a.artifact_id = v.artifact_id
WHERE s.fingerprint = ? AND s.trace = 1 AND {_BY_EXECUTION} AND p.position = ?
GROUP BY v.digest ORDER BY min(s.run_id)"""  # noqa: S608


class Variation:
    """An output that differed between executions with one fingerprint.

    Attributes
    ----------
    name : str
        The output's name within the pipeline.
    runs : tuple of int
        For each of its values the first run that gave it.
    """

    __slots__ = ("name", "runs")

    def __init__(self, name: str, runs: tuple[int, ...]) -> None:
        self.name = name
        self.runs = runs

    def __str__(self) -> str:
        return f"{self._which()} gave different {self.name} for the same code, parameters and inputs"

    def _which(self) -> str:
        if len(self.runs) > _NAMED:
            return f"{len(self.runs)} runs, from run {self.runs[0]} to run {self.runs[-1]},"
        return f"{', '.join(f'run {run}' for run in self.runs[:-1])} and run {self.runs[-1]}"

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {"name": self.name, "runs": list(self.runs)}


def variations(store: MetadataStore, fingerprints: Iterable[str | None]) -> dict[str, list[Variation]]:
    """Return what differed between executions with the same fingerprint, for those fingerprints where something did."""
    asked = sorted({fingerprint for fingerprint in fingerprints if fingerprint})
    varying = select_in(store, _VARYING, f"s.trace = 1 AND {_BY_EXECUTION} AND s.fingerprint", asked, _GROUPED)
    found: dict[str, list[Variation]] = {}
    for fingerprint, position in varying:
        rows = store.select(_RUNS, (fingerprint, position))
        name = str(rows[0][0]).partition("/")[2]
        found.setdefault(fingerprint, []).append(Variation(name, tuple(row[1] for row in rows)))
    return found
