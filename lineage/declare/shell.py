"""Shell commands as steps."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lineage.declare.places import place
from lineage.declare.project import project_of
from lineage.declare.signature import Reading
from lineage.declare.step import Step
from lineage.errors import DeclarationError, StepError
from lineage.fingerprint.code import Project
from lineage.model.plan import MISSING, Argument, FileArgument, Parameter, StepSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal, TypedDict, Unpack

    from lineage.declare.step import Dependency
    from lineage.fingerprint.source import Assignment

    class ShellOptions(TypedDict, total=False):
        """What the options of a shell step may be."""

        version: str | None
        depends_on: Dependency | Sequence[Dependency] | None
        env: str | Sequence[str] | Mapping[str, Literal["show", "hide", "ignore"]] | None
        cache: bool


__all__ = ["ShellStep", "run_shell", "shell_step"]

# {{ and }} are braces, ${NAME} is the shell's; what is no name ({print $1} of awk) is left alone.
_PLACEHOLDER = re.compile(r"\{\{|\}\}|(?<!\$)\{([A-Za-z_]\w*)\}")
_STREAM_BLOCK = 65536


class ShellStep(Step[..., Any]):
    """A step that runs a command; made by `shell_step`.

    Attributes
    ----------
    command : str
        The template.
    outputs : tuple of str
        The placeholders that the command writes to.
    """

    def __init__(
        self,
        command: str,
        outputs: tuple[str, ...],
        *,
        module: str,
        variable: str | None,
        label: str | None,
        path: str,
        line: int,
        end_line: int,
        doc: str | None,
        options: dict[str, Any],
    ) -> None:
        name = variable or label or "shell_step"
        super().__init__(
            None,
            module=module,
            name=name,
            path=path,
            line=line,
            doc=doc or command,
            options=options,
            named=variable is not None,
        )
        self.command = command
        self.outputs = outputs
        self.label = label
        self.end_line = end_line

    def covers(self, line: int) -> bool:
        """Say whether a line is in the statement that declares the step."""
        return self.line <= line <= self.end_line

    @property
    def __wrapped__(self) -> Any:
        """A function that runs the command and returns the paths of its outputs, in a new folder."""
        return self._run

    def reading(self, project: Project | None) -> Reading:
        """Return the spec; what the command needs is in its placeholders."""
        if self._reading is None:
            self.identify()
            names = self._inputs()
            assignment = self._assignment(project)
            spec = StepSpec(
                name=self.label or self.__name__,
                module=self.__module__,
                qualname=self.__name__,
                path=os.path.realpath(self.path),
                line=self.line if assignment is None else assignment.line,
                doc=next((line.strip() for line in (self.__doc__ or "").splitlines() if line.strip()), ""),
                parameters=tuple(Parameter(name, 1, None, MISSING) for name in names),
                outputs=self.outputs,
                returns=("Path",) * len(self.outputs),
                command=self.command,
                options=self._options(assignment, project),
            )
            self._reading = Reading(spec, single=False)
        return self._reading

    def _inputs(self) -> list[str]:
        return [name for name in placeholders(self.command or "") if name not in self.outputs]

    def _assignment(self, project: Project | None) -> Assignment | None:
        """Return the statement that declares the step: a live call only knows the line that it is on itself."""
        path = os.path.realpath(self.path)
        if not os.path.exists(path):
            return None
        return (project or project_of(path)).index(path).assignments.get(self.__name__)

    def _options(self, assignment: Assignment | None, project: Project | None) -> dict[str, Any]:
        """Return the options as they are written, so that it makes no difference whether the module was imported."""
        from lineage.declare.options import read_options, shell_options

        given = {} if assignment is None else shell_options(assignment.keywords)
        path = os.path.realpath(self.path)
        if not given or assignment is None or assignment.ours != "shell_step" or not self.covers(assignment.end_line):
            return dict(self.options)
        project = project or project_of(path)
        found = read_options("shell_step", given, self.__module__, project.index(path), project)
        return dict(self.options) if found is None else found

    def files(self, project: Project) -> tuple[tuple[str, Argument], ...]:
        """Return the words of the command that are files of the project: its scripts are inputs of each call."""
        found: dict[str, None] = {}
        for word in re.split(r"[\s;|&<>()'\"]+", self.command or ""):
            path = os.path.normpath(word) if word and "{" not in word and not os.path.isabs(word) else ""
            if path and not path.startswith("..") and os.path.isfile(os.path.join(project.root, path)):
                found[path.replace(os.sep, "/")] = None
        taken = placeholders(self.command or "")
        return tuple((f"./{path}" if path in taken else path, FileArgument(path)) for path in found)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        import tempfile
        from pathlib import Path

        names = self._inputs()
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        folder = tempfile.mkdtemp(prefix=f"{self.__name__}-")
        paths = {name: Path(folder, name) for name in self.outputs}
        missing = [name for name in names if name not in given]
        if missing or len(args) > len(names):
            raise TypeError(f"shell step '{self.__name__}' takes {', '.join(names) or 'no arguments'}")
        run_shell(
            self.command or "",
            {name: str(value) for name, value in {**given, **paths}.items()},
            os.getcwd(),
            self.__name__,
        )
        values = tuple(paths.values())
        return values[0] if len(values) == 1 else values or None


def shell_step(
    command: str,
    outputs: tuple[str, ...] | list[str] | str = (),
    name: str | None = None,
    doc: str | None = None,
    **options: Unpack[ShellOptions],
) -> ShellStep:
    """Make a step of a shell command.

    Parameters
    ----------
    command : str
        A template: ``"python train.py {data} {model}"``. A placeholder that is an output becomes a path to write a
        file or folder to; any other is a parameter: an input file, an artifact (its path) or a literal, quoted.
        ``{{`` and ``}}`` are braces. Words that are files of the project (``train.py``) are inputs of the step too.
    outputs : tuple of str
        The placeholders that are outputs, which name the artifacts if there are several.
    name : str, optional
        By default the name that the step is assigned to.
    doc : str, optional
        By default the command.
    **options
        ``version``, ``depends_on``, ``env`` and ``cache``, as `lineage.step` has them.

    Returns
    -------
    ShellStep

    Raises
    ------
    DeclarationError
        If an output is not in the command; for an option that is unknown or means nothing.

    Examples
    --------
    ``train = shell_step("python train.py {data} {model}", outputs=("model",))``
    """
    frame = sys._getframe(1)
    path, line = frame.f_code.co_filename, frame.f_lineno
    names = _checked_outputs(command, outputs, place(path, line))
    if options:
        from lineage.declare.options import check_options

    checked = check_options(options, "shell_step", place(path, line), frame.f_globals) if options else {}
    for value in list(frame.f_globals.values()):
        # The module is being executed after it has been read: this is the step that was made then.
        if isinstance(value, ShellStep) and value.deferred and value.covers(line) and value.command == command:
            return value
    module = str(frame.f_globals.get("__name__", "__main__"))
    return ShellStep(
        command,
        names,
        module=module,
        variable=None,
        label=name,
        path=path,
        line=line,
        end_line=line,
        doc=doc,
        options=checked,
    )


def from_assignment(assignment: Assignment, module: str, path: str, options: dict[str, Any]) -> ShellStep:
    """Make the step that a top-level ``name = shell_step(...)`` with literal arguments declares."""
    given = dict(zip(("command", "outputs", "name", "doc"), assignment.arguments, strict=False)) | assignment.keywords
    outputs = _checked_outputs(given["command"], given.get("outputs", ()), place(path, assignment.line))
    return ShellStep(
        given["command"],
        outputs,
        module=module,
        variable=assignment.name,
        label=given.get("name"),
        path=path,
        line=assignment.line,
        end_line=assignment.end_line,
        doc=given.get("doc"),
        options=options,
    )


def placeholders(command: str) -> list[str]:
    """Return the names of a command's placeholders, each once, in order."""
    return list(dict.fromkeys(name for name in _PLACEHOLDER.findall(command) if name))


def _checked_outputs(command: str, outputs: tuple[str, ...] | list[str] | str, where: str) -> tuple[str, ...]:
    names = (outputs,) if isinstance(outputs, str) else tuple(outputs)
    for name in names:
        if name not in placeholders(command):
            raise DeclarationError(
                f"output '{name}' is not in the command of a shell step ({where})",
                why="the command is told by its placeholder where to write an output",
                fix=f"write {{{name}}} where the command takes the path of what it writes",
            )
    return names


def fill(command: str, arguments: Mapping[str, str]) -> str:
    """Put arguments into a command, quoted for the shell."""
    import shlex

    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        return shlex.quote(arguments[name]) if name else found.group()[0]

    return _PLACEHOLDER.sub(replace, command)


_commands: set[Any] = set()


def end_commands() -> None:
    """End the commands that threads of this process are running: an interruption reaches the main thread only."""
    for process in list(_commands):
        _kill(process)


def run_shell(command: str, arguments: Mapping[str, str], workdir: str, name: str) -> None:
    """Run a command, passing on its output line by line to ``sys.stdout`` and ``sys.stderr``.

    Parameters
    ----------
    command : str
        The template.
    arguments : mapping of str to str
        A text for each placeholder.
    workdir : str
        Folder to run in.
    name : str
        The step, for the message.

    Raises
    ------
    StepError
        If it ends with another status than 0.
    """
    import subprocess

    from lineage.declare import guard

    text = fill(command, arguments)
    # A session of its own, so that what the shell has started ends with it.
    process = subprocess.Popen(  # noqa: S602 - a command line for the shell is what the user wrote
        text,
        shell=True,
        cwd=workdir,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    _commands.add(process)
    guard.watch(process.pid)
    try:
        _pass_on(process)
        status = process.wait()
    except BaseException:
        _kill(process)
        raise
    finally:
        _commands.discard(process)
        guard.forget(process.pid)
    if status:
        ending = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
        raise StepError(
            f"the command of step '{name}' {ending}",
            why=text,
            fix="see its output above; run it by hand to look closer",
        )


def _pass_on(process: Any) -> None:
    """Read both streams in this thread: who writes to ``sys.stdout`` tells whose output it is."""
    import codecs
    import selectors

    decoder = codecs.getincrementaldecoder("utf-8")
    with selectors.DefaultSelector() as selector:
        for stream, name in ((process.stdout, "stdout"), (process.stderr, "stderr")):
            selector.register(stream, selectors.EVENT_READ, _Lines(name, decoder("replace")))
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, _STREAM_BLOCK)
                key.data.take(data)
                if not data:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]


class _Lines:
    """Writes whole lines to a stream of `sys`, and the rest at the end."""

    def __init__(self, stream: str, decoder: Any) -> None:
        self._stream = stream
        self._decoder = decoder
        self._rest = ""

    def take(self, data: bytes) -> None:
        """Take some bytes; none at the end."""
        text = self._rest + self._decoder.decode(data, final=not data)
        whole, newline, self._rest = text.rpartition("\n") if data else (text, "", "")
        if whole or newline:
            out = getattr(sys, self._stream)
            out.write(whole + newline)
            out.flush()


def _kill(process: Any) -> None:
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (OSError, AttributeError):
        process.kill()
    process.wait()
