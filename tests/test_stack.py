"""Which stack a project uses: pyproject.toml, the environment, this checkout; and what is said where it cannot be."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from projects import REPOSITORY, Project

from lineage.choice import choose
from lineage.errors import UsageError
from lineage.errors.secrets import has_password, redacted
from lineage.records.statements import SCHEMA
from lineage.settings import read_settings

Write = Callable[[Mapping[str, str]], Project]

TEAM = """\
[tool.lineage]
stack = "team"

[tool.lineage.stacks.team]
artifacts = "../shared"
metadata = "sqlite:///../records/team.sqlite"

[tool.lineage.stacks.other]
"""


def test_nothing_said_is_the_default(tmp_path: Path) -> None:
    """Without a word everything is in .lineage, also where pyproject.toml speaks of other things."""
    for text in (
        None,
        "",
        '[project]\nname = "doit-lineage"\n[project.scripts]\nlineage = "a:b"\n',
        "[tool.lineage]\n",
    ):
        if text is not None:
            (tmp_path / "pyproject.toml").write_text(text)
        choice = choose(str(tmp_path), {})
        assert choice.is_default
        assert choice.artifacts.where == str(tmp_path / ".lineage" / "objects")
        assert choice.metadata.where == str(tmp_path / ".lineage" / "metadata.sqlite")


@pytest.mark.parametrize(
    "text",
    [
        '[tool.lineage.stacks.team]\nartifacts = "x"\n[tool.lineage]\nstack = "team"\n',
        '[ tool . "lineage" ]\nstack = "team"\nstacks.team.artifacts = "x"\n',
        '[tool]\nlineage = { stack = "team", stacks = { team = { artifacts = "x" } } }\n',
        'tool.lineage.stack = "team"\ntool.lineage.stacks.team.artifacts = "x"\n',
        'tool = { lineage = { stack = "team", stacks = { team = { artifacts = "x" } } } }\n',
    ],
)
def test_every_spelling_of_toml_is_read(tmp_path: Path, text: str) -> None:
    """The look that spares most projects the parser misses none of them."""
    (tmp_path / "pyproject.toml").write_text(text)
    assert choose(str(tmp_path), {}).artifacts.where == str(tmp_path / "x" / "objects")


def test_who_says_it_last(tmp_path: Path) -> None:
    """The environment is stronger than this checkout, which is stronger than the project."""
    (tmp_path / "pyproject.toml").write_text(TEAM)
    (tmp_path / ".lineage").mkdir()
    assert (choose(str(tmp_path), {}).name, choose(str(tmp_path), {}).why) == ("team", "pyproject.toml:2")
    (tmp_path / ".lineage" / "stack").write_text("other\n")
    assert choose(str(tmp_path), {}).name == "other"
    given = {"LINEAGE_STACK": "team", "LINEAGE_METADATA": "sqlite:////elsewhere/a.sqlite"}
    choice = choose(str(tmp_path), given)
    assert choice.name == "team"
    assert choice.metadata.where == "/elsewhere/a.sqlite"
    assert choice.metadata.why == "LINEAGE_METADATA in the environment"
    assert choice.artifacts.where == str(tmp_path.parent / "shared" / "objects")
    assert choice.artifacts.why == "pyproject.toml:4"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[tool.lineage]\nstak = "team"\n', ["pyproject.toml:2", "did you mean 'stack'?"]),
        ("[tool.lineage]\nstack = 3\n", ["pyproject.toml:2", "is not a text", 'stack = "team"']),
        ('[tool.lineage]\nstack = "tem"\n[tool.lineage.stacks.team]\n', ["did you mean 'team'?", "pyproject.toml:2"]),
        ('[tool.lineage.stacks.team]\nartefacts = "x"\n', ["pyproject.toml:2", "did you mean 'artifacts'?"]),
        ("[tool.lineage.stacks.team]\n\nmetadata = true\n", ["pyproject.toml:3", "is not a text"]),
        ("[tool.lineage.stacks.default]\n", ["pyproject.toml:1", "cannot be called 'default'"]),
        ('[tool.lineage.stacks]\nteam = "x"\n', ["pyproject.toml:2", "is not a table"]),
        ('[tool.lineage]\nstacks = "x"\n', ["pyproject.toml:2", "is not a table"]),
    ],
)
def test_what_means_nothing_is_refused(tmp_path: Path, text: str, told: list[str]) -> None:
    """With file, line, the nearest name and what to write."""
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError) as error:
        choose(str(tmp_path), {})
    for each in (*told, "fix:"):
        assert each in str(error.value)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("LINEAGE_STACK", "nowhere", "there is no stack 'nowhere'"),
        ("LINEAGE_ARTIFACTS", "s3:///team", "names no bucket"),
        ("LINEAGE_ARTIFACTS", "s4://bucket", "did you mean 's3'?"),
        ("LINEAGE_CACHE", "s3:///team", "names no bucket"),
        ("LINEAGE_CACHE", "s3://bucket/a#b?endpoint=http://127.0.0.1:1", "has a # in it"),
        ("LINEAGE_ARTIFACTS", "s3://bucket/a?endpoint=http://127.0.0.1:1#b", "has a # in it"),
        ("LINEAGE_CACHE", "s3://bucket/a//b", "a folder without a name"),
        ("LINEAGE_ARTIFACTS", "s3://AKIA:c4nary@bucket/a", "what stands before the @"),
        ("LINEAGE_CACHE", "s4://bucket", "did you mean 's3'?"),
        ("LINEAGE_CACHE", "s3:/bucket/x", 'write cache = "s3://bucket/x"'),
        ("LINEAGE_CACHE", "gs//bucket/x", 'write cache = "gs://bucket/x"'),
        ("LINEAGE_ARTIFACTS", "file:/mnt/x", 'write artifacts = "file:///mnt/x"; a folder of that name'),
        ("LINEAGE_ARTIFACTS", "s3:bucket/x?endpoint=http:1", 'write artifacts = "s3://bucket/x'),
        ("LINEAGE_CACHE", "~nobody-of-that-name/x", "nobody knows whose home"),
        ("LINEAGE_CACHE", "s3://bucket/x?endpont=http://127.0.0.1:1", "did you mean 'endpoint'?"),
        ("LINEAGE_CACHE", "s3://bucket/x?endpoint=127.0.0.1:9000", "does not begin with https:// or http://"),
        ("LINEAGE_ARTIFACTS", "s3://bucket/x?endpoint=http://", "it names no host"),
        ("LINEAGE_CACHE", "s3://bucket/x?endpoint=http://h:99999", "is no address of a server"),
        ("LINEAGE_CACHE", "s3://bucket/x?endpoint=http://a b", "blank or a control character"),
        ("LINEAGE_CACHE", "s3://bucket/x?endpoint=", "endpoint is empty"),
        ("LINEAGE_CACHE", "s3://bucket/x#y?endpoint=http://127.0.0.1:1", "has a # in it"),
        ("LINEAGE_CACHE", "s3://bucket//x", "a folder without a name"),
        ("LINEAGE_CACHE", "s3://bucket/x?anonymous=maybe", "neither true nor false"),
        ("LINEAGE_CACHE", "gs://bucket/x?profile=me", "gs:// has none of that name"),
        ("LINEAGE_CACHE_MODE", "readonly", "did you mean 'read-only'?"),
        ("LINEAGE_ARTIFACTS", "flie:///x", "did you mean 'file'?"),
        ("LINEAGE_METADATA", "sqlite://x", "three slashes"),
        ("LINEAGE_METADATA", "postgres//me:c4nary@host/x", "is no address of a metadata store"),
        ("LINEAGE_METADATA", "postgrsql://me:c4nary@host/x", "did you mean 'postgresql'?"),
        ("LINEAGE_METADATA", "host=db user=me password=c4nary", "is no address"),
    ],
)
def test_an_address_that_means_nothing_is_refused(words: Project, variable: str, value: str, told: str) -> None:
    """By `doit` and by every query, with exit code 3, the variable's name, and never the password."""
    for command in (["doit"], ["lineage", "runs"], ["lineage", "stack", "check"]):
        done = words.command(*command, env={variable: value})
        assert done.code == 3, done
        assert told in done.printed
        assert variable in done.printed
        assert "c4nary" not in done.printed
    assert words.executed() == []


def test_the_way_back_is_one_that_works(words: Project) -> None:
    """From a stack that does not exist: by the variable that chose it, else by `lineage stack use`."""
    told = words.lineage("stack", "describe", code=3, env={"LINEAGE_STACK": "nowhere"}).printed
    assert "LINEAGE_STACK=default goes back" in told
    words.lineage("stack", "describe", env={"LINEAGE_STACK": "default"})
    words.write({"pyproject.toml": '[tool.lineage]\nstack = "nowhere"\n'})
    assert "`lineage stack use default` goes back" in words.lineage("stack", "describe", code=3).printed
    words.lineage("stack", "use", "default")
    words.lineage("stack", "describe")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:c4nary@h/d", "postgresql://me:***@h/d"),
        ("postgresql://me:c4:na@ry@h:5/d?schema=x", "postgresql://me:***@h:5/d?schema=x"),
        ("postgresql://h/d?user=me&password=c4nary&schema=x", "postgresql://h/d?user=me&password=***&schema=x"),
        ("postgresql://me@h/d?sslpassword=c4nary", "postgresql://me@h/d?sslpassword=***"),
        ("az://c/f?sv=2024&sig=c4nary%3D", "az://c/f?sv=2024&sig=***"),
        ("az://c/f?AccountKey=c4nary", "az://c/f?AccountKey=***"),
        ("s3://b/f?aws_secret_access_key=c4nary&region=x", "s3://b/f?aws_secret_access_key=***&region=x"),
        ("s3://b/f?X-Amz-Signature=c4nary", "s3://b/f?X-Amz-Signature=***"),
        ("me:c4nary@h/d", "***@h/d"),
        ("host=h password='c4 nary' user=me", "host=h password=*** user=me"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    """However it is written."""
    assert redacted(address) == shown
    assert has_password(address)


@pytest.mark.parametrize(
    "address", ["postgresql://me@h:5/d?schema=x&sslkey=/a&passfile=/b", "sqlite:///a.sqlite", "/mnt/x"]
)
def test_an_address_without_a_password_is_shown_whole(address: str) -> None:
    """Files with credentials may be named."""
    assert redacted(address) == address


def test_a_password_in_the_repository_is_refused(words: Project) -> None:
    """It belongs into the environment or ~/.pgpass, and is not even repeated."""
    words.write({"pyproject.toml": '[tool.lineage.stacks.team]\nmetadata = "postgresql://me:c4nary@h/d"\n'})
    done = words.command("doit", env={"LINEAGE_STACK": "team"})
    assert done.code == 3
    assert "pyproject.toml:1 has a password in it" in done.printed
    assert "~/.pgpass" in done.printed
    assert "c4nary" not in done.printed


def test_another_stack_has_its_own_history(words: Project) -> None:
    """What was recorded in one is not known in the other, and going back finds everything."""
    words.write({"pyproject.toml": TEAM.replace('stack = "team"', "")})
    words.doit()
    words.executed()
    done = words.doit(env={"LINEAGE_STACK": "team"})
    assert "run 1: " in done.stdout
    assert words.executed() != []
    assert (words.path.parent / "records" / "team.sqlite").exists()
    assert words.artifact("words/total").resolve().is_relative_to(words.path.parent / "shared" / "objects")
    assert words.doit(env={"LINEAGE_STACK": "team"}).stdout.count("cached") >= 3
    words.doit()
    assert set(words.statuses().values()) == {"cached"}
    assert words.executed() == []


@pytest.mark.parametrize("how", ["pyproject", "use", "environment"])
def test_a_receipt_does_not_hide_a_change_of_stack(done_words: Project, how: str) -> None:
    """A run that compares files only is not taken for one with other stores, and not the other way round."""
    done_words.write({"pyproject.toml": TEAM.replace('stack = "team"\n', "")})
    for _ in range(2):
        done_words.doit()
    environment = {}
    if how == "pyproject":
        done_words.write({"pyproject.toml": TEAM})
    elif how == "use":
        done_words.lineage("stack", "use", "team")
    else:
        environment = {"LINEAGE_STACK": "team"}
    assert "3 run, 0 cached" in done_words.doit(env=environment).stdout
    for _ in range(2):
        assert "0 run, 3 cached" in done_words.doit(env=environment).stdout
    shown = done_words.lineage("runs", "--json", env=environment).stdout
    assert shown.count('"status": "ok"') == 3


def test_a_step_that_loads_an_artifact_does_not_depend_on_the_stack(words: Project) -> None:
    """Which stores are used is no input of a step: pyproject.toml may change, and nothing reruns."""
    importing = "from lineage import step\n"
    words.edit("tasks/words.py", importing, f"import lineage\n{importing}")
    words.edit("tasks/words.py", '    note("report")\n', '    note("report")\n    lineage.load("words/total")\n')
    words.write({"pyproject.toml": TEAM.replace('stack = "team"', "")})
    words.doit()
    words.doit()
    found = {each["name"] for step in words.runs()[0]["steps"] for each in step["discovered"]}
    assert found == {"artifacts/words/total.json"}
    words.write({"pyproject.toml": TEAM.replace('stack = "team"', "strict = false")})
    words.doit()
    assert set(words.statuses().values()) == {"cached"}


def test_use_is_remembered_for_this_checkout(words: Project) -> None:
    """Not in pyproject.toml; the environment is stronger, an unknown name is refused, and it can be forgotten."""
    words.write({"pyproject.toml": TEAM})
    assert "uses the stack other (chosen by `lineage stack use`" in words.lineage("stack", "use", "other").stdout
    assert words.read("pyproject.toml") == TEAM
    assert "stack: other" in words.lineage("stack", "describe").stdout
    shown = words.lineage("stack", "use", "default", env={"LINEAGE_STACK": "team"}).stdout
    assert "LINEAGE_STACK in the environment is stronger" in shown
    assert "stack: default" in words.lineage("stack", "describe").stdout
    refused = words.lineage("stack", "use", "teem", code=3)
    assert "did you mean 'team'?" in refused.printed
    assert "uses the stack team (chosen by pyproject.toml:2)" in words.lineage("stack", "use").stdout


def test_describe_and_list_say_who_said_so(words: Project) -> None:
    """For each store that is not the default one, and for the stack."""
    words.write({"pyproject.toml": TEAM})
    shown = words.lineage("stack", "describe", env={"LINEAGE_ARTIFACTS": "/mnt/none"}).stdout
    assert "stack: team (chosen by pyproject.toml:2)" in shown
    assert "LINEAGE_ARTIFACTS in the environment" in shown
    assert "pyproject.toml:4" in shown
    broken = words.lineage("stack", "describe", code=2, env={"LINEAGE_METADATA": "sqlite:///dodo.py"}).stdout
    assert f"metadata in {words.path}/dodo.py (chosen by LINEAGE_METADATA in the environment)" in broken
    listed = words.lineage("stack", "list").stdout
    assert listed.splitlines()[1] == "team     pyproject.toml:4  * chosen by pyproject.toml:2"
    told = words.json("stack", "describe")
    assert (told["stack"], told["why"]) == ("team", "pyproject.toml:2")


def test_check_says_that_all_is_well(words: Project) -> None:
    """Before anything has run, afterwards, and of records that the next doit brings up to date; it makes nothing."""
    words.environment["LINEAGE_CACHE"] = "shared/cache"
    shown = words.lineage("stack", "check").stdout
    assert "✓ artifact store" in shown
    assert "✓ metadata store" in shown
    assert f"✓ shared cache    {words.path}/shared/cache is not there yet; the first doit makes it" in shown
    assert not (words.path / ".lineage").exists()
    assert not (words.path / "shared").exists()
    words.doit()
    assert words.json("stack", "check")["ok"] is True
    sqlite3.connect(words.path / ".lineage" / "metadata.sqlite").execute(f"PRAGMA user_version = {SCHEMA - 1}")
    assert f"the next doit brings it to format {SCHEMA}" in words.lineage("stack", "check").stdout


def test_check_says_what_to_do(words: Project) -> None:
    """A folder in whose place a file stands, and a database that is none: exit code 2, why and fix for each."""
    (words.path / "file").write_text("no database, and no folder" * 100)
    environment = {"LINEAGE_ARTIFACTS": "file", "LINEAGE_METADATA": "sqlite:///file"}
    done = words.lineage("stack", "check", code=2, env=environment)
    assert done.stdout.count("✕") == 2
    assert done.stdout.count("fix:") == 2
    assert "is not a database" in done.stdout


def test_psycopg_that_is_missing_is_named(words: Project, tmp_path: Path) -> None:
    """With the command that installs it, by doit, a query and check; exit code 2."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['psycopg'] = None\n")
    environment = {"PYTHONPATH": str(hidden), "LINEAGE_METADATA": "postgresql://me:c4nary@h/d"}
    for command in (["doit"], ["lineage", "runs"], ["lineage", "stack", "check"]):
        done = words.command(*command, env=environment)
        assert done.code == 2, done
        assert "pip install 'doit-lineage[postgres]'" in done.printed
        assert "c4nary" not in done.printed


def test_the_settings_of_this_repository_need_no_parser() -> None:
    """Its pyproject.toml speaks of lineage, but not to it."""
    code = "import sys; from lineage.choice import choose; print(choose('.', {}).is_default, 'tomllib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
    assert read_settings(str(REPOSITORY)).strict is False
