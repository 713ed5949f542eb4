"""For `make faults`: leaves out what passed in an earlier run of the same code, and writes down what passes now."""

import os
from pathlib import Path


def file() -> Path:
    return Path(os.environ["FAULTS_PASSED"])


def pytest_collection_modifyitems(config, items):
    done = set(file().read_text().splitlines()) if file().exists() else set()
    again = [item for item in items if item.nodeid not in done]
    if len(again) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in done])
        items[:] = again


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        with file().open("a") as stream:
            stream.write(f"{report.nodeid}\n")
