"""The command line of what helps while somebody works: ``watch``, ``doctor`` and ``completion``."""

from __future__ import annotations

from typing import Any

from lineage.commands.parsing import add

__all__ = ["add_living"]


def add_living(commands: Any) -> None:
    """Add these commands to those of the command line."""
    seen = add(
        commands,
        "watch",
        "run what must rerun whenever a file is saved",
        "lineage watch\nlineage watch digits:trainer+ trainer=tree_trainer\nlineage watch --jobs 2 --keep-going",
        codes="0 ended by Ctrl-C, SIGTERM or SIGHUP, 2 an internal error, 3 a word that means nothing here",
    )
    seen.add_argument("tasks", nargs="*", metavar="TASK", help="tasks and selectors; what doit makes by default")
    seen.add_argument("--jobs", type=int, metavar="N", help="run N tasks at a time")
    seen.add_argument("--keep-going", action="store_true", help="go on after a failure")
    seen.add_argument(
        "--cold", action="store_true", help="keep no imports: slower, for packages that mind being forked"
    )

    add(
        commands,
        "doctor",
        "look whether anything is wrong here, and say what to do about it",
        "lineage doctor\nlineage doctor --json",
        codes="0 all is well, 1 something is to be mended, 2 an internal error, 3 this is no project",
    )
    complete = add(
        commands,
        "completion",
        "print the script with which a shell completes `doit` and `lineage`",
        'eval "$(lineage completion bash)"\neval "$(lineage completion zsh)"\nlineage completion fish | source',
        has_json=False,
        codes="0 printed, 3 a shell that is not known",
    )
    complete.add_argument("shell", choices=["bash", "zsh", "fish"], metavar="bash|zsh|fish", help="which shell")
