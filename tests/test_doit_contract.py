"""What lineage relies on inside doit, one test a hook: a doit that moves one of them fails here, by name, and not in a
run."""

from __future__ import annotations

import inspect

import pytest
from doit import (
    cmd_base,
    cmd_clean,
    cmd_forget,
    cmd_ignore,
    cmd_info,
    cmd_list,
    cmd_resetdep,
    cmd_run,
    doit_cmd,
    runner,
)
from doit.control import TaskControl, TaskDispatcher
from doit.dependency import Dependency, DependencyStatus
from doit.task import Stream, Task

from lineage.dodo import commands
from lineage.dodo.status import Dependencies
from lineage.dodo.tasks import StepTask

PAIRS = [
    (commands.Run, cmd_run.Run),
    (commands.List, cmd_list.List),
    (commands.Info, cmd_info.Info),
    (commands.Clean, cmd_clean.Clean),
    (commands.Forget, cmd_forget.Forget),
    (commands.Ignore, cmd_ignore.Ignore),
    (commands.ResetDep, cmd_resetdep.ResetDep),
]


@pytest.mark.parametrize(("ours", "doits"), PAIRS, ids=lambda cls: cls.__module__)
def test_commands_take_what_doit_passes(ours: type, doits: type) -> None:
    """doit finds out what to pass to `_execute` from the names of its parameters, so ours are the same."""
    assert list(inspect.signature(ours._execute).parameters) == list(inspect.signature(doits._execute).parameters)
    assert ours.get_name() == doits.get_name()


def test_a_dependency_manager_that_is_set_is_kept() -> None:
    """`DoitCmdBase.execute` makes a dependency manager only if there is none yet."""
    assert "if self.dep_manager is None" in inspect.getsource(cmd_base.DoitCmdBase.execute)


def test_the_dependency_manager_is_asked_for_nothing_that_ours_lacks() -> None:
    """Every public method of doit's dependency manager is either ours or passed on to doit's own."""
    public = {name for name in vars(Dependency) if not name.startswith("_")}
    assert public >= {
        "get_status",
        "save_success",
        "remove_success",
        "status_is_ignore",
        "ignore",
        "get_values",
        "close",
    }
    assert not {name for name in public if name not in vars(Dependencies) and not hasattr(Dependencies, "__getattr__")}


def test_a_step_has_every_attribute_that_a_task_has() -> None:
    """`StepTask` does not call `Task.__init__`, and so sets all that it sets."""
    plain = set(vars(Task("plain", None)))
    wanted = plain - {"_action_instances"}
    names = {name for cls in StepTask.__mro__ for name in vars(cls)} | set(StepTask.__init__.__code__.co_names)
    assert wanted <= names


def test_statuses_can_be_made_without_a_log() -> None:
    """`DependencyStatus` keeps `status` and `error_reason`, which the runner reads."""
    status = DependencyStatus(False)
    assert status.status == "up-to-date"
    assert status.error_reason is None


def test_words_are_served_from_one_dictionary() -> None:
    """`doit.get_var` reads from the module variable that we replace."""
    doit_cmd.reset_vars()
    doit_cmd.set_var("colour", "green")
    assert doit_cmd._CMDLINE_VARS == {"colour": "green"}
    assert "_CMDLINE_VARS.get(" in inspect.getsource(doit_cmd.get_var)


def test_the_runner_calls_the_hooks_that_we_override() -> None:
    """A runner takes results over in `process_task_result` and picks tasks in `select_task`."""
    source = inspect.getsource(runner.Runner.run_tasks)
    assert "self.process_task_result(node, base_fail)" in source
    assert "self.select_task(node, task_dispatcher.tasks)" in source
    names = list(inspect.signature(runner.Runner.__init__).parameters)
    assert names == ["self", "dep_manager", "reporter", "continue_", "always_execute", "stream"]
    assert [*names, "num_process"] == list(inspect.signature(runner.MThreadRunner.__init__).parameters)


def test_the_dispatcher_is_a_generator_that_says_hold_on() -> None:
    """`ProcessRunner` speaks with the dispatcher as doit's own process runner does."""
    assert '"hold on"' in inspect.getsource(TaskDispatcher._dispatcher_generator)
    control = TaskControl([Task("a", None), Task("b", None, task_dep=["a"])])
    control.process(None)
    nodes = control.task_dispatcher().generator
    first = nodes.send(None)
    assert first.task.name == "a"
    assert nodes.send(None) == "hold on"
    first.run_status = "successful"
    assert nodes.send(first).task.name == "b"


def test_the_stream_takes_the_verbosity_of_the_command() -> None:
    """A verbosity given on the command line goes before a task's own."""
    assert Stream(2, True).effective_verbosity(0) == 2
    assert Stream(None).effective_verbosity(None) == Task.DEFAULT_VERBOSITY
