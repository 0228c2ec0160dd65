"""From the bytes of a source file to its packed index."""

from __future__ import annotations

import ast
import gc
import io
import marshal
import re
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from xxhash import xxh3_128_hexdigest

from lineage.fingerprint.bindings import bound_names
from lineage.fingerprint.declarations import Reader
from lineage.fingerprint.lines import Lines
from lineage.fingerprint.settled import singly
from lineage.fingerprint.source import FORMAT, packed_error
from lineage.fingerprint.statements import pack_statements, top_level

__all__ = ["read_index", "source_block"]

Packed = tuple[Any, ...]

_IMPORT = r"(?m)^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?[ \t]*(\w*)|import[ \t]+([\w.]+))"
_DEEP = 50_000  # frames, for expressions of thousands of terms; a Python frame costs no C stack since 3.11
_DEEP_STACK = 512 * 1024 * 1024  # address space, of which only what is used becomes memory


def read_index(data: bytes, content: str) -> Packed:
    """Read a source file.

    Parameters
    ----------
    data : bytes
        The file.
    content : str
        The digest of `data`.

    Returns
    -------
    tuple
        What `lineage.fingerprint.source.SourceIndex` unpacks. A file that does not parse has its error in it and no
        declarations; its closure is its whole text.
    """
    collecting = gc.isenabled()
    gc.disable()  # trees are many objects and no garbage: collecting while they are built costs a quarter of the time
    try:
        return _read(data, content)
    except RecursionError:
        return _deeply(lambda: _read(data, content)) or _too_deep(data, content)
    finally:
        if collecting:
            gc.enable()


def _read(data: bytes, content: str) -> Packed:
    try:
        text = _decode(data)
        tree = ast.parse(data)
    except SyntaxError as error:
        where = f" at line {error.lineno}" if error.lineno else ""
        return packed_error(content, f"has a syntax error{where}: {error.msg}")
    except (ValueError, LookupError) as error:  # null bytes, undecodable text, an unknown encoding
        return packed_error(content, f"cannot be read: {error}")
    except MemoryError:
        return _too_deep(data, content)
    lines = Lines(text)
    executed = (one for statement in top_level(tree.body) for one in singly(statement))
    bound = {statement: tuple(dict.fromkeys(bound_names(statement))) for statement in executed}
    binds = _counts(bound.values())
    reader = Reader(tree, lines, binds)
    units = pack_statements(tree, lines, reader, binds, bound)
    declared, calls = reader.pack()
    return (FORMAT, content, None, declared, marshal.dumps(calls), marshal.dumps(units))


def source_block(path: str, content: str | None, span: tuple[int, int] | None, data: bytes | None = None) -> str:
    """Return lines of a source file, provided that it still is what it was.

    Parameters
    ----------
    path : str
        The file.
    content : str or None
        The digest that its bytes must have.
    span : tuple of (int, int) or None
        First and last line, ``None`` for all.
    data : bytes, optional
        Its bytes, of a source that is no file.

    Returns
    -------
    str
        Empty where the file has changed or is gone.
    """
    try:
        if data is None:
            with open(path, "rb") as file:
                data = file.read()
        if xxh3_128_hexdigest(data) != content:
            return ""
        text = _decode(data)
    except (OSError, ValueError, LookupError, SyntaxError):
        return ""
    return text if span is None else Lines(text).block(*span)


def _counts(bound: Iterable[tuple[str, ...]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for names in bound:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _too_deep(data: bytes, content: str) -> Packed:
    """Take a file that the compiler reads but this cannot by its bytes; what it imports is found by its lines."""
    text = data.decode("utf-8", "replace")
    found = re.findall(_IMPORT, text)
    names = {right or (left + name if left.endswith(".") else f"{left}.{name}") for left, name, right in found}
    return packed_error(content, "is nested too deeply to be read", tuple(sorted(names)))


def _decode(data: bytes) -> str:
    head = data[:400].split(b"\n", 2)
    if any(b"coding" in line for line in head[:2]):
        import tokenize  # dear, and most files do without

        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    return data.decode("utf-8-sig")


def _deeply(work: Callable[[], Packed]) -> Packed | None:
    """Do something that needs a deep stack in a thread that has one; ``None`` where even that is not enough."""
    found: list[Packed] = []

    def run() -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP))
        try:
            found.append(work())
        except (RecursionError, MemoryError):
            pass
        finally:
            sys.setrecursionlimit(limit)

    before = threading.stack_size(_DEEP_STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    return found[0] if found else None
