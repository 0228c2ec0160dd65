"""What is known of objects that lie elsewhere: which of the places has them, their sha256, and who vouches for them.

A file beside the objects, to which lines are appended; the last one about an object counts. It tells without a request
that something can be fetched, so that a `doit` with nothing to do needs none; a place that turns out not to have it any
more is believed instead.

Each line is followed by one with its checksum, which an older lineage passes over, as lines of an older one have none.
A line that is damaged tells nothing, and is asked again; `lineage fsck` says so and blanks it.

The hash that objects are named by here is made for speed, and two objects with one hash can be made on purpose. So what
comes from elsewhere is compared with a sha256 that came in a record.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from errno import ENOSPC
from typing import Any

from lineage.errors.refusal import refused

__all__ = ["OWN", "Elsewhere", "Known"]

#: Stands where the id of a key would, of what was made here: its sha256 was taken from our own bytes.
OWN = "own"


class Known:
    """What is known of one object that lies elsewhere.

    Attributes
    ----------
    place : str
        Which place has it, by its address as shown.
    sha256 : str
        Of what is sent: of a file its bytes, of a folder its archive.
    size : int
        Bytes that are sent.
    is_tree : bool
        Whether it is a folder.
    key : str or None
        The id of the key that the record which names it is signed with, if somebody vouches for it; or `OWN`.
    format : str or None
        The format that was signed with it: as another one nobody vouches for it. A line of an older lineage has none.
    taken : bool
        Whether it was brought here from there; what lies here otherwise was made here.
    """

    __slots__ = ("format", "is_tree", "key", "place", "sha256", "size", "taken")

    def __init__(
        self,
        place: str,
        sha256: str,
        size: int,
        *,
        is_tree: bool = False,
        key: str | None = None,
        format: str | None = None,
        taken: bool = False,
    ) -> None:
        self.place = place
        self.sha256 = sha256
        self.size = size
        self.is_tree = is_tree
        self.key = key
        self.format = format
        self.taken = taken

    def but(self, *, taken: bool) -> Known:
        """Return the same, but for whether it was brought here."""
        return Known(**(self.plain() | {"taken": taken}))

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in the file."""
        return {name: getattr(self, name) for name in self.__slots__}


class Elsewhere:
    """What is known of objects that lie elsewhere.

    Parameters
    ----------
    path : str
        The file.
    read_only : bool
        Remember only for now.
    """

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._known: dict[str, Known] | None = None
        self._gone: set[str] = set()
        self._spoilt: dict[str, str] = {}
        self._damaged: list[tuple[int, int]] = []
        #: What was made here as what can run code -> the sha256 that it had then, where somebody else may change it.
        self._own: dict[str, str] = {}

    def was_gone(self, blob: str) -> bool:
        """Whether an object was not where it was said to be, when it was asked for last."""
        self._all()
        return blob in self._gone

    def lose(self, blob: str) -> None:
        """Remember that an object is not where it was said to be: records that name it are not believed at once."""
        self._all().pop(blob, None)
        self._gone.add(blob)
        self._append({"blob": blob, "gone": True})

    def spoil(self, blob: str, place: str) -> None:
        """Remember that what a place has is not what was promised: it is nowhere until it is sent there again."""
        self._all().pop(blob, None)
        self._spoilt[blob] = place
        self._append({"blob": blob, "spoilt": place})

    def is_spoilt(self, blob: str, place: str | None = None) -> bool:
        """Whether that is so, of a place or of any."""
        self._all()
        return blob in self._spoilt and place in (None, self._spoilt[blob])

    def mend(self, blob: str, place: str) -> None:
        """Forget that it was so: it was sent to the place again."""
        if self.is_spoilt(blob, place):
            del self._spoilt[blob]
            self._append({"blob": blob, "mended": place})

    def note_own(self, blob: str, sha256: str = "") -> None:
        """Remember that an object was made here as what can run code, which a text of the same bytes would not."""
        self._all()
        if self._own.get(blob) != sha256:
            self._own[blob] = sha256
            self._append({"blob": blob, "own": True, **({"sha256": sha256} if sha256 else {})})

    def is_own(self, blob: str) -> bool:
        """Whether an object was made here as what can run code; by another process meanwhile, perhaps."""
        return self.own(blob) is not None

    def own(self, blob: str) -> str | None:
        """Return the sha256 of an object that was made here as what can run code ('' where none was noted)."""
        self._all()
        if blob not in self._own:
            now = Elsewhere(self.path, read_only=True)
            now._all()
            self._own |= now._own
        return self._own.get(blob)

    def get(self, blob: str) -> Known | None:
        """Return what is known of an object."""
        return self._all().get(blob)

    @property
    def has_taken(self) -> bool:
        """Whether any object was brought here from elsewhere."""
        return any(known.taken for known in self._all().values())

    def set(self, blob: str, known: Known | None, *, always: bool = False) -> None:
        """Remember something of an object; ``None`` that it is nowhere else, or was made here.

        With `always` it is kept even by a command that only reads: that an object is about to come from elsewhere must
        not be forgotten, since whatever lies here otherwise counts as made here.
        """
        before = self._all().get(blob)
        if (before and before.plain()) == (known and known.plain()):
            return
        if known is None:
            del self._all()[blob]
        else:
            self._all()[blob] = known
            self._gone.discard(blob)
        if always or not self._read_only:
            self._append({"blob": blob, **(known.plain() if known else {})})

    def damaged(self) -> int:
        """Return how many lines are not as they were written."""
        self._all()
        return len(self._damaged)

    def blank(self) -> None:
        """Overwrite what is damaged with line feeds, in place: others append to the file at any moment.

        Raises
        ------
        StoreError
            If it cannot be written to.
        """
        self._all()
        try:
            with open(self.path, "r+b") as file:
                for begin, end in self._damaged:
                    file.seek(begin)
                    file.write(b"\n" * (end - begin))
        except OSError as error:
            raise refused(f"cannot write to {self.path}", error, self.path) from error
        self._damaged = []

    def _append(self, line: dict[str, Any]) -> None:
        try:
            # One write to the end of a file is whole, also beside other processes'; but not on a full disk, so that
            # each begins a line of its own.
            text = json.dumps(line).encode()
            data = b"\n%b\n#%08x\n" % (text, zlib.crc32(text))
            fd = self._opened()
            try:
                if os.write(fd, data) != len(data):
                    raise OSError(ENOSPC, os.strerror(ENOSPC), self.path)
            finally:
                os.close(fd)
        except OSError as error:
            raise refused(f"cannot write to {self.path}", error, self.path) from error

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(self.path, flags, 0o644)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            return os.open(self.path, flags, 0o644)

    def _all(self) -> dict[str, Known]:
        if self._known is None:
            self._known = {}
            try:
                with open(self.path, "rb") as file:
                    data = file.read()
            except OSError:
                data = b""
            for begin, end, line, is_whole in _lines(data):
                if is_whole is False or not (self._take(line) or is_whole):
                    self._damaged.append((begin, end))
        return self._known

    def _take(self, line: bytes) -> bool:
        """Believe a line, if it is one."""
        assert self._known is not None, "it is being read"
        try:
            fields = json.loads(line)
            blob = fields.pop("blob")
            if "mended" in fields:
                self._spoilt.pop(blob, None)
            elif "spoilt" in fields:
                self._known.pop(blob, None)
                self._spoilt[blob] = str(fields["spoilt"])
            if fields.get("own"):
                self._own[blob] = str(fields.get("sha256", ""))
            elif fields.get("gone"):
                self._known.pop(blob, None)
                self._gone.add(blob)
            elif fields:
                self._gone.discard(blob)
                self._known[blob] = Known(fields.pop("place"), fields.pop("sha256"), fields.pop("size"), **fields)
            else:
                self._known.pop(blob, None)
        except (ValueError, KeyError, TypeError, AttributeError):
            return False  # a torn line, or one of a newer lineage: what it told is asked again
        return True


def _lines(data: bytes) -> Iterator[tuple[int, int, bytes, bool | None]]:
    """Yield each line that tells something: where it begins and ends, itself, and whether its checksum is right.

    The end is that of its checksum; the last is None if there is none.
    """
    begin = 0
    told: tuple[int, bytes] | None = None
    for line in data.split(b"\n"):
        end = begin + len(line)
        has_sum = told is not None and line.startswith(b"#")
        if told is not None:
            at, text = told
            is_whole = line == b"#%08x" % zlib.crc32(text) if has_sum else None
            yield at, end if has_sum else at + len(text), text, is_whole
        told = (begin, line) if line and not has_sum else None
        begin = end + 1
    if told is not None:
        yield told[0], len(data), told[1], None
