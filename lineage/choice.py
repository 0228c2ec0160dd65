"""Which stack a project uses, and who said so: the environment, this checkout, the project, or nobody (the default).

The strongest comes first: ``LINEAGE_STACK``, then what ``lineage stack use`` remembers in ``.lineage/stack``, then
``stack`` in ``[tool.lineage]``. ``LINEAGE_ARTIFACTS``, ``LINEAGE_METADATA`` and ``LINEAGE_CACHE`` take the place of one
store, whichever stack it is.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping

from lineage.errors import StoreError, UsageError, did_you_mean
from lineage.errors.secrets import has_password, redacted
from lineage.settings import CACHE_MODES, DEFAULT, FILE, Settings, StackSettings, read_settings

__all__ = ["Address", "Choice", "choose", "forget", "names", "remember"]

_STACK, _ARTIFACTS, _METADATA = "LINEAGE_STACK", "LINEAGE_ARTIFACTS", "LINEAGE_METADATA"
#: Where the default stores are, in the project's ``.lineage``. Short, so that the target of a readable path
#: (``../../.lineage/objects/f6/...``) has less than 60 bytes: ext4 keeps such a link in its inode, and a longer one in
#: a block of its own, at ten times the cost.
_OBJECTS, _DATABASE = "objects", "metadata.sqlite"
_CACHE, _MODE = "LINEAGE_CACHE", "LINEAGE_CACHE_MODE"
#: The object stores that the client library (obstore) reaches.
_BUCKETS = ("s3", "gs", "az")
_EVERYWHERE = ("endpoint", "anonymous")
_PARAMETERS = {"s3": (*_EVERYWHERE, "region", "profile"), "gs": _EVERYWHERE, "az": _EVERYWHERE}
_SERVERS = ("postgresql", "postgres")
#: Where secrets of a store are kept, by the variable that gives its whole address.
_CREDENTIALS = "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or ~/.aws/credentials"
_KEEPERS = {_METADATA: "~/.pgpass or PGPASSWORD", _ARTIFACTS: _CREDENTIALS, _CACHE: _CREDENTIALS}


class Address:
    """Where a store is.

    Attributes
    ----------
    kind : str
        ``folder``, ``bucket``, ``sqlite`` or ``postgresql``.
    where : str
        An absolute path, or the address of a server. It may hold a password: show `shown`.
    why : str
        Who said so.
    """

    __slots__ = ("kind", "where", "why")

    def __init__(self, kind: str, where: str, why: str) -> None:
        self.kind = kind
        self.where = where
        self.why = why

    @property
    def shown(self) -> str:
        """The same for people, without a password."""
        return redacted(self.where)

    @property
    def shown_address(self) -> str:
        """The whole address, as it would be written in settings, without a password."""
        return f"sqlite:///{self.where}" if self.kind == "sqlite" else self.shown

    def __repr__(self) -> str:
        return f"Address({self.kind!r}, {self.shown!r})"


class Choice:
    """The stack that is used.

    Attributes
    ----------
    name : str
        ``default``, or as the project calls it.
    why : str
        Who said so.
    artifacts, metadata : Address
        Its stores.
    cache : Address or None
        The cache that is shared with others.
    cache_mode : str
        What may be done with it, one of `lineage.settings.CACHE_MODES`.
    key : str or None
        The name of the key that the project's records in shared stores are signed with.
    """

    __slots__ = ("artifacts", "cache", "cache_mode", "key", "metadata", "name", "why")

    def __init__(
        self,
        name: str,
        why: str,
        artifacts: Address,
        metadata: Address,
        cache: Address | None = None,
        cache_mode: str = CACHE_MODES[0],
        key: str | None = None,
    ) -> None:
        self.name = name
        self.why = why
        self.artifacts = artifacts
        self.metadata = metadata
        self.cache = cache
        self.cache_mode = cache_mode
        self.key = key

    @property
    def has_own_artifacts(self) -> bool:
        """Whether the artifact store is the folder in the project's ``.lineage``, which others have no business in."""
        return self.artifacts.why == DEFAULT

    @property
    def has_own_stores(self) -> bool:
        """Whether both are the project's own: the records that name its objects are found beside them."""
        return self.has_own_artifacts and self.metadata.why == DEFAULT

    def trusts_artifacts(self, project: str) -> bool:
        """Whether the artifact store is a folder in the project's own ``.lineage``, which is trusted whole."""
        own = os.path.join(project, ".lineage", "")
        return self.has_own_artifacts or (self.artifacts.kind == "folder" and self.artifacts.where.startswith(own))

    @property
    def is_default(self) -> bool:
        """Whether nobody said anything: all of it is in the project's ``.lineage``."""
        own = self.artifacts.why == self.metadata.why == DEFAULT
        return self.name == DEFAULT and own and self.cache is None

    @property
    def is_shared(self) -> bool:
        """Whether artifacts are also elsewhere than in a folder: in an object store, or in a shared cache."""
        return self.cache is not None or self.artifacts.kind == "bucket"


def choose(project: str, environment: Mapping[str, str] | None = None) -> Choice:
    """Find out which stack a project uses.

    Parameters
    ----------
    project : str
        The project's folder.
    environment : mapping, optional
        The environment variables; those of this process by default.

    Raises
    ------
    UsageError
        If a setting means nothing, or a stack is named that does not exist.
    """
    given = os.environ if environment is None else environment
    settings = read_settings(project)
    name, why = _named(project, settings, given)
    stack = _stack(name, why, settings)
    artifacts = _said(given, _ARTIFACTS, stack.artifacts, stack)
    metadata = _said(given, _METADATA, stack.metadata, stack)
    stores = (_artifact_store(project, *artifacts), _metadata_store(project, *metadata))
    mode = _mode(given, stack)
    cache = None if mode == "off" else _cache(project, *_said(given, _CACHE, stack.cache, stack))
    return Choice(name, why, *stores, cache, mode, stack.key)


def names(project: str) -> dict[str, StackSettings]:
    """Return the stacks that a project may use, with the default one."""
    return {DEFAULT: StackSettings(DEFAULT), **read_settings(project).stacks}


def remember(project: str, name: str) -> None:
    """Remember which stack this checkout uses (its ``.lineage`` exists)."""
    _stack(name, "", read_settings(project))
    path = _remembered(project)
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(f"{name}\n")
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise _refused("remember", path, error) from error


def forget(project: str) -> None:
    """Forget which stack this checkout uses: the project's own choice counts again."""
    path = _remembered(project)
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _refused("forget", path, error) from error


def _refused(what: str, path: str, error: OSError) -> StoreError:
    from lineage.errors.refusal import refused

    return refused(f"cannot {what} which stack this checkout uses: {path}", error, path)


def _remembered(project: str) -> str:
    return os.path.join(project, ".lineage", "stack")


def _named(project: str, settings: Settings, environment: Mapping[str, str]) -> tuple[str, str]:
    if environment.get(_STACK):
        return environment[_STACK], f"{_STACK} in the environment"
    try:
        with open(_remembered(project), encoding="utf-8") as file:
            name = file.read().strip()
    except OSError:
        name = ""
    if name:
        return name, "`lineage stack use` in this checkout"
    return settings.stack, DEFAULT if settings.stack == DEFAULT else settings.place


def _stack(name: str, why: str, settings: Settings) -> StackSettings:
    known = {DEFAULT: StackSettings(DEFAULT), **settings.stacks}
    if name not in known:
        raise UsageError(
            f"there is no stack '{name}'{did_you_mean(name, known)}",
            why=f"it was chosen by {why}" if why else f"{FILE} has no [tool.lineage.stacks.{name}]",
            fix=f"the stacks are: {', '.join(known)}; {_way_back(why)} goes back to the default one",
        )
    return known[name]


def _way_back(why: str) -> str:
    """Return what makes the default stack count: the environment is stronger than what a checkout remembers."""
    return f"{_STACK}={DEFAULT}" if why.startswith(_STACK) else "`lineage stack use default`"


def _said(
    environment: Mapping[str, str], variable: str, written: str | None, stack: StackSettings
) -> tuple[str | None, str]:
    """Return the address of a store, and who gave it; a password belongs into the environment only."""
    if environment.get(variable):
        return environment[variable], f"{variable} in the environment"
    if written is not None and has_password(written):
        raise UsageError(
            f"the address {redacted(written)} in {stack.place} has a password in it",
            why="whoever can read the repository would have it",
            fix=f"leave it out, and keep it in {_KEEPERS[variable]}; or give the whole address in {variable}",
        )
    return written, stack.place if written is not None else DEFAULT


def _artifact_store(project: str, said: str | None, why: str) -> Address:
    if said is None:
        return Address("folder", os.path.join(project, ".lineage", _OBJECTS), DEFAULT)
    scheme, separator, path = said.partition("://")
    if not separator:
        _check_folder(said, why, "artifacts")
        return _folder(project, said, why)
    if scheme == "file" and path.startswith("/"):
        return _folder(project, path, why)
    if scheme in _BUCKETS:
        return _bucket(said, why, "artifacts")
    near = did_you_mean(scheme, ["file", *_BUCKETS])
    raise UsageError(
        f"artifacts = {redacted(said)} ({why}) is no address of an artifact store{near}",
        fix='name a folder: artifacts = "/mnt/team/lineage", or an object store: "s3://bucket/folder"',
    )


def _bucket(said: str, why: str, what: str) -> Address:
    from urllib.parse import parse_qsl  # few projects have such an address

    shown = f"{what} = {redacted(said)} ({why})"
    scheme, _, rest = said.partition("://")
    path, _, query = rest.partition("?")
    if not path.partition("/")[0]:
        raise UsageError(f"{shown} names no bucket", fix=f'write {what} = "{scheme}://bucket/folder"')
    if "#" in said:
        # What follows would count for nothing, an endpoint too: requests would go to the provider instead.
        raise UsageError(f"{shown} has a # in it", why="an address ends there", fix="write %23, or leave it out")
    if "@" in path.partition("/")[0]:
        raise UsageError(
            f"{shown}: what stands before the @ is no part of a bucket's name",
            why="credentials are no part of an address: it would be sent as a name",
            fix="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or what your provider has), or name a ?profile=",
        )
    if "//" in path.rstrip("/"):
        raise UsageError(f"{shown} has a folder without a name", fix="write one / between two names")
    for name, value in parse_qsl(query, keep_blank_values=True):
        _check_parameter(name, value, scheme, shown)
    return Address("bucket", said, why)


def _check_parameter(name: str, value: str, scheme: str, shown: str) -> None:
    known = _PARAMETERS[scheme]
    if name not in known:
        raise UsageError(
            f"{shown}: there is no parameter '{name}'{did_you_mean(name, known)}",
            why=f"{scheme}:// has none of that name" if name in _PARAMETERS["s3"] else None,
            fix=f"the parameters are: {', '.join(known)}",
        )
    if not value:
        # An empty one would count as none: what was meant for a server of one's own would go to the provider.
        raise UsageError(f"{shown}: {name} is empty", fix=f"write {name}=..., or leave it out")
    if name == "endpoint":
        from lineage.errors.endpoint import check_endpoint

        check_endpoint(value, f"endpoint in {shown}")
    if name == "anonymous" and value not in ("true", "false"):
        raise UsageError(f"{shown}: anonymous={value} is neither true nor false", fix="write anonymous=true")


def _cache(project: str, said: str | None, why: str) -> Address | None:
    """Return where the shared cache is; ``None`` if nobody named one."""
    if said is None or said == "off":
        return None
    scheme, separator, path = said.partition("://")
    if scheme in _BUCKETS and separator:
        return _bucket(said, why, "cache")
    if not separator:
        _check_folder(said, why, "cache")
    if not separator or (scheme == "file" and path.startswith("/")):
        return Address("folder", _path(project, path if separator else said), why)
    raise UsageError(
        f"cache = {redacted(said)} ({why}) is no address of a shared cache{did_you_mean(scheme, ['file', *_BUCKETS])}",
        fix='name an object store: cache = "s3://bucket/folder", or a folder: "/mnt/team/cache"',
    )


def _check_folder(said: str, why: str, what: str) -> None:
    """Refuse an address whose slashes are mistyped: a folder ``s3:`` in the project would be taken for the team's."""
    scheme = re.match(rf"(?:{'|'.join(['file', *_BUCKETS])})(?=:|//)|[a-z][a-z0-9+-]+(?=:/)", said, re.IGNORECASE)
    if scheme is not None:
        name, rest = scheme[0].lower(), said[scheme.end() :].lstrip(":/")
        meant = f"{name}:///{rest}" if name == "file" else f"{name}://{rest}"
        raise UsageError(
            f"{what} = {redacted(said)} ({why}) is no address, and is not taken for a folder",
            fix=f'write {what} = "{redacted(meant)}"; a folder of that name is "./{redacted(said)}"',
        )
    if said.startswith("~") and os.path.expanduser(said) == said:
        raise UsageError(
            f"{what} = {said} ({why}): nobody knows whose home {said.partition('/')[0]} is",
            fix="write the path out: /mnt/team/folder",
        )


def _mode(environment: Mapping[str, str], stack: StackSettings) -> str:
    mode = environment.get(_MODE) or stack.cache_mode or CACHE_MODES[0]
    if mode not in CACHE_MODES:
        raise UsageError(
            f"{_MODE}={mode} is no mode of a shared cache{did_you_mean(mode, CACHE_MODES)}",
            fix=f"the modes are: {', '.join(CACHE_MODES)}",
        )
    return mode


def _folder(project: str, path: str, why: str) -> Address:
    # As in .lineage: the store keeps damaged objects in a folder beside its own.
    return Address("folder", os.path.join(_path(project, path), _OBJECTS), why)


def _metadata_store(project: str, said: str | None, why: str) -> Address:
    if said is None:
        return Address("sqlite", os.path.join(project, ".lineage", _DATABASE), DEFAULT)
    scheme, separator, rest = said.partition("://")
    if separator and scheme == "sqlite" and len(rest) > 1 and rest.startswith("/"):
        return Address("sqlite", _path(project, rest[1:]), why)
    if separator and scheme in _SERVERS:
        return Address("postgresql", said, why)
    near = did_you_mean(scheme, ["sqlite", "postgresql"]) if separator else ""
    raise UsageError(
        f"metadata = {redacted(said)} ({why}) is no address of a metadata store{near}",
        why="a path follows three slashes, an absolute one four" if scheme == "sqlite" else None,
        fix="write sqlite:///path/to/file.sqlite (relative to the project) or postgresql://host/database",
    )


def _path(project: str, path: str) -> str:
    return os.path.abspath(os.path.join(project, os.path.expanduser(path)))
