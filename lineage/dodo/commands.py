"""doit's commands, taught about steps.

Each takes the place of doit's command of the same name, for every dodo.py in the environment. One without a pipeline is
handed to doit's own command as if nothing had happened.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from doit import cmd_clean, cmd_forget, cmd_ignore, cmd_info, cmd_list, cmd_resetdep, cmd_run, doit_cmd
from doit.cmd_base import DodoTaskLoader, DoitCmdBase
from doit.cmdparse import CmdParseError
from doit.dependency import Dependency
from doit.exceptions import InvalidCommand

if TYPE_CHECKING:
    # Imported where they are used: what is imported there can be interrupted and fail in an orderly way, and what is
    # imported while doit looks for this module cannot.
    from lineage.declare.pipeline import Pipeline
    from lineage.dodo.arguments import Words
    from lineage.dodo.options import Asked
    from lineage.dodo.planning import Planning
    from lineage.dodo.receipt import Beginning
    from lineage.dodo.session import Session
    from lineage.fingerprint.code import Project
    from lineage.terminal.streams import Streams

__all__ = ["Clean", "Forget", "Ignore", "Info", "List", "ResetDep", "Run", "Taught"]

#: Exit code of a command that was interrupted, as shells have it.
_INTERRUPTED = 130


class Taught(DoitCmdBase):  # type: ignore[misc]
    """What all of doit's commands on tasks have in common when the dodo.py has a pipeline."""

    #: Whether the command writes to the metadata store, and not only marks, caches and readable paths.
    records = False
    #: Whether what it prints is all that it is for.
    only_tells = False
    #: Whether dodo.py turned out to have no pipeline: doit is left to itself.
    plain = False
    #: Whether it may turn out to have nothing to do but to answer; then it must not write.
    answers = False
    #: What its words ask for that doit does not know.
    asked: Asked | None = None
    #: Where it was typed: doit runs in another folder, if it was told so.
    typed_in = ""
    session: Session | None = None
    streams: Streams
    outstream: Any
    sel_tasks: list[str] | None
    task_list: list[Any]
    words: Words
    project: Project
    _backends: Any

    # doit looks for plugins when a command is made: two walks over all installed distributions, which a run with
    # nothing to do needs for nothing. Here they are put off until somebody asks.

    def get_backends(self) -> Any:
        """Return the database backends, later."""
        return None

    def get_reporters(self) -> Any:
        """Return the reporters, later."""
        return None

    def find_plugins(self) -> None:
        """Look for doit's plugins after all."""
        if self._backends is None:
            self._backends = super().get_backends()
            if hasattr(super(), "get_reporters"):
                self.reporters = super().get_reporters()

    def parse_execute(self, in_args: list[str]) -> Any:
        """Carry out a command line, and bring it to an orderly end whatever happens."""
        try:
            from lineage.terminal.streams import Streams

            self.streams = Streams().install()
            code = self._parse_and_execute(in_args)
        except KeyboardInterrupt:
            if self.plain:
                raise
            return _INTERRUPTED  # without a word: to say one, more would have to be imported
        except (Exception, SystemExit) as error:
            from lineage.dodo.ending import ended
            from lineage.dodo.loading import DOIT_ERRORS, is_doits

            if self.plain or self.pdb or isinstance(error, DOIT_ERRORS) or is_doits(error):
                raise  # doit tells it
            code = ended(error)
            if code is None:
                raise
        self.streams.restore()
        return code

    def _parse_and_execute(self, in_args: list[str]) -> Any:
        """Parse the arguments; those that name a plugin can be checked only when the plugins are known."""
        chosen = {"backend", "reporter"} & (set(self.config_vals) | set(self.config.get("GLOBAL", ())))
        if chosen or any(_may_name_a_plugin(word) for word in in_args):
            self.find_plugins()
        try:
            if self.name == "run" and _asks_for_reports(in_args):
                raise CmdParseError("--report is ours")  # noqa: TRY301 - doit would take it for --reporter, shortened
            params, args = self.cmdparser.parse(in_args)
        except CmdParseError as error:
            from lineage.dodo.options import read

            words, self.asked = read(in_args, self.cmdparser, error, command=self.name)
            params, args = self.cmdparser.parse(words)
        self.pdb = params.get("pdb", False)
        params.update(self.opt_vals)
        return self.execute(params, args)

    def help(self) -> Any:
        """Return the help text, which lists the plugins."""
        self.find_plugins()
        return super().help()

    def execute(self, params: Any, args: list[str]) -> int | None:
        """Load dodo.py, find its pipelines, and carry the command out."""
        from lineage.dodo.arguments import watch_words
        from lineage.dodo.loading import open_project
        from lineage.dodo.session import find_pipelines

        self.words = watch_words()
        self.typed_in = os.getcwd()
        root = project_folder(params)
        dodo = str(params.get("dodoFile") or "dodo.py")
        # Of dodo.py itself a link is not followed: its name is one of the project's.
        entry = os.path.join(os.path.realpath(os.path.dirname(dodo)), os.path.basename(dodo))
        self.project = open_project(root, entry if params.get("cwdPath") else os.path.basename(dodo))
        self._load(params)
        # doit's own `execute` calls it again.
        self.loader.setup = lambda _: None
        pipelines = find_pipelines(self.loader.namespace or {})
        if not pipelines:
            return self._plain(params, args)
        return self._with_session(pipelines, params, args)

    def _load(self, params: Any) -> None:
        from lineage.dodo.loading import load

        load(self.loader, params)

    def _plain(self, params: Any, args: list[str]) -> int | None:
        """Be doit."""
        self.plain = True
        if self.asked is not None:
            params, args = self.asked.as_doit_has_it(self, params, args)
        self.streams.restore()
        self.find_plugins()
        result: int | None = super().execute(params, args)
        return result

    def _with_session(self, pipelines: list[Pipeline[Any, Any]], params: Any, args: list[str]) -> int | None:
        from lineage.dodo.arguments import bind
        from lineage.dodo.checks import check_names
        from lineage.dodo.loading import without_collecting
        from lineage.dodo.session import Session

        self._use_streams(params)
        if self.asked is not None and self.asked.wrong:
            raise self.asked.wrong
        check_names(pipelines, self.loader.cmd_names)
        overrides = bind(self.words, pipelines, self.loader.namespace)
        if hasattr(self.loader, "prepare"):  # a notebook
            self.loader.prepare(self.project, pipelines, overrides)
        with without_collecting():
            try:
                records = self.records and not self.answers
                self.session = Session(pipelines, overrides, self.project, read_only=self.answers, records=records)
                code = self._carry_out(params, args)
            finally:
                if self.session is not None:
                    self.session.close()
        return self._told(code)

    def _use_streams(self, params: Any) -> None:
        """Let doit write to the streams that cannot fail, where it has noted others when this began."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # A name that the terminal cannot show is shown as far as it can, and does not end the run.
                stream.reconfigure(errors="replace")
        self.outstream = self.streams.of(self.outstream)
        if "outfile" in params and params["outfile"] is not self.streams.of(params["outfile"]):
            params.set_default("outfile", sys.stdout)

    def _told(self, code: int | None) -> int | None:
        """Say so if what was printed could not be written; that is a failure of a command that only tells."""
        return 2 if self.streams.lost() and self.only_tells else code

    def _carry_out(self, params: Any, args: list[str]) -> int | None:
        session = self.session
        assert session is not None, "only a command with pipelines is carried out here"
        from lineage.declare.pipeline import Pipeline
        from lineage.dodo.naming import check_names, explained, hide_duplicates
        from lineage.dodo.status import Dependencies
        from lineage.dodo.tasks import pipeline_tasks

        self.find_plugins()
        check_names(session, args)
        hide_duplicates(self.loader.namespace)
        Pipeline.task_creator = lambda pipeline: pipeline_tasks(session.plan.pipelines[pipeline.name], session)
        self.dep_manager = Dependencies(session, lambda: self._open_plain(params))
        result: int | None = 0
        try:
            with self._choosing(params, args):
                result = super().execute(params, args)
        except InvalidCommand as error:
            commands = self.loader.cmd_names if self.name == "run" else ()
            # What is wrong with an option is told before there are tasks.
            raise explained(error, getattr(self, "task_list", ()), commands, args) from error
        return result

    def _choosing(self, params: Any, args: list[str]) -> AbstractContextManager[None]:
        """Heed selectors and the options after names; plain names are left to doit."""
        from lineage.dodo.naming import is_more_than_a_name

        if not (self.asked and self.asked.more) and not any(map(is_more_than_a_name, args)):
            return nullcontext()
        from lineage.dodo.choosing import choosing
        from lineage.dodo.options import Asked

        self.asked = self.asked or Asked(folder=self.typed_in)
        return choosing(self, params, self.asked)

    def _open_plain(self, params: Any) -> Dependency:
        """Open doit's own database, as doit's `execute` would have."""
        from lineage.dodo.doitdb import opened

        def open_at(path: str) -> Dependency:
            return Dependency(
                self._backends.get(params["backend"]),
                path,
                checker_cls=self.get_checker_cls(params["check_file_uptodate"]),
                codec_cls=self.get_codec_cls(params["codec_cls"]),
            )

        return opened(params["dep_file"], open_at, read_only=self.only_tells)

    def survey(self, names: list[str] | None = None) -> Planning:
        """Decide some tasks, all by default, for a command that runs nothing."""
        from lineage.dodo.files import link_files
        from lineage.dodo.planning import Planning

        session = self.session
        assert session is not None
        link_files(session, self.task_list)
        planning = Planning(session, self.task_list, self.dep_manager)
        planning.decide(planning.tasks if names is None else names)
        session.decisions = planning.decisions
        return planning


def _asks_for_reports(words: list[str]) -> bool:
    return any(word.partition("=")[0] == "--report" for word in words)


def _may_name_a_plugin(word: str) -> bool:
    """Whether a word can be ``--backend``, ``--reporter``, or short options with ``r`` among them."""
    return word.startswith(("--b", "--r")) or (word[:1] == "-" and word[1:2] != "-" and "r" in word)


def project_folder(params: Any) -> str:
    """Return the folder that doit is going to run in: that of the dodo.py, or the one given with ``--dir``.

    Whatever links lead to it: sources and the current folder, once doit is there, are known by their real paths.
    """
    if params.get("cwdPath"):
        return os.path.realpath(str(params["cwdPath"]))
    path = os.path.abspath(str(params.get("dodoFile") or "dodo.py"))
    if params.get("seek_file"):
        while not os.path.exists(path) and os.path.dirname(os.path.dirname(path)) != os.path.dirname(path):
            path = os.path.join(os.path.dirname(os.path.dirname(path)), os.path.basename(path))
    return os.path.realpath(os.path.dirname(path))


class Run(Taught, cmd_run.Run):  # type: ignore[misc]
    """``doit run``, and so ``doit``: brings steps up to date and records the run."""

    name = "run"
    records = True

    began: Beginning
    #: The run that was recorded; 0 for none.
    recorded = 0

    def execute(self, params: Any, args: list[str]) -> int | None:
        """Load dodo.py and run; an interruption ends with exit code 130 and no traceback."""
        from lineage.dodo.interrupt import interruptible

        # Whether these are options, or a task's own, is known when there are tasks; until then nothing may be written.
        self.answers = bool(self.asked and self.asked.runs_nothing) or any(w.startswith(("--d", "--q")) for w in args)
        sys.dont_write_bytecode = sys.dont_write_bytecode or self.answers

        def run() -> int | None:
            return self._told(0) if self._replay(params, args) else super(Run, self).execute(params, args)

        if not (self.asked and self.asked.reports) and not _asks_for_reports(args):
            return interruptible(run)
        from lineage.dodo.reports import reporting

        return interruptible(lambda: reporting(self, run, params))

    def _replay(self, params: Any, args: list[str]) -> bool:
        """Do what the last run did, if nothing was to be done and nothing has changed."""
        from lineage.dodo import receipt

        self.began = receipt.Beginning(None)
        usual = params[receipt.STREAM] is sys.__stdout__ is not sys.stdout  # ours is in its place
        if self.asked and self.asked.more:
            return False
        if args or doit_cmd._CMDLINE_VARS or not usual or type(self.loader) is not DodoTaskLoader:
            return False
        root = project_folder(params)
        self.began.key = key = receipt.key_of(params, args, root)
        self.recorded = receipt.replay(root, key)
        return bool(self.recorded)

    def _load(self, params: Any) -> None:
        from lineage.dodo.loading import imports_watched

        with imports_watched(self.project) as self.began.executed:
            super()._load(params)

    def _with_session(self, pipelines: list[Pipeline[Any, Any]], params: Any, args: list[str]) -> int | None:
        code = super()._with_session(pipelines, params, list(args))
        if code is None and self.answers:  # what looked like --dry-run was a task's own
            self.answers = False
            code = super()._with_session(pipelines, params, args)
        return code

    def _carry_out(self, params: Any, args: list[str]) -> int | None:
        from lineage.dodo.checks import check_parallel
        from lineage.dodo.confirm import confirm, simple

        assert self.session is not None
        check_parallel(params["num_process"], params["par_type"])
        if self.answers:
            from lineage.dodo.dryrun import answer

            return answer(self, self.session, params, args)
        if not (self.asked and self.asked.more) and simple(self, params, args) and confirm(self, self.session):
            return 0
        return super()._carry_out(params, args)

    def help(self) -> Any:
        """Return doit's help with what we have added."""
        from lineage.dodo.options import HELP

        return f"{super().help()}\n\n{HELP}"

    def _execute(
        self,
        outfile: Any,
        verbosity: int | None = None,
        always: bool = False,
        continue_: bool = False,
        reporter: Any = "console",
        num_process: int = 0,
        par_type: str = "process",
        single: bool = False,
        auto_delayed_regex: bool = False,
        force_verbosity: bool = False,
        failure_verbosity: int = 0,
        pdb: bool = False,
    ) -> int:
        # doit finds out what to pass from the names of these parameters.
        options = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        if self.session is None:
            return int(super()._execute(**options) or 0)
        from lineage.dodo import running

        gc.freeze()  # the plan lives until the end: looking through it again and again costs 5 % of a first run
        gc.enable()  # steps make garbage
        return running.run(self, self.session, options)


class List(Taught, cmd_list.List):  # type: ignore[misc]
    """``doit list``; ``--status`` also tells steps that something upstream of them makes stale."""

    name = "list"
    only_tells = True

    def _execute(
        self,
        subtasks: bool = False,
        quiet: bool = True,
        status: bool = False,
        private: bool = False,
        list_deps: bool = False,
        template: str | None = None,
        sort: str = "name",
        pos_args: list[str] | None = None,
    ) -> int:
        if self.session is not None:
            if status:
                self.survey()
            if sort == "name" and subtasks:
                sort = "definition" if not pos_args else sort
        return int(super()._execute(subtasks, quiet, status, private, list_deps, template, sort, pos_args) or 0)


class Info(Taught, cmd_info.Info):  # type: ignore[misc]
    """``doit info``; of a step it says why it is stale."""

    name = "info"
    only_tells = True
    #: Of a pipeline or another group: a line for each task that is not up to date.
    _members: tuple[str, ...] = ()

    def _execute(self, pos_args: list[str], hide_status: bool = False) -> int:
        if self.session is None:
            return int(super()._execute(pos_args, hide_status) or 0)
        names = [task.name for task in self.task_list]
        if len(pos_args) == 1 and pos_args[0] not in names:
            from lineage.errors import UsageError, did_you_mean

            raise UsageError(f"there is no task '{pos_args[0]}'{did_you_mean(pos_args[0], names)}")
        if len(pos_args) != 1:
            return int(super()._execute(pos_args, hide_status) or 0)
        planning = self.survey(pos_args)
        if pos_args[0] in self.session.plan.by_task:
            from lineage.dodo.inform import inform

            call = self.session.plan.by_task[pos_args[0]]
            return inform(self.session, planning, call, self.outstream, hide_status=hide_status)
        if not hide_status:
            from lineage.dodo.inform import members

            self._members = tuple(members(planning, pos_args[0]))
        code = int(super()._execute(pos_args, hide_status) or 0)
        return 0 if planning.decisions[pos_args[0]].status == "ignored" else code

    def get_reasons(self, reasons: Any) -> str:
        """Add to doit's reasons which tasks have to run before this one; of a group tell those of its tasks."""
        if self._members:
            return "\n".join(self._members)
        lines = [f" * {name} has to run first" for name in reasons.get("waits", ())]
        return "\n".join(filter(None, [str(cmd_info.Info.get_reasons(reasons)), *lines]))


class Clean(Taught, cmd_clean.Clean):  # type: ignore[misc]
    """``doit clean``; of a step it removes the readable paths, not the artifacts."""

    name = "clean"

    def _execute(
        self, dryrun: bool, cleandep: bool, cleanall: bool, cleanforget: bool, pos_args: list[str] | None = None
    ) -> None:
        super()._execute(dryrun, cleandep, cleanall, cleanforget, pos_args)


class Forget(Taught, cmd_forget.Forget):  # type: ignore[misc]
    """``doit forget``: the task runs next time; what it has made stays in the history."""

    name = "forget"

    def _execute(self, forget_sub: bool, forget_disable_default: bool, forget_all: bool) -> None:
        if self.session is not None and not forget_all and not self.sel_tasks and not forget_disable_default:
            # Without a selection doit's own command fails on tasks that dodo.py does not name as defaults.
            self.sel_tasks = [task.name for task in self.task_list if not task.subtask_of]
        super()._execute(forget_sub, forget_disable_default, forget_all)


class Ignore(Taught, cmd_ignore.Ignore):  # type: ignore[misc]
    """``doit ignore``: the task is skipped until ``doit forget``."""

    name = "ignore"

    def _execute(self, pos_args: list[str]) -> None:
        super()._execute(pos_args)


class ResetDep(Taught, cmd_resetdep.ResetDep):  # type: ignore[misc]
    """``doit reset-dep``: takes the present outputs as up to date, without running."""

    name = "reset-dep"
    records = True

    def _execute(self, pos_args: list[str] | None = None) -> None:
        if self.session is None:
            super()._execute(pos_args)
            return
        from lineage.dodo.accept import reset

        plain = reset(self, self.session, pos_args)
        if plain:
            self.task_list = plain
            super()._execute(None)
