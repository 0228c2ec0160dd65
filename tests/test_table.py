"""The promise, row by row: what reruns after which change, with the example of the repository and the real `doit`.

Each row starts from a fresh project after the first `doit`, except where a row follows the one before it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import pytest
from projects import DOIT, Project, digits_project, kill, swap, wait_for

FIRST = {"importer": "run", "trainer": "run", "evaluator": "run"}
NOTHING = {"importer": "cached", "trainer": "cached", "evaluator": "cached"}
FROM_TRAINER = {"importer": "cached", "trainer": "run", "evaluator": "run"}
ONLY_IMPORTER = {"importer": "run", "trainer": "cached", "evaluator": "cached"}
ONLY_TRAINER = {"importer": "cached", "trainer": "run", "evaluator": "cached"}

MARGIN = '''\
"""How soft the margin is."""

SOFTNESS = 1.0


def softness() -> float:
    """Return the penalty."""
    return SOFTNESS
'''
TRAINING = "SVC(gamma=gamma).fit(X_train, y_train)"
HOLDING = """\
    open("reached", "w").close()
    while os.path.exists("hold"):
        time.sleep(0.01)
"""


@pytest.fixture
def fresh(digits: Project) -> Project:
    """The example, whose trainer calls a helper in another module that reads a constant, after the first `doit`."""
    digits.write({"tasks/margin.py": MARGIN})
    importing = "from lineage import step\n"
    digits.edit("tasks/digits.py", importing, importing + "from tasks.margin import softness\n")
    digits.edit("tasks/digits.py", TRAINING, "SVC(gamma=gamma, C=softness()).fit(X_train, y_train)")
    assert digits.rerun() == FIRST
    return digits


def test_first_again_swapped_and_swapped_back(digits: Project) -> None:
    """The example gives 0.9583; a no-op is cached, a swap reruns from the trainer on, swapping back is free."""
    first = digits.doit()
    assert digits.statuses() == FIRST
    assert "accuracy=0.9583" in first.printed
    assert digits.rerun() == NOTHING
    assert digits.rerun("trainer=tree_trainer") == FROM_TRAINER
    assert digits.steps()["trainer"]["step"] == "tree_trainer"
    back = digits.doit("trainer=svc_trainer")
    assert digits.statuses() == NOTHING
    assert digits.steps()["trainer"]["step"] == "svc_trainer"
    assert "3 cached" in back.printed
    assert [run["status"] for run in digits.runs()] == ["ok"] * 4


def test_the_swap_in_dodo_is_one_word(fresh: Project) -> None:
    """Editing the slot's default in dodo.py does what `doit trainer=...` does, and back."""
    fresh.edit("dodo.py", "= svc_trainer", "= tree_trainer")
    assert fresh.rerun() == FROM_TRAINER
    fresh.edit("dodo.py", "= tree_trainer", "= svc_trainer")
    assert fresh.rerun() == NOTHING


def in_steps(old: str, new: str) -> Callable[[Project], None]:
    return lambda project: project.edit("tasks/digits.py", old, new)


def in_helper(old: str, new: str) -> Callable[[Project], None]:
    return lambda project: project.edit("tasks/margin.py", old, new)


LAYOUT = {
    "a comment in a step": in_steps("    X, y = load_digits", "    # the whole set\n    X, y = load_digits"),
    "a comment at the end of a line": in_steps("load_digits(return_X_y=True)", "load_digits(return_X_y=True)  # 1797"),
    "a docstring of a step": in_steps("Train a support vector classifier.", "Fit a machine.\n\n    It takes a second."),
    "a docstring of a helper": in_helper("Return the penalty.", "Say it."),
    "a comment in a helper": in_helper("    return SOFTNESS", "    # one number\n    return SOFTNESS"),
    "a comment in a helper's module": in_helper("SOFTNESS = 1.0", "# soft\nSOFTNESS = 1.0  # softer"),
    "a module's docstring": in_helper("How soft the margin is.", "The margin."),
    "blank lines": in_steps("    X, y = load_digits", "\n\n    X, y = load_digits"),
    "formatting as black does it": in_steps(
        "    return Digits(*train_test_split(X, y, test_size=test_size, shuffle=False))",
        "    return Digits(\n        *train_test_split(\n            X,\n            y,\n"
        "            test_size=test_size,\n            shuffle=False,\n        )\n    )",
    ),
    "parentheses and quotes": in_steps("X, y = load_digits(", "(X, y) = load_digits("),
}


def test_layout_does_not_count(fresh: Project) -> None:
    """A comment, a docstring, a blank line or black's formatting in any step or helper reruns nothing."""
    for what, change in LAYOUT.items():
        change(fresh)
        assert fresh.rerun() == NOTHING, what


def test_another_importer_with_the_same_arrays_reruns_nothing_after_it(fresh: Project) -> None:
    """Early cutoff: the importer's code changed, its arrays did not."""
    fresh.edit(
        "tasks/digits.py",
        "    X, y = load_digits(return_X_y=True)",
        "    digits = load_digits()\n    X, y = digits.data, digits.target",
    )
    assert fresh.rerun() == ONLY_IMPORTER
    assert fresh.rerun() == NOTHING


def test_a_helper_in_another_module(fresh: Project) -> None:
    """The helper that the trainer calls changed, and with it the model: trainer and evaluator run."""
    fresh.edit("tasks/margin.py", "return SOFTNESS", "return 0.5 * SOFTNESS")
    assert fresh.rerun() == FROM_TRAINER
    assert fresh.rerun() == NOTHING


def test_a_helper_that_gives_the_same(fresh: Project) -> None:
    """The helper changed but not the model that comes of it: only the trainer runs."""
    fresh.edit("tasks/margin.py", "return SOFTNESS", "return 1.0 * SOFTNESS")
    assert fresh.rerun() == ONLY_TRAINER
    assert fresh.rerun() == NOTHING


def test_a_constant_that_the_helper_reads_and_that_edit_taken_back(fresh: Project) -> None:
    """The constant counts as the helper's code does; taken back, everything comes from history."""
    fresh.edit("tasks/margin.py", "SOFTNESS = 1.0", "SOFTNESS = 0.5")
    assert fresh.rerun() == FROM_TRAINER
    fresh.edit("tasks/margin.py", "SOFTNESS = 0.5", "SOFTNESS = 1.0")
    assert fresh.rerun() == NOTHING
    assert fresh.steps()["trainer"]["outputs"][0]["version"] == 1


def test_a_deleted_model_is_made_again(fresh: Project) -> None:
    """Only the trainer reruns when the stored model is gone: it makes the same model."""
    stored = fresh.stored("digits/model")
    stored.unlink()
    assert fresh.rerun() == ONLY_TRAINER
    assert fresh.stored("digits/model").stat().st_size > 0
    assert fresh.rerun() == NOTHING


def test_a_flipped_byte_in_the_model_is_noticed(fresh: Project) -> None:
    """Only the trainer reruns when one byte of the stored model is another."""
    stored = fresh.stored("digits/model")
    whole = stored.read_bytes()
    stored.chmod(0o644)
    stored.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    assert fresh.rerun() == ONLY_TRAINER
    assert fresh.stored("digits/model").read_bytes() == whole
    assert fresh.rerun() == NOTHING


def test_a_trainer_that_raises_with_continue(fresh: Project) -> None:
    """The trainer failed, the evaluator is skipped, the exit code is 1, and the next `doit` goes on."""
    fresh.edit("tasks/margin.py", "return SOFTNESS", "raise ValueError('no margin')")
    done = fresh.doit("--continue", code=1)
    assert fresh.statuses() == {"importer": "cached", "trainer": "failed", "evaluator": "skipped"}
    assert fresh.status_of_run() == "failed"
    assert "ValueError: no margin" in done.printed
    fresh.edit("tasks/margin.py", "raise ValueError('no margin')", "return SOFTNESS")
    assert fresh.rerun() == NOTHING


def test_kill_9_during_the_trainer_of_the_first_run(project: Callable[[Mapping[str, str]], Project]) -> None:
    """What was finished before kill -9 is not lost: the importer is cached, the trainer runs again."""
    files = digits_project()
    steps = swap(files["tasks/digits.py"], "from typing import", "import os\nimport time\nfrom typing import")
    files["tasks/digits.py"] = swap(steps, f"    return {TRAINING}", f"{HOLDING}    return {TRAINING}")
    halted = project({**files, "hold": ""})
    child = halted.start(*DOIT)
    wait_for(halted.path / "reached", child)
    kill(child)
    halted.finish(child)
    assert halted.status_of_run() == "lost"
    assert halted.statuses()["trainer"] == "failed"
    os.remove(halted.path / "hold")
    assert halted.rerun() == FROM_TRAINER
    assert [run["status"] for run in halted.runs()] == ["lost", "ok"]
