"""``lineage dashboard``: the lineage as a live page."""

from __future__ import annotations

from typing import TextIO

from lineage.errors import UsageError

__all__ = ["dashboard"]


def dashboard(
    project: str,
    out: TextIO,
    *,
    port: int = 5006,
    address: str = "127.0.0.1",
    token: str | None = None,
    run: str | None = None,
    theme: str | None = None,
    plan: bool = True,
    browser: bool = False,
) -> int:
    """Serve the dashboard until Ctrl-C, which ends it as it ends every command.

    Parameters
    ----------
    project : str
        The project's folder.
    out : TextIO
        Where to say the address.
    port, address, token
        As `lineage.dash.server.Dashboard` has them.
    run : str, optional
        The run to open, its number, ``last`` or ``-2``; the newest by default.
    theme : str, optional
        ``light`` or ``dark``.
    plan : bool
        Show what is planned but has not run.
    browser : bool
        Open a browser.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"{port} is no port", fix="take one between 1024 and 65535; 0 takes a free one")
    from lineage.dash.server import Dashboard

    served = Dashboard(project, port, address=address, token=token, theme=theme, plan=plan)
    number = None
    if run is not None:
        from lineage.explain.past import find_run

        try:
            number = find_run(served.archive.history, run).id
        except UsageError:
            served.close()
            raise
    place = served.url + _query(token=token, run=number)
    out.write(f"the dashboard is at {place} (Ctrl-C ends it)\n")
    out.flush()
    if browser:
        import webbrowser

        webbrowser.open(place)
    served.serve()
    return 0


def _query(**words: object) -> str:
    from urllib.parse import urlencode

    given = {name: value for name, value in words.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""
