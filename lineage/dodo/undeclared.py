"""What a run says in the end of what its steps have read besides their inputs."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from lineage.model.shown import one_line
from lineage.stack import READABLE

__all__ = ["tell"]

_TOLD = 10

_DECLARE = "declare it (Annotated[Path, File]), or it stays a discovered input"
_SENTENCES = {
    "read": f"{{place}} read {{name}}, which is not an input: {_DECLARE}",
    "command": "{place} read {name}, which is not an input: "
    "declare it (depends_on=[...], or a {{name}} in the command), or it stays a discovered input",
    "artifact": "{place} read {name}, an artifact that is not an input: give it to the step as an argument, "
    "or it stays a discovered input",
    "database": f"{{place}} opened {{name}}, which is not an input: {_DECLARE}",
    "listed": f"{{place}} listed {{name}}, which is not an input: {_DECLARE}",
    "glob": "{place} looked for {name}, and what it finds is not an input: declare the folder (Annotated[Path, File]), "
    "or it stays a discovered input",
    "named": f"{{place}} names {{name}}, which is not an input: {_DECLARE}",
    "variable": "{place} read the environment variable {name}, which is not an input: "
    'name it (@step(env=["{name}"])), or it stays a discovered input',
    "iterated": "{place} goes through all environment variables: name those that count (@step(env=[...]))",
    "changed": "{name}, which {place} read, changed while the step ran: the step runs again next time",
    "rewritten": "{place} read {name}, and then the step wrote to it: the step runs again next time",
    "own": "{place} opened {name}, which changed while the step ran: it is taken for an output and does not count",
}


def tell(remarks: Iterable[tuple[str, str, str]]) -> None:
    """Print what steps have read besides their inputs.

    Parameters
    ----------
    remarks : iterable of (str, str, str)
        As `lineage.execute.findings` gives them: kind, name and place.
    """
    # A sweep reads the same file in each of its steps.
    lines = []
    for kind, name, place in dict.fromkeys(map(tuple, remarks)):
        is_artifact = kind in ("read", "command") and name.startswith(f"{READABLE}/")
        lines.append(_SENTENCES["artifact" if is_artifact else kind].format(name=name, place=place))
    lines.sort(key=lambda line: not ("while the step ran" in line or "next time" in line))
    if len(lines) > _TOLD:
        lines[_TOLD:] = [f'and {len(lines) - _TOLD} more: `lineage runs --json` has them, under "discovered"']
    if lines:
        sys.stdout.flush()
        sys.stderr.write("".join(f"{one_line(line)}\n" for line in lines))
