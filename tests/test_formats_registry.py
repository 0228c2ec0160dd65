"""Which format a value gets, what is imported for that, formats of other packages, and what is shown."""

from __future__ import annotations

import math
import subprocess
import sys
from importlib import metadata
from typing import Any

import numpy as np
import pytest

from lineage.errors import FormatError
from lineage.formats import registry
from lineage.formats.protocol import Encoded, Format
from lineage.formats.registry import by_name, choose, extension_for
from lineage.formats.summary import describe_stored, metrics_of, show_bytes, show_number
from lineage.model.stored import Stored


def test_choosing_imports_no_library() -> None:
    """Plain values get their format without numpy, sklearn, pandas, cloudpickle or pickle; nor does looking one up."""
    code = (
        "import sys; from lineage.formats.registry import choose, by_name, extension_for\n"
        "from lineage.formats.summary import describe_stored\n"
        "print(*(choose(v).name for v in (1, 0.5, 'a', b'a', None, [1], {'a': 1}, (1,))))\n"
        "[by_name(n) for n in ('npy', 'json', 'text', 'bytes', 'file', 'folder')]; extension_for('np.ndarray')\n"
        "heavy = {'numpy', 'sklearn', 'pandas', 'cloudpickle', 'importlib.metadata', 'difflib2'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["json json text bytes json json json json", "[]"]


def test_names_and_extensions_never_change() -> None:
    """They stand in users' databases and scripts."""
    found = {name: by_name(name).extension for name in registry.BUILT_IN}
    assert found == {
        "npy": ".npy",
        "json": ".json",
        "text": ".txt",
        "bytes": ".bin",
        "file": "",
        "folder": "",
        "pickle": ".pkl",
    }
    for name in registry.BUILT_IN:
        assert by_name(name).name == name
        assert by_name(name) is by_name(name)
        assert by_name(name).safe is (name != "pickle")


class Set:
    name = "set"
    extension = ".set"
    safe = True

    def accepts(self, value: object) -> bool:
        return isinstance(value, set | int)

    def encode(self, value: Any) -> Encoded:
        return Encoded("set", {"length": len(value)}, [b",".join(sorted(value))])

    def decode(self, path: str, summary: dict[str, Any]) -> object:
        return summary


class Point:
    def __init__(self, name: str, found: object) -> None:
        self.name = name
        self.value = f"package:{name}"
        self.found = found

    def load(self) -> object:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """Formats that other packages bring; fill the list before the first look-up."""
    points: list[Point] = []
    monkeypatch.setattr(registry, "_others", None)
    monkeypatch.setattr(metadata, "entry_points", lambda group: points if group == "lineage.formats" else [])
    return points


def test_formats_of_other_packages(installed: list[Point]) -> None:
    """They get what would be pickled otherwise, and are found by name; classes and objects will do."""
    installed.append(Point("set", Set))
    assert choose({b"a"}).name == "set"
    assert choose(1).name == "json"
    assert choose(frozenset()).name == "pickle"
    assert by_name("set").extension == ".set"


def test_a_broken_format_of_another_package(installed: list[Point]) -> None:
    """It is left out with a warning, and the others work."""
    installed += [Point("broken", ImportError("no such thing")), Point("set", Set())]
    with pytest.warns(UserWarning, match=r"broken.*no such thing"):
        assert choose({b"a"}).name == "set"
    with pytest.raises(FormatError):
        by_name("broken")


def test_adding_a_format(installed: list[Point]) -> None:
    """In one process; it goes before installed ones."""

    class Mine(Set):
        name = "mine"

    installed.append(Point("set", Set))
    mine: Format = Mine()
    registry.add(mine)
    assert choose({b"a"}) is mine
    assert by_name("mine") is mine
    assert by_name("set").name == "set"


def test_unknown_formats(installed: list[Point]) -> None:
    """The error has the nearest name, and says what to install."""
    with pytest.raises(FormatError) as caught:
        by_name("pikcle")
    assert "did you mean 'pickle'" in caught.value.what
    assert "install" in str(caught.value.fix)


@pytest.mark.parametrize(
    ("annotation", "extension"),
    [
        ("np.ndarray", ".npy"),
        ("numpy.ndarray", ".npy"),
        ("'np.ndarray'", ".npy"),
        ("NDArray[np.float64]", ".npy"),
        ("np.typing.NDArray[Any]", ".npy"),
        ('Annotated[np.ndarray, "X"]', ".npy"),
        ("typing.Annotated[dict[str, float], Doc('a, [b')]", ".json"),
        ("np.ndarray | None", ".npy"),
        ("Optional[np.ndarray]", ".npy"),
        ("Optional[float] | list[int]", ".json"),
        ("Optional[Path] | list[int]", ""),
        ("float", ".json"),
        ("int | float", ".json"),
        ("float | str", ""),
        ("np.float64", ".json"),
        ("np.floating[Any]", ".json"),
        ("bool", ".json"),
        ("None", ".json"),
        ("dict[str, float]", ".json"),
        ("list[tuple[int, ...]]", ".json"),
        ("Literal['a', 'b|c']", ".json"),
        ("str", ".txt"),
        ("bytes", ".bin"),
        ("Path", ""),
        ("pathlib.Path", ""),
        ("Annotated[Path, File]", ""),
        ("ClassifierMixin", ".pkl"),
        ("sklearn.svm.SVC", ".pkl"),
        ("pd.DataFrame", ".pkl"),
        ("Pipeline", ".pkl"),
        ("Any", ""),
        ("object", ""),
        (None, ""),
        (" float ", ".json"),
    ],
)
def test_extensions_are_predicted(annotation: str | None, extension: str) -> None:
    """From the text of the annotation, before the value exists."""
    assert extension_for(annotation) == extension


def stored(value: object) -> Stored:
    format = choose(value)
    encoded = format.encode(value)
    size = sum(len(buffer) for buffer in encoded.buffers or ())
    return Stored("0" * 32, "0" * 32, size, format.name, encoded.type, encoded.summary)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.zeros((1437, 64)), "x (1437, 64)"),
        (np.zeros(3), "x (3,)"),
        (0.958333, "x=0.9583"),
        (np.float64(0.958333), "x=0.9583"),
        (1.0, "x=1.0"),
        (12, "x=12"),
        (True, "x=True"),
        (None, "x=None"),
        (math.nan, "x=nan"),
        ([1, 2], "x=[1, 2]"),
        (list(range(1000)), "x list of 1,000"),
        ({"accuracy": 0.958333, "n": 3}, "x {accuracy: 0.9583, n: 3}"),
        ("hello", "x='hello'"),
        ("a\nb", "x 3 characters"),
        ("y" * 2000, "x 2,000 characters"),
        (b"123", "x 3 B"),
        ({1, 2}, "x set"),
        (np.array([None]), "x (1,)"),
    ],
)
def test_artifacts_are_described(value: object, shown: str) -> None:
    """In a few words on the console, from the summary alone."""
    assert describe_stored("x", stored(value)) == shown


@pytest.mark.parametrize(
    ("name", "format", "type", "size", "summary", "shown"),
    [
        ("model", "pickle", "sklearn.svm._classes.SVC", 9, {"class": "SVC", "kind": "model"}, "model SVC"),
        ("table", "pickle", "pd", 9, {"class": "DataFrame", "kind": "table", "shape": [1000, 5]}, "table 1,000 x 5"),
        ("data", "file", "pathlib.Path", 1_234_567, {"name": "data.csv"}, "data.csv 1.2 MB"),
        ("out.csv", "file", "pathlib.Path", 12, {"name": "a.csv"}, "out.csv 12 B"),
        ("dir", "folder", "pathlib.Path", 12, {"files": 1}, "dir/ 1 file, 12 B"),
        ("x", "parquet", "polars.Frame", 12, {}, "x Frame"),
        ("x", "parquet", "polars.Frame", 12, {"shape": [1, 2]}, "x (1, 2)"),
        ("x", "parquet", "", 12, {}, "x 12 B"),
    ],
)
def test_stored_artifacts_are_described(
    name: str, format: str, type: str, size: int, summary: dict[str, Any], shown: str
) -> None:
    """Models, tables, files, folders, and what an unknown format has stored."""
    assert describe_stored(name, Stored("", "", size, format, type, summary)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0"),
        (0.95, "0.95"),
        (2.0, "2.0"),
        (1234.5678, "1235"),
        (123456.789, "123457"),
        (1234567.0, "1234567.0"),
        (1.23456e-7, "1.235e-07"),
        (1e300, "1e+300"),
        (-0.12345, "-0.1235"),
        (math.inf, "inf"),
    ],
)
def test_numbers_are_shown_short(value: float, shown: str) -> None:
    """With four significant decimals."""
    assert show_number(value) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (2_000_000_000, "2.0 GB"), (10**13, "10.0 TB")],
)
def test_bytes_are_shown_short(size: int, shown: str) -> None:
    """In powers of a thousand."""
    assert show_bytes(size) == shown


@pytest.mark.parametrize(
    ("value", "metrics"),
    [
        (0.95, {"x": 0.95}),
        (np.float32(0.5), {"x": 0.5}),
        (3, {"x": 3.0}),
        (True, {}),
        (None, {}),
        ("0.5", {}),
        ({"f1": 0.5, "auc": np.float64(0.75)}, {"x.f1": 0.5, "x.auc": 0.75}),
        ({"f1": 0.5, "name": "a"}, {}),
        ({"ok": True}, {}),
        ([0.5], {}),
        (10**400, {}),
        (np.zeros(1), {}),
    ],
)
def test_numbers_are_metrics(value: object, metrics: dict[str, float]) -> None:
    """A number is one, and so is each entry of a dict of numbers; truth values, texts and arrays are none."""
    assert metrics_of("x", stored(value)) == metrics


def test_not_a_number_is_a_metric() -> None:
    """A loss that has become nan is worth seeing."""
    assert math.isnan(metrics_of("x", stored(math.nan))["x"])
    assert metrics_of("x", stored(-math.inf)) == {"x": -math.inf}
