"""The JSON Schemas of docs/schemas, and what the commands print held against them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from projects import LINEAGE, REPOSITORY, Done, Project
from referencing import Registry, Resource

FOLDER = REPOSITORY / "docs" / "schemas"


@cache
def schemas() -> dict[str, Any]:
    """Return the schemas by the name of their command; `definitions` is what they share."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


@cache
def validator(name: str) -> Draft202012Validator:
    shared = Resource.from_contents(schemas()["definitions"])
    return Draft202012Validator(schemas()[name], registry=Registry().with_resource("definitions.json", shared))


def read(text: str) -> Any:
    """Read JSON as its standard has it: Python's own reader takes NaN, which no other one does."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(word: str) -> NoReturn:
    raise AssertionError(f"{word} is no JSON")


def hold(name: str, told: Any) -> Any:
    """Fail unless an answer is as the schema of that name says, naming the innermost place that is not."""
    found = [_innermost(error) for error in validator(name).iter_errors(told)]
    assert not found, "\n".join([f"{name}.json:", *found, json.dumps(told, indent=1)[:3000]])
    return told


def _innermost(error: Any) -> str:
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    return f"  {error.json_path}: {error.message[:300]}"


def answer(project: Project, *words: str, code: int | None = 0, cwd: str = ".") -> Any:
    """Return what ``lineage WORDS --json`` says; it is as the schema of the command, or that of errors, wants it."""
    done: Done = project.command(*LINEAGE, *words, "--json", cwd=cwd)
    assert code is None or done.code == code, f"{words}: exit code {done.code}\n{done.printed}"
    told = read(done.stdout)
    return hold("error" if set(told) == {"error"} else words[0], told)


def failure(project: Project, *words: str, code: int, cwd: str = ".") -> dict[str, Any]:
    """Return the error that ``lineage WORDS --json`` ends with."""
    told = answer(project, *words, code=code, cwd=cwd)
    assert set(told) == {"error"}, f"{words} did not fail as a whole: {told}"
    return dict(told["error"])
