"""Recognise handwritten digits: plain typed functions; dodo.py links them."""

from typing import NamedTuple

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from lineage import step


class Digits(NamedTuple):
    """Images of 8 x 8 pixels and the digits they show, in a part to learn from and a part to test with."""

    X_train: np.ndarray  # (n_train, 64), grey levels 0-16
    X_test: np.ndarray  # (n_test, 64)
    y_train: np.ndarray  # (n_train,), digits 0-9
    y_test: np.ndarray  # (n_test,)


@step
def importer(test_size: float = 0.2) -> Digits:
    """Load the digits and split them."""
    X, y = load_digits(return_X_y=True)
    return Digits(*train_test_split(X, y, test_size=test_size, shuffle=False))


@step
def svc_trainer(X_train: np.ndarray, y_train: np.ndarray, gamma: float = 0.001) -> ClassifierMixin:
    """Train a support vector classifier."""
    return SVC(gamma=gamma).fit(X_train, y_train)


@step
def tree_trainer(X_train: np.ndarray, y_train: np.ndarray, seed: int = 0) -> ClassifierMixin:
    """Train a decision tree."""
    return DecisionTreeClassifier(random_state=seed).fit(X_train, y_train)


@step
def evaluator(X_test: np.ndarray, y_test: np.ndarray, model: ClassifierMixin) -> float:
    """Share of the test digits that the model recognises."""
    return float(model.score(X_test, y_test))
