"""Commands on a pseudo terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import time

from projects import PATIENCE, Project


def on_a_terminal(project: Project, *argv: str, size: tuple[int, int] = (24, 100), **environment: str) -> str:
    """Run a command on a pseudo terminal and return all that it wrote there."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, size)
    env = {name: value for name, value in project.environment.items() if name != "NO_COLOR"}
    env |= {"TERM": "xterm", **environment}
    child = subprocess.Popen(argv, cwd=project.path, env=env, stdin=its, stdout=its, stderr=its, close_fds=True)
    os.close(its)
    written, end = b"", time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux: the last process has closed its end
            break
        if not piece:
            break
        written += piece
    assert child.wait(PATIENCE) == 0
    os.close(ours)
    return written.decode()
