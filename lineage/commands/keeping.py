"""The parsers of the commands that keep house, with what each says of itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable

__all__ = ["add_keeping"]

_GC = """\
Give back the room of what nobody needs. It may be run beside any number of doit commands, and killed at any moment.

Without an option only garbage goes: objects that no record names (of runs that were killed before they recorded them),
if they are older than a day and than the oldest run that goes on, and what killed processes have left half-written. No
recorded version is touched.

  --keep-last N    of each artifact only the N versions that were used last stay
  --max-size SIZE  versions go until the store fits: what is cheapest to make again for its size goes first

With both, both hold. What stays in any case: what the current state of the pipelines needs, here and in each checkout
with the same records that has run in the last 30 days; what is tagged or pinned; what a run uses that goes on. If
others with records of their own use the same folder, what these name stays too; where they cannot be read, nothing is
collected.

The records keep a version that was collected: `lineage show` tells when and why it went, and how to make it again. A
step that needs it later makes it again.
"""
_GC_EXAMPLES = """\
examples:
  lineage gc --dry-run                     what would go, with dates, sizes and the seconds to make it again
  lineage gc                               only garbage
  lineage gc --keep-last 3 --dry-run
  lineage gc --max-size 20GB               also 500MB, 2GiB, 1.5TB
  lineage gc --keep-last 5 --max-size 2GiB --json

exit codes: 0 done, 1 the store is larger than --max-size because the rest is needed, tagged or pinned, 2 a store cannot
be read or written, 3 a word that means nothing here, or a store whose other users cannot be asked
"""

_FSCK = """\
Check that all that is kept is what was kept.

  objects         each is hashed and compared with its name; a damaged one is moved to .lineage/damaged
  records         the database by its own check, rows that refer to nothing, texts that cannot be read, ingredients
                  that are not those of their fingerprint
  readable paths  each leads to the object that it should
  caches          a damaged one is taken away, and worked out again
  doit's database each entry can be read

What is damaged is told with the artifacts that it is, and how they come back. Nothing damaged is ever loaded, with or
without this command: a step whose artifact is damaged runs again. --repair does so at once for what the current state
of the pipelines needs. An older version is needed by nobody: what makes it again is told, once. What was set aside is
not there to be found damaged a second time, and `lineage show` goes on saying what became of it.
"""
_FSCK_EXAMPLES = """\
examples:
  lineage fsck               find, set aside, tell
  lineage fsck --repair      and make again what the current state needs
  lineage fsck --dry-run     only find
  lineage fsck --json | jq '.found[].what'

exit codes: 0 all is well, or mended; 1 something is damaged or missing and not mended; 2 a store cannot be used at all
"""

_TAG = """\
Give a version of an artifact a name of its own.

It may be written wherever a version's number may: `lineage show digits/model@best`,
`lineage.load("digits/model@best")`.

An artifact has each tag once: given to another version, it moves, and where it was is told. Each artifact has its own
tags. A tagged version is never collected. Whoever shares the records shares the tags.
"""
_TAG_EXAMPLES = """\
examples:
  lineage tag digits/model best            the current version
  lineage tag digits/model@3 best          version 3: the tag moves there
  lineage tag digits/model@best released   another tag for the same version
  lineage tag                              all tags; `lineage tag digits/model` those of one artifact
  lineage tag --delete digits/model@best

exit codes: 0 done, 2 a store cannot be read or written, 3 there is no such version or tag, or it cannot be one
"""
_PIN = """\
Let a version never be collected, whatever `lineage gc` is told.

Without a version, the current one is pinned, and stays pinned when another becomes current.
"""
_PIN_EXAMPLES = """\
examples:
  lineage pin digits/model           the current version
  lineage pin digits/model@3
  lineage pin --list
  lineage pin --remove digits/model@3

exit codes: 0 done, 2 a store cannot be read or written, 3 there is no such version
"""

_EXPORT = """\
Write what was recorded so that other catalogues can read it.

  openlineage  events (START, COMPLETE, FAIL, ABORT), one JSON object a line, for Marquez, DataHub and others: a command
               is the parent of the steps that it executed, artifacts are datasets with our version
  prov         W3C PROV-JSON: versions are entities, executed steps activities, users agents
  ro-crate     one run as a Workflow Run RO-Crate (the profiles Process, Workflow and Provenance Run Crate 0.5): a
               folder, or a zip file if its name ends so; with dodo.py, and with --data the bytes of artifacts

Names, paths, digests, times and parameters are written; what the name of a parameter or the form of a value says to be
a secret is written as ***, and no environment variable is. Nothing is sent anywhere. The same records give the same
identifiers, so that what is exported twice is known to be the same.
"""
_EXPORT_EXAMPLES = """\
examples:
  lineage export --format openlineage > events.ndjson       all runs
  lineage export --format prov -o lineage.json --run 12     one run, with what its cached steps come from
  lineage export --format ro-crate -o run.zip               the newest run
  lineage export --format ro-crate -o crate --data --run 3  a folder, with the artifacts

exit codes: 0 written, 2 it cannot be written or the records cannot be read, 3 there is no such run, or no place for it
"""

Add = Callable[[str, str], argparse.ArgumentParser]


def add_keeping(add: Add) -> None:
    """Add the commands that keep house to the parser of the command line."""
    _gc(add)
    _fsck(add)
    _tag(add)
    _pin(add)
    _export(add)


def _documented(add: Add, name: str, sentence: str, text: str, examples: str) -> argparse.ArgumentParser:
    made = add(name, sentence)
    made.description, made.epilog = text, examples
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    return made


def _gc(add: Add) -> None:
    made = _documented(add, "gc", "give back the room of what nobody needs", _GC, _GC_EXAMPLES)
    made.add_argument("-n", "--dry-run", action="store_true", help="only say what would go")
    made.add_argument("--keep-last", type=int, metavar="N", help="versions of each artifact that stay")
    made.add_argument("--max-size", metavar="SIZE", help="bytes that the store may have: 500MB, 2GiB")
    made.add_argument(
        "--grace", type=float, default=24.0, metavar="HOURS", help="for which what no record names stays (24)"
    )


def _fsck(add: Add) -> None:
    made = _documented(add, "fsck", "check that all that is kept is intact", _FSCK, _FSCK_EXAMPLES)
    how = made.add_mutually_exclusive_group()
    how.add_argument("--repair", action="store_true", help="run what makes damaged artifacts again")
    how.add_argument("-n", "--dry-run", action="store_true", help="only look, and leave everything where it is")


def _tag(add: Add) -> None:
    made = _documented(add, "tag", "give versions names of their own", _TAG, _TAG_EXAMPLES)
    made.add_argument("what", nargs="?", metavar="ARTIFACT[@VERSION]", help="by default the current version")
    made.add_argument("name", nargs="?", metavar="NAME", help="the tag; without one, the artifact's tags are listed")
    made.add_argument("-d", "--delete", action="store_true", help="take the tag away: ARTIFACT@NAME")


def _pin(add: Add) -> None:
    made = _documented(add, "pin", "let versions never be collected", _PIN, _PIN_EXAMPLES)
    made.add_argument("what", nargs="?", metavar="ARTIFACT[@VERSION]", help="by default the current version")
    how = made.add_mutually_exclusive_group()
    how.add_argument("--list", action="store_true", help="list the pins (also without an ARTIFACT)")
    how.add_argument("--remove", action="store_true", help="let it be collected again")


def _export(add: Add) -> None:
    made = _documented(add, "export", "write the records for other catalogues", _EXPORT, _EXPORT_EXAMPLES)
    made.add_argument("--format", required=True, choices=["openlineage", "prov", "ro-crate"], help="see above")
    made.add_argument("-o", "--output", metavar="PATH", help="where to; by default standard output")
    told = "this run (7, last, -2); by default all of them, for a crate the newest"
    made.add_argument("--run", metavar="N", help=told)
    made.add_argument("--data", action="store_true", help="put the bytes of artifacts into a crate")
