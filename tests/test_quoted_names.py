"""What libraries do with names in texts and with functions that they are given, told without the libraries."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from lineage.fingerprint.code import Project

HEAD = """
RATE = 1
OTHER = 1
TEXT = "x > @RATE"


def scale(x: int):
    return x * RATE
"""

QUOTED = {
    "query": "def train(df):\n    return df.query('x > @RATE')",
    "query of what a call gives": "def train(path):\n    return read(path).query('x > @RATE')",
    "query by a constant": "def train(df):\n    return df.query(TEXT)",
    "query by a keyword": "def train(df):\n    return df.query(expr='x > @RATE')",
    "query by a text of pieces": "def train(df, least):\n    return df.query(f'x > @RATE and y > {least}')",
    "eval": "def train(df):\n    return df.eval('y = x * @RATE')",
    "pandas.eval": "import pandas as pd\ndef train(df):\n    return pd.eval('df.x * RATE')",
    "a formula": "import statsmodels.formula.api as smf\ndef train(df):\n    return smf.ols('y ~ scale(x)', df)",
    "a formula by a local name": (
        "def train(df):\n    from statsmodels.formula.api import ols\n"
        "    what = 'y ~ scale(x)'\n    return ols(what, data=df)"
    ),
    "a formula by a keyword": (
        "from patsy import dmatrix\ndef train(x):\n    return dmatrix(data=x, formula='scale(x)')"
    ),
    "a formula of a class": (
        "from statsmodels.api import OLS\ndef train(x):\n    return OLS.from_formula('y ~ scale(x)', x)"
    ),
    "a formula that is given": "from formulaic import model_matrix\ndef train(df, f):\n    return model_matrix(f, df)",
    "numexpr": "import numexpr as ne\ndef train(x):\n    return ne.evaluate('x * RATE')",
    "a database in the process": "import duckdb\ndef train():\n    return duckdb.sql('SELECT * FROM RATE')",
    "a grammar": "from ply import yacc\nPARSER = yacc.yacc()\ndef train(x):\n    return PARSER.parse(x)",
}


def changed(tmp_path: Path, source: str, old: str, new: str, **others: str) -> bool:
    """Return whether an edit of steps.py changes the digest of its function."""
    source = textwrap.dedent(source)
    assert source.count(old) == 1
    digests = []
    for folder, text in (("a", source), ("b", source.replace(old, new))):
        root = tmp_path / folder
        root.mkdir()
        for name, other in {"steps": text, **others}.items():
            (root / f"{name}.py").write_text(textwrap.dedent(other))
        digests.append(Project(str(root)).code("steps", "train").digest)
    return digests[0] != digests[1]


@pytest.mark.parametrize("step", QUOTED.values(), ids=QUOTED)
def test_a_name_in_a_text_that_a_library_evaluates_is_a_reference(step: str, tmp_path: Path) -> None:
    """What a query, a formula or a grammar names in a text counts, as if it stood in the code."""
    assert changed(tmp_path, f"{HEAD}\n\n{step}\n", "RATE = 1", "RATE = 2")


@pytest.mark.parametrize(
    "step", [step for name, step in QUOTED.items() if "given" not in name and "grammar" not in name]
)
def test_what_such_a_text_does_not_name_is_a_neighbour(step: str, tmp_path: Path) -> None:
    """A constant beside the one that a query or a formula names does not count."""
    assert not changed(tmp_path, f"{HEAD}\n\n{step}\n", "OTHER = 1", "OTHER = 2")


def test_a_query_of_anything_else_is_just_a_call(tmp_path: Path) -> None:
    """A text without marks, or no text at all, makes nothing of the module count."""
    step = "def train(session, table, sql):\n    return session.query(table), session.query(sql), table.query('RATE')"
    assert not changed(tmp_path, f"{HEAD}\n\n{step}\n", "RATE = 1", "RATE = 2")


def test_a_docstring_beside_a_formula_is_no_formula(tmp_path: Path) -> None:
    """Words in a docstring are not taken for what the formula names."""
    step = "import patsy\ndef train(df):\n    'Use OTHER.'\n    return patsy.dmatrix('x', df)"
    assert not changed(tmp_path, f"{HEAD}\n\n{step}\n", "OTHER = 1", "OTHER = 2")


@pytest.mark.parametrize("validator", ["pydantic.validate_call", "typeguard.typechecked", "beartype.beartype"])
def test_annotations_count_for_who_validates_by_them(validator: str, tmp_path: Path) -> None:
    """A function that is given to a validator counts with its annotations, as one that it decorates."""
    module, _, name = validator.partition(".")
    step = f"from {module} import {name}\nchecked = {name}(scale)\ndef train(x):\n    return checked(x)"
    assert changed(tmp_path, f"{HEAD}\n\n{step}\n", "x: int", "x: float")


@pytest.mark.parametrize(
    "call", ["instantiate(config)", "instantiate({'_target_': 'nets.Net'})", "get_class(config['model'])"]
)
def test_what_a_library_makes_of_a_configuration_counts(call: str, tmp_path: Path) -> None:
    """A class that hydra makes by a name in a configuration may be any of the project, so all of it counts."""
    step = f"from hydra.utils import get_class, instantiate\ndef train(config):\n    return {call}\n"
    roots = [tmp_path / "one", tmp_path / "two"]
    for number, root in enumerate(roots):
        root.mkdir()
        (root / "steps.py").write_text(step)
        (root / "nets.py").write_text(f"class Net:\n    k = {number}\n")
    assert len({Project(str(root)).code("steps", "train").digest for root in roots}) == 2


def test_what_a_decorator_registers_with_a_library_counts(tmp_path: Path) -> None:
    """An accessor of tables counts for who uses pandas, though nobody names its class."""
    registered = """
    import pandas as pd


    @pd.api.extensions.register_dataframe_accessor("geo")
    class Geo:
        def __init__(self, table):
            self.area = {}
    """
    step = "import pandas as pd\n\nimport accessors\n\n\ndef train():\n    return pd.DataFrame().geo.area\n"
    roots = [tmp_path / "one", tmp_path / "two"]
    for number, root in enumerate(roots):
        root.mkdir()
        (root / "steps.py").write_text(step)
        (root / "accessors.py").write_text(textwrap.dedent(registered.format(number)))
    assert len({Project(str(root)).code("steps", "train").digest for root in roots}) == 2
