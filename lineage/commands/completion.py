"""What the scripts of ``lineage completion`` ask for: the words that may come next.

A shell asks each time somebody presses a key, so little is imported: neither doit nor the project.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from lineage.stack import find_project

if TYPE_CHECKING:
    import argparse

    from lineage.dodo.known import KnownNames

__all__ = ["complete"]

#: doit's commands with the long options of each, and those of all; a test compares them with doit's own.
_TABLE = """
run --against --always-execute --always-make --auto-delayed-regex --continue --dry-run --exclude --failure-verbosity
run --help --jobs --keep-going --no-continue --output-file --parallel-type --pdb --process --question --report
run --reporter --single --verbosity
list --all --deps --private --quiet --sort --status --template
info --no-status
clean --clean-all --clean-dep --dry-run --forget
forget --all --disable-default --enable-default --follow-sub
ignore
reset-dep
dumpdb
strace --all --keep
tabcompletion --hardcode-tasks --shell
help
lineage
"""
_EVERYWHERE = ("--backend", "--check_file_uptodate", "--db-file", "--dir", "--file", "--seek-file")
#: What is offered for the values of doit's options.
_VALUES = {
    "--parallel-type": ("process", "thread"),
    "--verbosity": ("0", "1", "2"),
    "--exclude": ("TASK",),
    "--report": ("html:", "json:", "junit:", "markdown:", "png:", "svg:"),
    "--against": ("REF",),
    # A number, or a file, which the shell completes where nothing is said.
    **dict.fromkeys(("--jobs", "--process", "-n", "--file", "-f", "--dir", "-d", "--db-file"), ()),
    **dict.fromkeys(("--output-file", "-o"), ()),
}
_SELECTORS = ("status:failed", "status:skipped")
#: Of more tasks than that the pipelines are offered first, and their steps after the colon.
_MOST = 300


def complete(shell: str, breaks: str, line: str, out: TextIO) -> int:
    """Print the words that may stand at the end of a line, one a line.

    Parameters
    ----------
    shell : str
        ``bash``, ``zsh`` or ``fish``.
    breaks : str
        The characters at which bash takes words apart: it wants only what comes after the last of them.
    line : str
        What has been typed, up to the cursor.
    out : TextIO
        Where to print.
    """
    *before, typed = _words(line)
    cut = max((typed.rfind(each) for each in ":=" if each in breaks), default=-1) + 1
    # readline leaves an @ with what comes after it.
    cut = max(cut, typed.rfind("@") if "@" in breaks else 0)
    found = sorted({word for word in _candidates(before, typed) if word.startswith(typed)})
    out.writelines(f"{word[cut:]}\n" for word in found)
    return 0


def _words(line: str) -> list[str]:
    """Take a line apart as a shell does, as far as it goes: the last word may be unfinished."""
    words, word, quote = [], "", ""
    for letter in line.lstrip():
        if letter == quote:
            quote = ""
        elif not quote and letter in "\"'":
            quote = letter
        elif not quote and letter.isspace():
            words += [word] if word else []
            word = ""
        elif quote or letter != "\\":
            word += letter
    return [*words, word]


def _candidates(before: Sequence[str], typed: str) -> Iterable[str]:
    program = os.path.basename(before[0]) if before else ""
    if program == "doit" and before[1:2] != ["lineage"]:
        return _of_doit(list(before[1:]), typed)
    given = list(before[2:] if program == "doit" else before[1:])
    return _of_lineage(given, typed)


def _of_doit(given: list[str], typed: str) -> Iterator[str]:
    doits: dict[str, list[str]] = {}
    for name, *options in filter(None, map(str.split, _TABLE.splitlines())):
        doits.setdefault(name, []).extend(options)
    command = given[0] if given and given[0] in doits else "run"
    if not given:
        yield from doits
    if "=" in typed and typed.startswith("--"):
        option, _, value = typed.partition("=")
        yield from (f"{option}={word}" for word in _shown(_VALUES.get(option, ()), value))
    elif typed.startswith("-"):
        yield from (*doits[command], *_EVERYWHERE)
    elif given and given[-1] in _VALUES:
        yield from _shown(_VALUES[given[-1]], typed)
    elif command == "help":
        yield from (*doits, *_names("TASK", typed))
    elif command not in ("dumpdb", "tabcompletion"):
        yield from (*_names("TASK", typed), *_assignments(typed))
        yield from _SELECTORS if typed.startswith("s") else ()


def _of_lineage(given: list[str], typed: str) -> Iterator[str]:
    from lineage.commands.line import loads_dodo, parser
    from lineage.commands.parsing import commands_of

    commands = commands_of(parser())
    if not given:
        yield from (*commands, "--help", "--version")
        return
    command = commands.get(given[0])
    if command is None:
        return
    options = {word: action for action in command._actions for word in action.option_strings}
    action = options.get(given[-1])
    if typed.startswith("-"):
        yield from (word for word in options if word.startswith("--"))
    elif action is not None and action.nargs != 0:
        yield from _shown(_told(action), typed)
    else:
        positional = _next_positional(command, given[1:], options)
        if positional is not None:
            yield from _shown(_after(given, positional), typed)
        yield from _assignments(typed) if loads_dodo(given[0]) else ()


def _next_positional(
    command: argparse.ArgumentParser, given: Sequence[str], options: dict[str, argparse.Action]
) -> argparse.Action | None:
    """Return the argument that the next word would be."""
    places = [action for action in command._actions if not action.option_strings]
    values = [options[word].nargs != 0 if word in options else False for word in given]
    names = [word for at, word in enumerate(given) if not word.startswith("-") and not (at and values[at - 1])]
    names = [word for word in names if "=" not in word]
    if places and places[-1].nargs in ("*", "+"):
        return places[min(len(names), len(places) - 1)]
    return places[len(names)] if len(names) < len(places) else None


def _after(given: Sequence[str], positional: argparse.Action) -> Sequence[str]:
    """Return what may stand for an argument, where that depends on what stands before it."""
    if given[:2] == ["stack", "use"]:
        return ["STACK"]
    if given[:2] == ["stack", "describe"]:
        return ["artifact-store", "metadata-store", "executor"]
    return ["TAG"] if given[0] == "tag" and positional.dest == "name" else _told(positional)


def _told(action: argparse.Action) -> list[str]:
    """Return what may stand for an argument: its choices, else what it is called."""
    if action.dest == "run":
        return ["NUMBER"] if action.type is int else ["RUN"]
    return [*map(str, action.choices)] if action.choices else [str(action.metavar or "")]


def _shown(kinds: Iterable[str], typed: str) -> Iterator[str]:
    """Yield what stands for a kind of word (``TASK|PIPELINE``), and words themselves."""
    for kind in kinds:
        if kind.isupper() or "|" in kind:
            for each in kind.split("|"):
                yield from _names(each, typed)
        else:
            yield kind


def _names(kind: str, typed: str) -> Iterator[str]:
    if kind in _RECORDED:
        yield from ("last",) if kind in ("RUN", "REF") else ()
        yield from _recalled(kind)
    elif kind.startswith("ARTIFACT"):
        yield from _artifacts(typed)
    elif kind in ("TASK", "PIPELINE"):
        yield from _tasks(typed)


#: What records, settings and git have names for, by what an argument is called: functions of `lineage.dodo.recalled`.
_RECORDED = {
    "RUN": ("runs",),
    "NUMBER": ("runs",),
    "REF": ("references", "runs"),
    "TAG": ("tags",),
    "STACK": ("stacks",),
}


def _recalled(kind: str) -> Iterator[str]:
    from lineage.dodo import recalled

    project = find_project()
    for name in _RECORDED[kind] if project is not None else ():
        yield from getattr(recalled, name)(project)


def _artifacts(typed: str) -> Iterator[str]:
    """Yield artifacts, and behind an ``@``, which a name may have itself, versions and tags of one."""
    known, project = _known(), find_project()
    yield from known.artifacts if known is not None else ()
    if "@" in typed and project is not None:
        from lineage.dodo.recalled import versions

        yield from versions(project, typed.rpartition("@")[0])


def _tasks(typed: str) -> Iterator[str]:
    known = _known()
    if known is None:
        return
    sign = "+" if typed.startswith("+") else ""
    matching = [task for task in known.tasks if task.startswith(typed.removeprefix(sign))]
    if len(matching) > _MOST and ":" not in typed:
        matching = [task for task in known.tasks if ":" not in task] + [
            f"{task.partition(':')[0]}:" for task in matching if ":" in task
        ]
    yield from (sign + task for task in matching)


def _assignments(typed: str) -> Iterator[str]:
    known = _known()
    for name, values in known.parameters.items() if known is not None else ():
        if typed.startswith(f"{name}="):
            yield from (f"{name}={value}" for value in values)
        else:
            yield f"{name}="


def _known() -> KnownNames | None:
    from lineage.dodo.known import KnownNames

    project = find_project()
    return None if project is None else KnownNames(project)
