"""The answers that a saved page brings along: all of its run, and of earlier runs as much as there is room for.

What there is room for is counted in symbols and never in time, so that the same records give the same file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from lineage.dash.answers import answer, as_json, key
from lineage.dash.archive import Archive
from lineage.dash.kept import versions

if TYPE_CHECKING:
    from lineage.model.history import PipelineRun

__all__ = ["Limits", "Saved", "save"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a page brings along.

    Attributes
    ----------
    symbols : int
        Of so many steps and artifacts the details.
    characters : int
        So many characters of details: logs and errors can be long.
    drawn : int
        So many symbols in the pictures of a run with its stacks open, each picture and all of them together.
    runs, compared : int
        So many earlier runs, and so many of them compared with the one that it is about.
    artifacts : int
        Of so many artifacts the versions.
    """

    symbols: int = 1000
    characters: int = 6_000_000
    drawn: int = 2000
    runs: int = 20
    compared: int = 5
    artifacts: int = 200


@dataclass(frozen=True, slots=True)
class Saved:
    """What a page brings along.

    Attributes
    ----------
    data : dict
        For ``page/js/saved.js``: ``run``, ``runs`` (those that can be shown), ``details`` (how many), ``pictures`` by
        run, ``previews`` by digest, and ``answers`` by `lineage.dash.answers.key`.
    left_out : tuple of str
        What there was no room for, in words.
    """

    data: dict[str, Any]
    left_out: tuple[str, ...]


def save(archive: Archive, run: PipelineRun, limits: Limits | None = None, before: int | None = None) -> Saved:
    """Return what a page about a run brings along.

    Parameters
    ----------
    archive : Archive
        The records.
    run : PipelineRun
        What the page is about. It shows the history up to it.
    limits : Limits, optional
        How much of it.
    before : int, optional
        The run that it opens compared with; that comparison is kept first.
    """
    return _Saving(archive, run, limits or Limits(), before).saved()


class _Saving:
    def __init__(self, archive: Archive, run: PipelineRun, limits: Limits, before: int | None = None) -> None:
        self.archive = archive
        self.before = before
        self.run = run
        self.limits = limits
        self.answers: dict[str, Any] = {}
        self.pictures: dict[int, list[dict[str, Any]]] = {}
        self.previews: dict[str, Any] = {}
        self.room = limits.symbols
        self.characters = limits.characters
        self.left_out: list[str] = []

    def saved(self) -> Saved:
        told = self._runs()
        of = self._show(self.run.id)
        if of > (kept := self.limits.symbols - self.room):
            self.left_out.append(f"the details of {of - kept:,} of {of:,} symbols")
        earlier = [each["id"] for each in told[:-1]][::-1]
        self._compare([*([self.before] if self.before else []), *(each for each in earlier if each != self.before)])
        self._earlier(earlier)
        self._artifacts()
        data = {
            "run": self.run.id,
            "runs": sorted(self.pictures),
            "details": kept,
            "pictures": self.pictures,
            "previews": self.previews,
            "answers": self.answers,
        }
        return Saved(data, tuple(self.left_out))

    def _keep(self, question: str, **arguments: Any) -> Any:
        told = self.answers[key(question, arguments)] = answer(self.archive, question, arguments)
        return told

    def _runs(self) -> list[dict[str, Any]]:
        """Keep the runs up to this one; where and whose the project is, is nobody's business who is given the page."""
        later = (self.archive.newest or self.run.id) - self.run.id
        told = answer(self.archive, "runs", {"last": _TOLD + later})
        found = [each for each in told["runs"] if each["id"] <= self.run.id]
        runs: list[dict[str, Any]] = [each | {"user": "", "host": ""} for each in found[-_TOLD:]]
        self.answers["runs"] = {**told, "folder": "", "runs": runs, "planned": 0, "plan_error": None}
        return runs

    # -- one run ------------------------------------------------------------------------------------------------------

    def _show(self, number: int) -> int:
        """Keep a run with the details of its symbols; return how many symbols it has."""
        pictures = self.pictures[number] = list(
            _pictures(self.archive, number, self.limits.drawn, each_alone=number == self.run.id)
        )
        self._keep("table", run=number)
        self._keep("timeline", run=number)
        names = _names(pictures, self.answers[key("table", {"run": number})])
        for name in islice(names, self.room):
            if self.characters <= 0:
                break
            self._details(number, name)
            self.room -= 1
        of: int = pictures[0]["picture"]["total"]
        return of

    def _details(self, number: int, name: str) -> None:
        """Keep what is known of a symbol; a value that several runs have is shown once."""
        told = self._keep("details", run=number, id=name)
        # How it stands with the stored bytes is of this machine and this moment, and not of the run.
        for each in ("condition", "gone"):
            told.pop(each, None)
        if told.get("preview"):
            self.previews.setdefault(told["digest"], told["preview"])
            told["preview"] = {"of": told["digest"]}
        self.characters -= len(as_json(told))

    def _earlier(self, numbers: list[int]) -> None:
        """Keep earlier runs as a whole or not at all, newest first, as long as there is room."""
        for number in numbers[: self.limits.runs]:
            size = _size(self.archive, number)
            if size > self.room or self.characters < self.limits.characters / 2:
                break
            self._show(number)
        if missing := [number for number in numbers if number not in self.pictures]:
            self.left_out.append(f"{len(missing)} earlier {'run' if len(missing) == 1 else 'runs'}")

    def _compare(self, earlier: list[int]) -> None:
        """Keep what differs from the runs before, nearest first; of large runs from the one before, as text only."""
        for number in earlier[: self.limits.compared if self.room else 1]:
            told = self._keep("compare", before=number, after=self.run.id)
            if "refused" in told:
                continue
            # The page looks up the steps that it lists.
            told["standing"] = {each["task"]: told["standing"][each["task"]] for each in told["steps"]}
            if self.room or number == self.before:
                self.pictures[self.run.id] += _pictures(
                    self.archive, self.run.id, self.limits.drawn // 4, before=number
                )

    def _artifacts(self) -> None:
        """Keep the versions of artifacts; they are those of now, so that a page about an older run has none."""
        if self.run.id != self.archive.newest:
            self.left_out.append("versions of artifacts, since there are later runs")
            return
        told = self._keep("artifacts")
        told["artifacts"] = told["artifacts"][:_MOST_ROWS]
        history = self.archive.history
        found = history.artifacts()
        some = found[: self.limits.artifacts]
        history.read_current(some)
        for each in some:
            self.answers[key("artifact", {"name": each.name})] = versions(self.archive, each)
        if len(found) > self.limits.artifacts:
            self.left_out.append(f"the versions of {len(found) - self.limits.artifacts:,} of {len(found):,} artifacts")


#: So many runs are in the strip.
_TOLD = 200
_MOST_ROWS = 2000


def _size(archive: Archive, number: int) -> int:
    total: int = answer(archive, "picture", {"run": number})["total"]
    return total


def _pictures(
    archive: Archive, number: int, most: int, *, each_alone: bool = False, before: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the pictures of a run: as it opens; all of it where that is more; with each stack open alone, and with all.

    The page takes the first that has open what somebody wants to see open; `before` is what it is coloured against.
    """
    asked = {"run": number, "before": before}
    first = answer(archive, "picture", asked)
    whole = answer(archive, "picture", asked | {"all": True}) if first["hidden"] else first
    if whole is first:
        yield _drawn(whole, before)
    else:
        yield _drawn(first, before, everything=False)
        yield _drawn(whole, before, everything=True)
    stacks = sorted(node["id"] for node in whole["nodes"] if node["stack"])
    rest = most
    alone = [[each] for each in stacks] if len(stacks) > 1 and each_alone else []
    for some in [*alone, *([stacks] if stacks else [])]:
        symbols = _opened(whole, some)
        if symbols > rest:
            continue
        told = answer(archive, "picture", asked | {"expanded": some, "all": True})
        if told["hidden"]:
            continue
        rest -= len(told["nodes"])
        yield _drawn(told, before, some)


def _opened(whole: Mapping[str, Any], some: list[str]) -> int:
    nodes = whole["nodes"]
    members: int = sum(node["stack"]["count"] for node in nodes if node["id"] in some)
    return len(nodes) + members - len(some)


def _drawn(
    told: dict[str, Any], before: int | None, expanded: Sequence[str] = (), *, everything: bool | None = None
) -> dict[str, Any]:
    """Return a picture with what it answers; `everything` is None where it is the same with all and without."""
    return {"before": before, "expanded": list(expanded), "all": everything, "picture": told}


_FIRST = {"failed": 0, "running": 1, "run": 2}


def _names(pictures: list[dict[str, Any]], table: Mapping[str, Any]) -> list[str]:
    """Return the steps and artifacts of a run: what failed first, then what is drawn, then the rest."""
    drawn = [node for each in pictures for node in each["picture"]["nodes"]]
    alone = [node["id"] for node in drawn if node["stack"] is None]
    members = [member for node in drawn if node["stack"] for member in node["stack"]["members"]]
    members.sort(key=lambda member: _FIRST.get(member["status"], 3))
    rows = sorted(table["rows"], key=lambda row: _FIRST.get(row["status"], 3))
    failed = [row["id"] for row in rows if row["status"] in ("failed", "running")]
    rest = [name for row in rows for name in (row["id"], *row["gives"], *row["takes"])]
    return list(dict.fromkeys([*failed, *alone, *(member["id"] for member in members), *rest]))
