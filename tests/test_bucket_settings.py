"""What an object store is asked with: the address, the environment, and what neither may do to a build."""

from __future__ import annotations

import os

import pytest
from objectstore import S3Server
from projects import Project
from sharing import Shared

from lineage.errors import RemoteError, UsageError
from lineage.stores.bucket import Bucket


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"])
def test_the_address_is_stronger_than_the_environment(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Bytes go to the server that the project names, whatever the environment says of another one."""
    bucket = Bucket(s3.fresh())
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert bucket.put("a", b"1")
    assert bucket.get("a") == b"1"
    assert [name for name, _, _ in bucket.names("")] == ["a"]


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"])
def test_an_endpoint_in_the_environment(s3: S3Server, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """It is used where the address names none; one that is no address is refused with the variable's name."""
    plain = s3.fresh().partition("?")[0]
    monkeypatch.setenv(variable, s3.endpoint)
    assert Bucket(plain).put("a", b"1")
    monkeypatch.setenv(variable, "127.0.0.1")
    with pytest.raises(UsageError, match=rf"\({variable}\) is no address of a server"):
        Bucket(plain).get("a")


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_SESSION_TOKEN"])
def test_an_empty_variable_is_none(s3: S3Server, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """As CI has it of a secret that is not there: another one counts, or the address, or the provider's own server."""
    monkeypatch.setenv(variable, "")
    assert Bucket(s3.fresh()).put("a", b"1")
    plain = s3.fresh().partition("?")[0]
    monkeypatch.setenv("AWS_ENDPOINT_URL" if variable.endswith("S3") else "AWS_ENDPOINT_URL_S3", s3.endpoint)
    assert Bucket(plain).put("a", b"1")


def test_without_any_other_server_the_provider_s_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what an empty variable leaves; nothing is sent here to find out."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    config = Bucket("s3://bucket/x")._quick.config
    assert config["endpoint_url_s3"] == "https://s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("address", ["gs://bucket/x", "az://bucket/x"])
def test_the_other_providers_take_an_endpoint_and_anonymous_readers(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """The server that is named is asked, and nobody else is for credentials."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "team")
    with pytest.raises(RemoteError, match="Connection refused"):
        Bucket(f"{address}?endpoint=http://127.0.0.1:1&anonymous=true").get("a")


def test_an_account_that_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy says which variable names it."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(UsageError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        Bucket("az://bucket/x").get("a")


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"])
@pytest.mark.parametrize("shared", ["s3"], indirect=True)
def test_a_credential_that_ends_with_a_line_feed(shared: Shared, variable: str) -> None:
    """As secrets that were pasted often do: it is named, and not shown, before anything runs."""
    project: Project = shared.project
    secret = f"{project.environment.get(variable, 'c4nary')}\n"
    for command in (["doit"], ["lineage", "stack", "check"]):
        done = project.command(*command, env={variable: secret})
        assert done.code in (2, 3), done
        assert f"{variable} has a blank, a line feed or a control character" in done.printed
        assert "fix:" in done.printed
        assert "c4nary" not in done.printed
        assert "Traceback" not in done.printed
    assert not os.path.exists(project.path / "executed.txt")


def test_a_defect_of_the_client_library_is_a_store_that_does_not_answer(s3: S3Server) -> None:
    """What it raises there is no `Exception`: it would end a build without a word of what was asked."""
    from obstore.store import from_url

    bucket = Bucket(s3.fresh())
    # What is refused before the library sees it, given to it all the same.
    bucket.__dict__["_quick"] = from_url("s3://tests/x", config={"endpoint": "nonsense"})  # type: ignore[call-overload]
    with pytest.raises(RemoteError, match="has a defect"):
        bucket.get("a")
