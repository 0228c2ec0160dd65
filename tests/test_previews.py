"""What people are shown of a value without opening it: made when it is stored, small, and never a reason to fail."""

from __future__ import annotations

import base64
import json
import math
import tracemalloc
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from projects import Project

from lineage import History
from lineage.formats.picture import png
from lineage.formats.preview import MOST_BYTES, preview_of
from lineage.formats.preview_array import SAMPLE, sample_of
from lineage.formats.registry import choose


def made(value: Any) -> str | None:
    """Return the preview of a value as it would be recorded."""
    format = choose(value)
    text = preview_of(value, format, format.encode(value))
    assert text is None or len(text) <= MOST_BYTES
    return text


def preview(value: Any) -> dict[str, Any]:
    """Return the preview of a value that is not told by its summary."""
    text = made(value)
    assert text is not None
    found: dict[str, Any] = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    return found


def pixels(found: dict[str, Any]) -> Any:
    """Return the pixels of a preview's PNG, by a reader of our own: 8 bits, filters 0 and 1, or a palette."""
    data = base64.b64decode(found["png"])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        chunks[kind] = body = data[at + 8 : at + 8 + length]
        assert int.from_bytes(data[at + 8 + length : at + 12 + length]) == zlib.crc32(kind + body)
        at += 12 + length
    head = chunks[b"IHDR"]
    width, height, colour = int.from_bytes(head[:4]), int.from_bytes(head[4:8]), head[9]
    assert (width, height) == (found["width"], found["height"])
    depth = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + width * depth)
    shown = lines[:, 1:].reshape(height, width, depth)
    if set(lines[:, 0]) == {1}:
        shown = np.cumsum(shown, axis=1, dtype=np.uint8)
    if colour == 3:
        return np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)[shown[..., 0]]
    return shown[..., 0] if depth == 1 else shown


# Kept with the run


def test_the_digits_are_shown_as_a_sheet_of_digits(digits: Project) -> None:
    """`lineage show --json` has the statistics of the array and a picture whose first tile is the first digit."""
    digits.doit()
    found = digits.json("show", "digits/X_train")["found"][0]["artifact"]["preview"]
    array = np.load(digits.artifact("digits/X_train"))
    assert (found["kind"], found["shape"], found["dtype"]) == ("image", [1437, 64], "float64")
    assert (found["min"], found["max"], found["mean"]) == (0, 16, pytest.approx(array.mean()))
    assert found["images"] == [100, 1437]
    np.testing.assert_array_equal(pixels(found)[:8, :8], (array[0] * 255 / 16).astype(np.uint8).reshape(8, 8))
    with History(digits.path) as history:
        version = history.artifact("digits/y_train").current
        assert (
            version.preview["histogram"]["counts"] == np.bincount(np.load(digits.artifact("digits/y_train"))).tolist()
        )
        model = history.artifact("digits/model").current.preview
        assert (model["kind"], model["class"], model["params"]["gamma"]) == ("model", "SVC", "0.001")
        assert model["fitted"]["classes_"] == "array (10,) int64"


def test_show_prints_it_in_two_lines(digits: Project) -> None:
    """Statistics and a histogram of blocks for an array; class, parameters and what was learnt for a model."""
    digits.doit()
    lines = digits.lineage("show", "y_train").stdout.splitlines()[2:4]
    assert lines[0].split() == ["min", "0", "max", "9", "mean", "4.488", "std", "2.867"]
    assert lines[1].strip() == f"0 |{'█' * 10}| 9"
    lines = digits.lineage("show", "model").stdout.splitlines()[2:4]
    assert lines[0].strip().startswith("SVC(C=1.0, ")
    assert "classes_ array (10,) int64" in lines[1]


def test_numbers_and_short_texts_cost_no_row(words: Project) -> None:
    """Their summary tells all, and so it does of what an older lineage has stored."""
    words.doit()
    with History(words.path) as history:
        assert history.store.select("SELECT count(*) FROM preview") == [(0,)]
        versions = [history.artifact(name).current for name in ("sentence", "total")]
        history.read_previews(versions)
        assert versions[0].preview == {"kind": "text", "length": 18, "lines": 1, "head": "to be or not to be"}
        assert versions[1].preview == {"kind": "value", "type": "int", "value": 6, "text": "6"}


ODD = {
    "tasks/__init__.py": "",
    "tasks/odd.py": """\
from lineage import step


class Weights:
    @property
    def dtype(self):
        raise ValueError("<script>not today</script>")


class Model:
    def fit(self):
        pass

    def get_params(self, deep):
        return {}


@step
def train() -> Model:
    model = Model()
    model.coef_ = Weights()
    return model


@step
def notes() -> list:
    return ["<img src=x onerror=alert(1)>"] * 30
""",
    "dodo.py": """\
from lineage import pipeline
from tasks.odd import notes, train


@pipeline
def odd():
    model = train()
    lines = notes()


@pipeline
def other():
    again = notes()
""",
}


def test_a_preview_that_fails_fails_no_step(project: Callable[[Mapping[str, str]], Project]) -> None:
    """The step has run, and its preview is the error's text; texts are kept as they are, as data."""
    found = project(ODD)
    assert found.rerun() == {"train": "run", "notes": "cached"}
    shown = found.json("show", "odd/model")["found"][0]["artifact"]["preview"]
    assert shown == {"kind": "none", "error": "ValueError: <script>not today</script>"}
    assert "no preview: ValueError" in found.lineage("show", "odd/model").stdout
    for name in ("odd/lines", "other/again"):  # the second came from history: a preview belongs to the value
        shown = found.json("show", name)["found"][0]["artifact"]["preview"]
        assert '"<img src=x onerror=alert(1)>",' in shown["text"]


def test_what_a_file_artifact_holds(project: Callable[[Mapping[str, str]], Project]) -> None:
    """A text file has its first lines, a folder the names in it, a small PNG its picture, other bytes a size."""
    found = project(
        {
            "tasks/__init__.py": "",
            "tasks/files.py": f"""\
from pathlib import Path

from lineage import step

PICTURE = {png(np.zeros((2, 3), np.uint8))!r}


@step
def write(name: str) -> Path:
    path = Path("out") / name
    path.parent.mkdir(exist_ok=True)
    if name == "folder":
        path.mkdir()
        (path / "b.txt").write_text("12345")
        (path / "a.txt").write_text("é")
    elif name.endswith(".png"):
        path.write_bytes(PICTURE)
    else:
        path.write_bytes(b"\\0" * 9 if name == "zeros" else "é,1\\n".encode() * 5000)
    return path
""",
            "dodo.py": """\
from lineage import pipeline
from tasks.files import write


@pipeline
def files():
    table = write("t.csv")
    folder = write("folder")
    zeros = write("zeros")
    picture = write("p.png")
""",
        }
    )
    found.doit()
    with History(found.path) as history:
        table, folder, zeros, picture = (
            history.artifact(name).current.preview for name in ("table", "folder", "zeros", "picture")
        )
    assert table["head"].startswith("é,1\né,1\n")
    assert (table["name"], table["bytes"]) == ("t.csv", 25_000)
    assert folder["names"] == [["a.txt", 2], ["b.txt", 5]]
    assert zeros == {"kind": "files", "name": "zeros", "bytes": 9}
    assert pixels(picture).shape == (2, 3)


# Arrays


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([np.nan, 1, np.inf, -np.inf, 3]), {"nan": 1, "inf": 2, "min": 1, "max": 3, "mean": 2}),
        (np.full(3, np.nan), {"nan": 3, "inf": 0}),
        (np.array([1e308, -1e308]), {"min": -1e308, "max": 1e308, "std": None}),
        (np.array([0.0, 5e-324]), {"min": 0, "max": 5e-324}),
        (np.array([2**63 - 1, -(2**63)]), {"min": -(2**63), "max": 2**63 - 1}),
        (np.array([2**64 - 1], np.uint64), {"min": 2**64 - 1}),
        (np.array([2**53, 2**53 + 1]), {"max": 2**53 + 1}),
        (np.array([6e4, 1], np.float16), {"min": 1, "max": 6e4, "mean": 30000.5}),
        (np.array([3 + 4j, 0]), {"of": "modulus", "max": 5}),
        (
            np.array([True, False, True]),
            {"true": 2, "histogram": {"low": 0, "high": 1, "each": True, "counts": [1, 2]}},
        ),
        (np.array(["2020-01-01", "NaT", "2021-05-05"], "M8[D]"), {"nan": 1, "min": "2020-01-01", "max": "2021-05-05"}),
        (np.array([1, 5], "m8[s]"), {"min": "1 seconds", "max": "5 seconds"}),
        (np.array(["NaT"], "M8[s]"), {"nan": 1}),
        (np.array(["x", "<b>"]), {"head": ["x", "<b>"]}),
        (np.array([1, "a", None], object), {"head": ["1", "'a'", "None"], "shape": [3]}),
        (np.array(3.5), {"shape": [], "min": 3.5, "head": ["3.5"]}),
        (np.zeros((0, 5)), {"shape": [0, 5]}),
        (np.array([1, 2, 2]), {"histogram": {"low": 1, "high": 2, "each": True, "counts": [1, 2]}}),
        (np.ma.masked_array([1.0, 2.0], [0, 1]), {"class": "numpy.ma.MaskedArray"}),
    ],
    ids=lambda each: f"{each.dtype}{each.shape}" if hasattr(each, "dtype") else "",
)
def test_arrays_of_every_dtype(array: Any, expected: dict[str, Any]) -> None:
    """What is not finite is counted apart, moments are texts, exact integers stay exact; all of it is JSON."""
    found = preview(array)
    assert found["kind"] == "array"
    assert {key: found.get(key) for key in expected} == expected
    if "histogram" in found:
        assert sum(found["histogram"]["counts"]) == array.size - found.get("nan", 0) - found.get("inf", 0)


def test_records_are_a_table() -> None:
    """A structured array has columns with types, and its first rows as texts."""
    found = preview(np.array([(1, 2.5, "a")] * 9, [("n", "i4"), ("x", "f8"), ("s", "U3")]))
    assert (found["kind"], found["shape"]) == ("table", [9, 3])
    assert found["columns"][1] == {"name": "x", "type": "float64"}
    assert found["head"] == [["1", "2.5", "a"]] * 5


def test_a_histogram_counts_what_numpy_counts() -> None:
    """The bins are equal, from the least to the greatest."""
    array = np.random.default_rng(0).normal(size=5000)
    counts, edges = np.histogram(array, bins=24)
    drawn = preview(array)["histogram"]
    assert (drawn["low"], drawn["high"]) == (edges[0], edges[-1])
    np.testing.assert_allclose(drawn["counts"], counts, atol=1)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what of a file is in memory")
def test_of_a_huge_array_little_is_touched(tmp_path: Path) -> None:
    """Of a mapped gigabyte only pieces are read and nothing of its size is made; what is sampled is said."""
    array = np.memmap(tmp_path / "huge", np.float64, "w+", shape=(1 << 17, 1 << 10))
    format = choose(np.zeros(1))
    encoded = format.encode(np.zeros(1))
    for each in (array, array.T):
        tracemalloc.start()
        found = json.loads(preview_of(each, format, encoded) or "")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found["shape"] == list(each.shape)
        assert found["sampled"] == SAMPLE
        assert peak < 8 * 8 * SAMPLE
    mapped = Path("/proc/self/smaps").read_text().partition(str(tmp_path / "huge"))[2]
    assert 0 < int(mapped.partition("Rss:")[2].split()[0]) * 1024 < array.nbytes / 4


@pytest.mark.parametrize("shape", [(10_000_000,), (10, 1_000_000), (1_000_000, 10)])
def test_a_sample_is_of_all_parts(shape: tuple[int, ...]) -> None:
    """The mean of an array that grows from end to end is that of the whole, however it lies in memory."""
    array = np.arange(10_000_000.0).reshape(shape)
    for each in (array, array.T, array[..., ::2]):
        sample = sample_of(each)
        assert SAMPLE // 2 <= sample.size <= SAMPLE
        assert sample.mean() == pytest.approx(5e6, rel=0.02)


def test_long_lists_of_numbers_have_statistics() -> None:
    """The losses of a hundred epochs, say; short ones and other lists are told as JSON."""
    found = preview([1 / (epoch + 1) for epoch in range(100)])
    assert (found["kind"], found["shape"], found["min"], found["max"]) == ("array", [100], 0.01, 1)
    assert (found["type"], found["length"]) == ("list", 100)
    assert made([1, 2, 3]) is None
    assert preview([[1, 2]] * 30)["kind"] == "value"
    assert preview([10**30] * 20)["kind"] == "value"


# Pictures

RNG = np.random.default_rng(0)
ROWS, COLUMNS = np.mgrid[0:300, 0:400]
SMOOTH = np.sin(ROWS / 30) * np.sin(COLUMNS / 50) / 2 + 0.5
COLOURS = np.stack([SMOOTH, 1 - SMOOTH, COLUMNS / 400], axis=-1)


@pytest.mark.parametrize(
    ("array", "images"),
    [
        ((SMOOTH * 255).astype(np.uint8), None),
        (SMOOTH, None),
        (SMOOTH > 0.5, None),
        ((COLOURS * 255).astype(np.uint8), None),
        (COLOURS, None),
        (np.stack([SMOOTH] * 5), 5),
        (np.stack([COLOURS] * 5), 5),
        (np.stack([COLOURS] * 5).transpose(0, 3, 1, 2), 5),
        (np.stack([SMOOTH[:28, :28]] * 50).reshape(50, 784), 50),
        (RNG.integers(0, 256, (300, 400, 3), dtype=np.uint8), None),
        (np.zeros((64, 64), np.uint8), None),
    ],
    ids=lambda each: f"{each.dtype}{each.shape}" if hasattr(each, "dtype") else str(each),
)
def test_what_looks_like_an_image_has_a_picture(array: Any, images: int | None) -> None:
    """Grey, colour, bits, a batch in either order or flat: a PNG of at most 160 pixels, also of noise."""
    found = preview(array)
    assert found["kind"] == "image"
    assert found["images"][1] == images if images else "images" not in found
    shown = pixels(found)
    assert max(shown.shape[:2]) <= 160
    if images is None and array.dtype == np.uint8 and array.ndim == 2:
        assert abs(float(shown.mean()) - float(array.mean())) < 8


@pytest.mark.parametrize(
    "array",
    [
        RNG.normal(size=(500, 64)),
        RNG.random((500, 64)),
        np.eye(64)[RNG.integers(0, 64, 500)],
        RNG.dirichlet(np.ones(100), 300),
        RNG.poisson(3, (300, 100)),
        RNG.random((200, 10)),
        np.arange(1000.0).reshape(10, 100),
        np.zeros((500, 64)),
        np.full((64, 64), np.nan),
        RNG.random((4, 100, 2)),
        RNG.random((2, 3, 4, 5)),
    ],
    ids=lambda each: str(each.shape),
)
def test_tables_of_numbers_have_none(array: Any) -> None:
    """Features, probabilities, counts, series and one-hot rows are no images, though 64 or 100 of them are in a row."""
    assert preview(array)["kind"] == "array"


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (3, 4, 3), (6, 2, 4)])
def test_a_png_holds_the_pixels_it_was_made_of(shape: tuple[int, ...]) -> None:
    """Grey and colour, with and without opacity."""
    given = RNG.integers(0, 256, shape, dtype=np.uint8)
    found = {"png": base64.b64encode(png(given)).decode(), "width": shape[1], "height": shape[0]}
    np.testing.assert_array_equal(pixels(found), given)


# Bounds


class Shelf:
    """A format of another package."""

    name = "shelf"

    def __init__(self, told: Any) -> None:
        self.told = told

    def preview(self, value: object) -> Any:
        """Tell what it was told to tell."""
        return self.told


def test_a_format_of_another_package_tells_its_own_preview() -> None:
    """Within the same bounds, and without failing anything if it is none."""
    encoded = choose({1}).encode({1})
    told = json.loads(preview_of({1}, Shelf({"kind": "table", "head": [["é"]]}), encoded) or "")  # type: ignore[arg-type]
    assert told == {"kind": "table", "head": [["é"]]}
    for wrong in (None, {"x": {1}}, {"x": "long" * MOST_BYTES}):
        assert json.loads(preview_of({1}, Shelf(wrong), encoded) or "")["kind"] == "none"  # type: ignore[arg-type]


class Large:
    """An estimator of which everything is large."""

    def __init__(self) -> None:
        for number in range(100):
            setattr(self, f"{'x' * 1000}{number}_", number)

    def fit(self) -> None:
        """Learn nothing."""

    def get_params(self, deep: bool = False) -> dict[str, Any]:
        return {f"{'p' * 5000}{number}": "v" * 5000 for number in range(60)}


def test_no_preview_is_long() -> None:
    """Whatever is in it: of a longer one the largest parts are left out (`made` looks at the length)."""
    wide = np.zeros(3, [(f"{'n' * 900}{number}", "i4") for number in range(40)])
    for value in (Large(), "é" * 100_000, {f"{'k' * 50}{number}": "\0" * 90 for number in range(900)}, wide, {1} | {2}):
        found = preview(value)
        assert found["kind"] in ("model", "text", "value", "table")


def test_halves_of_characters_can_be_printed() -> None:
    """Texts that no terminal takes are replaced; whole characters stay, also rare ones."""
    assert preview("a\ud800😀" * 1000)["head"].startswith("a?😀a?😀")


# Other libraries, where they are installed


def test_pandas_tables() -> None:
    """Columns with types and the first rows as texts, also where two columns have one name."""
    pandas = pytest.importorskip("pandas")
    found = preview(pandas.DataFrame({"n": [1, 2], "s": ["<b>", None], "t": pandas.to_datetime(["2020-01-01"] * 2)}))
    assert (found["kind"], found["shape"], found["index"]) == ("table", [2, 3], ["0", "1"])
    assert [column["name"] for column in found["columns"]] == ["n", "s", "t"]
    assert found["head"][0] == ["1", "<b>", "2020-01-01 00:00:00"]
    assert preview(pandas.DataFrame([[1, 2]], columns=["a", "a"]))["head"] == [["1", "2"]]
    assert preview(pandas.Series([1.5], name="s"))["columns"] == [{"name": "s", "type": "float64"}]
    assert preview(pandas.DataFrame())["head"] == []


@pytest.mark.parametrize(("library", "make"), [("polars", "DataFrame"), ("pyarrow", "table")])
def test_other_tables(library: str, make: str) -> None:
    """polars and pyarrow are shown as pandas is."""
    table = getattr(pytest.importorskip(library), make)
    found = preview(table({"n": [1, 2], "s": ["<b>", None]}))
    assert (found["kind"], found["shape"], found["head"]) == ("table", [2, 2], [["1", "<b>"], ["2", "None"]])
    assert found["columns"][0]["type"].lower() == "int64"


def test_sparse_matrices() -> None:
    """The shape is that of the matrix, the statistics are of its entries."""
    sparse = pytest.importorskip("scipy.sparse")
    found = preview(sparse.csr_matrix(np.array([[0, 2.0], [0, 4.0]])))
    assert (found["kind"], found["shape"], found["stored"]) == ("array", [2, 2], 2)
    assert (found["min"], found["max"], found["mean"]) == (2, 4, 3)


def test_matplotlib_figures() -> None:
    """A picture of the figure, whatever the user's settings cut away when figures are saved."""
    matplotlib = pytest.importorskip("matplotlib")
    figure = pytest.importorskip("matplotlib.figure").Figure((5, 7.3), facecolor="red")
    figure.add_subplot().set_title("loss <b>")
    for cut in (None, "tight"):
        with matplotlib.rc_context({"savefig.bbox": cut, "savefig.facecolor": "auto"}):
            found = preview(figure)
        assert (found["kind"], found["title"], found["size"]) == ("figure", "loss <b>", [5, 7.3])
        shown = pixels(found)
        assert shown.shape == (320, 219, 3)
        assert shown[0, 0].tolist() == [255, 0, 0]
        assert math.isclose(figure.get_size_inches()[1], 7.3)


def test_bokeh_figures() -> None:
    """Bokeh's own JSON if it is small, else what it is."""
    plotting = pytest.importorskip("bokeh.plotting")
    figure = plotting.figure(title="loss")
    figure.line([1, 2], [3, 4])
    found = preview(figure)
    assert (found["kind"], found["title"]) == ("figure", "loss")
    assert found["item"]["doc"]
    figure.line(list(range(5000)), list(range(5000)))
    assert "item" not in preview(figure)
