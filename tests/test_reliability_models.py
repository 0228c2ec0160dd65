"""Ten kinds of model: equal values have equal digests, whatever the hash seed, and also when loaded and saved again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from faults import Fault
from projects import Project

Write = Callable[[Mapping[str, str]], Project]

KINDS = {
    "svc": "SVC(gamma=0.01)",
    "forest": "RandomForestClassifier(10, random_state=0)",
    "boosting": "HistGradientBoostingClassifier(max_iter=5, random_state=0)",
    "network": "MLPClassifier((8,), max_iter=5, random_state=0)",
    "pipeline": "make_pipeline(StandardScaler(), LogisticRegression(max_iter=20))",
    "columns": "make_pipeline(ColumnTransformer([('a', StandardScaler(), [0, 1, 2])]), GaussianNB())",
    "neighbours": "KNeighborsClassifier(3)",
    "tree": "DecisionTreeClassifier(random_state=0)",
    "text": "make_pipeline(FunctionTransformer(as_text), TfidfVectorizer(stop_words=['one']), LogisticRegression())",
    "search": "GridSearchCV(Ridge(), {'alpha': [0.1, 1.0]})",
}

MODELS = {
    "dodo.py": f"""\
from lineage import pipeline
from steps import measure, resave, train


@pipeline
def p(kinds={list(KINDS)!r}):
    for kind in kinds:
        model = train(kind)
        again = resave(model)
        score = measure(again)
""",
    "steps.py": """\
import warnings

from lineage import step
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]


def as_text(X):
    return [" ".join(WORDS[int(value)] for value in row) for row in X]


def made(kind):
    return KINDS[kind]()


@step
def train(kind: str) -> BaseEstimator:
    X, y = load_iris(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return made(kind).fit(X, y)


@step
def resave(model: BaseEstimator) -> BaseEstimator:
    return model


@step
def measure(model: BaseEstimator) -> float:
    X, y = load_iris(return_X_y=True)
    return float(model.score(X, y))


KINDS = {
"""
    + "".join(f"    {name!r}: lambda: {code},\n" for name, code in KINDS.items())
    + "}\n",
}


def digests(project: Project) -> dict[str, str]:
    """Return the digest of each output of the newest run."""
    return {name: step["outputs"][0]["digest"] for name, step in project.steps().items()}


@pytest.mark.fault(name="models")
def test_ten_kinds_of_model(project: Write, fault: Fault) -> None:
    """Trained and re-saved under two hash seeds: one digest each, and what comes after is not run."""
    made = project(MODELS)
    made.doit(env={"PYTHONHASHSEED": "1"})
    first = digests(made)
    assert len(first) == 3 * len(KINDS)
    trained = {name.partition("@")[2]: digest for name, digest in first.items() if name.startswith("train")}
    resaved = {name.partition("@")[2]: digest for name, digest in first.items() if name.startswith("resave")}
    assert sorted(trained.values()) == sorted(resaved.values())
    assert len(set(trained.values())) == len(KINDS)
    # Trained once more by a process with another seed: equal values, so nothing after it runs.
    made.doit("-a", *(f"p:{name}" for name in first if name.startswith("train")), env={"PYTHONHASHSEED": "2"})
    again = {name: digest for name, digest in digests(made).items() if name.startswith("train")}
    assert again == {name: first[name] for name in again}
    assert len(again) == len(KINDS)
    statuses = made.rerun(env={"PYTHONHASHSEED": "2"})
    assert set(statuses.values()) == {"cached"}
    # And in a history of its own.
    other = Project(made.path.parent / "other").write(MODELS)
    other.doit(env={"PYTHONHASHSEED": "2"})
    assert digests(other) == first
    fault.count(kinds=len(KINDS), executions=7 * len(KINDS))
