"""What a worker is told: one call, and all that is needed to execute it in another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.model.plan import Call, StepSpec
    from lineage.model.stored import Stored

__all__ = ["Job"]


class Job:
    """What a worker needs to know to run one call.

    Attributes
    ----------
    call : Call
        The call.
    inputs : dict of (int, int) to Stored
        The artifacts it takes, by call index and output.
    fingerprint : str
        Its fingerprint.
    run_id : int
        The run it belongs to.
    force : bool
        Execute even if another run has given a result meanwhile (`doit -a`).
    verbosity : int
        doit's.
    code_stats : dict of str to tuple
        The stat that each source file of its code had when it was fingerprinted.
    file_stats : dict of str to tuple
        The stat that each input file had then.
    declared : tuple of (list of str, dict of str to tuple)
        The paths and globs in ``depends_on``, and the stat that each file which they name had then.
    makers : dict of int to StepSpec
        The steps that have made its inputs, by call index.
    modules : tuple of str
        The source files of which the top level counts for the step: what they read when they are imported, it reads.
    literals : tuple of str
        The environment variables that these files name: whether those count is told by the code.
    variables : tuple of str
        The environment variables that are part of the fingerprint, and those that are certainly not.
    strict : bool
        Whether it is an error to read what is no input.
    live : frozenset of str or None
        In a notebook, whose modules may have been imported long before this run: the names of all that the step reaches
        (``helper:SCALE``).
    searched : frozenset of str
        The folders from which the step's code imports modules of the project, as far as its text tells.
    imported : frozenset of str
        The names of the modules and packages that it imports, without what is in the packages.
    """

    __slots__ = (
        "call",
        "code_stats",
        "declared",
        "file_stats",
        "fingerprint",
        "force",
        "imported",
        "inputs",
        "literals",
        "live",
        "makers",
        "modules",
        "run_id",
        "searched",
        "strict",
        "variables",
        "verbosity",
    )

    def __init__(
        self,
        call: Call,
        inputs: dict[tuple[int, int], Stored],
        fingerprint: str,
        run_id: int,
        force: bool,
        verbosity: int,
        code_stats: dict[str, Any],
        file_stats: dict[str, Any],
        declared: tuple[list[str], dict[str, Any]],
        makers: dict[int, StepSpec],
        modules: tuple[str, ...] = (),
        literals: tuple[str, ...] = (),
        variables: tuple[str, ...] = (),
        strict: bool = False,
        live: frozenset[str] | None = None,
        searched: frozenset[str] = frozenset(),
        imported: frozenset[str] = frozenset(),
    ) -> None:
        self.call = call
        self.inputs = inputs
        self.fingerprint = fingerprint
        self.run_id = run_id
        self.force = force
        self.verbosity = verbosity
        self.code_stats = code_stats
        self.file_stats = file_stats
        self.declared = declared
        self.makers = makers
        self.modules = modules
        self.literals = literals
        self.variables = variables
        self.strict = strict
        self.live = live
        self.searched = searched
        self.imported = imported
