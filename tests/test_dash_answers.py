"""What the dashboard's page is told, and who is told anything: without a browser."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pages import address_of, served
from projects import DOIT, FOLDS, LINEAGE, Project, kill, wait_for

from lineage.dash.answers import ANSWERS, answer, as_json
from lineage.dash.archive import Archive
from lineage.dash.picture import FOCUSED_FROM, MOST, Pictures, find, picture
from lineage.dash.plan import Planner
from lineage.dash.poller import Poller
from lineage.dash.recorded import Task


def ask(project: Project, name: str, **arguments: Any) -> Any:
    """Ask as the page does: what comes back went through JSON."""
    archive = Archive(str(project.path))
    try:
        return json.loads(as_json(answer(archive, name, arguments)))
    finally:
        archive.close()


def statuses(told: Any) -> dict[str, str]:
    return {node["id"]: node["status"] for node in told["nodes"]}


def test_the_picture_has_steps_artifacts_and_what_is_made_of_what(done_words: Project) -> None:
    """Circles are steps and squares artifacts, from left to right; all of the first run is `run`."""
    told = ask(done_words, "picture")
    kinds = {node["id"]: node["kind"] for node in told["nodes"]}
    assert kinds == {
        "words:collect": "step",
        "words:counter": "step",
        "words:report": "step",
        "words/sentence": "artifact",
        "words/total": "artifact",
        "words/summary": "artifact",
    }
    assert set(statuses(told).values()) == {"run"}
    x = {node["id"]: node["x"] for node in told["nodes"]}
    edges = {(edge["source"], edge["target"]) for edge in told["edges"]}
    assert {("words:collect", "words/sentence"), ("words/sentence", "words:counter")} <= edges
    assert all(x[source] < x[target] for source, target in edges)


def test_a_confirmed_run_is_green_with_dashed_edges(done_words: Project) -> None:
    """A run in which nothing changed shows the steps of the one that it confirms, as cached."""
    done_words.doit()
    told = ask(done_words, "picture")
    assert set(statuses(told).values()) == {"cached"}
    assert all(edge["cached"] for edge in told["edges"])
    assert set(statuses(ask(done_words, "picture", run=1)).values()) == {"run"}


def test_a_known_picture_is_told_by_its_statuses_only(done_words: Project) -> None:
    """The page that has the layout already is not sent it again."""
    archive, pictures = Archive(str(done_words.path)), Pictures()
    first = picture(archive, pictures, {})
    again = picture(archive, pictures, {"known": first["layout"]})
    archive.close()
    assert "nodes" not in again
    assert again["statuses"]["words:counter"] == "run"


def test_repeated_steps_fold_with_counts_and_open(project: Any) -> None:
    """Five folds are one symbol that says how they are; opened, each is one."""
    made = project(FOLDS)
    made.doit("-c", "bad=3", code=None)
    told = ask(made, "picture")
    stack = next(node for node in told["nodes"] if node["stack"] and node["kind"] == "step")
    assert stack["stack"]["counts"] == {"failed": 1, "run": 4}
    assert stack["status"] == "failed"
    opened = statuses(ask(made, "picture", expanded=[stack["id"]]))
    assert sorted(name for name in opened if name.startswith("cv:fit")) == [f"cv:fit@fold:{fold}" for fold in range(5)]
    assert opened["cv:fit@fold:3"] == "failed"


def test_a_status_that_changes_makes_no_graph_anew(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was read the statuses are taken over, in stacks and beside them, and the picture is as if read anew."""
    made = project(FOLDS)
    made.doit()
    archive, pictures = Archive(str(made.path)), Pictures()
    picture(archive, pictures, {})
    with closing(sqlite3.connect(made.path / ".lineage" / "metadata.sqlite", timeout=30)) as database:
        tasks = "SELECT task_id FROM task WHERE name IN ('fit@fold:1', 'fit@fold:2', 'best')"
        assert database.execute(f"UPDATE step_run SET status = 'cached' WHERE task_id IN ({tasks})").rowcount == 3
        database.commit()
    with monkeypatch.context() as patched:
        patched.delattr("lineage.dash.picture.graph_of")
        told = picture(archive, pictures, {})
    assert told == picture(archive, Pictures(), {})
    archive.close()
    counts = [node["stack"]["counts"] for node in told["nodes"] if node["stack"]]
    assert counts == [{"run": 3, "cached": 2}, {"run": 3, "cached": 2}]
    assert statuses(told)["cv:best"] == "cached"


def test_a_failure_is_told_with_error_and_log(project: Any) -> None:
    """The panel has what it raised, where, and what it printed last; and how to run it again."""
    made = project(FOLDS)
    made.doit("-c", "bad=3", code=None)
    told = ask(made, "details", id="cv:fit@fold:3")
    assert "fold is bad" in told["error"]["message"]
    assert told["log_tail"] == "fitting 3"
    assert told["command"] == "doit -a -s cv:fit@fold:3"
    assert ask(made, "details", id="cv:best")["status"] == "skipped"


def test_why_comes_with_the_diff_of_the_code(done_words: Project) -> None:
    """A step that ran because of an edit says so, with the lines."""
    done_words.edit("tasks/language.py", 'SEPARATOR = " "', 'SEPARATOR = "e"')
    done_words.doit()
    why = ask(done_words, "details", id="words:counter")["why"]
    assert [reason["kind"] for reason in why] == ["code"]
    assert '+SEPARATOR = "e"' in why[0]["diff"]
    of_artifact = ask(done_words, "details", id="words/total")
    assert of_artifact["why"] == why
    assert of_artifact["made_by"] == "words:counter"
    assert of_artifact["used_by"] == ["words:report"]


def test_what_a_skipped_step_takes_is_known_from_the_last_time(done_words: Project) -> None:
    """The picture keeps its shape when a step fails."""
    whole = {(edge["source"], edge["target"]) for edge in ask(done_words, "picture")["edges"]}
    done_words.edit("tasks/words.py", "    return len(split(sentence))", "    raise ValueError")
    done_words.doit(code=None)
    assert {(edge["source"], edge["target"]) for edge in ask(done_words, "picture")["edges"]} == whole


def chain(steps: int) -> dict[str, Task]:
    """Return a plan of a chain whose steps have nothing in common."""
    named = [f"big:step_{chr(97 + number % 26)}{number}" for number in range(steps)]
    tasks = {}
    for number, name in enumerate(named):
        takes = (f"big/{chr(97 + number % 26)}x{number}",) if number else ()
        gives = (f"big/{chr(97 + (number + 1) % 26)}x{number + 1}",)
        tasks[name] = Task(name, f"m:f{number}", "pending", takes=takes, gives=gives)
    return tasks


def test_a_large_picture_opens_with_a_part(tmp_path: Path) -> None:
    """Above 300 symbols the page gets what needs a look and how many are hidden; never more than it can draw."""
    archive = Archive(str(tmp_path))
    planned = chain(5000)
    told = picture(archive, Pictures(), {}, planned)
    assert told["focus"]["auto"] is True
    assert 1 < len(told["nodes"]) <= FOCUSED_FROM
    assert len(told["nodes"]) + told["hidden"] == told["total"] == 10_000
    assert len(picture(archive, Pictures(), {"all": True}, planned)["nodes"]) == MOST
    near = picture(archive, Pictures(), {"focus": {"ids": ["big:step_a26"], "up": 1, "down": 2}}, planned)
    assert len(near["nodes"]) == 4


def test_a_search_finds_what_is_not_drawn(tmp_path: Path) -> None:
    """The whole picture is searched, in the language of the page."""
    archive, planned = Archive(str(tmp_path)), chain(400)
    assert find(archive, Pictures(), {"q": "step_a26"}, planned)["ids"] == ["big:step_a26", "big:step_a260"]
    assert find(archive, Pictures(), {"q": "1+step_b27+1"}, planned)["count"] == 3
    archive.close()


def test_what_cannot_be_answered_says_why(done_words: Project) -> None:
    """Neither a run that is not there nor a question that nobody knows ends the page."""
    assert "there is no run 99" in ask(done_words, "picture", run=99)["refused"]["what"]
    assert "no question 'nonsense'" in ask(done_words, "nonsense")["refused"]["what"]
    assert ask(done_words, "details", id="words:nobody")["status"] == "pending"


def test_answering_writes_nothing(done_words: Project) -> None:
    """The dashboard reads: no file of the project is another one afterwards."""

    def files() -> dict[str, tuple[int, int]]:
        found = [path for path in done_words.path.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}

    before = files()
    for name, arguments in (("runs", {}), ("picture", {}), ("details", {"id": "words/total"})):
        assert "refused" not in ask(done_words, name, **arguments)
    assert files() == before


def test_pages_are_told_when_something_was_recorded(done_words: Project) -> None:
    """One look at the records tells all pages, and nothing is told while nothing happens."""
    archive = Archive(str(done_words.path))
    poller, told = Poller(archive), []
    for who in "ab":
        poller.listen(who, lambda event, who=who: told.append(who))
    assert not poller.look()
    done_words.doit()
    assert poller.look()
    assert told == ["a", "b"]
    poller.leave("a")
    assert not poller.look()
    archive.close()


def test_the_plan_is_asked_in_another_process(words: Project) -> None:
    """What has not run is known from `lineage plan`; a dodo.py that cannot be loaded is told with its error."""
    planner = Planner(str(words.path))
    planner.look()
    while planner.is_asking:
        planner.look()
    assert list(planner.planned) == ["words:collect", "words:counter", "words:report"]
    assert planner.planned["words:report"].takes == ("words/sentence", "words/total")
    words.write({"dodo.py": "import nowhere\n"})
    planner.look()
    while planner.is_asking:
        planner.look()
    assert planner.planned == {}
    assert "nowhere" in str(planner.error)


# -- the server --------------------------------------------------------------------------------------------------------


def answered(address: str, **headers: str) -> int:
    """Return the status that a request is answered with."""
    place = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    try:
        connection.request("GET", f"{place.path}?{place.query}", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_foreign_names_and_origins_are_refused(done_words: Project) -> None:
    """A page of another site reaches neither the page nor the socket, even if its name leads to this machine."""
    with served(done_words, "--no-plan") as address:
        assert answered(address) == 200
        assert answered(address, Host="evil.example:5006") == 403
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "bokeh, token",
        }
        assert answered(f"{address}live/ws", Origin="http://evil.example", **upgrade) == 403


def test_a_token_is_asked_for(done_words: Project) -> None:
    """With a token, only its bearers see anything; another address than this machine's does not go without one."""
    with served(done_words, "--no-plan", "--token", "s3cret") as address:
        place = address.partition("?")[0]
        assert address == f"{place}?token=s3cret"
        assert answered(address) == 200
        assert answered(place) == 403
        assert answered(f"{place}?token=guess") == 403
    refused = done_words.lineage("dashboard", "--address", "0.0.0.0", code=3)
    assert "--token" in refused.printed


def test_a_port_in_use_is_an_error_that_names_a_free_one(done_words: Project) -> None:
    """Exit code 3, and what to type instead."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = done_words.lineage("dashboard", "--port", str(port), code=3)
    assert f"port {port} is in use" in refused.printed
    assert "lineage dashboard --port" in refused.printed


def test_ctrl_c_ends_it_quietly(done_words: Project) -> None:
    """130 as of every command, and no traceback."""
    child = done_words.start(*LINEAGE, "dashboard", "--port", "0")
    address_of(child)
    kill(child, signal.SIGINT)
    done = done_words.finish(child)
    assert done.code == 130
    assert "Traceback" not in done.printed


def test_a_run_that_is_not_there_is_refused(done_words: Project) -> None:
    """`--run` is checked before anything is served."""
    assert "there is no run 7" in done_words.lineage("dashboard", "--port", "0", "--run", "7", code=3).printed


def test_the_page_brings_all_that_it_needs(done_words: Project) -> None:
    """Every file that the page names is served, from here."""
    with served(done_words, "--no-plan") as address:
        with urllib.request.urlopen(address) as response:
            page = response.read().decode()
        names = re.findall(r' (?:src|href|data-bokeh)="([^"]+)"', page)
        assert len(names) == 4
        assert {answered(f"{address}{name}") for name in names} == {200}
    assert os.path.isdir(done_words.path)


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", "\u2028", "<!--"])
def test_answers_within_the_page_cannot_end_its_script(tmp_path: Path, name: str) -> None:
    """What is put into the page beforehand stays data."""
    from lineage.dash.app import first_answers

    folder = tmp_path / name.replace("/", "|")
    folder.mkdir()
    archive = Archive(str(folder))
    told = first_answers(archive, {"run": None, "task": name})
    archive.close()
    assert "<" not in told
    assert json.loads(told)["runs"]["project"] == folder.name


def test_a_step_that_tracks_its_loop_tells_how_far_it_is(words: Project) -> None:
    """The picture has it while the step runs, under the step's own name, and the page is told that it changed."""
    tracked = """\
    import lineage

    for n in lineage.track(range(4), "words"):
        time.sleep(0.25)
        if n == 2:
            open("reached", "w").close()
            while os.path.exists("../hold"):
                time.sleep(0.01)
"""
    words.edit("tasks/words.py", '    note("count")\n', tracked + '    note("count")\n')
    words.edit("tasks/words.py", "from lineage import step\n", "import os\nimport time\n\nfrom lineage import step\n")
    (words.path.parent / "hold").touch()
    archive = Archive(str(words.path))
    before = archive.token()
    child = words.start(*DOIT)
    try:
        wait_for(words.path / "reached", child)
        shown = answer(archive, "picture", {})
        running = shown["running"]["words:counter"]
        assert running["count"] in (1, 2)  # it is told at most five times a second
        assert running["total"] == 4
        assert next(node for node in shown["nodes"] if node["id"] == "words:counter")["label"] == "counter"
        assert archive.token() != before
    finally:
        (words.path.parent / "hold").unlink()
        words.finish(child)
    assert answer(archive, "picture", {})["running"] == {}
    archive.close()


ODD = [
    None,
    999,
    -1,
    10**30,
    1.5,
    True,
    "abc",
    "a'b",
    "<img src=x>",
    [],
    [1],
    ["a"],
    {},
    {"ids": 3},
    {"ids": ["a"], "up": "x"},
]


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_a_page_sends_is_answered_or_refused(done_words: Project, name: str) -> None:
    """Any value under any name, also one that no question takes: never an error of ours."""
    archive = Archive(str(done_words.path))
    arguments = ["run", "last", "before", "after", "id", "name", "q", "known", "all", "expanded", "focus", "nonsense"]
    for each in arguments:
        for value in ODD:
            json.loads(as_json(answer(archive, name, {each: value})))
    assert "refused" in answer(archive, name, {"nonsense": 1})
    assert "refused" in answer(archive, name, {"run": "abc"})
    archive.close()


def test_a_commit_is_seen_whatever_the_times_of_the_files_say(
    done_words: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log is longer before its readers see that: who had looked just then would show the last step as it was."""
    path = done_words.path / ".lineage" / "metadata.sqlite"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("UPDATE run SET command = 'doit again'")
        writer.commit()  # there is a log now, which a reader has open
        archive = Archive(str(done_words.path))
        assert archive.newest == 1
        monkeypatch.setattr("lineage.stack._look", lambda path: (0, 0, 0))
        poller, told = Poller(archive), list[Any]()
        poller.listen("a page", told.append)
        assert poller.look() is False
        writer.execute("UPDATE step_run SET status = 'failed'")
        writer.commit()
        assert poller.look() is True
        assert poller.look() is False
        archive.close()
    assert len(told) == 1


def test_records_that_vanish_or_are_others_by_now_are_shown_as_they_are(done_words: Project, tmp_path: Path) -> None:
    """While a page is open somebody takes `.lineage` away, and later puts another one there."""
    folder = done_words.path / ".lineage"
    archive = Archive(str(done_words.path))
    with closing(sqlite3.connect(folder / "metadata.sqlite")) as writer:
        writer.execute("UPDATE run SET command = 'doit again'")
        writer.commit()  # there is a log, so that the reader keeps the file open
        assert archive.newest == 1
        poller = Poller(archive)
    shutil.copytree(folder, tmp_path / "other")
    folder.rename(tmp_path / "away")
    assert poller.look() is True
    assert archive.newest is None
    with closing(sqlite3.connect(tmp_path / "other" / "metadata.sqlite")) as writer:
        writer.execute("UPDATE run SET run_id = 7")
        writer.commit()
    (tmp_path / "other").rename(folder)
    assert poller.look() is True
    assert archive.newest == 7
    archive.close()
