"""The check that a fault names must fail, with a message for people; then it counts as passed."""

from __future__ import annotations

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    fault = getattr(getattr(item, "cls", None), "fault", None)
    if fault is None or call.when != "call" or item.originalname != fault.fails:
        return report
    error = None if call.excinfo is None else call.excinfo.value
    if isinstance(error, AssertionError | pytest.fail.Exception) and fault.says in str(error):
        report.outcome, report.longrepr = "passed", None
    elif report.outcome != "failed":
        report.outcome, report.longrepr = "failed", "The check did not notice the fault."
    return report
