"""The identity of values: parameters, and what steps put out."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import importlib
import io
import json
import os
import pathlib
import pickle
import random
import subprocess
import sys
import threading
import types
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.errors import FingerprintError
from lineage.fingerprint import behaviour, canonical
from lineage.fingerprint.values import combined_digest, parameter_digest, show_value, type_name, value_digest


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1


class Point(NamedTuple):
    x: float
    y: float


@dataclass
class Config:
    rate: float = 0.1
    layers: list[int] = field(default_factory=list)


@dataclass
class Other:
    rate: float = 0.1
    layers: list[int] = field(default_factory=list)


class Plain:
    def __init__(self, value: object) -> None:
        self.value = value


class Token:
    def __init__(self, text: str) -> None:
        self.text = text

    def __lineage_token__(self) -> str:
        return self.text


def function_one() -> int:
    return 1


def function_two() -> int:
    return 2


DISTINCT: list[Callable[[], Any]] = [
    lambda: None,
    lambda: 0,
    lambda: 1,
    lambda: -1,
    lambda: 1.0,
    lambda: True,
    lambda: False,
    lambda: "1",
    lambda: b"1",
    lambda: "",
    lambda: b"",
    lambda: 0.0,
    lambda: -0.0,
    lambda: float("nan"),
    lambda: float("inf"),
    lambda: 1j,
    lambda: 1 + 0j,
    lambda: 10**5000,
    lambda: "None",
    lambda: "\ud800",
    lambda: [],
    lambda: (),
    lambda: {},
    lambda: set(),
    lambda: frozenset(),
    lambda: [1, 2],
    lambda: [12],
    lambda: [[1], 2],
    lambda: [[1, 2]],
    lambda: ["1", "2"],
    lambda: ["1,2"],
    lambda: ["a", "b"],
    lambda: ["ab", ""],
    lambda: (1, 2),
    lambda: {1, 2},
    lambda: frozenset({1, 2}),
    lambda: {1: 2},
    lambda: {"1": 2},
    lambda: {1: [2]},
    lambda: {"a": 1, "b": 2},
    lambda: {"b": 2, "a": 1},
    lambda: Colour.RED,
    lambda: Colour.BLUE,
    lambda: Level.LOW,
    lambda: Point(1, 2),
    lambda: Point(1.0, 2.0),
    lambda: Config(),
    lambda: Config(0.2),
    lambda: Other(),
    lambda: Plain(1),
    lambda: Plain(2),
    lambda: Token("a"),
    lambda: Token("b"),
    lambda: pathlib.PurePosixPath("1"),
    lambda: pathlib.Path("1"),
    lambda: datetime.date(2020, 1, 1),
    lambda: datetime.datetime(2020, 1, 1),
    lambda: datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    lambda: datetime.timedelta(1),
    lambda: decimal.Decimal("1"),
    lambda: decimal.Decimal("1.0"),
    lambda: fractions.Fraction(1, 2),
    lambda: uuid.UUID(int=1),
    lambda: range(3),
    lambda: slice(3),
    lambda: Ellipsis,
    lambda: bytearray(b"1"),
    lambda: OrderedDict(a=1),
    lambda: Counter("a"),
    lambda: np.float64(1.0),
    lambda: np.float32(1.0),
    lambda: np.int64(1),
    lambda: np.bool_(True),
    lambda: np.array(1.0),
    lambda: np.array([1.0]),
    lambda: np.array([[1.0]]),
    lambda: np.array([1.0], "f4"),
    lambda: np.array([1.0], ">f8"),
    lambda: np.array([1]),
    lambda: np.array(["1"]),
    lambda: np.array(["1"], object),
    lambda: np.array([1.0, 2.0]),
    lambda: np.zeros((2, 3)),
    lambda: np.zeros((3, 2)),
    lambda: np.zeros((2, 3), order="F"),
    lambda: np.zeros(6),
    lambda: np.zeros(2, [("a", "i4"), ("b", "i4")]),
    lambda: np.zeros(2, [("a", "i4"), ("c", "i4")]),
    lambda: np.dtype("f8"),
    lambda: np.dtype("f4"),
    lambda: function_one,
    lambda: function_two,
    lambda: Plain,
    lambda: int,
    lambda: float,
    lambda: len,
    lambda: np.log,
    lambda: np.exp,
    lambda: functools.partial(function_one),
    lambda: functools.partial(function_two),
    lambda: functools.partial(len, [1]),
    lambda: "a".join,
    lambda: "b".join,
    lambda: list[int],
    lambda: list[str],
    lambda: math_module(),
]


def math_module() -> types.ModuleType:
    import math

    return math


@pytest.mark.parametrize("digest", [parameter_digest, value_digest])
def test_whatever_can_be_told_apart_has_its_own_digest(digest: Callable[[Any], str]) -> None:
    """No two of a hundred values of different type, content or nesting share a digest, and each is stable."""
    owners: dict[str, int] = {}
    for number, make in enumerate(DISTINCT):
        found = digest(make())
        assert found == digest(make()), number
        assert owners.setdefault(found, number) == number, (make(), DISTINCT[owners[found]]())
        assert len(found) == 32
        assert found == found.lower()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(PLAIN, PLAIN)
def test_digests_agree_exactly_when_values_do(one: Any, two: Any) -> None:
    """Values whose repr is the same have one digest, others have two; both kinds of digest agree on that."""
    same = repr(one) == repr(two)
    assert (parameter_digest(one) == parameter_digest(two)) is same
    assert (value_digest(one) == value_digest(two)) is same
    assert parameter_digest([one, two]) != parameter_digest([one, [two]])


KNOWN: list[tuple[Any, str]] = [
    (None, "ce8f15881282a4001982e3a7bb241055"),
    (True, "390ceb5b3b2843c2e1e462bc193c3035"),
    (-1, "4e52334f413980f7cad547702cb91aaa"),
    (0.001, "69fdca213f1882f93e66af3a9352f1d1"),
    ("rbf", "394b05c5d488b7c26143d144ff322dba"),
    ([1, (2.0, "x"), {"k": None}], "d481d6c1867d7829181c6bd61abc8851"),
]


def test_parameter_digests_are_the_same_in_every_version() -> None:
    """These digests stand in users' databases: if one changes, all steps with such a parameter run again."""
    assert [parameter_digest(value) for value, _ in KNOWN] == [digest for _, digest in KNOWN]


SCRIPT = """
import json, sys
sys.path.insert(0, {tests!r})
from lineage.fingerprint.values import parameter_digest, value_digest
import test_fingerprint_values as t
values = [make() for make in t.DISTINCT]
values += [set("abcdefgh"), frozenset(map(str, range(50))), {{"x": {{("a", 1), ("b", 2)}}}}]
artifacts = [*values, t.with_set_constant, t.Plain(lambda x: x in {{"a", "b", "c"}})]
print(json.dumps([[*map(parameter_digest, values)], [*map(value_digest, artifacts)]]))
"""


def with_set_constant(word: str) -> bool:
    return word in {"alpha", "beta", "gamma", "delta"}


def test_digests_are_the_same_in_every_process() -> None:
    """The order of sets, which PYTHONHASHSEED decides, is in no digest."""
    script = SCRIPT.format(tests=os.path.dirname(__file__))
    outputs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        outputs.append(json.loads(done.stdout))
    assert outputs[0] == outputs[1]
    assert None not in outputs[0][1]


def test_parameters_import_nothing() -> None:
    """Digesting and showing plain parameters loads neither pickle's friends nor numpy."""
    code = (
        "import sys; from lineage.fingerprint.values import parameter_digest as d, show_value as s\n"
        "before = set(sys.modules)\n"
        "[(d(v), s(v)) for v in (1, 'a', 0.5, None, True, [1, {'a': (2,)}], {3})]\n"
        "print(*sorted(set(sys.modules) - before), 'numpy' in sys.modules, 'dataclasses' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def refused(value: object) -> FingerprintError:
    with pytest.raises(FingerprintError) as caught:
        parameter_digest(value)
    assert caught.value.why
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize(
    ("make", "why", "fix"),
    [
        (lambda: np.random.default_rng(0), "numpy Generator has hidden state", "pass a seed"),
        (lambda: np.random.RandomState(0), "hidden state", "pass a seed"),
        (lambda: np.random.PCG64(0), "hidden state", "pass a seed"),
        (lambda: random.Random(0), "hidden state", "pass a seed"),
        (random.SystemRandom, "hidden state", "pass a seed"),
        (threading.Lock, "lock", "inside the step"),
        (threading.RLock, "lock", "inside the step"),
        (lambda: open(os.devnull), "open file", "lineage.File"),  # noqa: SIM115
        (lambda: io.StringIO("a"), "open file", "inside the step"),
        (lambda: iter([1]), "only once", "list"),
        (lambda: (x for x in "a"), "only once", "list"),
        (lambda: zip("a", "b", strict=True), "only once", "list"),
        (lambda: map(str, []), "only once", "list"),
        (lambda: lambda: 1, "no name", "def"),
        (lambda: sys.modules[__name__], "can change", "import it"),
        (lambda: sys._getframe(), "looked at", "inside the step"),
        (lambda: types.MappingProxyType({}), "looked at", "inside the step"),
    ],
)
def test_what_has_no_identity_is_refused(make: Callable[[], Any], why: str, fix: str) -> None:
    """A value with hidden state is refused with why and fix, also deep inside another value."""
    assert why in str(refused(make()).why)
    assert fix in str(refused(make()).fix)
    for outer in (lambda v: [v], lambda v: {"a": (v,)}, Plain, lambda v: functools.partial(len, v), Config):
        assert why.split()[-1] in str(refused(outer(make())).why)


def test_local_functions_and_classes_are_refused() -> None:
    """Two functions or classes of one name, made by one function, can differ."""

    def local() -> None:
        pass

    class Local:
        pass

    assert "inside a function" in str(refused(local))
    refused(Local)
    refused(Local())
    Local.__qualname__ = "Elsewhere"
    refused(Local)
    refused(Local())


def test_a_function_that_is_not_what_its_name_leads_to_is_refused() -> None:
    """functools.wraps gives two different functions one name."""

    def wrapped(factor: int) -> Callable[[], int]:
        @functools.wraps(function_one)
        def inner() -> int:
            return factor

        return inner

    assert wrapped(1).__qualname__ == "function_one"
    assert "so two of that name can differ" in str(refused(wrapped(1)))


def test_what_contains_itself_is_refused() -> None:
    """A list in itself ends in an error, not in a crash."""
    endless: list[Any] = []
    endless.append(endless)
    assert "contains itself" in str(refused(endless))
    assert value_digest(endless) is None
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    refused(deep)
    assert value_digest(deep) is None
    while deep:  # or Python's own destructor would go deep
        deep = deep.pop()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.001, "0.001"),
        (None, "None"),
        ("rbf", "'rbf'"),
        ([0.1, 1.0], "[0.1, 1.0]"),
        ((1,), "(1,)"),
        ({"b": 1, "a": None}, "{'b': 1, 'a': None}"),
        ({"b", "a"}, "{'a', 'b'}"),
        (set(), "set()"),
        (Colour.RED, "Colour.RED"),
        (pathlib.Path("data/x.csv"), "data/x.csv"),
        (function_one, "function_one"),
        (len, "len"),
        (Plain, "Plain"),
        (np.float64(0.5), "0.5"),
        (np.zeros((2, 3)), "array (2, 3) float64"),
        (Config(), "Config(rate=0.1, layers=[])"),
        (Plain(1), "Plain"),
        (os, "os"),
    ],
)
def test_values_are_shown_short(value: object, shown: str) -> None:
    """What people see of a parameter is one short line."""
    assert show_value(value) == shown


@pytest.mark.parametrize(
    "value",
    ["x" * 1000, list(range(10**5)), dict.fromkeys(range(100), "y" * 50), [[[[[1]]]]] * 9, 10**5000, "a\nb" * 50],
    ids=range(6),
)
def test_shown_values_have_a_limit(value: object) -> None:
    """However large the value, it is at most 60 characters on one line."""
    assert len(show_value(value)) <= 60
    assert "\n" not in show_value(value)


def test_type_names() -> None:
    """Types are named as people write them."""
    assert type_name(float) == "float"
    assert type_name(np.ndarray) == "numpy.ndarray"


def test_combined_digests_do_not_run_together() -> None:
    """Where one part ends and the next begins counts."""
    assert (
        len(
            {combined_digest("ab", "c"), combined_digest("a", "bc"), combined_digest("abc"), combined_digest("abc", "")}
        )
        == 4
    )


# -- artifacts ---------------------------------------------------------------------------------------------------------


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value, protocol=5))


@pytest.mark.parametrize("number", range(len(DISTINCT)))
def test_a_round_trip_changes_no_value(number: int) -> None:
    """A value and its pickle's value have one digest."""
    value = DISTINCT[number]()
    try:
        copy = again(value)
    except TypeError:
        return  # modules
    assert value_digest(value) == value_digest(copy)


def test_aliasing_strides_and_maps_say_nothing(tmp_path: pathlib.Path) -> None:
    """Equal values have one digest, however they lie in memory."""
    word, items = "word", [1]
    assert value_digest([word, word]) == value_digest(["word", "".join(["wo", "rd"])])
    assert value_digest([items, items]) == value_digest([[1], [1]])
    array = np.arange(12.0)
    np.save(tmp_path / "a.npy", array)
    same = [array, np.arange(24.0)[:12], np.repeat(array, 2)[::2], np.load(tmp_path / "a.npy", mmap_mode="r")]
    assert len({value_digest(Plain(item)) for item in same}) == 1
    assert len({value_digest(Plain([item, item])) for item in same}) == 1


def test_what_lies_under_a_mask_says_nothing() -> None:
    """A masked array is what it shows, and a round trip does not change it."""
    one, two = (np.ma.MaskedArray([1.0, hidden], [False, True]) for hidden in (2.0, 3.0))
    assert value_digest(one) == value_digest(two) == value_digest(again(one))
    two.mask = [False, False]
    assert value_digest(one) != value_digest(two)


def test_bytes_between_fields_say_nothing() -> None:
    """A structured array is its fields; what lies between them may be anything."""
    dtype = np.dtype([("a", "u1"), ("b", "f8"), ("c", [("d", "u1"), ("e", "i4")], (2,))], align=True)
    clean, dirty = np.zeros(3, dtype), np.frombuffer(b"\xff" * 3 * dtype.itemsize, dtype).copy()
    for name in ("a", "b"):
        dirty[name] = 0
    dirty["c"]["d"] = 0
    dirty["c"]["e"] = 0
    assert clean.tobytes() != dirty.tobytes()
    assert value_digest(clean) == value_digest(dirty)
    dirty["b"][1] = 1
    assert value_digest(clean) != value_digest(dirty)


def test_the_same_objects_again_and_again_end_in_none() -> None:
    """Without a memo, a small value can have an endless stream; that is noticed."""
    value: Any = "0123456789"
    for _ in range(40):
        value = [value, value]
    limit, canonical._LONGEST_STREAM = canonical._LONGEST_STREAM, 1 << 20
    try:
        assert value_digest(value) is None
        assert value_digest("x" * (1 << 21)) is not None
    finally:
        canonical._LONGEST_STREAM = limit


def test_what_cannot_be_pickled_has_no_value_digest() -> None:
    """The caller then goes by the stored bytes."""
    for value in (threading.Lock(), [threading.Lock()], (x for x in "a"), open(os.devnull)):  # noqa: SIM115
        assert value_digest(value) is None


def compiled(source: str, name: str = "f", module: str = "users_module", **names: Any) -> Any:
    namespace: dict[str, Any] = {"__name__": module, **names}
    exec(compile(source, "users_module.py", "exec"), namespace)
    return namespace[name]


def test_functions_inside_are_their_code() -> None:
    """Layout, comments, docstrings and lines say nothing; what the function does, says everything."""
    first = compiled("def f(x, k=1):\n    return x + k")
    moved = compiled('\n\n# comment\ndef f(x,\n      k = 1):\n    "Add."\n    return (x + k)  # more')
    assert value_digest(first) == value_digest(moved)
    changed = [
        compiled("def f(x, k=1):\n    return x - k"),
        compiled("def f(x, k=2):\n    return x + k"),
        compiled("def f(x, *, k=1):\n    return x + k"),
        compiled("def f(x, k=1):\n    return x + 1"),
        compiled("def f(x, k=1):\n    return x + K", K=1),
        compiled("def f(x, k=1):\n    return x + K", K=2),
        compiled("def f(x, k=1):\n    return x + g(k)", g=compiled("def f(k): return k")),
        compiled("def f(x, k=1):\n    return x + g(k)", g=compiled("def f(k): return -k")),
        compiled("def make(n):\n    def f(x, k=1):\n        return x + n\n    return f\nf = make(1)"),
        compiled("def make(n):\n    def f(x, k=1):\n        return x + n\n    return f\nf = make(2)"),
        compiled("f = lambda x, k=1: x + k"),
        compiled("f = lambda x, k=1: x * k"),
    ]
    digests = [value_digest(function) for function in [first, *changed]]
    assert None not in digests
    assert len(set(digests)) == len(digests)


def test_a_text_that_is_used_counts_though_it_is_the_docstring_too() -> None:
    """The docstring is left out unless the code uses the same constant."""
    one = compiled('def f():\n    "one"\n    return "one"')
    two = compiled('def f():\n    "two"\n    return "two"')
    assert value_digest(one) != value_digest(two)


def test_functions_that_call_each_other_have_digests() -> None:
    """Recursion in code is no recursion here."""
    source = "def f(n):\n    return g(n - 1)\ndef g(n):\n    return f(n) {}"
    assert value_digest(compiled(source.format("+ 1"))) is not None
    assert value_digest(compiled(source.format("+ 1"))) != value_digest(compiled(source.format("+ 2")))


def test_objects_of_the_projects_classes_bring_their_code() -> None:
    """A model whose class predicts differently is another model, even with the same weights."""
    source = "class C:\n    {doc}\n    BIAS = {bias}\n    w = 1\n    def predict(self): return {code}"

    def made(doc: str = "", bias: int = 0, code: str = "self.w", base: str = "") -> Any:
        text = base + source.format(doc=doc or "pass", bias=bias, code=code)
        return compiled(text.replace("class C:", "class C(B):") if base else text, "C")()

    assert value_digest(made()) == value_digest(made(doc='"""Documented."""'))
    others = [made(bias=1), made(code="-self.w"), made(base="class B: x = 1\n"), made(base="class B: x = 2\n")]
    digests = {value_digest(value) for value in [made(), *others]}
    assert None not in digests
    assert len(digests) == 5


def test_code_that_reaches_a_lock_still_has_a_digest() -> None:
    """Of what cannot be digested the type must do."""
    function = compiled("def f():\n    with LOCK:\n        return 1", LOCK=threading.Lock())
    assert value_digest(function) == value_digest(
        compiled("def f():\n    with LOCK:\n        return 1", LOCK=threading.Lock())
    )


def test_what_is_a_library() -> None:
    """The standard library, installed packages and compiled modules are; the user's modules are not."""
    libraries = ["json", "numpy", "builtins", "math", "lineage.errors", "numpy.random.mtrand"]
    for name in libraries:
        importlib.import_module(name)
    assert all(map(behaviour.is_library, libraries))
    assert not any(map(behaviour.is_library, [__name__, "__main__", "not_there"]))


def test_times_of_a_search_are_volatile() -> None:
    """What is known to say nothing about a value is left out, in subclasses too."""
    canonical.VOLATILE[f"{__name__}:Plain"] = ("seconds", "results.time")
    try:
        one, two = Child(1), Child(1)
        one.seconds, two.seconds = 1, 2  # type: ignore[attr-defined]
        one.results, two.results = {"time": 1, "score": 2}, {"time": 3, "score": 2}  # type: ignore[attr-defined]
        assert value_digest([one]) == value_digest([two])
        two.results["score"] = 3  # type: ignore[attr-defined]
        assert value_digest([one]) != value_digest([two])
        assert "seconds" in vars(one)
    finally:
        del canonical.VOLATILE[f"{__name__}:Plain"]


class Child(Plain):
    pass


MODELS = """
import pickle, sys, json, warnings
warnings.simplefilter("ignore")
import numpy as np
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from lineage.fingerprint.values import parameter_digest, value_digest

X, y = load_digits(return_X_y=True)
X, y = X[:200], y[:200]
words = [" ".join(f"w{i * j % 97}" for i in range(30)) for j in range(40)]
make = {
    "svc": lambda: SVC(gamma=0.001).fit(X, y),
    "tree": lambda: DecisionTreeClassifier(random_state=0).fit(X, y),
    "forest": lambda: RandomForestClassifier(5, random_state=0).fit(X, y),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=2, random_state=0).fit(X, y),
    "neighbours": lambda: KNeighborsClassifier().fit(X, y),
    "network": lambda: MLPClassifier((4,), max_iter=3, random_state=0).fit(X, y),
    "means": lambda: KMeans(3, n_init=1, random_state=0).fit(X),
    "pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=20)).fit(X, y),
    "columns": lambda: ColumnTransformer(
        [("a", StandardScaler(), [0, 1]), ("b", FunctionTransformer(np.log1p), [2])]
    ).fit(X),
    "words": lambda: TfidfVectorizer(stop_words=["w1", "w2"]).fit(words),
    "search": lambda: GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=2).fit(X, y),
}
told = {}
for name, train in make.items():
    model = train()
    digest = value_digest(model)
    if hasattr(model, "predict"):
        model.predict(X[:3])
    told[name] = [digest, value_digest(train()), value_digest(pickle.loads(pickle.dumps(model)))]
told["parameters"] = [parameter_digest(SVC(C=2)), parameter_digest(make_pipeline(StandardScaler(), SVC(C=2)))]
assert value_digest(SVC(gamma=0.002).fit(X, y)) != told["svc"][0]
assert parameter_digest(SVC(C=2)) != parameter_digest(SVC(C=3))
print(json.dumps(told))
"""


def test_equally_trained_models_have_one_digest() -> None:
    """Ten kinds of models: trained again, saved and loaded, under two hash seeds: one digest each."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", MODELS],
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, two = (json.loads(child.communicate()[0]) for child in children)
    assert one == two
    for name, digests in one.items():
        if name != "parameters":
            assert len(set(digests)) == 1, name
            assert digests[0] is not None, name
    assert len({digests[0] for digests in one.values()}) == len(one)
