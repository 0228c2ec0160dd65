"""A record of one execution as it is shared: JSON that explains itself, signed over its canonical form.

It has what the metadata store has of a step run: ingredients, inputs, parameters, outputs, metrics, cost and who made
it, so that a colleague's or CI's result can be explained and compared. The blobs it names carry a sha256: the hash that
objects are named by is made for speed, and can be collided on purpose.

What is not signed has a checksum over the same: it tells that a record is as it was written, not who wrote it.

The signature is HMAC-SHA256 (RFC 2104) over JSON with sorted keys and no spaces, of all but the signature itself.
Whoever has the key can sign; it shows that the record comes from somebody the key was given to, and no more.
"""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any

from lineage.model.stored import Entry, Stored

__all__ = ["VERSION", "SharedRecord", "canonical", "checksum", "labelling", "sealed", "signature"]

#: Of the layout in the place that is shared.
VERSION = 1


def canonical(content: dict[str, Any]) -> bytes:
    """Return the bytes that are signed: those of all fields but the seal itself."""
    fields = {name: value for name, value in content.items() if name not in ("signature", "checksum")}
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def signature(content: dict[str, Any], secret: bytes) -> str:
    """Return the signature of a record with a key."""
    return hmac.new(secret, canonical(content), sha256).hexdigest()


def checksum(content: dict[str, Any]) -> str:
    """Return what tells whether a record that is not signed is as it was written."""
    return sha256(canonical(content)).hexdigest()


def labelling(output: dict[str, Any], made: object) -> dict[str, Any]:
    """Return what is said of an object, to be sealed: its bytes, and as what they were written.

    Without the format the bytes of a text that somebody has vouched for could be named a pickle, and be run.
    """
    told = {name: output[name] for name in ("blob", "sha256", "sent", "tree", "format")}
    return {**told, "version": VERSION, "of": output["blob"], "made": made}


def sealed(content: dict[str, Any], key: tuple[str, bytes] | None) -> bytes:
    """Return a record as it is sent, signed if there is a key (its id and its secret)."""
    content = {**content, "key": None if key is None else key[0]}
    if key is not None:
        content["signature"] = signature(content, key[1])
    else:
        content["checksum"] = checksum(content)
    return json.dumps(content, sort_keys=True).encode()


class SharedRecord:
    """What somebody's execution of a step gave.

    Parameters
    ----------
    content : dict
        The record's fields.
    key : str or None
        The id of the key that vouches for it, once its signature was found right.

    Attributes
    ----------
    fingerprint : str
        What it is the result of.
    outputs : tuple of Stored
        In the order of the step's outputs.
    discovered : tuple of Entry
        What the step was seen to read.
    seconds : float
        Wall seconds of the execution.
    metrics : dict of str to float
        The numbers that it returned.
    previews : dict of str to str
        As of `lineage.records.protocol.StepOutcome`.
    """

    def __init__(self, content: dict[str, Any], key: str | None = None) -> None:
        self.content = content
        self.key = key
        self.fingerprint = str(content["fingerprint"])
        self.task = str(content["task"])
        if not isinstance(content["outputs"], list) or not isinstance(content["metrics"], dict):
            raise TypeError("it is not laid out as records are")
        self.outputs = tuple(_stored(each) for each in content["outputs"])
        self.discovered = tuple(Entry(*map(str, each)) for each in content["discovered"])
        self.seconds = float(content["seconds"])
        self.metrics = {str(name): float(value) for name, value in content["metrics"].items()}
        self.previews = {str(name): str(text) for name, text in dict(content["previews"]).items()}

    @property
    def made(self) -> dict[str, Any]:
        """Who made it, where and when."""
        made = self.content.get("made")
        return made if isinstance(made, dict) else {}

    @property
    def by(self) -> str:
        """Who made it, for people: ``ci@runner, commit 1a2b3c4``, ``with changes`` if not all was committed."""
        made = self.made
        who = f"{made.get('user') or '?'}@{made.get('host') or '?'}"
        commit = str(made.get("commit") or "")[:7]
        changes = " with changes" if made.get("dirty") else ""
        return who + (f", commit {commit}{changes}" if commit else "")

    def blobs(self) -> list[dict[str, Any]]:
        """Return the outputs with what is needed to fetch them."""
        return list(self.content["outputs"])

    def digests(self) -> tuple[str, ...]:
        """Return the digests of the outputs."""
        return tuple(stored.digest for stored in self.outputs)


def _stored(fields: dict[str, Any]) -> Stored:
    summary, _, _ = fields["summary"], int(fields["sent"]), bool(fields["tree"])  # what is needed to fetch it
    if not isinstance(summary, dict) or not _is_hash(fields["blob"], 32) or not _is_hash(fields["sha256"], 64):
        raise ValueError("an output is malformed")
    texts = (str(fields["format"]), str(fields["type"]))
    return Stored(str(fields["digest"]), fields["blob"], int(fields["size"]), *texts, summary)


def _is_hash(text: object, length: int) -> bool:
    return isinstance(text, str) and len(text) == length and not text.strip("0123456789abcdef")
