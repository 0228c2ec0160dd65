"""The one comparison of two manifests, without any input or output: what differs, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from lineage.explain.compare import compare
from lineage.explain.explanation import Explanation, Source
from lineage.explain.sides import Origin, Part
from lineage.explain.telling import CUT, tell
from lineage.explain.unified import unified
from lineage.fingerprint import manifest
from lineage.model.history import CodePart
from lineage.model.plan import Call, FileArgument, Ref, StepSpec, Value
from lineage.model.stored import Entry, Reason


def digest(*words: object) -> str:
    return xxhash.xxh3_128_hexdigest(repr(words).encode())


class Made:
    """A side that is written down."""

    def __init__(
        self,
        *entries: Entry,
        step: str = "m:train",
        run: int | None = None,
        code: Mapping[str, Sequence[CodePart]] | None = None,
        origins: Mapping[str, Origin] | None = None,
        wide: Sequence[str] = (),
    ) -> None:
        self.entries = entries
        self.step = step
        self.run = run
        self.code = code or {}
        self.origins = origins or {}
        self.taken_wide = wide

    def parts(self, code: str) -> Sequence[Part]:
        return self.code.get(code, ())

    def wide(self, code: str) -> Sequence[str]:
        return self.taken_wide

    def text(self, part: Any) -> str:
        return str(part.text)

    def origin(self, slot: str) -> Origin | None:
        return self.origins.get(slot)


def part(name: str, text: str, via: str = "train", line: int = 1) -> CodePart:
    return CodePart(name, digest(text), f"{name.partition(':')[0]}.py", line, via, text)


def coded(*parts: CodePart, name: str = "train", kind: str = "code", **rest: Any) -> Made:
    """Return a side that has code of these parts and nothing else."""
    mark = digest(*[(each.name, each.digest) for each in parts])
    return Made(Entry(kind, name, mark, mark), code={mark: parts}, **rest)


def texts(before: Made, after: Made) -> list[str]:
    return [reason.text for reason in compare(before, after)]


def parameter(name: str, value: object) -> Entry:
    return Entry("parameter", name, digest(value), repr(value))


# Sentences


def test_a_parameter_has_its_before_and_after() -> None:
    """What people are shown of both."""
    (reason,) = compare(Made(parameter("gamma", 0.001)), Made(parameter("gamma", 0.01)))
    assert (reason.kind, reason.name, reason.before, reason.after) == ("parameter", "gamma", "0.001", "0.01")
    assert reason.text == "parameter gamma: 0.001 became 0.01"


def test_what_shows_the_same_is_told_apart_by_its_digest() -> None:
    """The value of an environment variable is hidden, and that it changed is not."""
    shown = "set (value hidden)"
    (reason,) = compare(Made(Entry("env", "LR", "a", shown)), Made(Entry("env", "LR", "b", shown)))
    assert (reason.before, reason.after) == ("a", "b")
    assert reason.text == "environment variable LR changed"


def test_what_is_new_and_what_is_gone() -> None:
    """Both are reasons, with nothing on the other side."""
    new, gone = compare(Made(parameter("a", 1)), Made(parameter("b", 2)))
    assert (new.before, new.after, new.text) == (None, "2", "parameter b is new: 2")
    assert (gone.before, gone.after, gone.text) == ("1", None, "parameter a is gone: 1")


def test_a_file_that_is_no_input_any_more_is_not_said_to_be_gone() -> None:
    """It may well be there."""
    assert texts(Made(Entry("read", "a.csv", "1", "steps.py:3")), Made(Entry("file", "data", "1", "b.csv"))) == [
        "file b.csv is new",
        "file a.csv, which steps.py:3 reads without declaring it, is not used any more",
    ]


def test_a_kind_that_nobody_has_written_a_sentence_for_gets_one() -> None:
    """A new rule for when a step reruns is one line in the manifest."""
    assert texts(Made(Entry("moon", "phase", "1", "full")), Made(Entry("moon", "phase", "2", "new"))) == [
        "moon phase: full became new"
    ]


def test_a_digest_is_shown_to_nobody() -> None:
    """Of code without known parts it is only said that it changed."""
    old, new = digest(1), digest(2)
    assert texts(Made(Entry("code", "train", old, old)), Made(Entry("code", "train", new, new))) == [
        "the code of train changed"
    ]


def test_the_order_of_the_manifest_is_the_order_of_the_reasons() -> None:
    """Python before packages before parameters."""
    before = Made(Entry("python", "python", "1", "3.11"), Entry("package", "numpy", "1", "2.0"), parameter("a", 1))
    after = Made(Entry("python", "python", "2", "3.12"), Entry("package", "numpy", "2", "2.1"), parameter("a", 2))
    assert texts(before, after) == [
        "Python: 3.11 became 3.12",
        "package numpy: 2.0 became 2.1",
        "parameter a: 1 became 2",
    ]


def test_arguments_in_another_order_are_a_reason() -> None:
    """The fingerprint counts the order, so the comparison does."""
    one, two = parameter("a", 1), parameter("b", 2)
    assert [reason.kind for reason in compare(Made(one, two), Made(two, one))] == ["order"]


# Code


def test_edited_code_is_told_nearest_first() -> None:
    """The step itself, then what it calls, then what that calls."""
    far, near = "train -> prep -> helper.scale", "train -> prep"
    before = coded(
        part("helper:scale", "x", far, 12), part("m:prep", "x", near), part("m:train", "x"), part("m:same", "x")
    )
    after = coded(
        part("helper:scale", "y", far, 12), part("m:prep", "y", near), part("m:train", "y"), part("m:same", "x")
    )
    assert texts(before, after) == [
        "m:train (m.py:1) changed",
        "m:prep (m.py:1) changed, reached by train -> prep",
        "helper:scale (helper.py:12) changed, reached by train -> prep -> helper.scale",
    ]


def test_code_that_is_used_now_or_not_any_more() -> None:
    """A helper in place of another."""
    old, new = part("m:old", "old", "train -> old"), part("m:new", "new", "train -> new", 7)
    assert texts(coded(part("m:train", "1"), old), coded(part("m:train", "2"), new)) == [
        "m:train (m.py:1) changed",
        "m:new (m.py:7) is now used, reached by train -> new",
        "m:old is not used any more",
    ]


def test_code_under_another_name_was_moved() -> None:
    """One reason, not one for what is gone and one for what is new; two equal parts are not mixed up."""
    before = coded(part("a:scale", "same"), part("a:copy", "same"), part("m:train", "1"))
    after = coded(part("b:scale", "same", "train -> b.scale", 3), part("m:train", "1"))
    assert texts(before, after) == [
        "a:copy is not used any more",
        "b:scale (b.py:3) was moved from a:scale (a.py:1), reached by train -> b.scale",
    ]


def test_another_step_in_a_slot_is_one_reason() -> None:
    """Not every function that the one uses and the other does not."""
    before = coded(part("m:svc", "1"), part("m:scale", "2"), name="svc", step="m:svc")
    after = coded(part("m:tree", "3"), name="tree", step="m:tree")
    (reason,) = compare(before, after)
    assert (reason.kind, reason.before, reason.after) == ("step", "svc", "tree")
    assert reason.text == "step svc became tree"


def test_another_step_of_the_same_name_is_told_by_its_module() -> None:
    """`fast:train` in place of `m:train`."""
    after = coded(part("fast:train", "2"), step="fast:train")
    assert texts(coded(part("m:train", "1")), after) == ["step m:train became fast:train"]


def test_a_step_that_was_moved_is_the_same_step() -> None:
    """What changed beside it is told."""
    before = coded(part("m:train", "1"), part("m:scale", "2"))
    after = coded(part("new:train", "1"), part("m:scale", "3"), step="new:train")
    assert texts(before, after) == ["m:scale (m.py:1) changed", "new:train (new.py:1) was moved from m:train (m.py:1)"]


def test_statements_in_another_order_are_a_reason() -> None:
    """The parts are the same, and yet the digest is not."""
    parts = (part("m:train", "1"),)
    before = Made(Entry("code", "train", "1" * 32, "1" * 32), code={"1" * 32: parts})
    after = Made(Entry("code", "train", "2" * 32, "2" * 32), code={"2" * 32: parts})
    assert texts(before, after) == ["the code of train changed: its statements come in another order"]


def test_the_class_of_an_input_says_so() -> None:
    """A step that never names the class reruns when it changes, and learns why."""
    before = coded(part("m:Model", "1", "Model"), name="m:Model", kind="class")
    after = coded(part("m:Model", "2", "Model"), name="m:Model", kind="class")
    (reason,) = compare(before, after)
    assert reason.kind == "class"
    assert reason.text == "m:Model (m.py:1) changed, and an input refers to m:Model"


def test_what_the_step_and_the_class_of_an_input_share_is_told_once() -> None:
    """As the step's own code."""
    sides = []
    for text in ("1", "2"):
        parts = (part("m:Model", text),)
        entries = [Entry(kind, name, digest(text), digest(text)) for kind, name in (("code", "t"), ("class", "m:M"))]
        sides.append(Made(*entries, code={digest(text): parts}))
    assert [reason.kind for reason in compare(*sides)] == ["code"]


def test_code_that_was_taken_wide_says_so() -> None:
    """With the words of whoever could not decide."""
    why = "prep looks names up while running: all of m counts"
    (reason,) = compare(coded(part("m:train", "1")), coded(part("m:train", "2"), wide=[why]))
    assert reason.details["wide"] == [why]


def test_the_diff_has_the_lines_of_the_files() -> None:
    """Heads with file, line and run; hunks that count from the top of the file."""
    before = coded(part("m:train", "def train():\n    return 1\n", line=10), run=3)
    after = coded(part("m:train", "def train():\n    x = 1\n    return 2\n", line=20))
    (reason,) = compare(before, after, diffs=True)
    assert reason.details["diff"] == [
        "--- m.py:10 (run 3)",
        "+++ m.py:20 (now)",
        "@@ -10,2 +20,3 @@",
        " def train():",
        "-    return 1",
        "+    x = 1",
        "+    return 2",
    ]
    assert reason.plain()["old"] == {"name": "m:train", "file": "m.py", "line": 10, "run": 3}
    assert "diff" not in compare(before, after)[0].plain()


def test_no_diff_where_a_text_is_not_known() -> None:
    """A diff against nothing would look as if all had been written anew."""
    unknown = coded(part("m:train", ""))
    (reason,) = compare(unknown, coded(part("m:train", "def train(): ...")), diffs=True)
    assert reason.details["diff"] == []


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_a_diff_leads_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    """Its lines without the added ones are the old text, without the removed ones the new: around changes only."""
    lines = unified("\n".join(old), "\n".join(new), ("a", "b"))
    assert bool(lines) == (old != new)
    position = [0, 0]
    for line in lines[2:]:
        if line.startswith("@@"):
            spans = [span[1:].split(",") for span in line.split()[1:3]]
            starts = [int(span[0]) - (span[1:] != ["0"]) for span in spans]
            assert old[position[0] : starts[0]] == new[position[1] : starts[1]]
            position = starts
            continue
        for side, (text, other) in enumerate(((old, "+"), (new, "-"))):
            if line[0] != other:
                assert text[position[side]] == line[1:]
                position[side] += 1
    assert old[position[0] :] == new[position[1] :]


# Inputs


def origin(version: int | None, run: int, **rest: Any) -> Origin:
    known: dict[str, Any] = {"made_by": "digits:trainer", "fingerprint": f"f{run}", **rest}
    return Origin(known.pop("artifact", "digits/model"), digest(version), version, run=run, **known)


def taking(source: Origin) -> Made:
    return Made(Entry("input", "model", source.digest, source.artifact), origins={"model": source})


def test_an_input_names_its_versions_and_who_made_them() -> None:
    """Both numbers, both runs."""
    (reason,) = compare(taking(origin(3, 7)), taking(origin(4, 9)))
    made = "made by digits:trainer in run"
    assert reason.text == f"input model: version 3 ({made} 7) became version 4 ({made} 9)"
    assert reason.details["new"] == {
        "artifact": "digits/model",
        "version": 4,
        "digest": digest(4),
        "made_by": "digits:trainer",
        "run": 9,
    }


def test_another_artifact_as_input_is_named() -> None:
    """And a value that has no number yet is new."""
    text = texts(taking(origin(3, 7)), taking(origin(None, 9, artifact="digits/forest", made_by=None)))
    assert text == [
        "input model: digits/model version 3 (made by digits:trainer in run 7) became digits/forest a new version"
    ]


def test_a_step_that_gave_another_value_for_the_same_fingerprint_is_not_deterministic() -> None:
    """Whoever runs because of it says so."""
    (reason,) = compare(taking(origin(3, 7, fingerprint="f")), taking(origin(4, 9, fingerprint="f")))
    assert reason.text.endswith(", because digits:trainer is not deterministic")
    assert reason.details["not_deterministic"] == "digits:trainer"


def test_nothing_is_said_about_determinism_where_nobody_knows() -> None:
    """A value that was accepted was not made by executing."""
    found = texts(taking(origin(3, 7, fingerprint=None)), taking(origin(4, 9, fingerprint=None)))
    assert "deterministic" not in found[0]


# The property


class Surroundings:
    """The sources of a manifest, drawn at random."""

    def __init__(self, draw: st.DrawFn) -> None:
        small = st.sampled_from("xyz")
        self._code = draw(small)
        self._packages = draw(st.lists(st.tuples(small, small), max_size=2))
        self._environment = draw(st.lists(st.tuples(small, small, st.sampled_from(["hidden", "shown"])), max_size=2))
        self._classes = draw(st.lists(st.tuples(small, small), max_size=2))
        self._inputs = draw(st.lists(small, min_size=2, max_size=2))
        self._files = draw(small)
        self._versions = draw(st.lists(st.tuples(small, small), max_size=1))
        self._depends = draw(st.lists(st.tuples(small, small), max_size=1))

    def code(self, step: StepSpec) -> str:
        return self._code

    def packages(self, step: StepSpec) -> list[tuple[str, str]]:
        return self._packages

    def environment(self, step: StepSpec) -> list[tuple[str, str, str]]:
        return self._environment

    def versions(self, step: StepSpec) -> list[tuple[str, str]]:
        return self._versions

    def files(self, step: StepSpec) -> list[tuple[str, str]]:
        return self._depends

    def classes(self, call: Call) -> list[tuple[str, str]]:
        return self._classes

    def carried(self, call: Call) -> list[tuple[str, str]]:
        return []

    def carried_environment(self, call: Call) -> list[tuple[str, str, str]]:
        return []

    def input_digest(self, ref: Ref) -> str:
        return self._inputs[ref.output]

    def file_digest(self, path: str) -> str:
        return self._files

    def artifact_name(self, ref: Ref) -> str:
        return f"p/{ref.output}"


ARGUMENTS = st.one_of(
    st.sampled_from([1, 1.0, "1"]).map(lambda value: Value(value, digest(value), str(value))),
    st.sampled_from("ab").map(FileArgument),
    st.sampled_from([0, 1]).map(lambda output: Ref(0, output)),
)


@st.composite
def manifests(draw: st.DrawFn) -> tuple[str, Made]:
    """Draw a call and what it is made from; return its fingerprint and its side."""
    sources: Any = Surroundings(draw)
    name = draw(st.sampled_from(["svc", "tree"]))
    named = draw(st.lists(st.tuples(st.sampled_from("abc"), ARGUMENTS), max_size=3))
    call = Call(1, "p", "t", StepSpec(name, "m", name), tuple(named), ("out",), (0,), "dodo.py", 1)
    entries = manifest.entries(call, sources)
    known = draw(st.booleans())  # whether the parts of the code are
    code = {mark: [part(f"m:{mark}", mark), part(f"m:{name}", mark)] for mark in "xyz"} if known else {}
    origins = {slot: origin(1, 1, artifact=f"p/{slot}") for slot in "abc"} if draw(st.booleans()) else {}
    made = Made(*entries, step=f"m:{name}", code=code, origins=origins)
    return manifest.fingerprint(call, manifest.step_text(call.step, sources), sources), made


@given(manifests(), manifests())
def test_there_is_a_reason_exactly_if_the_fingerprints_differ(one: tuple[str, Made], other: tuple[str, Made]) -> None:
    """Whatever the manifests have in them, known to the comparison or not."""
    found = compare(one[1], other[1])
    assert bool(found) == (one[0] != other[0])
    assert all(reason.text and reason.kind for reason in found)


@given(manifests(), st.randoms(use_true_random=False))
def test_a_single_entry_that_differs_is_the_only_reason(made: tuple[str, Made], random: Any) -> None:
    """Nothing else is blamed."""
    entries = list(made[1].entries)
    place = random.randrange(len(entries))
    old = entries[place]
    entries[place] = Entry(old.kind, old.name, digest("another"), "another")
    found = compare(made[1], Made(*entries, step=made[1].step))
    assert [reason.kind for reason in found] == [old.kind]


# For people


def plain(text: str, code: str) -> str:
    return text


def test_a_long_diff_is_cut_and_counted() -> None:
    """A whole rewritten module does not scroll the reasons away."""
    lines = ["--- a", "+++ b", "@@ -1 +1 @@", *(f"+{number}" for number in range(200))]
    reason = Reason("code", "m:f", "1", "2", "m:f changed", {"diff": lines})
    told = list(tell(Explanation("p:t", "t", "run", reasons=[reason]), plain))
    assert len(told) == CUT + 3
    assert told[-1] == f"    ... {203 - CUT} more lines of this diff (--json has all)"
    assert list(tell(Explanation("p:t", "t", "run", reasons=[reason]), plain, brief=True)) == [
        "p:t: must run",
        "  m:f changed",
    ]


def test_colours_are_those_of_a_diff() -> None:
    """Added green, removed red, and the reason itself in none."""
    reason = Reason(
        "code", "m:f", "1", "2", "m:f changed", {"diff": ["--- a", "+++ b", "@@ -1 +1 @@", "-x", "+y", " z"]}
    )
    told = list(tell(Explanation("p:t", "t", "run", reasons=[reason]), lambda text, code: f"<{code}>{text}"))
    assert told[1:] == ["  m:f changed", *(f"    {line}" for line in ("<1>--- a", "<1>+++ b", "<36>@@ -1 +1 @@"))] + [
        f"    {line}" for line in ("<31>-x", "<32>+y", " z")
    ]


@pytest.mark.parametrize(
    ("status", "run", "text"),
    [
        ("cached", None, "up to date: its artifacts come from run 3 (1970-01-01 00:00), executed in 0.1 s"),
        ("restored", None, "need not run: its artifacts come back from run 3 (1970-01-01 00:00), executed in 0.1 s"),
        ("run", None, "must run; last made in run 3 (1970-01-01 00:00)"),
        ("run", 3, "ran in run 3 (1970-01-01 00:00), for 0.1 s"),
        ("cached", 5, "cached in run 5: its result comes from run 3 (1970-01-01 00:00), executed in 0.1 s"),
        ("skipped", 5, "skipped in run 5"),
        ("pending", 5, "was not reached in run 5"),
    ],
)
def test_the_first_line_says_how_it_stands(
    status: str, run: int | None, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Now, or in a run."""
    monkeypatch.setattr("time.localtime", __import__("time").gmtime)
    source = Source(3, 0.0, 0.1)
    (line,) = tell(Explanation("p:t", "t", status, run=run, source=source), plain)
    assert line == f"p:t: {text}"
