"""An object store (S3, Google Cloud Storage, Azure) as a place that others share, by the client library obstore.

Three clients with different patience: a record is small, so its request as a whole has a time limit; a download has one
for every piece that does not come; an upload one for each part. Nothing is tried for minutes, as the library's
defaults would: whoever waits is a build.

Large files go up in parts, which no store does on the condition that there is nothing yet. So it is asked before; two
writers of one address at the same moment write the same bytes, since addresses are hashes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from lineage.errors import RemoteError, UsageError
from lineage.errors.endpoint import check_endpoint
from lineage.errors.secrets import redacted, without

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["Bucket"]

T = TypeVar("T")
#: Bytes from which a file goes up in parts.
_LARGE = 8 << 20
_PART = 5 << 20
#: A moment's failure is tried again at once; what takes as long as a time limit is not.
_RETRIES: dict[str, Any] = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=3),
    "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(milliseconds=500), "base": 2},
}
_QUICK = {"connect_timeout": "2s", "timeout": "4s"}
_DOWN = {"connect_timeout": "2s", "read_timeout": "4s", "timeout": "2h"}
_UP = {"connect_timeout": "2s", "read_timeout": "30s", "timeout": "2h"}
#: Seconds in which so many bytes of a download have to come.
_SLOWEST, _ENOUGH = 30.0, 1 << 20
_CAUSES = r"operation timed out|[Cc]onnection (?:refused|reset)|dns error"
#: So often something is put again that is said to be there or being written, and is not there.
_CONFLICTS = 3
#: What the library calls the address of a server, and where else it finds that of S3: the first is stronger with it
#: than what it is told.
_ENDPOINT = {"s3": "endpoint", "gs": "google_base_url", "az": "endpoint"}
_OF_SERVERS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
#: What of the environment goes into requests, or signs them.
_SENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_KEY")


class Bucket:
    """`lineage.stores.objects.Objects` in an object store.

    Parameters
    ----------
    url : str
        ``s3://bucket/folder``, ``gs://`` or ``az://``. ``?endpoint=http://host:port`` and ``&region=`` name a store
        that is not its provider's own, ``&profile=`` a section of ``~/.aws/credentials``, ``&anonymous=true`` asks
        without credentials. Credentials come from the environment, those files, or the machine's role.

    Raises
    ------
    UsageError
        When it is used: if the client library is not installed, or the address means nothing to it.
    """

    def __init__(self, url: str) -> None:
        self.shown = redacted(url)
        parts = urlsplit(url)
        self._plain = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        given = dict(parse_qsl(parts.query))
        self._scheme = parts.scheme
        self._is_s3 = parts.scheme == "s3"
        self._given = given
        #: Where the downloads go that are on the way at this moment.
        self._coming: set[str] = set()

    # -- the protocol ------------------------------------------------------------------------------------------------

    def get(self, name: str) -> bytes | None:
        """Return the bytes under a name."""
        return self._ask("read", name, lambda: bytes(self._obstore.get(self._quick, name).bytes()), None)

    def get_file(self, name: str, path: str) -> bool:
        """Write the bytes under a name to a new file, as they come."""

        def take() -> bool:
            # Each piece as it comes: while the library waits for more, no signal is heeded and no clock looked at.
            stream = self._obstore.get(self._down, name).stream(min_chunk_size=1)
            self._coming.add(path)
            try:
                with open(path, "xb") as file:
                    for piece in _paced(stream, self._coming):
                        file.write(piece)
            finally:
                self._coming.discard(path)
            return True

        return self._ask("read", name, take, False)

    def put(self, name: str, data: bytes, *, replace: bool = False) -> bool:
        """Put bytes under a name."""
        mode: Any = "overwrite" if replace else "create"
        client = self._quick if len(data) <= 1 << 20 else self._up
        return self._write(
            name, lambda: self._obstore.put(client, name, data, mode=mode, use_multipart=False), replace=replace
        )

    def put_file(self, name: str, path: str, *, replace: bool = False) -> bool:
        """Put the bytes of a file under a name."""
        size = os.path.getsize(path)
        if size <= _LARGE:
            with open(path, "rb") as file:
                return self.put(name, file.read(), replace=replace)
        if not replace and self.size(name) == size:
            return False

        def give() -> object:
            with open(path, "rb") as file:
                return self._obstore.put(self._up, name, file, chunk_size=_PART, max_concurrency=4)

        return self._write(name, give, replace=replace)

    def size(self, name: str) -> int | None:
        """Return how many bytes are under a name."""
        return self._ask("read", name, lambda: int(self._obstore.head(self._quick, name)["size"]), None)

    def delete(self, name: str) -> None:
        """Take away what is under a name."""
        self._ask("delete", name, lambda: self._obstore.delete(self._quick, name), None)

    def names(self, prefix: str) -> Iterator[tuple[str, int, float]]:
        """Yield what is in a folder."""
        pages = iter(self._obstore.list(self._down, prefix))
        while page := self._ask("list", prefix, lambda: next(pages, None), None):
            for found in page:
                yield found["path"], found["size"], found["last_modified"].timestamp()

    # -- inside ------------------------------------------------------------------------------------------------------

    @cached_property
    def _obstore(self) -> Any:
        try:
            import obstore
        except ImportError as error:
            raise UsageError(
                f"{self.shown} needs the client library obstore, which is not installed",
                why="object stores are an extra, so that nobody else installs or imports it",
                fix="pip install 'doit-lineage[s3]'",
            ) from error
        return obstore

    @cached_property
    def _quick(self) -> ObjectStore:
        return self._client(_QUICK)

    @cached_property
    def _down(self) -> ObjectStore:
        return self._client(_DOWN)

    @cached_property
    def _up(self) -> ObjectStore:
        return self._client(_UP)

    def _client(self, patience: dict[str, str]) -> ObjectStore:
        _ = self._obstore  # says what to install
        from obstore.store import S3Store, from_url

        options: dict[str, Any] = {**patience}
        config = self._s3() if self._is_s3 else {}
        endpoint, who = self._endpoint(config)
        if endpoint:
            check_endpoint(endpoint, who)
            config[_ENDPOINT[self._scheme]] = endpoint
            options["allow_http"] = endpoint.startswith("http://")  # whoever names such an endpoint means it
        if self._given.get("anonymous") == "true":
            config["skip_signature"] = True
        config = {key: value for key, value in config.items() if value is not None}
        given: Any = {"config": config, "client_options": options, "retry_config": _RETRIES}
        try:
            found = from_url(self._plain, **given)
            if isinstance(found, S3Store) and endpoint and _OF_SERVERS[0] in os.environ:
                # That variable is stronger with the library than what it is told, and only so told otherwise.
                config["aws_endpoint_url_s3"] = endpoint
                found = S3Store(urlsplit(self._plain).netloc, prefix=found.prefix, **given)
        except Exception as error:
            raise self._unusable(self._said(error)) from None
        return found

    def _endpoint(self, config: dict[str, Any]) -> tuple[str, str]:
        """Return the server to be asked where it is not the provider's own, and who said so."""
        if "endpoint" in self._given:
            return self._given["endpoint"], f"endpoint in {self.shown}"
        if not self._is_s3:
            return "", ""
        for name in _OF_SERVERS:
            if os.environ.get(name):
                return os.environ[name], name
        if config.get("endpoint"):
            return config["endpoint"], "endpoint_url in ~/.aws"
        # An empty variable, as CI has it of a secret that is not there, is none; the library takes it for an address.
        own = f"https://s3.{config['region']}.amazonaws.com"
        return (own, "the provider's own") if any(name in os.environ for name in _OF_SERVERS) else ("", "")

    def _unusable(self, said: str) -> UsageError:
        fix = "correct the address, or what the environment says of such stores (AWS_..., GOOGLE_..., AZURE_...)"
        if "Account must be specified" in said:
            fix = "say whose it is: AZURE_STORAGE_ACCOUNT_NAME"
        return UsageError(f"{self.shown} cannot be used: {said}", fix=fix)

    def _s3(self) -> dict[str, Any]:
        """Return the settings of S3 that the library would not find by itself."""
        config = self._credentials()
        config["region"] = self._given.get("region") or os.environ.get("AWS_REGION") or _region(config)
        if self._given.get("anonymous") == "true":
            return config
        for name, value in (*((name, os.environ.get(name)) for name in _SENT), *config.items()):
            # The library stops the process where such a value belongs into a header, and signs wrongly elsewhere.
            if isinstance(value, str) and (not value.isprintable() or value != value.strip()):
                raise UsageError(
                    f"{name} has a blank, a line feed or a control character at its end or in it",
                    why=f"so {self.shown} cannot be asked with it",
                    fix=f"set {name} once more: what is pasted or read from a file often ends with a line feed",
                )
        return config

    def _credentials(self) -> dict[str, Any]:
        """Return what the store is asked with, where the library would not find it by itself."""
        if self._given.get("anonymous") == "true":
            return {}
        profile = self._given.get("profile")
        if profile is None and (os.environ.get("AWS_ACCESS_KEY_ID") or "AWS_WEB_IDENTITY_TOKEN_FILE" in os.environ):
            return {}
        from lineage.stores.credentials import of_profile

        return of_profile(profile)

    def _write(self, name: str, put: Callable[[], object], *, replace: bool) -> bool:
        def attempt() -> bool:
            from obstore.exceptions import AlreadyExistsError, PreconditionError

            said = ""
            for _ in range(_CONFLICTS):
                try:
                    put()
                except (AlreadyExistsError, PreconditionError) as error:
                    # S3 says 409 where another writer is at it, whichever of them is going to succeed, if any does. And
                    # what stands between may say 412 of anything: what is not there would be believed sent for ever.
                    if not replace and self.size(name) is not None:
                        return False
                    is_busy = "status code: 409" in str(error)
                    said = "another writer is at it" if is_busy else "something is there already"
                else:
                    return True
            raise RemoteError(
                f"cannot write {name} in {self.shown}",
                why=f"it says that {said}"
                + (", which was to be replaced" if replace else ", and again nothing is there"),
                fix="nothing has to be done if it happens once: the next doit sends it",
            )

        return self._ask("write", name, attempt, False)

    def _ask(self, verb: str, name: str, call: Callable[[], T], nothing: T) -> T:
        try:
            return call()
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise RemoteError(
                    f"cannot {verb} {name} in {self.shown}", why="there is no such bucket", fix="make it, or correct it"
                ) from None
            return nothing
        except (RemoteError, UsageError):
            raise
        except OSError as error:
            from lineage.errors.refusal import refused

            raise refused(f"cannot {verb} {name} of {self.shown}", error, error.filename) from error
        except Exception as error:
            # What the library says may go on over many lines, with the request in them.
            raise self._failed(verb, name, error) from None
        except BaseException as error:
            # A defect of the library, which is written in Rust, comes as no `Exception`; it may not end a build.
            if type(error).__name__ != "PanicException":
                raise
            raise RemoteError(
                f"cannot {verb} {name} in {self.shown}",
                why=f"the client library obstore has a defect: {self._said(error)}",
                fix="look for what is odd in the address and the credentials; tell us, and the makers of obstore",
            ) from None

    def _failed(self, verb: str, name: str, error: Exception) -> RemoteError:
        from re import search

        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        if not isinstance(error, BaseError | ValueError):
            raise error
        if "TooSkewed" in str(error):
            return RemoteError(
                f"{self.shown} refuses to {verb} {name}",
                why="its clock and this machine's are too far apart: requests are signed with the time",
                fix="set this machine's clock (timedatectl set-ntp true)",
            )
        if search(r"<Code>(?:ExpiredToken|InvalidToken|TokenRefreshRequired)</Code>", str(error)):
            return RemoteError(
                f"{self.shown} refuses to {verb} {name}",
                why="the credentials have expired, or are of another account",
                fix="get new ones from whoever gave them (aws sso login, say)",
            )
        # The library says of a listing that is refused only what it was answered.
        if isinstance(error, PermissionDeniedError | UnauthenticatedError) or "status code: 403" in str(error):
            return RemoteError(
                f"{self.shown} refuses to {verb} {name}",
                why="the credentials are missing, wrong, or have not the right to it",
                fix="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or what your provider has), or ask for the right",
            )
        whole = " ".join(str(error).split())
        certificate = search(r"InvalidCertificate\( (?:Other\( OtherError\( )?(\w+)", whole)
        if certificate:
            return RemoteError(
                f"cannot {verb} {name} in {self.shown}",
                why=f"its certificate is none that this machine trusts for that name ({certificate[1]})",
                fix="correct the address, or name the file with the certificate of who has signed it: SSL_CERT_FILE",
            )
        if "InvalidContentType" in whole:
            return RemoteError(
                f"cannot {verb} {name} in {self.shown}",
                why="what answers there does not speak TLS",
                fix="write http:// in the endpoint if it is meant to be without, or correct the port",
            )
        return RemoteError(
            f"cannot {verb} {name} in {self.shown}",
            why=self._said(error),
            fix="see whether the address is right and the store can be reached: lineage stack check",
        )

    def _said(self, error: BaseException) -> str:
        from re import search

        whole = " ".join(str(error).split())
        status = search(r"Server returned non-2xx status code: \d+[A-Za-z ]*", whole)
        if status:
            # Of what comes with it only the code: an answer can hold the token that it is about.
            code = search(r"<Code>(\w+)</Code>", whole)
            return status[0].strip() + (f" ({code[1]})" if code else "")
        text = whole.partition("Debug source:")[0]
        told = search(_CAUSES, whole)
        said = told[0] if told else text.rpartition(" - ")[2]
        return without(said.strip(), *self._secrets())[:200]

    def _secrets(self) -> list[str | None]:
        """Return what must not be shown, wherever it comes from."""
        given = [os.environ.get(name) for name in _SECRETS]
        try:
            config = self._credentials() if self._is_s3 else {}
        except UsageError:  # said already, by whoever needed it
            return given
        return [*given, *(value for key, value in config.items() if key in ("secret_access_key", "session_token"))]


def _paced(pieces: Iterable[bytes], coming: Collection[str]) -> Iterator[bytes]:
    """Yield pieces as they come, as long as enough of them do: a trickle passes the time limit of each piece.

    Of what comes beside others less is enough: they share the line.
    """
    begin, size = time.monotonic(), 0
    for piece in pieces:
        yield piece
        size += len(piece)
        seconds = time.monotonic() - begin
        if size >= _ENOUGH / len(coming):
            begin, size = begin + seconds, 0
        elif seconds > _SLOWEST:
            raise ValueError(f"too slow: {size / seconds / 1000:.1f} kB a second")


def _region(config: dict[str, Any]) -> str:
    return os.environ.get("AWS_DEFAULT_REGION") or config.get("region") or "us-east-1"
