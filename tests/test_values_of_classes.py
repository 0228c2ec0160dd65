"""The identity of values of the user's own classes, in other processes too."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np
import pytest

from lineage.errors import FingerprintError
from lineage.fingerprint.values import parameter_digest, value_digest


class Words(set[str]):
    """A set with a class of its own."""


@dataclass
class Scaled:
    """What is given it is no field, only what it makes of that."""

    scale: InitVar[float] = 1.0

    def __post_init__(self, scale: float) -> None:
        self.factor = scale * 2


@dataclass
class Table(dict[str, int]):
    """A dataclass with members."""

    unit: str = "m"


@dataclass
class Squared:
    """A dataclass that keeps what it works out."""

    side: int = 2

    @functools.cached_property
    def area(self) -> int:
        """The area."""
        return self.side**2


class Plain:
    """A class that keeps what it works out."""

    def __init__(self, side: int) -> None:
        self.side = side

    @functools.cached_property
    def area(self) -> int:
        """The area."""
        return self.side**2


class Telling:
    """An object that tells its identity wrongly."""

    def __lineage_token__(self) -> int:
        return 5


def plus_one(function: Callable[[int], int]) -> Callable[[int], int]:
    """Decorate."""

    @functools.wraps(function)
    def inner(x: int) -> int:
        return function(x) + 1

    return inner


@plus_one
def decorated(x: int) -> int:
    """Return it."""
    return x


def table(**members: int) -> Table:
    """Make one with members."""
    made = Table()
    made.update(members)
    return made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(Scaled(1.0), Scaled(2.0), id="what __post_init__ made of an InitVar"),
        pytest.param(table(a=1), table(a=2), id="members of a dataclass that is a dict"),
        pytest.param(table(), Table(unit="s"), id="its fields"),
        pytest.param(decorated, decorated.__wrapped__, id="a decorated function and the one inside"),  # type: ignore[attr-defined]
        pytest.param(Words(["a"]), {"a"}, id="a set of a class of its own and a plain one"),
        pytest.param(Words(["a"]), Words(["b"]), id="members of a set"),
    ],
)
def test_what_differs_has_digests_that_do(one: Any, other: Any) -> None:
    """Whatever a step could tell apart is told apart, also where it is no field of a dataclass."""
    assert parameter_digest(one) != parameter_digest(other)


@pytest.mark.parametrize("make", [Squared, lambda: Plain(2)], ids=["a dataclass", "a plain class"])
@pytest.mark.parametrize("digest", [parameter_digest, value_digest])
def test_what_a_cached_property_has_kept_counts(make: Callable[[], Any], digest: Callable[[Any], str]) -> None:
    """It is used from then on, and may have been worked out of more than the rest of the object: data, a seed."""
    one, other = make(), make()
    one.__dict__["area"], other.__dict__["area"] = 4, 5
    assert digest(one) != digest(other)


def test_what_was_asked_of_a_sparse_matrix_says_nothing() -> None:
    """scipy notes in the matrix whether its indices are sorted, once somebody has asked."""
    sparse = pytest.importorskip("scipy.sparse")
    fresh, asked = sparse.csr_matrix(np.eye(3)), sparse.csr_matrix(np.eye(3))
    assert asked.has_canonical_format
    assert value_digest(asked) == value_digest(fresh)
    assert value_digest(sparse.csr_matrix(2 * np.eye(3))) != value_digest(fresh)


def test_own_sets_have_one_digest_in_every_process() -> None:
    """The order of a set depends on the hash seed, that of a set of the user's own class too."""
    code = (
        "from test_values_of_classes import Words\n"
        "from lineage.fingerprint.values import parameter_digest, value_digest\n"
        "words = Words(['a', 'b', 'c', 'd', 'e'])\n"
        "print(parameter_digest(words), value_digest([words]))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=__file__.rpartition("/")[0],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def test_an_identity_that_is_no_text_is_refused() -> None:
    """A __lineage_token__ that returns a number is told with what, why and fix."""
    with pytest.raises(FingerprintError, match=r"a test_values_of_classes\.Telling has no fingerprint") as caught:
        parameter_digest(Telling())
    assert caught.value.why == "its __lineage_token__() gave no text but int"
    assert caught.value.fix == "return a text from it that differs wherever the objects do"


def test_a_refusal_has_no_address() -> None:
    """What pickle says about an object is told without where it lies in memory."""
    with pytest.raises(FingerprintError) as caught:
        parameter_digest(functools.lru_cache(plus_one))
    assert "0x" not in str(caught.value.why)
