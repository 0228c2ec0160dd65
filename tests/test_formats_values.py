"""Every value comes back as it was, from a file that ordinary tools can open."""

from __future__ import annotations

import datetime
import json
import math
import os
import pathlib
import pickle
import subprocess
import sys
import threading
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_128_hexdigest

from lineage.errors import FormatError
from lineage.formats import array, pickled
from lineage.formats.protocol import stored_as
from lineage.formats.registry import by_name, choose
from lineage.model.stored import Stored


def keep(value: Any, path: pathlib.Path) -> Stored:
    """Encode a value and write its bytes to a path."""
    format = choose(value)
    encoded = format.encode(value)
    assert encoded.buffers is not None
    data = b"".join(encoded.buffers)
    assert all(isinstance(buffer, bytes | bytearray | memoryview) for buffer in encoded.buffers)
    assert sum(map(len, encoded.buffers)) == len(data)
    path.write_bytes(data)
    json.loads(json.dumps(encoded.summary, allow_nan=False))
    return stored_as(format, encoded, xxh3_128_hexdigest(data), len(data), None)


def load(stored: Stored, path: pathlib.Path) -> Any:
    """Read it back as another process would, with the summary from a database."""
    return by_name(stored.format).decode(str(path), json.loads(json.dumps(stored.summary)))


def same(one: Any, two: Any) -> bool:
    """Tell whether two values are equal in type, all through, with nan equal to itself and -0.0 different from 0.0."""
    if type(one) is not type(two):
        return False
    if isinstance(one, np.ndarray):
        equal = one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()
        return equal and (one.flags.f_contiguous, one.flags.c_contiguous) == (
            two.flags.f_contiguous,
            two.flags.c_contiguous,
        )
    if isinstance(one, dict):
        return list(map(repr, one)) == list(map(repr, two)) and all(map(same, one.values(), two.values()))
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(repr(one) == repr(two))


class Named(NamedTuple):
    x: int


class Thing:
    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and self.value == other.value

    def __repr__(self) -> str:
        return f"Thing({self.value!r})"


PLAIN: list[tuple[Any, str]] = [
    (None, "json"),
    (True, "json"),
    (0, "json"),
    (-(10**30), "json"),
    (10**2000, "pickle"),
    (0.95, "json"),
    (-0.0, "json"),
    (1e300, "json"),
    (5e-324, "json"),
    (math.nan, "json"),
    (math.inf, "json"),
    (-math.inf, "json"),
    (np.float64(0.95), "json"),
    (np.float32(0.1), "json"),
    (np.float16(0.1), "json"),
    (np.int64(3), "json"),
    (np.uint8(3), "json"),
    (np.uint64(2**64 - 1), "json"),
    (np.bool_(True), "json"),
    (np.float64("nan"), "json"),
    (np.float32("-inf"), "json"),
    (np.longdouble("0.1"), "pickle"),
    (np.complex128(1j), "pickle"),
    (np.datetime64("2020-01-01"), "pickle"),
    (np.timedelta64(1, "s"), "pickle"),
    (np.str_("a"), "pickle"),
    (1j, "pickle"),
    ([], "json"),
    ({}, "json"),
    ((), "json"),
    ([1, 2.0, "x", None, True, [{}]], "json"),
    ((1, (2, [3, ()])), "json"),
    ({"accuracy": np.float64(0.9), "n": 3}, "json"),
    ({"b": 1, "a": {"c": (1, math.nan)}}, "json"),
    ({1: "a", 2: ("b",)}, "json"),
    ({"1": "a", "2": ("b",)}, "json"),
    ({1: "a", "2": "b"}, "pickle"),
    ({True: 1}, "pickle"),
    ({(1, 2): 3}, "pickle"),
    ({"a": b"bytes"}, "pickle"),
    ([np.zeros(2)], "pickle"),
    ({1, 2}, "pickle"),
    (frozenset({1}), "pickle"),
    (OrderedDict(a=1), "pickle"),
    (Named(1), "pickle"),
    ([Named(1)], "pickle"),
    (["\ud800"], "pickle"),
    ({"\ud800": 1}, "pickle"),
    (["\ud83d", "\ude00", "é\n\u2028"], "pickle"),
    (["é\n\u2028\x00😀"], "json"),
    ([(number,) for number in range(1000)], "pickle"),
    (list(range(1000)), "json"),
    (list(range(200_000)), "pickle"),
    ("", "text"),
    ("hello", "text"),
    ("1.0", "text"),
    ("a\r\nb\rc\n\ufeff\x00é😀", "text"),
    ("\ud800", "text"),
    ("x" * 10_000, "text"),
    (b"", "bytes"),
    (b"\x00\xff", "bytes"),
    (bytearray(b"x"), "pickle"),
    (datetime.date(2020, 1, 1), "pickle"),
    (Thing(1), "pickle"),
    (len, "pickle"),
    (Thing, "pickle"),
    (pathlib.PurePosixPath("a/b"), "pickle"),
]


@pytest.mark.parametrize(("value", "format"), PLAIN, ids=range(len(PLAIN)))
def test_values_come_back_with_their_types(value: Any, format: str, tmp_path: pathlib.Path) -> None:
    """All the way down, and in the expected format."""
    stored = keep(value, tmp_path / "value")
    assert stored.format == format
    assert same(load(stored, tmp_path / "value"), value)


def test_values_of_different_types_have_different_digests(tmp_path: pathlib.Path) -> None:
    """Even where their bytes are the same: 0.5, numpy's 0.5, (1, 2) and [1, 2], a text and a number."""
    values = [value for value, _ in PLAIN]
    values += ["0.95\n", "null\n", b"0.95\n", np.array(0.95), np.array([1.0, 2.0]), np.array([1.0, 2.0], "f4")]
    digests = [keep(value, tmp_path / "value").digest for value in values]
    assert len(set(digests)) == len(digests)
    assert digests == [keep(value, tmp_path / "value").digest for value in values]


NESTED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.floats().map(np.float64)
    | st.integers(-5, 5).map(np.int32),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.integers(), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(NESTED)
def test_any_plain_data_comes_back(value: Any) -> None:
    """Whatever is nested in whatever."""
    path = pathlib.Path(SCRATCH[0])
    stored = keep(value, path)
    assert same(load(stored, path), value)


SCRATCH: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory) -> None:
    SCRATCH.append(str(tmp_path_factory.mktemp("scratch") / "value"))


def constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (0.9583, 0.9583),
        (np.float64(0.95), 0.95),
        (math.nan, None),
        ((1, 2), [1, 2]),
        ({1: (2,)}, {"1": [2]}),
        ({"accuracy": np.float32(0.5), "lost": math.inf}, {"accuracy": 0.5, "lost": None}),
        ("text", None),
    ],
)
def test_json_files_are_for_everyone(value: Any, plain: Any, tmp_path: pathlib.Path) -> None:
    """They are strict JSON, which says as much of the value as JSON can."""
    stored = keep(value, tmp_path / "x.json")
    if stored.format == "json":
        with (tmp_path / "x.json").open() as file:
            assert json.load(file, parse_constant=constant) == plain
        assert (tmp_path / "x.json").read_text().endswith("\n")
    else:
        assert (tmp_path / "x.json").read_text() == value


def test_data_with_no_end_is_no_json() -> None:
    """A list in itself, or nested deep, is for pickle."""
    endless: list[Any] = []
    endless.append(endless)
    assert choose(endless).name == "pickle"
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    assert choose(deep).name == "pickle"


# -- arrays ------------------------------------------------------------------------------------------------------------

ARRAYS: list[Callable[[], Any]] = [
    lambda: np.array(5),
    lambda: np.array(2.5),
    lambda: np.array("text"),
    lambda: np.zeros(0),
    lambda: np.zeros((0, 3)),
    lambda: np.zeros((3, 0), order="F"),
    lambda: np.zeros((2, 0, 3), "f4"),
    lambda: np.arange(6.0),
    lambda: np.arange(6, dtype=">i2"),
    lambda: np.arange(6, dtype=">f8").reshape(2, 3),
    lambda: np.arange(6).reshape(2, 3).T,
    lambda: np.asfortranarray(np.arange(24).reshape(2, 3, 4)),
    lambda: np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2),
    lambda: np.arange(10)[::2],
    lambda: np.arange(10)[::-1],
    lambda: np.arange(12).reshape(3, 4)[:, 1:3],
    lambda: np.broadcast_to(np.arange(3), (2, 3)),
    lambda: np.array([True, False]),
    lambda: np.array([1 + 2j], "c8"),
    lambda: np.array([1.5], np.longdouble),
    lambda: np.array([0.0, -0.0, math.nan, math.inf]),
    lambda: np.array(["a", "bcd", "é😀"]),
    lambda: np.array(["a"], ">U3"),
    lambda: np.array([b"a", b"bc"]),
    lambda: np.array(["2020-01-01", "NaT"], "M8[ns]"),
    lambda: np.array(["2020-01-01"], ">M8[D]"),
    lambda: np.array([1, 2], "m8[s]"),
    lambda: np.array([b"abcd"], "V4"),
    lambda: np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    lambda: np.array([(1, 2.0)], np.dtype([("a", "u1"), ("b", "f8")], align=True)),
    lambda: np.array([(1, (2, [3, 4]))], [("a", "i4"), ("b", [("c", "i8"), ("d", "f4", (2,))])]),
    lambda: np.zeros(2, [(f"field {number}", "f4") for number in range(300)]),
    lambda: np.arange(20_000.0),
    lambda: np.arange(20_000.0).reshape(100, 200).T,
    lambda: np.arange(100_000, dtype=">i4")[::2],
    lambda: np.arange(40_000).astype("M8[s]"),
    lambda: np.random.default_rng(0).random((300, 40), np.float32),
]


@pytest.mark.parametrize("make", ARRAYS, ids=range(len(ARRAYS)))
def test_arrays_come_back(make: Callable[[], Any], tmp_path: pathlib.Path) -> None:
    """Shape, dtype, byte order, element order and bits; numpy reads the same from the file, without pickle."""
    value = make()
    stored = keep(value, tmp_path / "a.npy")
    assert stored.format == "npy"
    assert stored.type == "numpy.ndarray"
    assert stored.summary["shape"] == list(value.shape)
    found = load(stored, tmp_path / "a.npy")
    expected = value if value.flags.forc else np.ascontiguousarray(value)
    assert same(found, expected)
    assert found.flags.writeable
    assert found.flags.aligned
    numpys = np.load(tmp_path / "a.npy", allow_pickle=False)
    assert same(np.asarray(numpys), found)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r") if value.size else found
    assert mapped.tobytes() == found.tobytes()
    assert keep(make(), tmp_path / "b.npy").digest == stored.digest
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    assert keep(found, tmp_path / "c.npy").digest == stored.digest


def test_headers_never_change(tmp_path: pathlib.Path) -> None:
    """The bytes are the same with every version of numpy, so that digests are."""
    stored = keep(np.arange(3, dtype="<i8"), tmp_path / "a.npy")
    assert stored.blob == xxh3_128_hexdigest((tmp_path / "a.npy").read_bytes())
    text = b"{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"
    header = b"\x93NUMPY\x01\x00\x76\x00" + text.ljust(117) + b"\n"
    assert (tmp_path / "a.npy").read_bytes() == header + np.arange(3, dtype="<i8").tobytes()
    assert len(header) % 64 == 0


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f4", "M8[s]", "U3"])
def test_arrays_are_not_copied(order: Any, dtype: str) -> None:
    """What is handed to the store is the array's own memory."""
    value = np.zeros((30, 50), dtype, order=order)
    encoded = choose(value).encode(value)
    assert encoded.buffers is not None
    assert encoded.digest is None
    assert np.shares_memory(np.frombuffer(encoded.buffers[1], "u1"), value)


def test_large_arrays_are_mapped(tmp_path: pathlib.Path) -> None:
    """A plain array, not a numpy.memmap; it can be changed in place, and the file stays as it is."""
    value = np.arange(100_000.0)
    stored = keep(value, tmp_path / "a.npy")
    before = (tmp_path / "a.npy").read_bytes()
    os.chmod(tmp_path / "a.npy", 0o444)
    found = load(stored, tmp_path / "a.npy")
    assert type(found) is np.ndarray
    owner: Any = found
    while isinstance(owner, np.ndarray):
        owner = owner.base
    assert "mmap" in type(getattr(owner, "obj", owner)).__name__
    found += 1
    assert found[0] == 1
    assert (tmp_path / "a.npy").read_bytes() == before
    assert load(stored, tmp_path / "a.npy")[0] == 0


def test_small_arrays_are_read(tmp_path: pathlib.Path) -> None:
    """So that the file may go."""
    stored = keep(np.arange(10), tmp_path / "a.npy")
    found = load(stored, tmp_path / "a.npy")
    (tmp_path / "a.npy").unlink()
    found[0] = 5
    assert found.sum() == 50


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.array([None, "a"], object),
        lambda: np.zeros(2, [("a", object)]),
        lambda: np.zeros(2, [("é", "f8")]),
        lambda: np.zeros(2, np.dtype("f8", metadata={"unit": "m"})),
        lambda: np.ma.MaskedArray([1, 2], [True, False]),
        lambda: np.zeros(2, "f8").view(np.recarray),
        lambda: np.zeros(3, "V0"),
        lambda: np.zeros(2, [(f"field {number}", "f4") for number in range(5000)]),
        lambda: (
            np.array(["a", "b"], np.dtypes.StringDType()) if hasattr(np.dtypes, "StringDType") else np.array([None])
        ),
    ],
)
def test_other_arrays_are_pickled(make: Callable[[], Any], tmp_path: pathlib.Path) -> None:
    """Objects inside, subclasses, and dtypes that .npy cannot say keep their type."""
    value = make()
    stored = keep(value, tmp_path / "a.pkl")
    assert stored.format == "pickle"
    found = load(stored, tmp_path / "a.pkl")
    assert type(found) is type(value)
    assert found.dtype == value.dtype
    assert found.tolist() == value.tolist()


def test_a_mapped_array_is_an_array(tmp_path: pathlib.Path) -> None:
    """A step that returns a numpy.memmap has made an array."""
    np.save(tmp_path / "in.npy", np.arange(5))
    value = np.load(tmp_path / "in.npy", mmap_mode="r")
    stored = keep(value, tmp_path / "a.npy")
    assert same(load(stored, tmp_path / "a.npy"), np.arange(5))
    assert stored.digest == keep(np.arange(5), tmp_path / "b.npy").digest


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:50], lambda data: data[:-1], lambda data: b"x" + data, lambda data: b""]
)
def test_a_file_that_is_no_array(spoil: Callable[[bytes], bytes], tmp_path: pathlib.Path) -> None:
    """It is refused with why and fix, not mapped beyond its end."""
    stored = keep(np.arange(20_000), tmp_path / "a.npy")
    (tmp_path / "a.npy").write_bytes(spoil((tmp_path / "a.npy").read_bytes()))
    with pytest.raises(FormatError) as caught:
        load(stored, tmp_path / "a.npy")
    assert caught.value.why
    assert caught.value.fix


def test_pickles_in_npy_files_are_refused(tmp_path: pathlib.Path) -> None:
    """The format is safe: reading it runs no code."""
    np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(FormatError, match="cannot be read"):
        by_name("npy").decode(str(tmp_path / "a.npy"), {})
    assert by_name("npy").safe
    assert not by_name("pickle").safe


def test_numpys_own_files_can_be_read(tmp_path: pathlib.Path) -> None:
    """With all versions of the header."""
    value = np.arange(12.0).reshape(3, 4)
    for version in ((1, 0), (2, 0), (3, 0)):
        with (tmp_path / "a.npy").open("wb") as file:
            np.lib.format.write_array(file, value, version)
        assert same(by_name("npy").decode(str(tmp_path / "a.npy"), {}), value)


def test_header_cache_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Ten thousand shapes do not fill the memory."""
    monkeypatch.setattr(array, "_headers", {})
    for length in range(1100):
        keep(np.zeros(length), tmp_path / "a.npy")
        by_name("npy").decode(str(tmp_path / "a.npy"), {})
    assert len(array._headers) == 1000


# -- pickles -----------------------------------------------------------------------------------------------------------


def test_pickles_are_for_everyone(tmp_path: pathlib.Path) -> None:
    """`pickle.load` alone reads them."""
    keep(Thing([np.arange(50_000), "x" * 100_000]), tmp_path / "a.pkl")
    with (tmp_path / "a.pkl").open("rb") as file:
        found = pickle.load(file)
    assert same(found.value[0], np.arange(50_000))


def test_large_arrays_in_objects_are_not_copied() -> None:
    """The pickle is handed to the store in pieces, some of which are the arrays' own memory."""
    value = np.asfortranarray(np.zeros((300, 500)))
    encoded = choose([value]).encode([value])
    assert encoded.buffers is not None
    assert any(np.shares_memory(np.frombuffer(buffer, "u1"), value) for buffer in encoded.buffers)


@pytest.mark.parametrize("make", [lambda: np.zeros(50_000).view(np.recarray), lambda: bytearray(200_000)])
def test_large_buffers_have_digests_of_their_value(make: Callable[[], Any]) -> None:
    """Those that come to the hash in one piece too."""
    one, two = (choose([make()]).encode([make()]) for _ in range(2))
    assert one.digest is not None
    assert one.digest == two.digest


def test_the_digest_of_an_object_is_that_of_its_value(tmp_path: pathlib.Path) -> None:
    """Equal objects whose pickles differ have one digest; objects that contain themselves go by their settled bytes."""
    word = "".join(["wo", "rd"])
    one, two = Thing([word, word]), Thing(["word", "".join(["w", "ord"])])
    assert keep(one, tmp_path / "a").blob != keep(two, tmp_path / "b").blob
    assert keep(one, tmp_path / "a").digest == keep(two, tmp_path / "b").digest
    endless = Thing([])
    endless.value = [endless, "ab", "".join(["a", "b"])]
    stored = keep(endless, tmp_path / "a")
    again = load(stored, tmp_path / "a")
    assert again.value[0] is again
    assert keep(again, tmp_path / "b").digest == stored.digest


def test_cloudpickle_comes_last_with_a_remark(tmp_path: pathlib.Path) -> None:
    """What pickle cannot take is stored by value, with one line that says so."""

    class Local:
        def __init__(self) -> None:
            self.function = lambda x: x + 1

    stored = [keep(Local(), tmp_path / "a") for _ in range(3)]
    function = keep(lambda x: x + 1, tmp_path / "b")
    remark = pickled.Pickled().encode(Local()).remark
    assert "Local is stored by cloudpickle" in remark
    assert "\n" not in remark
    assert pickled.Pickled().encode({1, 2}).remark == ""
    assert stored[0].summary["by"] == "cloudpickle"
    assert len({one.digest for one in stored}) == 1
    assert load(stored[0], tmp_path / "a").function(1) == 2
    assert load(function, tmp_path / "b")(1) == 2


@pytest.mark.parametrize(
    ("make", "name", "fix"),
    [
        (threading.Lock, "_thread.lock", "made of"),
        (lambda: [threading.Lock()], "list", "made of"),
        (lambda: (x for x in "a"), "generator", "list"),
        (lambda: open(os.devnull), "TextIOWrapper", "path"),  # noqa: SIM115
        (lambda: sys._getframe(), "frame", "made of"),
    ],
)
def test_what_no_format_takes(make: Callable[[], Any], name: str, fix: str) -> None:
    """The error names the type, and says why and fix."""
    value = make()
    with pytest.raises(FormatError) as caught:
        choose(value).encode(value)
    assert name in caught.value.what
    assert "pickle" in str(caught.value.why)
    assert fix in str(caught.value.fix)
    assert caught.value.exit_code == 1


def test_a_pickle_whose_class_is_gone(tmp_path: pathlib.Path) -> None:
    """The error says what is missing."""
    stored = keep(Thing(1), tmp_path / "a")
    data = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(data.replace(b"Thing", b"Think"))
    with pytest.raises(FormatError) as caught:
        load(stored, tmp_path / "a")
    assert "Think" in str(caught.value.why)
    assert "Thing" in caught.value.what
    assert "doit -a -s" in str(caught.value.fix)
    (tmp_path / "a").unlink()
    with pytest.raises(FileNotFoundError):
        load(stored, tmp_path / "a")


SKLEARN = """
import json, sys
from sklearn.svm import SVC
from lineage.formats.registry import choose
model = SVC(C=2, kernel="linear").fit([[0], [1]], [0, 1])
encoded = choose(model).encode(model)
print(json.dumps([choose(model).name, encoded.type, encoded.summary]))
"""


def test_models_are_summed_up() -> None:
    """By their class and parameters, so that nobody has to load them to show them."""
    done = subprocess.run([sys.executable, "-c", SKLEARN], capture_output=True, text=True, check=True)
    name, kind, summary = json.loads(done.stdout)
    assert name == "pickle"
    assert kind == "sklearn.svm._classes.SVC"
    assert summary["kind"] == "model"
    assert summary["class"] == "SVC"
    assert summary["params"]["C"] == "2"
    assert summary["params"]["kernel"] == "'linear'"


def test_tables_are_summed_up() -> None:
    """A table of pandas or polars, which need not be installed here, by shape and columns."""
    frame = type("DataFrame", (), {"shape": (1000, 2), "columns": ["a", "b"], "__module__": "pandas.core.frame"})()
    assert pickled._summary(frame) == {
        "class": "DataFrame",
        "kind": "table",
        "shape": [1000, 2],
        "columns": ["a", "b"],
    }


def test_other_summaries(tmp_path: pathlib.Path) -> None:
    """Plain JSON: length, shape, class; a user's get_params that fails is no matter."""

    def raising(self: object, deep: bool = True) -> None:
        raise RuntimeError

    broken = type("Broken", (), {"fit": lambda self: self, "get_params": raising})()
    assert pickled._summary(broken) == {"class": "Broken", "kind": "model", "params": {}}
    assert keep({1, 2}, tmp_path / "a").summary == {"class": "set", "length": 2}
    assert keep(np.array([None]), tmp_path / "a").summary["shape"] == [1]
    kind: Any = namedtuple("kind", "a")
    assert pickled._summary(kind(1))["length"] == 1
    assert keep("x" * 1000, tmp_path / "a").summary == {"length": 1000, "head": "x" * 200}
    assert keep("short", tmp_path / "a").summary == {"length": 5, "value": "short"}
    assert keep({"a": 1, "b": 0.5}, tmp_path / "a").summary["numbers"] == {"a": 1, "b": 0.5}
