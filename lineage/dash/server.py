"""Serving the dashboard on one address, to those who may look."""

from __future__ import annotations

import errno
import gc
import hmac
import logging
import secrets
import socket
from functools import partial
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.server.auth_provider import AuthProvider
from bokeh.server.server import Server
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError, StaticFileHandler

from lineage.dash.app import fill, first_answers
from lineage.dash.archive import Archive
from lineage.dash.front import LIVE, Bundle, Front
from lineage.dash.page import FOLDER
from lineage.dash.plan import Planner
from lineage.dash.poller import EVERY, Poller
from lineage.errors import UsageError

__all__ = ["LOOPBACK", "Dashboard", "free_port"]

#: What a browser may call this machine.
LOOPBACK = ("127.0.0.1", "localhost")
_COOKIE = "lineage-token"


class _Door(AuthProvider):
    """Lets those in who call us by our own name, and have the token where there is one.

    A page of another site can make its own name lead to this machine; the name that the browser says gives it away.
    """

    def __init__(self, hosts: frozenset[str], token: str | None) -> None:
        self._hosts = hosts
        self._token = token
        super().__init__()

    @property
    def get_user(self) -> Any:
        """Answer who it is."""
        return self._who

    @property
    def login_url(self) -> str:
        """Answer Bokeh, which wants one; nobody is ever sent there."""
        return "/"

    def _who(self, handler: Any) -> str:
        host = handler.request.host.lower()
        if self._hosts and host not in self._hosts:
            raise HTTPError(403, f"this is not {host}")
        if self._token is not None:
            self._check(handler)
        return "reader"

    def _check(self, handler: Any) -> None:
        given = handler.get_query_argument("token", "") or handler.get_cookie(_COOKIE, "") or ""
        if not hmac.compare_digest(given.encode(), str(self._token).encode()):
            raise HTTPError(403, "the address needs ?token=... as `lineage dashboard` has printed it")
        if not handler.request.headers.get("Upgrade"):
            handler.set_cookie(_COOKIE, given, httponly=True, samesite="Strict")


class Dashboard:
    """A server of one project's dashboard.

    Parameters
    ----------
    project : str
        The project's folder.
    port : int
        0 takes a free one.
    address : str
        Where to listen. Other addresses than those of the machine itself need a `token`.
    token : str, optional
        What the page's address has to say.
    theme : str, optional
        ``light`` or ``dark``, where the page's address says nothing; else as the system has it.

    plan : bool
        Ask for what has not run yet, in a process of its own.

    Raises
    ------
    UsageError
        The port is in use, or the address needs a token.
    """

    def __init__(
        self,
        project: str,
        port: int = 5006,
        *,
        address: str = "127.0.0.1",
        token: str | None = None,
        theme: str | None = None,
        plan: bool = False,
    ) -> None:
        is_here = address in LOOPBACK
        if not is_here and not token:
            raise UsageError(
                f"the dashboard on {address} would be open to everybody who reaches this machine",
                why="it shows code, parameters and values",
                fix="give it a token: `lineage dashboard --address ... --token SECRET`, or leave --address out",
            )
        self.archive = Archive(project)
        self._planner = Planner(project) if plan else None
        self.poller = Poller(self.archive, self._planner)
        self._token = token
        self._address = address
        self._server = self._opened(port, theme)
        self.port: int = self._server.port
        self._clock = PeriodicCallback(self._look, EVERY)

    def _opened(self, port: int, theme: str | None) -> Any:
        if port == 0:
            port = free_port(self._address)
        is_here = self._address in LOOPBACK
        hosts = frozenset(f"{name}:{port}" for name in LOOPBACK) if is_here else frozenset()
        logging.getLogger("bokeh").setLevel(logging.ERROR)
        logging.getLogger("tornado.access").setLevel(logging.ERROR)
        make = partial(fill, archive=self.archive, poller=self.poller)
        key = secrets.token_urlsafe(32)
        front = {"archive": self.archive, "poller": self.poller, "theme": theme, "key": key}
        try:
            return Server(
                {LIVE: Application(FunctionHandler(make))},
                address=self._address,
                port=port,
                allow_websocket_origin=sorted(hosts) or [f"*:{port}"],
                auth_provider=_Door(hosts, self._token),
                sign_sessions=True,
                secret_key=key,
                extra_patterns=[
                    (r"/", Front, front),
                    (r"/page/(lineage\.(?:js|css))", Bundle),
                    (r"/page/(.*)", StaticFileHandler, {"path": FOLDER}),
                ],
                use_index=False,
                keep_alive_milliseconds=20_000,
            )
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise _refused(self._address, port, error) from error

    def _look(self) -> None:
        self.poller.look()

    @property
    def url(self) -> str:
        """Where the page is."""
        host = "127.0.0.1" if self._address in ("localhost", "0.0.0.0") else self._address  # noqa: S104
        return f"http://{host}:{self.port}/"

    def serve(self) -> None:
        """Serve until somebody ends it (Ctrl-C raises `KeyboardInterrupt`)."""
        self._server.start()
        self._clock.start()
        # What was imported lives until the end, and a picture is many objects and little garbage: looking for some is
        # a third of what a large one takes.
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)
        # The first page need not wait until the records have been read for the first time.
        self._server.io_loop.add_callback(first_answers, self.archive, {"run": None, "task": None})
        try:
            self._server.io_loop.start()
        finally:
            self.close()

    def close(self) -> None:
        """End it, with all that it has open."""
        self._clock.stop()
        self._server.stop(wait=False)
        if self._planner is not None:
            self._planner.close()
        self.archive.close()


def _refused(address: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EACCES:
        return UsageError(
            f"port {port} may not be used", why=error.strerror, fix=f"take another: --port {free_port(address)}"
        )
    return UsageError(
        f"port {port} is in use",
        why="something else serves there, perhaps another dashboard",
        fix=f"open that one, or take a free port: `lineage dashboard --port {free_port(address)}`",
    )


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port that nobody uses now."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
