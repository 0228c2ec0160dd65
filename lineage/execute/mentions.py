"""Texts of a step that may name files which nobody hears being opened, since C code opens them by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from lineage.model.plan import Call, Value

__all__ = ["arguments", "texts"]


def arguments(call: Call) -> Iterator[str]:
    """Yield the arguments of a call that may be paths."""
    for _, argument in call.arguments:
        if isinstance(argument, Value) and isinstance(argument.value, str | os.PathLike):
            yield os.fspath(argument.value)


def texts(function: Callable[..., Any]) -> Iterator[str]:
    """Yield the literal texts in a function."""
    waiting: list[Any] = [getattr(function, "__code__", None)]
    while waiting:
        constant = waiting.pop()
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple | frozenset):
            waiting += constant
        elif isinstance(constant, CodeType):
            waiting += constant.co_consts
