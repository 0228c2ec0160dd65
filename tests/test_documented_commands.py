"""Every command that the README and docs show is one that the command line takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import REPOSITORY, Project

from lineage.commands.line import parser
from lineage.commands.parsing import commands_of

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: What is said beside a command begins after two spaces.
_COMMAND = re.compile(r"^ *(?:\$ )?((?:doit|lineage) .*?)(?:  .*)?$", re.MULTILINE)


def commands(first: str) -> Iterator[tuple[Path, list[str]]]:
    """Yield the words of each command in a block of code, without what is said beside it."""
    for path in PAGES:
        for block in _BLOCK.findall(path.read_text()):
            for line in _COMMAND.findall(re.sub(r" \\\n *", " ", block)):
                words = shlex.split(line)
                if words[0] == first:
                    yield path, words[1:]


def test_each_documented_lineage_command_is_taken() -> None:
    """Its command, its options and its number of words; names of a project are another matter."""
    found = list(commands("lineage"))
    assert len(found) > 20
    for path, words in found:
        options = parser().parse_args([word for word in words if "=" not in word])
        assert options.command == words[0], (path.name, words)


def test_each_command_has_a_section_and_each_section_a_command() -> None:
    """docs/commands.md tells of all that there are, and of nothing else; options in a heading are ones."""
    text = (REPOSITORY / "docs" / "commands.md").read_text()
    headings = re.findall(r"^### (lineage .*)$", text, re.MULTILINE)
    told: dict[str, set[str]] = {}
    for heading in headings:
        for part in heading.split(", "):
            options = told.setdefault(part.split()[1], set())
            options |= set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", heading))
    known = commands_of(parser())
    assert set(told) == set(known)
    for name, options in told.items():
        assert options <= set(known[name]._option_string_actions), name


@pytest.mark.parametrize("line", sorted({shlex.join(words) for _, words in commands("doit")}))
def test_each_documented_doit_command_works(digits: Project, line: str) -> None:
    """In the example, of which git knows two commits, as the recipes for CI have them."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in ("init -q", "add .", "commit -qm one", "tag origin/main", "commit -qm two --allow-empty"):
        digits.command(*git, *words.split())
    digits.doit(*shlex.split(line))
