"""What the pages for users show as printed, and what the real commands print, made comparable.

A block of output begins with the command: ``$ doit`` (or ``>>> expression``), and below stands what it prints. A *tour*
takes one project from state to state, and looks at the blocks that show it in each.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from projects import COMMANDS, REPOSITORY, Project

__all__ = [
    "PAGES",
    "Block",
    "Said",
    "Shape",
    "Shown",
    "Tour",
    "blocks",
    "differences",
    "output",
    "session",
    "shapes",
    "visit",
]

PAGES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md"))]
#: Where a reader's project is said to be.
HOME = "/home/you/digits"
#: `LINEAGE_PRINTED=write pytest tests/test_documented_output.py` writes what is printed into the pages.
WRITE = os.environ.get("LINEAGE_PRINTED") == "write"

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
#: A shape in a sentence: `{"key", "key": [{"key"}]}`.
_SHAPE = re.compile(r"`(\{\"[^`]*\})`")
_PROMPT = re.compile(r"^(?:\$|>>>) ", re.MULTILINE)
_CODE = {"python", "toml", "yaml", "make"}
_COMMAND = re.compile(r"^ *(?:doit|lineage|python3?|pip|bash|eval|\.venv/bin/\w+) ?")

#: What has to be another each time, or elsewhere: both sides are compared without it.
VARYING = [
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "<date>"),
    (re.compile(r"^\d\d:\d\d:\d\d(?= )", re.MULTILINE), "<time>"),
    (re.compile(r"\b(?:\d+ min )?\d+(?:\.\d)?(?= s\b)"), "<seconds>"),
    (re.compile(r"(<date>  \w+ +\d+ +\d+ +\d+) +\d+\.\d(?= )"), r"\1 <seconds>"),
    (re.compile(r"(?<=largest difference )\S+ \(relative \S+\) at \S+"), "<difference>"),
    (re.compile(r"(?<=\bsince=)\d+\.\d+"), "<moment>"),
    (re.compile(r"(?<=\bat=)\d+\.\d+"), "<moment>"),
    (re.compile(r"\b[0-9a-f]{32}(?:-[0-9a-f]{16})?\b"), "<hash>"),
    (re.compile(r"(?<=objects/)[0-9a-f]{2}(?=/)"), "<hash>"),
    (re.compile(r"(?<=\(main, )[0-9a-f]{7}(?=\))"), "<commit>"),
    (re.compile(r"(?<= code )[0-9a-f]{8}\b"), "<hash>"),
    (re.compile(r"^(  size     )\d+\.\d kB"), r"\1<pickled>"),
    (re.compile(r"(?<=SVC)( +)\d+\.\d kB"), r"\1<pickled>"),
    (re.compile(r"\b\d+\.\d (?=GB free)"), "<room> "),
    (re.compile(r"(?<=file system       )\w+"), "<file system>"),
    (re.compile(r"\b(Python|doit-lineage|doit|numpy|cloudpickle|xxhash) \d+(?:\.\w+)+"), r"\1 <version>"),
]


class Block(NamedTuple):
    """A fenced block of a page, or a shape in a sentence."""

    page: str
    line: int
    language: str
    text: str

    def begins(self, page: str, beginning: str) -> bool:
        """Whether it is the block of a page that begins so: with these words, as a line or as the start of a shape."""
        first = self.text.partition("\n")[0]
        return self.page == page and (first == beginning or (first.startswith("{") and first.startswith(beginning)))

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.text.partition(chr(10))[0]}"


def _found(page: str, pattern: re.Pattern[str], language: int | None) -> Iterator[Block]:
    text = (REPOSITORY / page).read_text()
    if language is None:
        text = _BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    for each in pattern.finditer(text):
        yield Block(
            page, text[: each.start()].count("\n") + 1, each[1] if language else "shape", each[each.lastindex or 0]
        )


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found = list(_found(page, _BLOCK, 1))
    text = (REPOSITORY / page).read_text()
    others = re.search(r"^ *~~~|^    \$ ", _BLOCK.sub("", text), re.MULTILINE)
    understood = text.count("```") == 2 * len(found) and not others
    assert understood, f"{page} has blocks that are not understood"
    return found


def shapes(page: str) -> list[Block]:
    """Return the shapes that stand in the sentences of a page, and its blocks of JSON."""
    return [*_found(page, _SHAPE, None), *(block for block in blocks(page) if block.language == "json")]


def output(page: str) -> list[Block]:
    """Return the blocks of a page that show what is printed: that are neither code nor just commands."""
    shown = [block for block in blocks(page) if block.language != "json"]
    return [block for block in shown if not _is_code(block) and not _is_typed(block.text)]


def _is_code(block: Block) -> bool:
    return block.language in _CODE and not _PROMPT.search(block.text)


def _is_typed(text: str) -> bool:
    """Whether each line is a command, with a remark at most."""
    lines = re.sub(r" \\\n *", " ", text).splitlines()
    return all(_COMMAND.match(line) for line in lines if line)


class Shown(NamedTuple):
    """A block that shows what its own commands print in this state, or what `made` returns."""

    page: str
    beginning: str
    made: Callable[[Project], str] | None = None

    def look(self, project: Project) -> Iterator[str]:
        """Yield what is wrong with the block."""
        block = _the(self, blocks(self.page))
        printed = self.made(project) if self.made else session(project, block.text)
        printed = printed.replace(str(project.path), HOME).replace(str(COMMANDS), f"{HOME}/.venv/bin")
        shown = block.text.rstrip("\n").splitlines()
        new = printed.rstrip("\n").splitlines()
        if (now := _as_shown(shown, new)) != shown:
            yield "\n".join(
                difflib.unified_diff(shown, now, f"shown at {block.page}:{block.line}", "printed", lineterm="")
            )
            if WRITE:
                path = REPOSITORY / self.page
                path.write_text(path.read_text().replace(f"\n{block.text}```", "\n" + "\n".join(new) + "\n```"))


class Shape(NamedTuple):
    """A shape of JSON, in a block or in a sentence, and the command that prints it."""

    page: str
    beginning: str
    made: str | Callable[[Project], str]
    code: int = 0

    def look(self, project: Project) -> Iterator[str]:
        """Yield what is wrong with the shape."""
        block = _the(self, shapes(self.page))
        given = json.loads(self.made(project) if callable(self.made) else self._answer(project, self.made))
        if found := list(differences(_json(block), given)):
            yield "\n".join([f"shown at {block.page}:{block.line}, but", *found, "printed", json.dumps(given)])

    def _answer(self, project: Project, command: str) -> str:
        return project.lineage(*shlex.split(command), code=self.code).stdout


class Said(NamedTuple):
    """Words that a sentence of a page quotes, and the command that prints them."""

    page: str
    words: str
    command: str

    def look(self, project: Project) -> Iterator[str]:
        """Yield what is wrong with them."""
        if f"`{self.words}`" not in " ".join((REPOSITORY / self.page).read_text().split()):
            yield f"{self.page} does not say {self.words!r} any more"
        printed = project.command(*_argv(self.command)).printed
        if self.words not in printed:
            yield f"{self.page} says that `{self.command}` prints {self.words!r}, but it is\n{printed}"


class Tour(NamedTuple):
    """A project, and what is done and looked at in it, one after the other."""

    files: Mapping[str, str]
    stops: list[Shown | Shape | Said | Callable[[Project], object]]


def visit(project: Project, tour: Tour) -> list[str]:
    """Go on a tour, and return all that is wrong."""
    project.write(tour.files)
    wrong: list[str] = []
    for stop in tour.stops:
        if isinstance(stop, Shown | Shape | Said):
            wrong += stop.look(project)
        else:
            stop(project)
    return wrong


def _the(stop: Shown | Shape, among: list[Block]) -> Block:
    found = [block for block in among if block.begins(stop.page, stop.beginning)]
    assert len(found) == 1, f"{stop.page} has {len(found)} blocks that begin with {stop.beginning!r}"
    return found[0]


def session(project: Project, text: str) -> str:
    """Run the commands of a block, and return it as it should be."""
    lines = _asked(project, re.findall(r"^>>> (.*)$", text, re.MULTILINE))
    for command in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
        done = project.command(*_argv(command))
        lines += [f"$ {command}", *done.printed.splitlines()]
    return "\n".join(lines)


def _asked(project: Project, lines: list[str]) -> list[str]:
    """Ask one Python, as at its prompt."""
    each = [f"print('>>>', {line!r}); exec(compile({line!r}, '<stdin>', 'single'), names)" for line in lines]
    return project.python("\n".join(["names = {}", *each])).splitlines() if lines else []


def _argv(command: str) -> list[str]:
    words = shlex.split(command)
    mine = COMMANDS / words[0].rpartition("/")[2]
    if mine.name in {"doit", "lineage"} and not re.search("[|>&;]", command):
        return [str(mine), *words[1:]]
    return ["sh", "-c", command]


def same(text: str) -> str:
    """Return a line without what has to be another each time."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return text


def _as_shown(shown: list[str], printed: list[str]) -> list[str]:
    """Return what was printed, with the times and hashes of what is shown where a line is otherwise the same."""
    matching = difflib.SequenceMatcher(
        None, [same(line) for line in shown], [same(line) for line in printed], autojunk=False
    )
    now = list(printed)
    for old, new, length in matching.get_matching_blocks():
        now[new : new + length] = shown[old : old + length]
    return now


# JSON


def _json(block: Block) -> Any:
    """Read a shape: in a sentence a key may stand without its value, an item for all, and `[...]` for any list."""
    text = block.text.replace("[...]", '["..."]')
    if block.language == "shape":
        text = re.sub(r"\}\s*\]", '}, "..."]', text)
        text = re.sub(r'(?<=[{,])(\s*"\w+")(?=\s*[,}])', r'\1: "..."', text)
    return json.loads(text)


#: Of these only that they are numbers can be compared: times, and sizes of what other packages pickle.
_NUMBERS = re.compile(r"\w*seconds\w*|saved|started|ended|stored|last_used|(?:\w+_)?bytes(?:_\w+)?|size")


def differences(shown: Any, given: Any, at: str = "$", key: str = "") -> Iterator[str]:
    """Yield where JSON is not what is shown; `"..."` is anything, and as the last item or a key all others."""
    if shown == "...":
        return
    if isinstance(shown, dict) and isinstance(given, dict):
        if missing := [name for name in shown if name != "..." and name not in given]:
            yield f"{at} has no {missing}"
        if "..." not in shown and (more := [name for name in given if name not in shown]):
            yield f"{at} also has {more}"
        for name in shown.keys() & given.keys():
            yield from differences(shown[name], given[name], f"{at}.{name}", name)
    elif isinstance(shown, list) and isinstance(given, list):
        items = shown[:-1] if shown[-1:] == ["..."] else shown
        if len(items) > len(given) or (len(items) < len(given) and shown is items):
            yield f"{at} has {len(given)} items"
        for number, (one, other) in enumerate(zip(items, given, strict=False)):
            yield from differences(one, other, f"{at}[{number}]", key)
    elif isinstance(shown, float | int) and isinstance(given, float | int):
        digits = len(repr(shown).partition(".")[2])
        if not _NUMBERS.fullmatch(key) and round(given, digits) != shown:
            yield f"{at} is {given!r}, not {shown!r}"
    elif shown != given and not (isinstance(shown, str) and isinstance(given, str) and same(shown) == same(given)):
        yield f"{at} is {given!r}, not {shown!r}"
