"""What every place that others share must do: a folder, and a bucket on a real server. The same tests for both."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from faults import FULL, Fault, often

from lineage.errors import RemoteError
from lineage.stores.bucket import Bucket
from lineage.stores.mount import MountedFolder
from lineage.stores.patience import Patient

if TYPE_CHECKING:
    from objectstore import S3Server

    from lineage.stores.objects import Objects

Make = Callable[[], "Objects"]
#: Sixteen only where all is tried: the server answers losers slowly.
WRITERS = [4, 16] if FULL else [4]
ROUNDS = often(20, 5)


@pytest.fixture(params=["folder", "bucket"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return a function that opens the same place again, as another machine would."""
    if request.param == "folder":
        return lambda: MountedFolder(str(tmp_path / "shared"))
    url = request.getfixturevalue("s3").fresh()
    return lambda: Bucket(url)


@pytest.fixture
def objects(make: Make) -> Objects:
    return make()


def test_what_is_put_is_there_for_everybody(objects: Objects, make: Make) -> None:
    """Bytes come back as they were put, of any size, to whoever opens the place."""
    for number, data in enumerate([b"", b"x", bytes(70_000)]):
        assert objects.put(f"v1/ac/{number}.json", data)
        assert make().get(f"v1/ac/{number}.json") == data
        assert make().size(f"v1/ac/{number}.json") == len(data)


def test_the_first_stays(objects: Objects) -> None:
    """A second put under a name says no and changes nothing, unless it is told to replace."""
    assert objects.put("a/b", b"first")
    assert not objects.put("a/b", b"second")
    assert objects.get("a/b") == b"first"
    assert objects.put("a/b", b"third", replace=True)
    assert objects.get("a/b") == b"third"


def test_what_is_not_there(objects: Objects, tmp_path: Path) -> None:
    """Nothing under a name is an answer, and deleting it no error."""
    assert objects.get("no/thing") is None
    assert objects.size("no/thing") is None
    assert not objects.get_file("no/thing", str(tmp_path / "out"))
    objects.delete("no/thing")
    assert list(objects.names("no")) == []


@pytest.mark.parametrize("size", [0, 100_000, (20 << 20) + 1])
def test_files(objects: Objects, make: Make, tmp_path: Path, size: int) -> None:
    """Files go there and come back whole, in parts where they are large; a second one is not taken."""
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes((bytes(range(251)) * (size // 251 + 1))[:size])
    assert objects.put_file("cas/x", str(source))
    assert not objects.put_file("cas/x", str(source))
    assert make().get_file("cas/x", str(back))
    assert back.read_bytes() == source.read_bytes()
    assert objects.put_file("cas/x", str(source), replace=True)


def test_listing_and_deleting(objects: Objects) -> None:
    """What is in a folder can be listed, with sizes and times; what was deleted is gone."""
    objects.put("a/1", b"1")
    objects.put("a/deep/2", b"22")
    objects.put("b/3", b"3")
    assert {(name, size) for name, size, _ in objects.names("a")} == {("a/1", 1), ("a/deep/2", 2)}
    assert all(at > 1.5e9 for _, _, at in objects.names("a"))
    objects.delete("a/1")
    assert objects.get("a/1") is None
    assert [name for name, _, _ in objects.names("a")] == ["a/deep/2"]


@pytest.mark.fault(name="race")
@pytest.mark.parametrize("writers", WRITERS)
def test_of_many_writers_one_is_the_first(make: Make, writers: int, fault: Fault) -> None:
    """Exactly one put of a name succeeds, whose bytes all then read; a writer that got no answer in time reads them."""
    rounds, unanswered = ROUNDS if writers == 4 else 2, 0
    for turn in range(rounds):
        name, put, read = f"race/{turn}", [], []
        start = threading.Barrier(writers)

        def race(me: int, name: str = name, put: Any = put, read: Any = read, start: Any = start) -> None:
            mine = make()
            start.wait()
            try:
                put.append((me, mine.put(name, f"writer {me}".encode())))
            except RemoteError:  # somebody else is writing: their bytes count
                put.append((me, None))
            read.append(mine.get(name))

        threads = [threading.Thread(target=race, args=(me,)) for me in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        content = make().get(name)
        assert content is not None
        assert read == [content] * writers
        winners = [f"writer {me}".encode() for me, first in put if first]
        unanswered += sum(first is None for _, first in put)
        assert winners in ([content], [])
        assert winners or None in [first for _, first in put]
    fault.count(races=rounds, writers=rounds * writers, unanswered=unanswered)


def test_an_empty_place_can_be_listed(objects: Objects) -> None:
    """Before anything was put, nothing is there."""
    assert list(objects.names("v1")) == []


def test_wrong_credentials_are_told(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not read or write is told so, with what to do, and never the secret."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-c4nary")
    bucket = Bucket(s3.fresh())
    for ask in (lambda: bucket.get("x"), lambda: bucket.put("x", b"")):
        with pytest.raises(RemoteError) as caught:
            ask()
        assert "refuses" in str(caught.value)
        assert caught.value.fix
        assert "c4nary" not in str(caught.value)


def test_a_trickle_is_given_up(s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A download of which every piece comes in time, and too little in all, ends: a build would wait for hours."""
    bucket = Bucket(s3.fresh())
    bucket.put("x", bytes(100))
    monkeypatch.setattr("lineage.stores.bucket._SLOWEST", -1.0)  # no server is that quick
    with pytest.raises(RemoteError, match="too slow"):
        bucket.get_file("x", str(tmp_path / "x"))


def test_who_is_always_late_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Answers that come just before the time limit of each add up; it is said once."""
    told: list[RemoteError] = []
    place = Patient(MountedFolder(str(tmp_path)), told.append)
    assert place.get("x") is None
    monkeypatch.setattr("lineage.stores.patience._SLOW", 0.0)
    monkeypatch.setattr("lineage.stores.patience._IN_ALL", -1.0)
    assert place.get("x") is None
    for _ in range(2):
        with pytest.raises(RemoteError, match="left alone"):
            place.get("x")
    assert [each.what for each in told] == [f"{tmp_path} is slow"]


def test_credentials_from_a_profile(s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The files of ~/.aws are read where the environment has no credentials; a profile may be named in the address."""
    from objectstore import ACCESS, SECRET

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    file = tmp_path / "credentials"
    keys = f"aws_access_key_id = {ACCESS}\naws_secret_access_key = {SECRET}\n"
    file.write_text(f"[default]\naws_access_key_id = no\naws_secret_access_key = no\n[team]\n{keys}")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    url = s3.fresh()
    assert Bucket(f"{url}&profile=team").put("x", b"1")
    with pytest.raises(RemoteError):
        Bucket(url).get("x")
    from lineage.errors import UsageError

    with pytest.raises(UsageError, match="did you mean 'team'"):
        Bucket(f"{url}&profile=taem").get("x")
