"""``lineage new NAME``: write the smallest project that runs."""

from __future__ import annotations

import errno
import json
import os
from typing import TextIO

from lineage.errors import UsageError

__all__ = ["FILES", "new"]

_DODO = '''\
"""What is made: `doit` brings it up to date, `doit list --all` shows the steps."""

from lineage import pipeline

from steps import flowers, forest, score


@pipeline
def iris(trainer=forest, test_size=0.25):
    """Train a model to tell irises apart, and see how good it is."""
    X_train, X_test, y_train, y_test = flowers(test_size=test_size)
    model = trainer(X_train, y_train)
    accuracy = score(model, X_test, y_test)
'''

_STEPS = '''\
"""The steps: plain typed functions. Change one, and `doit` runs just what must run again."""

from typing import NamedTuple

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from lineage import step


class Flowers(NamedTuple):
    X_train: np.ndarray  # (n_train, 4), cm
    X_test: np.ndarray
    y_train: np.ndarray  # (n_train,), species 0-2
    y_test: np.ndarray


@step
def flowers(test_size: float = 0.25) -> Flowers:
    """Load the irises and split them."""
    X, y = load_iris(return_X_y=True)
    return Flowers(*train_test_split(X, y, test_size=test_size, random_state=0))


@step
def forest(X_train: np.ndarray, y_train: np.ndarray, trees: int = 50) -> ClassifierMixin:
    """Train a random forest."""
    return RandomForestClassifier(n_estimators=trees, random_state=0).fit(X_train, y_train)


@step
def linear(X_train: np.ndarray, y_train: np.ndarray) -> ClassifierMixin:
    """Train a logistic regression: try `doit trainer=linear`."""
    return LogisticRegression(max_iter=500).fit(X_train, y_train)


@step
def score(model: ClassifierMixin, X_test: np.ndarray, y_test: np.ndarray) -> float:
    """Return the share of irises that the model tells right."""
    return float(model.score(X_test, y_test))
'''

_README = """\
# {name}

    doit                    bring everything up to date
    doit trainer=linear     swap the trainer, for this command only
    lineage runs            what has run
    lineage show model      where the model came from
"""

#: The files of a new project, by their path.
FILES = {"dodo.py": _DODO, "steps.py": _STEPS, "README.md": _README}


#: What the system refuses because of the name, and not because of the state of the disk.
_OF_THE_NAME = frozenset({errno.EEXIST, errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG})
_OF_THE_NAME |= {errno.ENOTDIR}


def new(name: str, out: TextIO, *, as_json: bool = False) -> int:
    """Write a new project.

    Parameters
    ----------
    name : str
        Its folder; must not exist, or be empty.
    out : TextIO
        Where to print.
    as_json : bool
        Print JSON.

    Raises
    ------
    UsageError
        If there is something at that place already, or there can be no folder of that name; nothing is overwritten.
    """
    _check(name)
    try:
        os.makedirs(name, exist_ok=True)
        for path, text in FILES.items():
            with open(os.path.join(name, path), "x", encoding="utf-8") as file:
                file.write(text.replace("{name}", os.path.basename(os.path.abspath(name))))
    except OSError as error:
        from lineage.errors.refusal import refused

        told = refused(f"cannot write the project {name}", error, os.path.join(name, "dodo.py"), named=True)
        raise (UsageError(told.what, why=told.why, fix=told.fix) if error.errno in _OF_THE_NAME else told) from error
    if as_json:
        out.write(json.dumps({"project": os.path.abspath(name), "files": sorted(FILES)}, indent=1) + "\n")
    else:
        out.write(f"made {os.path.join(name, '')} with {', '.join(FILES)}\nnow: {_way_to(name)}doit\n")
    return 0


def _check(name: str) -> None:
    """Refuse a name under which there can be no project that is read and typed as others are."""
    if not name.isprintable() or not name.strip():
        raise UsageError(
            f"{name!r} is no name for a project",
            why="it is empty, or holds characters that cannot be shown",
            fix="choose another name: `lineage new demo`",
        )
    if os.path.isdir(name) and os.listdir(name):
        raise UsageError(
            f"the folder {name} is not empty",
            why="nothing is overwritten, nor mixed with what is there",
            fix="choose another name, or empty the folder",
        )
    if os.path.lexists(name) and not os.path.isdir(name):
        raise UsageError(f"{name} exists already", why="nothing is overwritten", fix="choose another name")


def _way_to(name: str) -> str:
    """Return the beginning of a shell command that goes to the project, whatever its name; '' for where one is."""
    if os.path.abspath(name) == os.getcwd():
        return ""
    from shlex import quote

    return f"cd {'-- ' if name.startswith('-') else ''}{quote(name)} && "
