"""What the summary says of tests that failed and were tried once more, as .ci/run does."""

from __future__ import annotations

import pytest

__all__ = ["pytest_terminal_summary"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell in full how such a test failed at first: where it passes then, it is flaky, and that is a defect too."""
    again = {report.nodeid for how in ("failed", "error") for report in terminalreporter.getreports(how)}
    for report in terminalreporter.getreports("rerun"):
        what = "FAILED TWICE" if report.nodeid in again else "FLAKY"
        terminalreporter.write_sep("=", f"{what}, at first so: {report.nodeid}", red=True, bold=True)
        terminalreporter.write_line(report.longreprtext)
        for title, content in report.sections:
            terminalreporter.write_sep("-", title)
            terminalreporter.write_line(content.rstrip())
