"""How commands end: exit codes and messages where something unexpected happens, and streams that cannot be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import COMMANDS, Done, Project, expect

Write = Callable[[Mapping[str, str]], Project]
HOW = {"serial": [], "processes": ["-n", "2"], "threads": ["-n", "2", "-P", "thread"]}
has_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")


def shell(project: Project, line: str, code: int = 0) -> Done:
    """Run a line in the shell, which can close streams."""
    return expect(code, project.command("sh", "-c", line))


def before(project: Project, lines: str) -> None:
    """Put lines in front of dodo.py."""
    project.write({"dodo.py": lines + "\n" + project.read("dodo.py")})


def after(project: Project, lines: str) -> None:
    """Put lines at the end of dodo.py."""
    project.write({"dodo.py": project.read("dodo.py") + "\n\n" + lines + "\n"})


# A defect of ours (something of ours is broken on purpose, so that our own code stumbles over it)


@pytest.mark.parametrize(
    ("breaking", "command"),
    [
        ("import lineage.declare.plan as broken\nbroken.give_names = None", ["list"]),
        ("from lineage.declare.recording import Recording as broken\nbroken.call = None", ["info", "words:counter"]),
        ("import lineage.dodo.surroundings as broken\nbroken.environment = None", ["run"]),
        ("from lineage.dodo.console import Console as broken\nbroken.step_finished = None", ["run"]),
    ],
    ids=["while names are given", "inside of the pipeline's body", "before the first step", "after a step"],
)
def test_a_defect_of_lineage_is_told_as_one(words: Project, breaking: str, command: list[str]) -> None:
    """Exit code 2, the traceback, that it is not the user's fault, and whom to tell."""
    before(words, breaking)
    said = words.doit(*command, code=2).stderr
    assert "Traceback" in said
    assert "lineage.InternalError: TypeError" in said
    assert "defect of lineage, not of your dodo.py" in said
    assert "report it" in said
    assert "doit-lineage 0." in said


@pytest.mark.parametrize(
    ("line", "kind"),
    [("os.environ['NOPE']", "KeyError"), ("os.environ['A'] = 5", "TypeError"), ("os.path.exists([])", "TypeError")],
)
def test_what_python_refuses_a_step_by_way_of_us_is_the_steps_failure(words: Project, line: str, kind: str) -> None:
    """We stand in for `os.environ` and `os.stat`: who asks for a variable that is not there is told his own line."""
    steps = f"import os\n\nfrom lineage import step\n\n\n@step\ndef asks() -> None:\n    {line}\n"
    dodo = "from asking_steps import asks\n\nfrom lineage import pipeline\n\n\n@pipeline\ndef p():\n    asks()\n"
    words.write({"asking_steps.py": steps, "dodo.py": dodo})
    said = words.doit(code=1)
    assert "defect of lineage" not in said.stdout + said.stderr
    assert f"{kind}: " in said.stdout
    assert "asking_steps.py:8" in said.stdout


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_a_defect_of_lineage_in_a_step_is_not_the_steps_failure(words: Project, how: list[str]) -> None:
    """The step is recorded as failed, with our traceback, and the exit code is 2 and not 1."""
    before(words, "import lineage.execute.perform as broken\nbroken._keep = None")
    said = words.doit(*how, code=2).stdout
    assert "lineage/execute/perform.py" in said
    assert "defect of lineage" in said
    error = words.steps()["collect"]["error"]
    assert error["kind"] == "InternalError"
    assert "perform.py" in error["traceback"]


def test_a_defect_of_the_command_lineage(done_words: Project) -> None:
    """The same for queries; with --json also as JSON."""
    done_words.write({"sitecustomize.py": "import lineage.query.history as broken\nbroken.rows = None\n"})
    env = {"PYTHONPATH": str(done_words.path)}
    done = done_words.lineage("runs", code=2, env=env)
    assert "Traceback" in done.stderr
    assert "defect of lineage" in done.stderr
    assert done.stdout == ""
    assert '"type": "InternalError"' in done_words.lineage("runs", "--json", code=2, env=env).stdout
    assert "defect of lineage" in done_words.doit("lineage", "runs", code=2, env=env).stderr


def test_a_step_that_fails_inside_of_a_library_is_the_steps_failure(words: Project) -> None:
    """What a library raises for the user's code stays the user's: exit code 1, the user's line, none of our frames."""
    words.edit("tasks/words.py", "return text.strip()", "import json\n    return json.loads(text)")
    done = words.doit(code=1)
    assert "JSONDecodeError" in done.stdout
    assert "tasks/words.py" in done.stdout
    assert "defect" not in done.printed


@pytest.mark.parametrize(
    ("lines", "command", "line"),
    [
        ("raise ValueError('hm')", ["run"], 13),
        ("words.nothing_of_that_name", ["list"], 13),
        ("import lineage\nlineage.steps", ["list"], 14),
        ("import json\njson.loads('{')", ["run"], 14),
        ("def task_more():\n    return {}['a']", ["run"], 14),
        (
            "def bad():\n    raise KeyError('b')\n\n\ndef task_more():\n    return {'actions': [], 'uptodate': [bad]}",
            [],
            14,
        ),
        (
            "from doit import create_after\n\n\n@create_after(executed='words')\ndef task_more():\n    yield 1 / 0",
            ["-n", "2"],
            18,
        ),
    ],
    ids=["dodo", "attribute", "our attribute", "library", "creator", "uptodate", "delayed"],
)
def test_what_is_broken_in_dodo_ends_with_3(words: Project, lines: str, command: list[str], line: int) -> None:
    """With the user's file and line, and without our frames or doit's."""
    after(words, lines)
    said = words.doit(*command, code=3).stderr
    assert f'dodo.py", line {line}' in said
    assert "/lineage/" not in said
    assert "/doit/" not in said
    assert "defect" not in said


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ("{'actions': ['exit 3']}", 1),
        ("{'actions': [lambda: 1 / 0]}", 1),
        ("{'actions': ['true'], 'file_dep': ['nowhere.txt']}", 1),
        ("5", 3),
        ("{'actions': ['true'], 'nonsense': 1}", 3),
    ],
    ids=["command", "exception", "missing file", "no dictionary", "unknown field"],
)
def test_exit_codes_of_plain_tasks_beside_a_pipeline(words: Project, task: str, code: int) -> None:
    """1 for a task that failed, 3 for one that cannot work."""
    after(words, f"def task_more():\n    return {task}")
    assert "defect" not in words.doit(code=code).printed


@pytest.mark.parametrize(
    ("config", "content"),
    [("'backend': 'json'", "{"), ("'backend': 'sqlite3'", "nonsense " * 20), ("'dep_file': 'no/where.db'", "")],
    ids=["json", "sqlite3", "no folder"],
)
def test_doits_own_database_that_cannot_be_used(words: Project, config: str, content: str) -> None:
    """Exit code 2 with a remedy, and the steps of the pipeline are done and recorded."""
    after(
        words,
        f"DOIT_CONFIG = {{{config}}}\n\n\ndef task_more():\n    return {{'actions': ['true'], 'uptodate': [True]}}",
    )
    if content:
        words.write({".doit.db": content})
    said = words.doit(code=2).stderr
    assert "doit's own database" in said
    assert "fix:" in said
    assert "Traceback" not in said
    assert set(words.statuses().values()) == {"run"}


@pytest.mark.parametrize("command", ["run", "list --all --status", "lineage plan"])
@pytest.mark.parametrize("backend", ["dbm", "sqlite3"])
@pytest.mark.parametrize("content", ["garbage\n" * 100, "7\n" * 300], ids=["words", "numbers"])
def test_doits_own_database_with_something_else_in_it(words: Project, backend: str, content: str, command: str) -> None:
    """Whichever of its files is overwritten: what reads it ends with 2 and the remedy, which helps."""
    after(
        words,
        f"DOIT_CONFIG = {{'backend': '{backend}'}}\n\n\n"
        "def task_more():\n    return {'actions': ['true'], 'file_dep': ['dodo.py']}",
    )
    words.doit()
    files = {path: path.read_bytes() for path in words.path.glob(".doit.db*")}
    refused = []
    for damaged in files:
        damaged.write_text(content)
        done = words.doit(*command.split(), code=None)
        if done.code:  # else it need not read it (`.doit.db.bak`)
            refused.append(damaged)
            assert done.code == 2, done.printed
            assert "doit's own database" in done.stderr
            assert "rm .doit.db*" in done.stderr.replace(f"{words.path}/", "")
            assert "Traceback" not in done.printed
        damaged.write_bytes(files[damaged])
    assert refused
    words.doit(*command.split())


# Streams

CLOSED = [">&-", "2>&-", ">&- 2>&-", "<&-", ">&- 2>&- <&-"]
ANY = ["doit text=other", "doit -n 2 text=other", "doit -v 2 text=other", "doit list --all --status"]
ANY += ["doit info words:counter", "lineage runs", "lineage show words/total --json", "doit lineage artifacts"]
ANY += ["lineage plan text=third", "lineage why words:counter --json"]


@pytest.mark.parametrize("closed", CLOSED)
def test_closed_streams(done_words: Project, closed: str) -> None:
    """The work is done, with the exit code that it has otherwise, and nothing complains."""
    done_words.edit("tasks/words.py", '    note("count")\n', '    note("count")\n    print("counting")\n')
    for line in ANY:
        assert "Traceback" not in shell(done_words, f"{line} {closed}", 1 if "info" in line else 0).printed
    assert done_words.executed() == ["collect", "count", "report"]
    for line, code in (("doit text=", 0), ("doit wrods", 3), ("doit --no-such", 3), ("lineage nothing", 3)):
        assert "Traceback" not in shell(done_words, f"{line} {closed}", code).printed
    done_words.assert_database_intact()


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_nothing_lands_in_a_file_that_got_a_closed_streams_number(words: Project, how: list[str]) -> None:
    """What a command of a step writes to a closed stream gets into the step's log, and not into what has its number."""
    writing = "import os, subprocess\n    subprocess.run(['echo', 'loud'])\n    os.write(2, b'loud')\n    "
    words.edit("tasks/words.py", "return text.strip()", writing + "return text.strip()")
    shell(words, " ".join(["doit", *how, ">&- 2>&- <&-"]))
    assert words.artifact("words/sentence").read_text() == "to be or not to be"
    words.assert_database_intact()
    assert set(words.rerun().values()) == {"cached"}
    loud = [path for path in words.path.rglob("*") if path.is_file() and b"loud\n" in path.read_bytes()]
    assert [path.name for path in loud] == ["words_collect.log"]


@has_full
@pytest.mark.parametrize("line", ["doit", "doit text=other", "doit -n 2 text=other", "doit -v 2 text=other"])
def test_a_run_whose_output_cannot_be_written(done_words: Project, line: str) -> None:
    """The work is done and its exit code is 0; one line says that the output is lost, and why."""
    said = shell(done_words, f"{line} > /dev/full").stderr
    assert said.startswith("lineage: standard output could not be written: No space left on device")
    assert said.count("\n") == 1
    assert [run["status"] for run in done_words.runs()] == ["ok", "ok"]
    shell(done_words, f"{line} > /dev/full 2> /dev/full")


@has_full
@pytest.mark.parametrize(
    "line", ["doit list --all", "doit info words:counter", "lineage runs", "lineage show total --json"]
)
def test_a_query_whose_output_cannot_be_written(done_words: Project, line: str) -> None:
    """To tell is all it is for: exit code 2, and one line that says why."""
    said = shell(done_words, f"{line} > /dev/full", 2).stderr
    assert said.startswith("lineage: standard output could not be written: No space left on device")
    assert said.count("\n") == 1
    shell(done_words, f"{line} > /dev/full 2> /dev/full", 2)


@has_full
def test_errors_that_cannot_be_written(done_words: Project) -> None:
    """The exit code tells what the message would have."""
    for line in ("doit wrods", "doit --no-such", "doit counter=nothing", "lineage nothing", "lineage show nothing"):
        shell(done_words, f"{line} 2> /dev/full", 3)


@pytest.mark.parametrize("line", ["doit", "doit -v 2 text=other", "doit list --all", "lineage runs --json"])
def test_a_reader_that_has_seen_enough(done_words: Project, line: str) -> None:
    """`doit | head -1` is no error and says nothing; the run goes on to its end."""
    done_words.edit("tasks/words.py", '    note("count")\n', '    note("count")\n    print("counting\\n" * 100_000)\n')
    done = shell(done_words, f"{{ {line}; echo $? > code; }} | head -1")
    assert done.stderr == ""
    assert done_words.read("code").strip() == "0"
    assert {run["status"] for run in done_words.runs()} == {"ok"}


def test_an_unbuffered_output_is_seen_at_once(words: Project) -> None:
    """PYTHONUNBUFFERED, which containers set, keeps its meaning."""
    # In short naps: a signal that comes just before a long one starts is heard when that ends.
    napping = "import time\n    for _ in range(6000): time.sleep(0.01)"
    slow = f"print('half', end='')\n    open('reached', 'w').close()\n    {napping}\n    return text"
    words.edit("tasks/words.py", "return text.strip()", slow)
    unbuffered = {"PYTHONUNBUFFERED": "1"}
    child = words.start(str(COMMANDS / "doit"), "-v", "2", env=unbuffered)
    assert child.stdout is not None
    assert os.read(child.stdout.fileno(), 100) == b"half"
    child.terminate()
    assert words.finish(child).code == 130


# Ctrl-C while modules are imported

INTERRUPTING = """\
import os, signal, sys


class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ.get("INTERRUPT_AT"):
            os.kill(os.getpid(), signal.SIGINT)


sys.meta_path.insert(0, Interrupting())
"""


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("doit", "lineage.terminal.streams"),
        ("doit", "lineage.declare.deferred"),
        ("doit", "lineage.dodo.session"),
        ("doit", "lineage.records.sqlite"),
        ("doit", "tasks"),
        ("doit list --all", "lineage.dodo.session"),
        ("doit info words:counter", "lineage.dodo.inform"),
        ("doit lineage runs", "lineage.query"),
        ("lineage runs", "lineage.commands.line"),
        ("lineage runs", "argparse"),
        ("lineage show total", "lineage.query.closure"),
    ],
)
def test_ctrl_c_while_modules_are_imported(done_words: Project, line: str, module: str) -> None:
    """In the first tenths of a second too: exit code 130, and no traceback of Python's."""
    done_words.write({"sitecustomize.py": INTERRUPTING})
    env = {"PYTHONPATH": str(done_words.path), "INTERRUPT_AT": module}
    command, *arguments = line.split()
    done = expect(130, done_words.command(str(COMMANDS / command), *arguments, env=env))
    assert done.stdout == ""
    assert done.stderr in ("", "interrupted\n")  # the latter once a run could have begun
    assert len(done_words.runs()) == 1


def test_ctrl_c_in_a_dodo_without_a_pipeline_is_doits(words: Project) -> None:
    """Where there is no pipeline `doit list` is doit's own, with what it does on Ctrl-C."""
    words.write({"dodo.py": "def task_more():\n    raise KeyboardInterrupt\n"})
    ours, doits = words.command(str(COMMANDS / "doit"), "list"), words.plain_doit("list")
    assert ours.code == doits.code
    assert "KeyboardInterrupt" in ours.stderr
    assert "KeyboardInterrupt" in doits.stderr


PLACED = {
    "dodo.py": """\
from pathlib import Path
from typing import Annotated

from lineage import File, pipeline, shell_step, step

convert = shell_step("exit 3; cat {source} > {target}", outputs=("target",))


@step
def read(data: Annotated[Path, File]) -> str:
    return data.read_text()


@step
def lock() -> object:
    import threading

    return threading.Lock()


@pipeline
def placed():
    target = convert("x")
    text = read("nowhere.txt")
    held = lock()
""",
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
def test_what_fails_outside_of_a_step_names_the_line_of_the_call(project: Write, how: list[str]) -> None:
    """A command, an input that is not there, a value that cannot be stored: the step and the user's line are named."""
    placed = project(PLACED)
    done = placed.doit("--continue", *how, code=1)
    lines = {line.split()[1]: line for line in done.stdout.splitlines() if line.startswith("✕")}
    assert lines["placed:convert"].endswith("the command of step 'convert' ended with status 3  dodo.py:23")
    assert lines["placed:read"].endswith("input file nowhere.txt does not exist (for step 'read', dodo.py:24)")
    assert "dodo.py:25" in lines["placed:lock"]
    assert "-- placed:convert dodo.py:23" in done.stdout
    places = {name: step["error"]["place"] for name, step in placed.steps().items()}
    assert places == {"convert": "dodo.py:23", "read": "dodo.py:24", "lock": "dodo.py:25"}
    assert "(for step 'read', dodo.py:24)" in placed.doit("info", "placed:read", code=1).stdout
    assert "(for step 'read', dodo.py:24)" in placed.lineage("plan", code=3).stdout


@pytest.mark.fresh
@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there, whatever the locale")
@pytest.mark.parametrize("words", [("doit",), ("lineage", "plan")], ids=" ".join)
def test_a_locale_that_cannot_spell_a_file_is_no_defect(project: Write, words: tuple[str, ...]) -> None:
    """What is wrong is the environment, and how to set it is said."""
    steps = "from pathlib import Path\nfrom typing import Annotated\nfrom lineage import File, step\n"
    steps += "@step\ndef read(data: Annotated[Path, File]) -> str:\n    return data.read_text()\n"
    dodo = "from lineage import pipeline\nfrom steps import read\n@pipeline\ndef p():\n    text = read('größe.txt')\n"
    made = project({"steps.py": steps, "dodo.py": dodo, "größe.txt": "1"})
    made.doit()
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (made.path / "größe.txt").write_text("2")
    done = getattr(made, words[0])(*words[1:], code=2, env=ascii_only)
    assert "this environment cannot spell a file name" in done.stderr
    assert "PYTHONUTF8=1" in done.stderr
    assert "Traceback" not in done.printed


def test_a_text_that_cannot_be_spelled_names_no_file(project: Write) -> None:
    """A lone surrogate in a step's text (or ``ä`` in the C locale), where it looks like a path, failed the step."""
    step = "from lineage import pipeline, step\n\n\n@step\ndef size() -> int:\n    return len('/\\ud800/x.y')\n"
    made = project({"dodo.py": step + "\n\n@pipeline\ndef p():\n    length = size()\n"})
    assert "length=6" in made.doit().stdout
