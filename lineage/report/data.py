"""A run as JSON: `lineage runs --json` of one run with what it is compared with; others are compared with the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lineage.query.plain import run_json
from lineage.report.baseline import FORMAT

if TYPE_CHECKING:
    from lineage.report.account import Account

__all__ = ["data"]


def data(told: Account) -> bytes:
    """Return the JSON; docs/commands.md has its keys."""
    content: dict[str, Any] = {
        "lineage_report": FORMAT,
        "project": told.project,
        # Whose machine it was is nobody's business who is given the file.
        "run": run_json(told.run) | {"user": "", "host": ""},
        "against": None if told.baseline is None else told.baseline.plain(),
        "note": told.note or None,
        "metrics": [{"task": task} | metric.plain() for task, metric in told.metrics],
        "reasons": {task: [reason.plain() for reason in reasons] for task, reasons in told.reasons.items()},
        "plain_tasks": [task._asdict() for task in told.plain],
    }
    return json.dumps(content, indent=1, ensure_ascii=True).encode() + b"\n"
