"""The lineage of a run as a Mermaid flowchart, which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineage.report.markup import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lineage.model.history import StepRun

__all__ = ["MARKS", "mermaid"]

#: The symbol of each status, as on the terminal.
MARKS = {"cached": "=", "run": "✓", "failed": "✕", "running": "▶", "pending": "·", "skipped": "–"}  # noqa: RUF001 - a dash, as drawn in the dashboard
_CLASSES = {
    "cached": "fill:#dff3ea,stroke:#2aa775,color:#10382a",
    "run": "fill:#dbe8fb,stroke:#1f5fbf,color:#10284d",
    "failed": "fill:#f9dddf,stroke:#b3202c,color:#4d0d13",
    "running": "fill:#fbecd0,stroke:#b9770e,color:#4a2f05",
    "pending": "fill:#eeeeee,stroke:#888888,color:#333333",
    "skipped": "fill:#eeeeee,stroke:#888888,color:#333333,stroke-dasharray:3",
}
#: More of them nobody can read, and forges refuse to draw many edges.
_STEPS, _EDGES = 40, 200
_OUTPUTS = 4


def mermaid(steps: Sequence[StepRun]) -> tuple[str, int]:
    """Return the flowchart, and how many steps there was no room for.

    Parameters
    ----------
    steps : sequence of StepRun
        Those first that are to be seen in any case.
    """
    drawn = sorted(steps[:_STEPS], key=lambda step: step.position)
    ids = {step.task: f"s{number}" for number, step in enumerate(drawn)}
    lines = ["flowchart LR"]
    lines += [f'  {ids[step.task]}(["{_text(step)}"]):::{step.status}' for step in drawn]
    edges = [(above, step.task) for step in drawn for above in step.upstream if above in ids]
    lines += [f"  {ids[above]} --> {ids[task]}" for above, task in edges[:_EDGES]]
    used = dict.fromkeys(step.status for step in drawn)
    lines += [f"  classDef {status} {_CLASSES[status]}" for status in used]
    return "\n".join(lines), len(steps) - len(drawn)


def _text(step: StepRun) -> str:
    versions = [f"{name} v{version.version}" for name, version in step.outputs.items()]
    if len(versions) > _OUTPUTS:
        versions[_OUTPUTS - 1 :] = [f"and {len(versions) - _OUTPUTS + 1} more"]
    below = f"<br/>{label(', '.join(versions), 90)}" if versions else ""
    return f"{MARKS[step.status]} {label(step.task)}{below}"
