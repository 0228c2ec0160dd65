"""Output of programs that a step starts: it is the step's own, wherever it comes from and whatever becomes of it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Mapping

import pytest
from projects import DOIT, PATIENCE, Project, kill, wait_for
from terminals import on_a_terminal

Write = Callable[[Mapping[str, str]], Project]

SERIAL, PROCESSES, THREADS = [], ["-n", "2"], ["-n", "2", "-P", "thread"]
HOW = {"serial": SERIAL, "processes": PROCESSES, "threads": THREADS}
every = pytest.mark.parametrize("how", HOW.values(), ids=HOW)


def talking(body: str, *more: str) -> dict[str, str]:
    """Return a project of one step, ``talk``, and of others, each given by the lines of its body."""
    steps = {"talk": body} | {f"talk{number}": text for number, text in enumerate(more, 2)}
    functions = [
        f"@step\ndef {name}() -> int:\n" + "".join(f"    {line}\n" for line in text.strip().splitlines())
        for name, text in steps.items()
    ]
    calls = "".join(f"    {name}_result = {name}()\n" for name in steps)
    return {
        "tasks/__init__.py": "",
        "tasks/talk.py": "import os\nimport signal\nimport subprocess\nimport sys\nimport time\n\n"
        "from lineage import step\n\n\n" + "\n\n".join(functions),
        "dodo.py": f"from lineage import pipeline\nfrom tasks.talk import {', '.join(steps)}\n\n\n"
        f"@pipeline\ndef talks():\n{calls}",
    }


def log(project: Project, step: str = "talk") -> str:
    """Return what the newest run has kept of a step's output."""
    return project.python(
        f"from lineage import History; print(History().pipeline('talks').runs[-1].steps['{step}'].log_text(), end='')"
    )


ALL_WAYS = """\
print("1 python")
os.system("echo 2 shell")
print("3 python")
subprocess.run([sys.executable, "-c", "print('4 child')"])
os.write(1, b"5 descriptor\\n")
subprocess.run(["echo", "6 given the stream"], stdout=sys.stdout)
print("7 the first stream", file=sys.__stdout__, flush=True)
print("8 python on stderr", file=sys.stderr)
os.system("echo 9 shell on stderr >&2")
return 9
"""


@every
@pytest.mark.parametrize("verbosity", ["0", "1", "2"])
def test_all_that_a_step_prints_is_kept_in_order(project: Write, how: list[str], verbosity: str) -> None:
    """By Python, by commands, by whoever writes to the descriptors; each shown on its stream as doit's -v says."""
    talk = project(talking(ALL_WAYS))
    done = talk.doit(*how, "-v", verbosity)
    kept = log(talk).splitlines()
    assert [line[0] for line in kept] == list("123456789")
    out, err = [line for line in kept if line[0] not in "89"], [line for line in kept if line[0] in "89"]
    assert [line for line in out if line in done.stdout.splitlines()] == (out if verbosity == "2" else [])
    assert done.stderr.splitlines() == (err if verbosity != "0" else [])


def test_what_c_code_holds_back_belongs_to_the_step(project: Write) -> None:
    """An extension's `printf` fills a buffer of C's; it does not come out in the next step, or with a worker never."""
    printing = "import ctypes\nctypes.CDLL(None).printf(b'from C')\nreturn 1\n"
    talk = project(talking(printing, "print('from Python')\nreturn 2\n"))
    for how in (SERIAL, PROCESSES):
        talk.doit("-a", *how)
        assert log(talk) == "from C"
        assert log(talk, "talk2") == "from Python"


def test_a_failed_step_shows_what_its_commands_printed(project: Write) -> None:
    """That often tells why."""
    talk = project(talking("os.system('echo no such tool')\nraise ValueError('it failed')\n"))
    assert "no such tool" in talk.doit(code=1).stdout


HOLDING = """\
os.system("echo here; echo there >&2")
open("reached", "w").close()
while os.path.exists("hold"):
    time.sleep(0.01)
return 1
"""


@every
def test_it_is_shown_while_the_step_goes_on(project: Write, how: list[str]) -> None:
    """-v 2 is live, as doit's is."""
    talk = project(talking(HOLDING)).write({"hold": ""})
    child = talk.start(*DOIT, *how, "-v", "2")
    assert child.stdout is not None
    assert child.stderr is not None
    waiting = {child.stdout.fileno(): b"here", child.stderr.fileno(): b"there"}
    end = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < end:
        for descriptor in select.select(list(waiting), [], [], 1)[0]:
            if waiting[descriptor] in os.read(descriptor, 4096):
                del waiting[descriptor]
    (talk.path / "hold").unlink()
    assert talk.finish(child).code == 0
    assert not waiting


MEETING = """\
open("{mine}", "w").close()
while not os.path.exists("{other}"):
    time.sleep(0.01)
print("python of {mine}")
os.system("echo command of {mine}")
open("done-{mine}", "w").close()
while not os.path.exists("done-{other}"):
    time.sleep(0.01)
return 1
"""


def test_steps_in_threads_share_the_descriptors(project: Write) -> None:
    """While several are at work nobody can tell whose command printed: it is shown, and in nobody's log."""
    talk = project(talking(MEETING.format(mine="a", other="b"), MEETING.format(mine="b", other="a")))
    done = talk.doit(*THREADS, "-v", "0")
    assert sorted(line for line in done.stdout.splitlines() if "of" in line) == ["command of a", "command of b"]
    assert log(talk) == "python of a"
    assert log(talk, "talk2") == "python of b"


BESIDE = """\


def task_plain():
    wait = "while [ ! -e begun ]; do sleep 0.01; done"
    return {"actions": [wait + "; echo plain word", "touch ended"], "verbosity": 2}
"""
BESIDE_IT = """\
print("python of the step")
open("begun", "w").close()
while not os.path.exists("ended"):
    time.sleep(0.01)
return 1
"""


def test_what_a_plain_task_prints_beside_a_step_is_not_the_steps(project: Write) -> None:
    """doit reads it in a thread of its own: it is shown as the plain task wants it, and not in the step's log."""
    talk = project(talking(BESIDE_IT))
    talk.write({"dodo.py": talk.read("dodo.py") + BESIDE})
    done = talk.doit(*THREADS)
    assert done.stdout.splitlines().count("plain word") == 1
    assert log(talk) == "python of the step"


BACKGROUND = """\
process = subprocess.Popen("echo begun; touch begun; exec sleep 600", shell=True, start_new_session=True)
open("pid", "w").write(str(process.pid))
while not os.path.exists("begun"):
    time.sleep(0.01)
return 1
"""


@every
def test_a_process_that_a_step_leaves_behind_holds_nothing_up(project: Write, how: list[str]) -> None:
    """It has the descriptors open; doit ends all the same, and so does whoever reads doit's output."""
    talk = project(talking(BACKGROUND))
    try:
        assert talk.doit(*how, timeout=60).code == 0
        assert log(talk) == "begun"
    finally:
        os.kill(int(talk.read("pid")), signal.SIGKILL)


BETWEEN = """

def between():
    import os, time
    open("go", "w").close()
    while not os.path.exists("late"):
        time.sleep(0.01)


def task_between():
    return {"actions": [between], "task_dep": ["talks:talk"]}
"""


@pytest.mark.parametrize("verbosity", ["1", "2"])
def test_what_a_left_over_process_prints_after_its_step_is_still_the_steps(project: Write, verbosity: str) -> None:
    """As long as no other step is at work; and hidden or shown as the rest of its output."""
    leaving = "subprocess.Popen('while [ ! -e go ]; do sleep 0.01; done; echo late; touch late', shell=True)\n"
    talk = project(talking("print('in time')\n" + leaving + "return 1\n"))
    talk.write({"dodo.py": talk.read("dodo.py") + BETWEEN})
    done = talk.doit("-v", verbosity)
    assert done.stdout.splitlines().count("late") == (verbosity == "2")
    assert log(talk) == "in time\nlate"


@every
def test_an_interruption_leads_the_descriptors_back(project: Write, how: list[str]) -> None:
    """What is printed after it is seen, and what the step had printed before is kept with it."""
    talk = project(talking(HOLDING)).write({"hold": ""})
    ending = "import atexit\nimport os\n\natexit.register(lambda: os.system('echo led back; echo this too >&2'))\n"
    talk.write({"dodo.py": ending + talk.read("dodo.py")})
    child = talk.start(*DOIT, *how)
    wait_for(talk.path / "reached", child)
    kill(child, signal.SIGINT)
    if how == THREADS:
        (talk.path / "hold").unlink()
    done = talk.finish(child)
    assert done.code == 130
    assert "led back" in done.stdout
    assert done.stderr.splitlines()[-2:] == ["interrupted", "this too"]
    if how != THREADS:  # there the run is recorded while the thread goes on
        assert sorted(log(talk).split()) == ["here", "there"]


CLOSED = [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1"]


@pytest.mark.parametrize("how", [SERIAL, PROCESSES], ids=["serial", "processes"])
@pytest.mark.parametrize("closed", CLOSED)
def test_a_closed_or_full_terminal_is_no_matter_to_a_step(project: Write, closed: str, how: list[str]) -> None:
    """It runs, and all that it prints is kept."""
    talk = project(talking(ALL_WAYS))
    done = talk.command("sh", "-c", f"exec doit run -v 2 {' '.join(how)} {closed}")
    assert done.code == 0
    assert sorted(line[0] for line in log(talk).splitlines()) == list("123456789")
    assert talk.statuses() == {"talk": "run"}


def test_a_reader_that_has_gone_is_no_matter_either(project: Write) -> None:
    """`doit -v 2 | head -1` runs the step to its end."""
    talk = project(talking(ALL_WAYS))
    talk.command("sh", "-c", "doit run -v 2 | head -1")
    assert talk.statuses() == {"talk": "run"}
    assert sorted(line[0] for line in log(talk).splitlines()) == list("123456789")


def test_a_huge_output_is_kept_whole(project: Write) -> None:
    """More than any pipe holds, and more than is worth keeping twice, on both streams."""
    count = 40_000_000
    body = f"os.system(\"head -c {count} /dev/zero | tr '\\\\0' x | tee /dev/stderr\")\nreturn 1\n"
    talk = project(talking(body))
    done = talk.doit("-v", "1")
    assert done.stderr.count("x") == count
    assert os.path.getsize(talk.path / ".lineage" / "logs" / "1" / "talks_talk.log") == 2 * count


LAST_WORDS = """\
print("before")
os.write(1, b"last word\\n")
os.write(2, b"terminate called\\n")
os.abort()
"""


def test_the_last_words_of_a_worker_are_kept(project: Write) -> None:
    """C code says on stderr why it gives up, and gives up; the master reads what the worker could not."""
    talk = project(talking(LAST_WORDS))
    done = talk.doit(*PROCESSES, code=1)
    assert "terminate called" in done.stderr
    assert "last word" in done.stdout  # as all that a failed step has printed
    assert sorted(log(talk).splitlines()) == ["before", "last word", "terminate called"]


def test_the_last_words_of_doit_itself_are_shown(project: Write) -> None:
    """Where the step's process is doit, nobody is left but its guard."""
    talk = project(talking(LAST_WORDS))
    done = talk.doit(code=-signal.SIGABRT)
    assert done.stderr.splitlines()[-1] == "terminate called"
    assert "last word" in done.stdout


def test_processes_that_a_step_forks_print_into_its_log(project: Write) -> None:
    """They have our `sys.stdout`, and may not wait for a lock that a thread of the parent held when they were born."""
    forking = """\
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    pool.map(print, range(200))
os.system("echo the end")
return 1
"""
    talk = project(talking(forking))
    for how in (SERIAL, PROCESSES):
        talk.doit("-a", *how, timeout=60)
        assert sorted(log(talk).split()) == sorted([*map(str, range(200)), "the", "end"])


POOL = """\
import joblib
joblib.Parallel(n_jobs=2)(joblib.delayed(os.system)("echo {0} from a command") for _ in range(4))
joblib.Parallel(n_jobs=2)(joblib.delayed(print)("{0} from Python") for _ in range(4))
return 1
"""


@pytest.mark.parametrize("how", [SERIAL, ["-n", "1"], PROCESSES], ids=["serial", "one worker", "processes"])
def test_a_pool_of_joblibs(project: Write, how: list[str]) -> None:
    """Its processes stay for the next step and print for that; they do not keep doit from ending, nor outlive it."""
    talk = project(talking(POOL.format("first"), POOL.format("second")))
    talk.doit(*how, timeout=PATIENCE)
    for step, word in [("talk", "first"), ("talk2", "second")]:
        assert sorted(log(talk, step).splitlines()) == [f"{word} from Python"] * 4 + [f"{word} from a command"] * 4
    end = time.monotonic() + 30
    while (left := processes_in(talk)) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def test_a_pool_of_joblibs_does_not_outlive_an_interruption(project: Write) -> None:
    """Its processes would wait for work for five minutes."""
    talk = project(talking(POOL.format("first").replace("return 1", HOLDING))).write({"hold": ""})
    child = talk.start(*DOIT, *PROCESSES)
    wait_for(talk.path / "reached", child)
    os.kill(child.pid, signal.SIGTERM)
    assert talk.finish(child).code == 130
    end = time.monotonic() + 30
    while (left := processes_in(talk)) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def processes_in(project: Project) -> list[str]:
    """Return the command lines of the processes that work in a project's folder."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/cwd") == str(project.path):
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    found.append(file.read().replace(b"\0", b" ").decode())
        except OSError:  # it has ended just now
            continue
    return found


def test_the_running_line_makes_room(project: Write) -> None:
    """On a terminal what a command prints stands on a line of its own."""
    talk = project(talking("time.sleep(0.7)\nos.system('echo from below')\ntime.sleep(0.7)\nreturn 1\n"))
    shown = on_a_terminal(talk, *DOIT, "-v", "2", NO_COLOR="1")
    assert "▶ talks:talk" in shown
    assert "\r\x1b[2Kfrom below\r\n" in shown


FORKED = """\
if os.fork() == 0:
    print("the child")
    {end}
    return 77
_, status = os.wait()
return os.waitstatus_to_exitcode(status)
"""
ENDS = {
    "it returns": ("pass", 0),
    "it raises": ("raise ValueError('of the child')", 1),
    "it exits": ("sys.exit(3)", 3),
    "it exits with a word": ("sys.exit('of the child')", 1),
    "it is interrupted": ("raise KeyboardInterrupt", 130),
}


@every
@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS)
def test_a_forked_process_ends_where_it_leaves_the_step(project: Write, how: list[str], end: str, code: int) -> None:
    """It keeps and records nothing and runs nothing that follows; what it says is in the step's log."""
    following = "open('executed.txt', 'a').write('followed\\n')\nreturn 1\n"
    talk = project(talking(FORKED.format(end=end), following))
    assert talk.rerun(*how, timeout=60) == {"talk": "run", "talk2": "run"}
    assert talk.artifact("talks/talk_result").read_text().strip() == str(code)
    assert talk.executed() == ["followed"]
    assert len(talk.runs()) == 1
    kept = log(talk)
    assert kept.startswith("the child")
    assert ("of the child" in kept) is ("of the child" in end)
    assert "perform.py" not in kept


def test_the_environment_is_undone_in_workers_too(project: Write) -> None:
    """What a step sets is gone when the next begins."""
    setting = "os.environ['SET_BY_A_STEP'] = '1'\nos.chdir('tasks')\n"
    setting += "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nreturn 1\n"
    asking = "return 'SET_BY_A_STEP' in os.environ or os.getcwd().endswith('tasks') or "
    asking += "signal.getsignal(signal.SIGTERM) is signal.SIG_IGN\n"
    talk = project(talking(setting, asking))
    for how in (SERIAL, ["-n", "1"]):
        talk.doit("-a", *how)
        assert talk.artifact("talks/talk2_result").read_text().strip() == "false"
