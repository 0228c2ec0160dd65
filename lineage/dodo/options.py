"""Options of ``doit run`` that doit itself does not have, options after names, and what is said of unknown ones.

doit reads options up to the first name, and answers an unknown one with a page of its internals. This module is
imported only where that is not enough, and what it finds counts only where dodo.py has a pipeline: else doit says what
it says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lineage.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from doit.cmdparse import CmdParse, CmdParseError

__all__ = ["HELP", "Asked", "Named", "Own", "names_like", "nearest_option", "place", "read", "unknown"]

#: Of each option of ours: what it is in doit's own words, where it has any. A ``=`` says that it takes a value.
_OURS = {
    "keep-going": "--continue",
    "jobs=": "--process",
    "always-make": "--always-execute",
    "dry-run": "",
    "question": "",
    "exclude=": "",
    "report=": "",
    "against=": "",
}
#: What an option of ours that needs a value is given as an example.
_EXAMPLES = {"jobs=": "2", "report=": "junit:out/junit.xml", "against=": "main"}

HELP = """\
    make's names, where dodo.py has a pipeline
      --keep-going
            go on after a failure; what needs the failed task is skipped (as --continue)
      --jobs=N
            run N tasks at a time (as --process)
      --always-make
            run also what is up to date (as --always-execute)
      --dry-run
            run nothing: say what would run, and why (as `lineage plan`)
      --question
            run and print nothing: exit code 0 all is up to date, 1 something is not, 3 cannot tell
      --exclude=TASK
            leave out a task, pipeline or pattern, and all that needs it; may be repeated
      --report=FORMAT:FILE
            write what the run did, however it ends: junit, markdown, html, json, svg or png; may be repeated
      --against=REF
            what the reports compare with: a git reference, a run (7, last, -2), or a file of --report json:

SELECTING
    digits:trainer      a task, with all that it needs
    digits              all tasks of a pipeline
    'digits:fold*'      those whose names match
    digits:trainer+     and all that comes after it
    status:failed       those that failed when they last ran (also cached, run, skipped)
    Options may stand before or after the names; a task's own parameters go before them.

EXAMPLES
    doit                          bring everything up to date
    doit digits:trainer+ --jobs 2
    doit --keep-going --exclude 'digits:slow*'
    doit status:failed
    doit --question || echo stale
    doit --report junit:out/junit.xml --report markdown:out/summary.md --against origin/main

EXIT CODES
    0 done, 1 a step or a task failed (--question: stale), 2 a store cannot be read or written or an internal error,
    3 a word that means nothing here or a dodo.py that cannot work (--question: cannot tell), 130 interrupted
"""


class Asked:
    """What a command line asks for beyond doit's own options.

    Attributes
    ----------
    dry_run, question, help : bool
        Whether these were given.
    excluded : list of str
        The values of ``--exclude``.
    reports : list of (str, str)
        The formats and files of ``--report``.
    against : object
        The value of ``--against``; once it was looked up, what that is.
    given : list of str
        The words as they were given: where dodo.py has no pipeline, doit understands others by them, or none.
    wrong : UsageError or None
        What is wrong with the words before the first name.
    doits : CmdParseError or None
        What doit says of these words.
    nothing : str
        That no task is chosen, and why, once that is known.
    folder : str
        Where they were typed: what the paths among them are relative to, before names and after them.
    """

    def __init__(self, doits: CmdParseError | None = None, folder: str = "") -> None:
        self.dry_run = self.question = self.help = False
        self.excluded: list[str] = []
        self.reports: list[tuple[str, str]] = []
        self.against: Any = None
        self.given: list[str] = []
        self.wrong: UsageError | None = None
        self.doits = doits
        self.folder = folder or os.getcwd()
        self.nothing = ""

    def as_doit_has_it(self, command: Any, params: Any, args: list[str]) -> tuple[Any, list[str]]:
        """Return the options and arguments as doit understands them; raise what it says if it does not."""
        if self.doits is not None:
            params, args = command.cmdparser.parse(self.given)
            params.update(command.opt_vals)
        return params, args

    @property
    def more(self) -> bool:
        """Whether it is more than other words for what doit knows."""
        return bool(self.runs_nothing or self.help or self.excluded or self.wrong)

    @property
    def runs_nothing(self) -> bool:
        """Whether only an answer is wanted."""
        return self.dry_run or self.question

    def take(self, name: str, value: str | None) -> list[str]:
        """Note an option of ours; return what it is in doit's words, if it is something there."""
        if name == "jobs=" and not str(value).isdigit():
            raise UsageError(f"--jobs takes a number, not '{value}'")
        if _OURS[name]:
            return [_OURS[name] if value is None else f"{_OURS[name]}={value}"]
        if name == "exclude=":
            self.excluded.append(str(value))
        elif name == "report=":
            from lineage.dodo.reports import request

            self.reports.append(request(str(value), self.folder))
        elif name == "against=":
            self.against = value
        else:
            setattr(self, name.replace("-", "_"), True)
        return []


class Own(NamedTuple):
    """What a task takes itself: its options, and whether it takes the words after its name."""

    parser: CmdParse | None
    takes_words: bool = False


class Named(NamedTuple):
    """A task or selector as it was named, with the words that are the task's own."""

    name: str
    own: list[str]


def read(words: Sequence[str], parser: CmdParse, doits: CmdParseError, *, command: str) -> tuple[list[str], Asked]:
    """Read the options before the first name, since doit cannot.

    Parameters
    ----------
    words : sequence of str
        What stands after the command.
    parser : CmdParse
        Of doit's options of the command.
    doits : CmdParseError
        What doit says.
    command : str
        Its name; ``run`` takes the options of ours.

    Returns
    -------
    list of str
        What doit can read.
    Asked
        The rest, and what is wrong.
    """
    asked, reader, kept = Asked(doits), _Reader(parser, command=command), []
    asked.given = list(words)
    waiting = list(words)
    while waiting and _is_option(waiting[0]):
        try:
            kept += reader.take(waiting, asked)
        except UsageError as error:
            asked.wrong = asked.wrong or error
    if asked.against and not asked.reports and not any(word.startswith("--report") for word in waiting):
        text = "--against says what the reports of a run compare with, and there is none"
        asked.wrong = asked.wrong or UsageError(text, fix="add --report markdown:summary.md")
    return [*kept, *waiting], asked


def place(
    words: Sequence[str],
    own_of: Callable[[str], Own | None],
    parser: CmdParse,
    asked: Asked,
    *,
    command: str,
) -> tuple[list[Named], list[str]]:
    """Tell a task's own words from the options of the command, wherever they stand.

    Parameters
    ----------
    words : sequence of str
        From the first name on.
    own_of : callable
        What a name takes itself; ``None`` where that is not known yet: then all words after it are its own.
    parser, command
        As in `read`.
    asked : Asked
        Options of ours are noted here.

    Returns
    -------
    list of Named
        The names, each with its own words.
    list of str
        The options of the command, as doit has them.

    Raises
    ------
    UsageError
        For an option that nobody takes, or one that has to stand before the names.
    """
    named: list[Named] = []
    options: list[str] = []
    waiting, own = list(words), Own(None)
    reader = _Reader(parser, command=command, late=True)
    while waiting:
        word = waiting[0]
        if not _is_option(word):
            if own.takes_words:
                named[-1].own.extend(waiting)
                break
            found = own_of(waiting.pop(0))
            named.append(Named(word, []))
            if found is None:
                named[-1].own.extend(_options_of(waiting))
            own = found or Own(None)
        elif own.parser is not None and _arity(word, own.parser) is not None:
            named[-1].own.extend(_take(waiting, own.parser))
        else:
            options += reader.take(waiting, asked, own.parser)
    return named, options


def _options_of(waiting: list[str]) -> list[str]:
    """Take the options, with what may be their values, that stand after a name of which nothing is known."""
    taken = []
    while waiting and _is_option(waiting[0]):
        taken.append(waiting.pop(0))
    return taken


class _Reader:
    """Takes options of a command, one at a time."""

    def __init__(self, parser: CmdParse, *, command: str, late: bool = False) -> None:
        self._parser = parser
        self._command = command
        self._ours = _OURS if command == "run" else {}
        self._late = late

    def take(self, waiting: list[str], asked: Asked, own: CmdParse | None = None) -> list[str]:
        """Take the next option, with its value; return it as doit has it."""
        word = waiting[0]
        name = self._our_name(word)
        if name is None and _arity(word, self._parser) is not None:
            if self._late and _option(word, self._parser).section == "task loader":
                raise UsageError(f"{word} has to stand before the names: it says which dodo.py they are of")
            return _take(waiting, self._parser)
        waiting.pop(0)
        if name is None and word in ("--help", "-h"):
            asked.help = True
            return []
        if name is None:
            given = word.partition("=")[0]
            near = nearest_option(given, [*self._known(), *_names(own)])
            where = f"; `doit help {self._command}` lists them"
            raise UsageError(f"there is no option '{given}'{near or where}")
        return asked.take(name, _value(name, word, waiting))

    def _our_name(self, word: str) -> str | None:
        """Return the option of ours that a word is, whole or, where doit has none of that beginning, its beginning."""
        given = word.partition("=")[0].removeprefix("--") if word.startswith("--") else ""
        whole = [name for name in self._ours if name.rstrip("=") == given]
        if whole or not given or _arity(word, self._parser) is not None:
            return whole[0] if whole else None
        begun = [name for name in self._ours if name.startswith(given)]
        return begun[0] if len(begun) == 1 else None

    def _known(self) -> list[str]:
        return [*_names(self._parser), *(f"--{name.rstrip('=')}" for name in self._ours)]


def nearest_option(word: str, known: Sequence[str]) -> str:
    """Return what to add to an error about an unknown option: the nearest one; the dashes make none like another."""
    near = did_you_mean(word.lstrip("-"), [each.lstrip("-") for each in known if each.startswith("--")])
    return near.replace("'", "'--", 1)


def names_like(word: str, tasks: Sequence[Any]) -> list[str]:
    """Return the names of tasks, and if a word looks like a file's what they make."""
    targets = (target for task in tasks for target in task.targets) if set("/.") & set(word) else ()
    return [*(task.name for task in tasks), *targets]


def unknown(kind: str, word: str, known: Sequence[str], where: str) -> UsageError:
    """Return the error for a word that is none of those known: one line, with the nearest one or where to look."""
    near = did_you_mean(word, known)
    return UsageError(f"there is no {kind} '{word}'{near or '; ' + where}")


def _is_option(word: str) -> bool:
    return word[:1] == "-" and word != "-"


def _names(parser: CmdParse | None) -> list[str]:
    return [] if parser is None else [f"--{name.rstrip('=')}" for name in parser.get_long()]


def _value(name: str, word: str, waiting: list[str]) -> str | None:
    """Return the value of an option of ours: what stands after its ``=``, else the next word."""
    _, equals, value = word.partition("=")
    if not name.endswith("="):
        if equals:
            raise UsageError(f"--{name} takes no value")
        return None
    if not equals and not waiting:
        raise UsageError(f"--{name[:-1]} needs a value: {word} {_EXAMPLES.get(name, 'TASK')}")
    return value if equals else waiting.pop(0)


def _take(waiting: list[str], parser: CmdParse) -> list[str]:
    """Take a known option and its value."""
    word = waiting.pop(0)
    if not _arity(word, parser):
        return [word]
    if not waiting:
        raise UsageError(f"{word} needs a value")
    return [word, waiting.pop(0)]


def _arity(word: str, parser: CmdParse) -> int | None:
    """Return how many further words an option takes as getopt reads it; ``None`` if the parser does not know it."""
    if not word.startswith("--"):
        return _arity_of_letters(word[1:], parser.get_short())
    name, equals, _ = word[2:].partition("=")
    found = _long(name, parser)
    if len(found) != 1 or (equals and not found[0].endswith("=")):
        return None
    return int(found[0].endswith("=") and not equals)


def _long(name: str, parser: CmdParse) -> list[str]:
    """Return the long options that a word may be: the one of that name, else all that begin so."""
    known = parser.get_long()
    return [each for each in known if each.rstrip("=") == name] or [each for each in known if each.startswith(name)]


def _arity_of_letters(letters: str, known: str) -> int | None:
    for at, letter in enumerate(letters, 1):
        where = known.find(letter)
        if letter == ":" or where < 0:
            return None
        if known[where + 1 : where + 2] == ":":
            return int(at == len(letters))
    return 0


def _option(word: str, parser: CmdParse) -> Any:
    """Return doit's description of the option that a known word is."""
    spelt = "--" + _long(word[2:].partition("=")[0], parser)[0].rstrip("=") if word.startswith("--") else word[:2]
    return parser.get_option(spelt)[0]
