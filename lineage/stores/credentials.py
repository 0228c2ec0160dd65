"""The credentials in ``~/.aws``, as its other tools read them: obstore itself knows the environment and roles only."""

from __future__ import annotations

import configparser
import os
from typing import Any

from lineage.errors import UsageError, did_you_mean

__all__ = ["of_profile"]


def of_profile(profile: str | None) -> dict[str, Any]:
    """Return the settings of a profile as obstore calls them.

    Parameters
    ----------
    profile : str or None
        Its name; by default ``AWS_PROFILE``, else ``default``.

    Returns
    -------
    dict
        ``access_key_id``, ``secret_access_key``, ``session_token`` and ``region``, as far as they are there.

    Raises
    ------
    UsageError
        If a profile was named that is in neither file, or a file is malformed.
    """
    named = profile or os.environ.get("AWS_PROFILE")
    name = named or "default"
    found: dict[str, Any] = {}
    known: set[str] = set()
    for variable, path, prefix in (
        ("AWS_CONFIG_FILE", "~/.aws/config", "profile "),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", ""),
    ):
        sections = _read(os.environ.get(variable) or os.path.expanduser(path))
        known.update(each.removeprefix(prefix) for each in sections.sections())
        section = name if name == "default" or not prefix else prefix + name
        if sections.has_section(section):
            found.update(sections.items(section))
    if named and named not in known:
        raise UsageError(
            f"there is no profile '{named}' in ~/.aws{did_you_mean(named, known)}",
            fix=f"correct profile= in the address or AWS_PROFILE; there are: {', '.join(sorted(known)) or 'none'}",
        )
    names = {"aws_access_key_id": "access_key_id", "aws_secret_access_key": "secret_access_key"}
    names |= {"aws_session_token": "session_token", "region": "region", "endpoint_url": "endpoint"}
    return {ours: found[theirs] for theirs, ours in names.items() if theirs in found}


def _read(path: str) -> configparser.ConfigParser:
    sections = configparser.ConfigParser(interpolation=None)
    try:
        sections.read(path, encoding="utf-8")
    except configparser.Error as error:
        raise UsageError(f"{path} cannot be read: it is malformed", fix="correct it") from error
    return sections
