"""The project's code: its files, its modules, and the dependency closure of a function."""

from __future__ import annotations

import marshal
import os
import time
from typing import Any

from xxhash import xxh3_128_hexdigest

from lineage.fingerprint.modules import Modules, source_roots
from lineage.fingerprint.source import FORMAT, SourceIndex, empty_index

__all__ = ["Project"]

Stat = tuple[int, int, int, int]


class Project:
    def __init__(self, root: str, cache: str | None = None) -> None:
        self.root = os.path.realpath(root)
        self._cache = cache
        self._modules = Modules(source_roots(self.root))
        self._indexes: dict[str, SourceIndex] = {}
        self._stats: dict[str, Stat | None] = {}

    def refresh(self) -> None:
        self._stats.clear()
        self._indexes.clear()

    def index(self, path: str) -> SourceIndex:
        found = self._indexes.get(path)
        if found is None:
            found = self._indexes[path] = self._read(path)
        return found

    def _read(self, path: str) -> SourceIndex:
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            return empty_index(path, "", f"cannot be read: {error.strerror}")
        from lineage.fingerprint.reading import read_index

        return SourceIndex(path, read_index(data, xxh3_128_hexdigest(data)))

    def find_module(self, dotted: str) -> str | None:
        for package, module in self._modules.candidates(dotted):
            for candidate in (package, module):
                if os.path.isfile(candidate):
                    return candidate
        return None

    def module_name(self, path: str) -> str | None:
        return self._modules.name(path)

    def flush(self) -> None:
        pass
