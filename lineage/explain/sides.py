"""What is compared: the manifest of one moment, with the code and the inputs behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lineage.model.stored import Entry

__all__ = ["Origin", "Part", "Side"]


class Part(Protocol):
    """One function, class or constant of a code closure (`model.history.CodePart`, `fingerprint.code.CodeEntry`)."""

    @property
    def name(self) -> str:
        """``tasks.digits:prep``."""

    @property
    def digest(self) -> str:
        """Of the normalised statement."""

    @property
    def file(self) -> str:
        """Relative to the project."""

    @property
    def line(self) -> int:
        """Its first line."""

    @property
    def via(self) -> str:
        """``trainer -> prep -> helper.scale``."""


class Origin:
    """Where the value of an input came from.

    Attributes
    ----------
    artifact : str
        ``digits/model``.
    version : int or None
        Its number; ``None`` where nothing has that value under that name yet.
    digest : str
        Of the value.
    made_by : str or None
        The task that executed to make it.
    run : int or None
        The run in which it did.
    fingerprint : str or None
        Of that execution; ``None`` where nobody knows that the value came from executing it.
    """

    __slots__ = ("artifact", "digest", "fingerprint", "made_by", "run", "version")

    def __init__(
        self,
        artifact: str,
        digest: str,
        version: int | None = None,
        made_by: str | None = None,
        run: int | None = None,
        fingerprint: str | None = None,
    ) -> None:
        self.artifact = artifact
        self.digest = digest
        self.version = version
        self.made_by = made_by
        self.run = run
        self.fingerprint = fingerprint

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return {
            "artifact": self.artifact,
            "version": self.version,
            "digest": self.digest,
            "made_by": self.made_by,
            "run": self.run,
        }


class Side(Protocol):
    """What a step was, or would be, made from at one moment.

    What is behind the entries is asked only where they differ.
    """

    @property
    def entries(self) -> Sequence[Entry]:
        """The manifest."""

    @property
    def step(self) -> str:
        """Module and name of the step: ``tasks.digits:svc_trainer``."""

    @property
    def run(self) -> int | None:
        """The run that it is told of; ``None`` for the present."""

    def parts(self, code: str) -> Sequence[Part]:
        """Return the parts of a code digest; none where they are not known."""

    def wide(self, code: str) -> Sequence[str]:
        """Say where more of the code was taken than is certainly needed."""

    def text(self, part: Part) -> str:
        """Return the source text of a part, empty where it is not known."""

    def origin(self, slot: str) -> Origin | None:
        """Say where an input came from."""
