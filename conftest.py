"""How much Hypothesis tries, and that nothing is missing when CI=true."""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

import mls

# Before any test of mls/tests is: pytest would take the folder `mls` for the package.
assert mls.__file__  # noqa: S101

settings.register_profile(
    "bounded",
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "long",
    parent=settings.get_profile("bounded"),
    max_examples=int(os.environ.get("LINNET_EXAMPLES", "5000")),
    stateful_step_count=80,
    derandomize=False,
    print_blob=True,
)
settings.load_profile(os.environ.get("LINNET_HYPOTHESIS", "bounded"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """With CI=true a test may not be skipped for want of a program or of vectors."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        reason = str(report.longrepr)
        if "is not on this machine" in reason or "official vectors" in reason:
            report.outcome = "failed"
            report.longrepr = f"Nothing may be missing when CI=true: {reason}"
    return report
