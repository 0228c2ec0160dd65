"""What a format is: how one kind of value becomes bytes, and how it comes back.

To add one, write a class with the attributes of `Format` and name it in an entry point of the group
``lineage.formats`` (or, inside this package, in `lineage.formats.registry`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from lineage.fingerprint.values import combined_digest

if TYPE_CHECKING:
    from lineage.model.stored import Stat

from lineage.model.stored import Stored

__all__ = ["Encoded", "Format", "stored_as"]

Buffer = bytes | bytearray | memoryview


class Encoded:
    """A value on its way into a store: exactly one of `buffers`, `file` and `tree` is set.

    Attributes
    ----------
    buffers : sequence of bytes or memoryview, or None
        The bytes, in pieces; they may be a view of the value's own memory.
    file, tree : str or None
        A file or folder that holds the bytes already.
    move : bool
        Whether the store may take that file or folder away.
    digest : str or None
        Digest of the value; None where it follows from the stored bytes and `salt` (see `stored_as`), so that a large
        value is hashed only once.
    salt : str
        What belongs to the value beside the stored bytes (the numpy type of a number, the suffix of a file).
    summary : dict
        Plain JSON about the value, for people and for reading it back.
    type : str
        The value's type as people write it.
    remark : str
        What the user is to be told about how the value is stored, as a sentence about "it"; mostly ''.
    """

    __slots__ = ("buffers", "digest", "file", "move", "remark", "salt", "summary", "tree", "type")

    def __init__(
        self,
        type: str,
        summary: dict[str, Any],
        buffers: Sequence[Buffer] | None = None,
        *,
        file: str | None = None,
        tree: str | None = None,
        move: bool = False,
        digest: str | None = None,
        salt: str = "",
        remark: str = "",
    ) -> None:
        self.type = type
        self.summary = summary
        self.buffers = buffers
        self.file = file
        self.tree = tree
        self.move = move
        self.digest = digest
        self.salt = salt
        self.remark = remark


class Format(Protocol):
    """Stores one kind of value.

    It may also have a method ``preview(value) -> dict``: what people are shown of it, see `lineage.formats.preview`.

    Attributes
    ----------
    name : str
        Its name in records; never changes, or old artifacts cannot be read.
    extension : str
        ``.npy``: the readable path of an artifact ends in it, so ordinary tools must be able to open the bytes.
    safe : bool
        Whether reading untrusted bytes can run no code.
    """

    name: str
    extension: str
    safe: bool

    def accepts(self, value: object) -> bool:
        """Return whether this format gives back exactly this value: its type too."""

    def encode(self, value: Any) -> Encoded:
        """Return a value's bytes; raise `FormatError` if that turns out to be impossible."""

    def decode(self, path: str, summary: dict[str, Any]) -> object:
        """Return the value whose bytes are at a path, which must not be written to."""


def stored_as(format: Format, encoded: Encoded, blob: str, size: int, stat: Stat | None) -> Stored:
    """Return the record of a value that a store has taken.

    Parameters
    ----------
    format : Format
        What encoded it.
    encoded : Encoded
        What it became.
    blob : str
        Hash that the store gave it.
    size : int
        Bytes stored.
    stat : tuple of int or None
        The stored object's stat.

    Returns
    -------
    Stored
        With the value's digest: the encoded one, or else one made of format, salt and blob hash, so that equal bytes in
        two formats (a text and a number) remain two values.
    """
    digest = encoded.digest or combined_digest(format.name, encoded.salt, blob)
    return Stored(digest, blob, size, format.name, encoded.type, encoded.summary, stat)
