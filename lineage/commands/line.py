"""The words after ``lineage``: the parser, and which function each command is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any, TextIO

from lineage.commands.keeping import add_keeping
from lineage.commands.living import add_living
from lineage.commands.parsing import CODES as _CODES
from lineage.commands.parsing import Help as _Help
from lineage.commands.parsing import Parser as _Parser
from lineage.commands.parsing import add as _add
from lineage.commands.parsing import commands_of
from lineage.errors import UsageError, did_you_mean
from lineage.stack import COMPONENTS, find_project

__all__ = ["carry_out", "loads_dodo", "parser"]

_EXAMPLES = """\
examples:
  lineage runs                      the runs, newest last
  lineage show digits/model         where the current model came from
  lineage show artifacts/digits/model.pkl    the same, by its file (or any copy of it)
  lineage artifacts                 every artifact and its versions
  lineage why digits:trainer        why it must run, or which run its result comes from
  lineage diff -2 last              what differs between the last two runs
  lineage stack describe            where everything is kept, and who said so
  lineage stack check               whether the stores can be reached and written
  lineage plan                      what doit would do, and why
  lineage dashboard --open          all of it as a live page
  lineage report -o report.html     a run as one file that opens without a server; .svg and .png are pictures
  lineage gc --dry-run              what could be given back of the store's room
  lineage new demo                  a small project to start from

exit codes: 0 done, 2 a store cannot be read or an internal error, 3 a word that means nothing here
"""

_SHOW = """\
lineage show digits/model
lineage show digits/model@2
lineage show artifacts/digits/model.pkl"""
_WHY = """\
lineage why digits:trainer
lineage why trainer --run last
lineage why                       of what ran in the last run"""
_DIFF = """\
lineage diff -2 last
lineage diff 3 7 --code"""

#: Commands that load dodo.py themselves, with the ``name=value`` words.
_LOADING = frozenset({"accept", "plan", "verify", "watch", "why"})

Command = Callable[[argparse.Namespace, TextIO], int]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = _Parser(
        prog="lineage",
        description="Ask what has been made, from what, and when. Steps are run by doit.",
        epilog=_EXAMPLES,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    runs = _add(commands, "runs", "list the runs, newest last", "lineage runs --last 5\nlineage runs --json")
    runs.add_argument("--last", type=int, metavar="N", help="only the newest N")

    show = _add(commands, "show", "tell where an artifact came from", _SHOW)
    show.add_argument(
        "what", metavar="ARTIFACT|PATH|DIGEST", help="digits/model, model, digits/model@2 or @tag, a file, a digest"
    )

    artifacts = _add(
        commands,
        "artifacts",
        "list the artifacts and their versions",
        "lineage artifacts\nlineage artifacts digits/model",
    )
    artifacts.add_argument("name", nargs="?", metavar="ARTIFACT", help="only this one, with all its versions")

    why = _add(commands, "why", "say why a step must run, or where its result comes from", _WHY)
    why.add_argument("what", nargs="?", metavar="TASK|PIPELINE", help="digits:trainer, or digits for all its steps")
    why.add_argument("--run", metavar="N", help="of a run: its number, or last, -2 for the one before the last ...")

    diff = _add(commands, "diff", "say what differs between two runs", _DIFF)
    diff.add_argument("before", metavar="RUN", help="its number; last; -2 for the one before the last ...")
    diff.add_argument("after", metavar="RUN", nargs="?", default="last", help="by default the last one")
    diff.add_argument("--code", action="store_true", help="show all code that differs, however long")

    stack = _add(
        commands,
        "stack",
        "say which stores are used, choose and check them",
        "lineage stack describe\nlineage stack use team\nlineage stack check",
        codes="0 done, 2 a store cannot be used, 3 a word that means nothing here",
    )
    stack.add_argument(
        "action",
        choices=["describe", "list", "use", "check"],
        metavar="describe|list|use|check",
        help="what is kept where; which stacks there are; use one in this checkout; whether it works",
    )
    stack.add_argument(
        "name", nargs="?", metavar="NAME", help=f"use: a stack; describe: one of {', '.join(COMPONENTS)}"
    )

    fetch = _add(commands, "fetch", "bring artifacts here from a shared store", "lineage fetch digits/model")
    fetch.add_argument("names", nargs="*", metavar="ARTIFACT|PIPELINE", help="all current ones by default")

    trust = _add(commands, "trust", "say whose shared results may be read", "lineage trust create team")
    trust.add_argument(
        "action",
        choices=["create", "add", "list", "show", "remove"],
        metavar="create|add|list|show|remove",
        help="make a key; add one that you were given (from standard input); list them; print one; forget one",
    )
    trust.add_argument("name", nargs="?", metavar="NAME", help="of the key")

    accept = _add(
        commands,
        "accept",
        "take outputs as up to date",
        'lineage accept digits:trainer -m "renamed only"',
        codes=f"0 done, 1 a step has nothing to accept, {_CODES.partition(', ')[2]}",
    )
    accept.add_argument("tasks", nargs="+", metavar="TASK", help="steps or pipelines")
    accept.add_argument("-m", "--message", required=True, metavar="WHY", help="the reason; it is kept in the lineage")

    verify = _add(
        commands,
        "verify",
        "execute steps again and compare",
        "lineage verify\nlineage verify digits:trainer --no-causes",
        codes=f"0 all is reproduced, 1 something differs, {_CODES.partition(', ')[2]}",
    )
    verify.add_argument("tasks", nargs="*", metavar="TASK", help="steps or pipelines; all by default")
    verify.add_argument("--no-causes", action="store_true", help="do not look for the cause of a difference")

    plan = _add(
        commands,
        "plan",
        "say what doit would do, and why",
        "lineage plan\nlineage plan trainer=tree_trainer\nlineage plan digits:trainer+ --if tasks/digits.py\n"
        "lineage plan -q || doit",
        codes="0 it can be told (-q: up to date), 1 with -q: something will or may run, 2 a store cannot be read,\n"
        "  3 it cannot be told, or a word that means nothing here",
    )
    plan.add_argument("tasks", nargs="*", metavar="TASK", help="tasks, pipelines, patterns; as doit selects by default")
    plan.add_argument("--if", action="append", default=[], dest="supposed", metavar="FILE", help="as if FILE changed")
    told = "print nothing (but with --json): exit code 0 fresh, 1 stale, 3 unknown"
    plan.add_argument("-q", "--quiet", action="store_true", help=told)

    page = _add(
        commands,
        "dashboard",
        "show the lineage as a live page",
        "lineage dashboard --open\nlineage dashboard --port 0 --theme dark",
        has_json=False,
        codes="0 ended by Ctrl-C, 2 a store cannot be read, 3 the port is in use",
    )
    page.add_argument("--port", type=int, default=5006, metavar="N", help="5006 by default; 0 takes a free one")
    page.add_argument("--open", action="store_true", help="open it in a browser")
    page.add_argument("--run", metavar="N", help="begin with this run (7, last, -2); by default the newest")
    page.add_argument("--no-plan", action="store_true", help="leave out what has not run yet")
    page.add_argument("--theme", choices=["light", "dark"], help="by default as the system has it")
    page.add_argument("--address", default="127.0.0.1", metavar="HOST", help="another one needs a token")
    page.add_argument("--token", metavar="SECRET", help="what the page's address must say: ?token=SECRET")

    _add_report(commands)
    add_keeping(lambda name, sentence: _add(commands, name, sentence, ""))

    add_living(commands)
    new = _add(
        commands,
        "new",
        "write the smallest project that runs",
        "lineage new demo && cd demo && doit",
        codes="0 written, 2 it cannot be written, 3 there is such a folder",
    )
    new.add_argument("name", metavar="NAME", help="the folder to make")
    return top


_REPORT = """\
Write a run as one file that needs no server and asks nobody anything.

  report.html   the dashboard's page with its answers: the picture, why each step ran, previews, metrics, the log's
                tail of a failure, timeline, table, and what differs from the run before. It opens offline.
  report.svg    the picture, with tooltips; light or dark as the reader's system is, unless --theme says
  report.png    the picture for where SVG is not shown; these three are coloured by what changed, with --against a run
  report.md     a summary for a pull request: what ran and why, metrics, changed code, artifacts, a Mermaid lineage
  report.xml    JUnit: a test case a step, skipped where cached, the traceback where failed
  report.json   all of it for scripts, and for --against

What was recorded is read, and nothing else: no step is imported, no value loaded, no browser needed. The same records
give the same file. Of a very large run the page leaves out details, and says which.
"""
_REPORT_EXAMPLES = """\
examples:
  lineage report -o report.html                   the newest run
  lineage report --run 12 -o build/run12.svg      another one; folders are made
  lineage report --theme dark -o report.png
  lineage report --format svg -o - > lineage.svg
  lineage report --against origin/main -o summary.md
  doit --report junit:out/junit.xml --report markdown:out/summary.md     at the end of a run, however it ends

exit codes: 0 written, 2 it cannot be written or the records cannot be read, 3 there is no such run or format
"""


_FORMATS = ["junit", "markdown", "html", "json", "svg", "png"]


def _add_report(commands: Any) -> None:
    made = _add(commands, "report", "write a run as one file that opens offline", "")
    made.description, made.epilog = _REPORT, _REPORT_EXAMPLES
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument(
        "-o", "--output", metavar="FILE", help="where to; its suffix says the format; - is standard output"
    )
    made.add_argument("--format", choices=_FORMATS, help="by default what the suffix says, html for -")
    made.add_argument("--run", metavar="N", help="this run (7, last, -2); by default the newest")
    made.add_argument(
        "--against", metavar="REF", help="compare with a git reference, a run (7, last, -2), a JSON report"
    )
    made.add_argument(
        "--theme", choices=["light", "dark"], help="by default as the reader's system has it; of a PNG light"
    )


def loads_dodo(command: str) -> bool:
    """Return whether a command takes ``name=value`` words for itself."""
    return command in _LOADING


def carry_out(words: list[str], out: TextIO) -> int:
    """Carry out a command line; return the exit code."""
    top = parser()
    known = sorted(_commands())
    if words[:1] == ["help"]:
        words = [*words[1:2], "--help"]
    if words and not words[0].startswith("-") and words[0] not in known:
        raise UsageError(
            f"there is no command '{words[0]}'{did_you_mean(words[0], known)}", fix=f"use one of: {', '.join(known)}"
        )
    plain, assignments = _told_apart(words, top)
    options = top.parse_args(plain)
    if options.version:
        from importlib.metadata import version

        out.write(f"doit-lineage {version('doit-lineage')}\n")
        return 0
    if options.command is None:
        top.print_help(out)
        return 0
    if "" in getattr(options, "tasks", ()):
        fix = 'leave it out; of a variable that may be empty write ${TASKS:+"$TASKS"}'
        raise UsageError("an empty word names no task", fix=fix)
    options.assignments = assignments
    if options.assignments and options.command not in _LOADING:
        from lineage.dodo.offline import check_words

        check_words(_project(), options.assignments)
    return _commands()[options.command](options, out)


def _told_apart(words: list[str], top: argparse.ArgumentParser) -> tuple[list[str], list[str]]:
    """Take the ``name=value`` words out, but not values of options, a project's name, and what is after ``--``."""
    end = 0 if words[:1] == ["new"] else (words.index("--") if "--" in words else len(words))
    taking = _taking_values(commands_of(top).get(words[0])) if words else set()
    after = [None, *words]
    assigned = [n for n in range(end) if _is_assignment(words[n]) and after[n] not in taking]
    return [word for n, word in enumerate(words) if n not in assigned], [words[n] for n in assigned]


def _taking_values(command: argparse.ArgumentParser | None) -> set[str | None]:
    """Return the options of a command that take the word after them."""
    options = command._option_string_actions if command else {}
    return {name for name, action in options.items() if action.nargs is None}


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.replace(".", "_").isidentifier() and not os.path.lexists(word)


def _project() -> str:
    project = find_project()
    if project is None:
        raise UsageError(
            "this is no project: there is no dodo.py here or in a folder above",
            fix="change into a project, or make one with `lineage new NAME`",
        )
    return project


def _commands() -> dict[str, Command]:
    return {
        "runs": _runs,
        "show": _show,
        "artifacts": _artifacts,
        "why": _why,
        "diff": _diff,
        "stack": _stack,
        "fetch": _fetch,
        "trust": _trust,
        "accept": _accept,
        "verify": _verify,
        "plan": _plan,
        "dashboard": _dashboard,
        "report": _report,
        "completion": _completion,
        "doctor": _doctor,
        "gc": _gc,
        "fsck": _fsck,
        "tag": _tag,
        "pin": _pin,
        "export": _export,
        "watch": _watch,
        "new": _new,
    }


def _runs(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.runs import runs

    return runs(_project(), out, as_json=options.json, last=options.last)


def _show(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.show import show

    return show(_project(), options.what, out, as_json=options.json)


def _artifacts(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.artifacts import artifacts

    return artifacts(_project(), options.name, out, as_json=options.json)


def _why(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.why import why

    return why(_project(), options.what, out, run=options.run, words=options.assignments, as_json=options.json)


def _diff(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.diff import diff

    return diff(_project(), options.before, options.after, out, code=options.code, as_json=options.json)


def _stack(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.describe import describe
    from lineage.commands.stack import check, listed, use

    if options.action == "describe":
        return describe(_project(), options.name, out, as_json=options.json)
    if options.action == "use":
        return use(_project(), options.name, out, as_json=options.json)
    if options.name is not None:
        raise UsageError(f"`lineage stack {options.action}` takes no name", fix=f"leave out '{options.name}'")
    return (listed if options.action == "list" else check)(_project(), out, as_json=options.json)


def _fetch(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.fetch import fetch

    return fetch(_project(), options.names, out, as_json=options.json)


def _trust(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.trust import trust

    return trust(options.action, options.name, out, as_json=options.json)


def _accept(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.accept import accept

    words = options.assignments
    return accept(_project(), options.tasks, options.message, words, out, as_json=options.json)


def _verify(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.verify import verify

    words = options.assignments
    return verify(_project(), options.tasks, words, out, causes=not options.no_causes, as_json=options.json)


def _plan(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.plan import plan

    asked = (options.tasks, options.assignments, options.supposed)
    return plan(_project(), *asked, out, as_json=options.json, quiet=options.quiet)


def _dashboard(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.dashboard import dashboard

    return dashboard(
        _project(),
        out,
        port=options.port,
        address=options.address,
        token=options.token,
        run=options.run,
        theme=options.theme,
        plan=not options.no_plan,
        browser=options.open,
    )


def _report(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.report import report

    return report(
        _project(),
        out,
        output=options.output,
        form=options.format,
        run=options.run,
        theme=options.theme,
        against=options.against,
        as_json=options.json,
    )


def _watch(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.watch import watch

    given = ["--keep-going"] if options.keep_going else []
    given += [f"--jobs={options.jobs}"] if options.jobs is not None else []
    return watch(
        _project(),
        options.tasks,
        options.assignments,
        out,
        options=given,
        cold=options.cold,
        as_json=options.json,
    )


def _doctor(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.doctor import doctor

    return doctor(_project(), out, as_json=options.json)


def _completion(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.shells import completion

    return completion(options.shell, out)


def _gc(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.gc import gc

    limits = {"keep_last": options.keep_last, "max_size": options.max_size, "grace": options.grace}
    return gc(_project(), out, **limits, dry_run=options.dry_run, as_json=options.json)


def _fsck(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.fsck import fsck

    return fsck(_project(), out, repair=options.repair, dry_run=options.dry_run, as_json=options.json)


def _tag(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.labels import tag

    return tag(_project(), options.what, options.name, out, delete=options.delete, as_json=options.json)


def _pin(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.labels import pin

    return pin(_project(), options.what, out, remove=options.remove, listed=options.list, as_json=options.json)


def _export(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.export import export

    chosen = {"output": options.output, "run": options.run, "data": options.data}
    return export(_project(), options.format, out, **chosen, as_json=options.json)


def _new(options: argparse.Namespace, out: TextIO) -> int:
    from lineage.commands.new import new

    return new(options.name, out, as_json=options.json)
