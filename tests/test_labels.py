"""Tags and pins: names for versions wherever a version is written, and what is never collected."""

from __future__ import annotations

import json

import pytest
from projects import Project


@pytest.fixture
def two(words: Project) -> Project:
    """A project with two versions of `words/total`: 6, and the current 4."""
    words.doit()
    words.doit("counter=count_unique")
    return words


def value(project: Project, name: str) -> str:
    return project.python(f"import lineage; print(lineage.load({name!r}), lineage.History().load({name!r}))")


class TestTags:
    def test_a_tag_stands_where_a_version_does(self, two: Project) -> None:
        """`show` and `load` take it, with or without the pipeline's name; without a version the current one is."""
        two.lineage("tag", "words/total@1", "first")
        two.lineage("tag", "total", "best")
        assert value(two, "words/total@first") == "6 6"
        assert value(two, "total@best") == "4 4"
        assert two.json("show", "words/total@first")["found"][0]["artifact"]["version"] == 1
        two.lineage("tag", "words/total@first", "release-1.0")
        assert value(two, "words/total@release-1.0") == "6 6"

    def test_a_tag_moves(self, two: Project) -> None:
        """Given to another version it leaves the one that had it, and that is told."""
        two.lineage("tag", "words/total@1", "best")
        assert "which was version 1" in two.lineage("tag", "words/total@2", "best").stdout
        assert value(two, "words/total@best") == "4 4"
        assert json.loads(two.lineage("tag", "words/total@1", "best", "--json").stdout)["before"] == 2

    def test_tags_are_listed_and_shown(self, two: Project) -> None:
        """`tag`, `artifacts` and `show` tell them, and JSON has them with the version."""
        assert two.lineage("tag").stdout == "no tags\n"
        two.lineage("tag", "words/total@1", "best")
        two.lineage("tag", "words/sentence", "best")
        assert [line.split()[:3] for line in two.lineage("tag").stdout.splitlines()[1:]] == [
            ["words/sentence", "best", "1"],
            ["words/total", "best", "1"],
        ]
        assert len(two.json("tag", "total")["tags"]) == 1
        assert "[best]" in two.lineage("artifacts").stdout
        assert "best" in two.lineage("artifacts", "words/total").stdout.splitlines()[1].split()
        assert "labels   best" in two.lineage("show", "words/total@1").stdout
        versions = two.json("artifacts", "words/total")["artifacts"][0]["versions"]
        assert [(each["tags"], each["pinned"]) for each in versions] == [(["best"], False), ([], False)]

    def test_a_tag_is_deleted(self, two: Project) -> None:
        """By the spelling of a version, or by name; then it is unknown, and the nearest one is offered."""
        two.lineage("tag", "words/total@1", "best")
        two.lineage("tag", "words/total@1", "worst")
        assert "did you mean 'best'" in two.lineage("show", "words/total@bets", code=3).printed
        two.lineage("tag", "--delete", "words/total@best")
        assert "no tag 'best'" in two.lineage("tag", "-d", "words/total@best", code=3).printed
        two.lineage("tag", "--delete", "words/total", "worst")
        assert "none of its versions is tagged" in two.lineage("show", "words/total@best", code=3).printed

    @pytest.mark.parametrize("name", ["2", "v2", "a b", "a@b", "-x", "a/b", ""])
    def test_what_cannot_be_a_tag(self, two: Project, name: str) -> None:
        """Nothing that could be taken for a number or for part of a name."""
        assert "cannot be a tag" in two.lineage("tag", "words/total", "--", name, code=3).printed

    def test_what_cannot_be_tagged(self, two: Project) -> None:
        """What does not exist, with the nearest name; nothing is recorded."""
        assert "did you mean" in two.lineage("tag", "words/totl", "best", code=3).printed
        assert "has no version 9" in two.lineage("tag", "words/total@9", "best", code=3).printed
        assert two.lineage("tag").stdout == "no tags\n"

    def test_a_tagged_version_is_not_collected(self, two: Project) -> None:
        """Until the tag is taken away, or moves."""
        two.lineage("tag", "words/total@1", "best")
        two.lineage("gc", "--keep-last", "0")
        assert value(two, "words/total@best") == "6 6"
        two.lineage("tag", "words/total@2", "best")
        two.lineage("gc", "--keep-last", "0")
        assert "(collected)" in two.lineage("artifacts", "words/total").stdout


class TestPins:
    def test_a_pinned_version_is_not_collected(self, two: Project) -> None:
        """Until the pin is removed; each command says what it has changed."""
        assert two.lineage("pin", "--list").stdout == "no pins\n"
        assert "is pinned" in two.lineage("pin", "words/total@1").stdout
        assert "already" in two.lineage("pin", "words/total@1").stdout
        assert [each["version"] for each in two.json("pin", "--list")["pins"]] == [1]
        assert "pinned" in two.lineage("artifacts", "words/total").stdout.splitlines()[1].split()
        assert "labels   pinned" in two.lineage("show", "words/total@1").stdout
        two.lineage("gc", "--max-size", "0", code=1)
        assert value(two, "words/total@1") == "6 6"
        assert "may be collected" in two.lineage("pin", "--remove", "words/total@1").stdout
        assert "was not pinned" in two.lineage("pin", "--remove", "words/total@1").stdout
        two.lineage("gc", "--keep-last", "0")
        assert "(collected)" in two.lineage("artifacts", "words/total").stdout

    def test_the_current_version_stays_pinned(self, two: Project) -> None:
        """Without a version the current one is meant, and it is still that one later."""
        two.lineage("pin", "words/total")
        two.doit("counter=count")
        assert [each["version"] for each in two.json("pin")["pins"]] == [2]

    def test_an_input_file_is_none_of_ours(self, two: Project) -> None:
        """What is not stored cannot be pinned; and to remove, something must be named."""
        two.lineage("pin", "--remove", code=3)
        assert "there is no artifact" in two.lineage("pin", "words/nothing", code=3).printed
