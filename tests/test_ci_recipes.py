"""The workflow files and the recipes of docs/ci.md, executed line by line as GitHub and GitLab would."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from projects import REPOSITORY, Done, Project, expect
from test_ci_logs import commands
from test_ci_reports import counts, git

#: What a pull request does not bring along: the environment that runs the tests is on the path, and has it installed.
INSTALL = re.compile(r"^python -m pip install --quiet (-e \.|-r requirements\.txt)$", re.M)
PROJECT = {
    ".gitignore": ".lineage/\nartifacts/\nout/\n__pycache__/\n",
    "dodo.py": '''\
from lineage import pipeline
from tasks.learn import evaluator, importer, trainer


@pipeline
def learn(learner=trainer):
    """Learn a threshold."""
    data = importer()
    model = learner(data)
    accuracy = evaluator(data, model)
''',
    "tasks/__init__.py": "",
    "tasks/scaling.py": '''\
def scaled(value):
    """Bring a value into a range."""
    return value / 2
''',
    "tasks/learn.py": '''\
"""Tell small numbers from large ones."""

from lineage import step
from tasks.scaling import scaled


@step
def importer() -> list:
    """Ten numbers."""
    return list(range(10))


@step
def trainer(data: list) -> float:
    """Learn where the large ones begin."""
    print("learning from", len(data))
    return sum(map(scaled, data)) / len(data)


@step
def evaluator(data: list, model: float) -> float:
    """Share of numbers that are told rightly."""
    return sum((value > model * 2) == (value > 4) for value in data) / len(data)
''',
}


def blocks(language: str) -> list[str]:
    """Return the blocks of docs/ci.md in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (REPOSITORY / "docs/ci.md").read_text(), re.M | re.S)


def workflow_file() -> str:
    return (REPOSITORY / ".github/workflows/pipeline.yml").read_text()


def gitlab_file() -> str:
    return (REPOSITORY / ".gitlab-ci.yml").read_text()


class Origin:
    """A repository with a main branch, clones of it, and what is kept from one job to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.upstream = Project(folder / "origin").write(PROJECT)
        git(self.upstream, "init", "-q")
        for message in ("begin", "main"):
            git(self.upstream, "add", "-A")
            git(self.upstream, "commit", "-q", "--allow-empty", "-m", message)
        self.kept = folder / "kept"
        self.kept.mkdir()
        self.jobs = 0

    def propose(self, file: str, old: str, new: str) -> None:
        """Open a pull request with one edit: what is checked out is its merge into main."""
        git(self.upstream, "checkout", "-q", "-B", "proposal", "main")
        self.upstream.edit(file, old, new)
        git(self.upstream, "commit", "-q", "-a", "-m", "edit")
        git(self.upstream, "checkout", "-q", "-B", "merged", "main")
        git(self.upstream, "merge", "-q", "--no-ff", "-m", "merge", "proposal")

    def clone(self, branch: str, *words: str) -> Project:
        """Return a fresh clone of a branch."""
        self.jobs += 1
        clone = Project(self.folder / f"job{self.jobs}")
        git(clone, "clone", "-q", *words, "--branch", branch, f"file://{self.upstream.path}", ".")
        return clone

    def restore(self, clone: Project) -> None:
        """Do what the cache does before a job."""
        if (self.kept / ".lineage").exists():
            shutil.copytree(self.kept / ".lineage", clone.path / ".lineage", symlinks=True)

    def save(self, clone: Project) -> None:
        """Do what the cache does after it."""
        shutil.rmtree(self.kept / ".lineage", ignore_errors=True)
        shutil.copytree(clone.path / ".lineage", self.kept / ".lineage", symlinks=True)


class GitHub:
    """Carries out a workflow's one job."""

    def __init__(self, origin: Origin, text: str, known: dict[str, str]) -> None:
        self.origin = origin
        (self.job,) = yaml.safe_load(text)["jobs"].values()
        self.known = known

    def run(self, branch: str) -> tuple[Project, Done]:
        """Carry the job out on a branch; return its clone, and what its shell lines printed with the first bad code."""
        depth = next(step["with"]["fetch-depth"] for step in self.job["steps"] if "checkout" in step.get("uses", ""))
        clone = self.origin.clone(branch, "--depth", str(depth))
        facts = {"github.ref": "refs/heads/main" if branch == "main" else "refs/pull/1/merge"}
        env = {name: self._value(str(value), facts) for name, value in self.job.get("env", {}).items()}
        env |= {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(clone.path)}
        env["GITHUB_STEP_SUMMARY"] = str(clone.path / "page.md")
        code, printed = 0, ""
        for step in self.job["steps"]:
            condition = step.get("if")
            if (code and condition is None) or (condition is not None and not self._holds(condition, facts)):
                continue
            if "run" in step:
                # As GitHub runs what has no shell of its own.
                done = clone.command("bash", "-e", "-c", INSTALL.sub("true", step["run"]), env=env)
                code, printed = code or done.code, printed + done.printed
            elif "cache/restore" in step["uses"]:
                self.origin.restore(clone)
            elif "cache/save" in step["uses"]:
                self.origin.save(clone)
        return clone, Done(code, printed, "")

    def _holds(self, condition: str, facts: dict[str, str]) -> bool:
        """Whether a condition holds in a job that was not cancelled."""
        parts = condition.removeprefix("${{ ").removesuffix(" }}").split(" && ")
        return all(part == "!cancelled()" or self._equal(part, facts) for part in parts)

    def _equal(self, part: str, facts: dict[str, str]) -> bool:
        name, _, value = part.partition(" == ")
        return facts[name] == value.strip("'")

    def _value(self, text: str, facts: dict[str, str]) -> str:
        """Return the value of a variable: as it is written, a secret, or one of two by where the job runs."""
        if text in self.known:
            return self.known[text]
        if not text.startswith("${{"):
            return text
        inner = text.removeprefix("${{ ").removesuffix(" }}")
        chosen = re.fullmatch(r"(.+) && (.+) \|\| (.+)", inner)
        if chosen:
            inner = chosen[2] if self._equal(chosen[1], facts) else chosen[3]
        return self.known[inner] if inner.startswith("secrets.") else inner.strip("'")


class GitLab:
    """Carries out the one job of a .gitlab-ci.yml."""

    def __init__(self, origin: Origin, text: str) -> None:
        self.origin = origin
        content: dict[str, Any] = yaml.safe_load(text)
        self.job = content["doit"]
        self.rules = content["workflow"]["rules"]

    def run(self, branch: str) -> tuple[Project, Done]:
        clone = self.origin.clone(branch)
        merging = branch != "main"
        variables = next(rule["variables"] for rule in self.rules if merging == ("merge_request_event" in rule["if"]))
        env = {"CI": "true", "GITLAB_CI": "true", **self.job["variables"], **variables}
        if merging:
            env["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = git(clone, "rev-parse", "origin/main")
        self.origin.restore(clone)
        lines = "\n".join([*self.job["before_script"], *self.job["script"]])
        done = clone.command("bash", "-eo", "pipefail", "-c", INSTALL.sub("true", lines), env=env)
        expect(0, clone.command("bash", "-c", "\n".join(self.job["after_script"]), env=env))
        policy = self.job["cache"]["policy"].removeprefix("$")
        if "push" in env[policy]:
            self.origin.save(clone)
        return clone, Done(done.code, done.printed, "")


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path)


@pytest.fixture(params=["workflow", "gitlab", "shared"])
def ci(request: pytest.FixtureRequest, origin: Origin) -> Any:
    """Give each of the three recipes; the bucket of the third is a folder."""
    if request.param == "workflow":
        return GitHub(origin, workflow_file(), {})
    if request.param == "gitlab":
        return GitLab(origin, gitlab_file())
    origin.upstream.lineage("trust", "create", "ci")
    known = {"secrets.LINEAGE_TRUST_KEY": origin.upstream.lineage("trust", "show", "ci").stdout.strip()}
    known |= {f"secrets.{who}_{what}": "" for who in ("READER", "WRITER") for what in ("ID", "SECRET")}
    known["s3://our-bucket/digits"] = str(origin.folder / "bucket")
    return GitHub(origin, blocks("yaml")[1], known)


def test_a_pull_request_is_told_what_it_changes(ci: Any, origin: Origin) -> None:
    """Main computes; a helper, a step that breaks, and a comment are each judged against it, in fresh clones."""
    clone, done = ci.run("main")
    assert done.code == 0, done.stdout
    assert counts(clone, "out/junit.xml") == (3, 0, 0, 0)

    origin.propose("tasks/scaling.py", "return value / 2", "return value / 3")
    clone, done = ci.run("merged")
    assert done.code == 0, done.stdout
    assert counts(clone, "out/junit.xml") == (3, 0, 0, 1)
    text = clone.read("out/summary.md")
    assert "-    return value / 2\n+    return value / 3\n" in text
    assert "<code>tasks.scaling:scaled</code> (tasks/scaling.py)" in text
    assert "| <code>accuracy</code> | 1.0 | 0.9 | **-0.1** (-10 %) |" in text
    assert clone.read("page.md").strip() == (text.strip() if isinstance(ci, GitHub) else "")

    origin.propose("tasks/learn.py", '    print("learning from", len(data))\n', '    raise ValueError("no")\n')
    clone, done = ci.run("merged")
    assert done.code == 1, done.stdout
    line = clone.read("tasks/learn.py").splitlines().index('    raise ValueError("no")') + 1
    if isinstance(ci, GitHub):
        told = f"::error file=tasks/learn.py,line={line},title=learn%3Alearner failed::ValueError: no"
        assert told in commands(done.stdout)
    assert counts(clone, "out/junit.xml") == (3, 1, 0, 2)
    wanted = set(re.findall(r"--report \w+:([\w./]+)", json.dumps(ci.job)))
    assert len(wanted) >= 2
    assert {name for name in wanted if (clone.path / name).stat().st_size} == wanted

    origin.propose("tasks/scaling.py", "    return value / 2", "    # half of it\n    return value / 2")
    clone, done = ci.run("merged")
    assert done.code == 0, done.stdout
    assert counts(clone, "out/junit.xml") == (3, 0, 0, 3)
    assert "**Nothing had to run:** all 3 steps are up to date." in clone.read("out/summary.md")


def test_the_recipes_are_what_this_repository_uses() -> None:
    """But for the comment at the top, and what is installed."""
    recipes = blocks("yaml")
    for own, recipe in ((workflow_file(), recipes[0]), (gitlab_file(), recipes[2])):
        own = own.partition("\n")[2]
        assert own != recipe
        assert own.replace("--quiet -e .", "--quiet -r requirements.txt") == recipe


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_asks_and_runs(origin: Origin) -> None:
    """The targets of the recipe do what they say."""
    project = origin.clone("main").write({"Makefile": blocks("make")[0]})
    assert project.command("make", "fresh").code == 2  # make's own: the command said 1
    expect(0, project.command("make", "all"))
    expect(0, project.command("make", "fresh"))
    expect(0, project.command("make", "summary"))
    assert project.read("out/summary.md").startswith("### ✓")


def test_the_hook_lets_through_what_has_results(origin: Origin) -> None:
    """Its entry is executed as pre-commit would."""
    (hook,) = yaml.safe_load(blocks("yaml")[3])["repos"][0]["hooks"]
    project = origin.clone("main")
    entry = shlex.split(hook["entry"])
    assert project.command(*entry).code == 1
    project.doit()
    assert project.command(*entry).code == 0
    project.edit("tasks/scaling.py", "    return value / 2", "    # half of it\n    return value / 2")
    assert project.command(*entry).code == 0
    project.edit("tasks/scaling.py", "value / 2", "value / 3")
    assert project.command(*entry).code == 1


def test_a_shallow_clone_is_told_what_to_fetch(origin: Origin) -> None:
    """Where the commit to compare with was not fetched, nothing runs, and the line says what to do."""
    clone = origin.clone("main", "--depth", "1")
    told = clone.doit("--report", "markdown:out/s.md", "--against", "HEAD~1", code=3).stderr
    assert "this clone is shallow: it has the newest commits only" in told
    assert "fetch-depth" in told
