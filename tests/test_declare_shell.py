from __future__ import annotations

import sys
import threading
import time

import pytest
from written import Written, arguments, artifacts, both, tasks, written

from lineage import StepError, shell_step
from lineage.declare.shell import fill, run_shell
from lineage.errors import DeclarationError

__all__ = ["both", "written"]


def test_a_command_is_a_step(both: Written) -> None:
    """Placeholders are parameters or outputs; scripts named in the command and given files are inputs."""
    both.write("train.py", "")
    both.write("raw.csv", "")
    both.steps(
        "tasks/a.py",
        """
        train = shell_step("python train.py {data} --C {c} -o {model} --log {log}", outputs=("model", "log"))
        predict = shell_step("cat {model} {raw} > {out}", outputs=["out"], name="predictor", doc="Predict.")
        @step
        def load() -> list: ...
        """,
    )
    planned = both.body(
        """
        from tasks.a import train, predict, load
        @pipeline
        def p(c=0.1):
            data = load()
            model, log = train(data, c)
            prediction = predict(model=model, raw="raw.csv")
            again = predict(model, raw=Path("other.csv"))
        """
    )
    assert tasks(planned) == ["p:load", "p:train", "p:predictor@raw:raw.csv", "p:predictor@raw:other.csv"]
    assert artifacts(planned) == ["data", "model", "log", "prediction", "again"]
    assert arguments(planned, "p:train") == {"data": "data", "c": 0.1, "train.py": "file train.py"}
    assert arguments(planned, "p:predictor@raw:raw.csv") == {"model": "model", "raw": "file raw.csv"}
    spec = planned.calls[2].step
    assert (spec.name, spec.qualname, spec.doc, spec.outputs) == ("predictor", "predict", "Predict.", ("out",))
    assert planned.calls[1].step.line == 7


def test_arguments_are_quoted_and_braces_kept() -> None:
    """Values cannot break out of their word; the shell's own braces stay."""
    assert fill("echo {a} ${HOME} {{x}} | awk '{print $1}'", {"a": "b c; rm -rf /"}) == (
        "echo 'b c; rm -rf /' ${HOME} {x} | awk '{print $1}'"
    )


def test_output_is_passed_on_line_by_line(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    """Both streams arrive in sys.stdout and sys.stderr, the last line also without its newline."""
    run_shell("echo one; echo {b} >&2; printf three", {"b": "two"}, str(tmp_path), "train")
    out, err = capsys.readouterr()
    assert out == "one\nthree"
    assert err == "two\n"


def test_a_failing_command_says_its_status(tmp_path: object) -> None:
    """A status other than 0, and a signal, are StepErrors with the command that was run."""
    with pytest.raises(StepError, match="ended with status 3"):
        run_shell("exit 3", {}, str(tmp_path), "train")
    with pytest.raises(StepError, match="ended by signal 9"):
        run_shell("kill -9 $$", {}, str(tmp_path), "train")


def test_an_interrupted_command_is_ended(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shell has started does not outlive an interrupt."""

    class Interrupting:
        def write(self, text: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdout", Interrupting())
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_shell("echo started; sleep 60", {}, str(tmp_path), "train")
    assert time.monotonic() - start < 30


def test_outside_of_a_pipeline_a_command_just_runs(tmp_path: object) -> None:
    """Called as a function it returns the path of what it wrote."""
    copy = shell_step("echo {text} > {out}", outputs="out")
    path = copy(text="hello world")
    assert path.read_text() == "hello world\n"


def test_output_comes_from_the_calling_thread(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever routes output by thread can tell whose it is."""
    seen = set()

    class Noting:
        def write(self, text: str) -> None:
            seen.add(threading.get_ident())

        def flush(self) -> None: ...

    monkeypatch.setattr(sys, "stdout", Noting())
    run_shell("echo x", {}, str(tmp_path), "train")
    assert seen == {threading.get_ident()}


def test_a_placeholder_that_nobody_gives_may_be_an_output(both: Written) -> None:
    """Where a placeholder is neither given nor an output, the error says how to make it one."""
    with pytest.raises(DeclarationError, match=r"misses 'model'") as caught:
        both.body(
            """
            train = shell_step("sh train.sh {data} {log} {model}", outputs=["log"])
            @pipeline
            def p():
                model = train(data="raw.csv")
            """
        )
    assert "outputs=['log', 'model']" in str(caught.value)
