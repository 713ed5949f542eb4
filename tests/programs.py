"""What tests and the programs in bin/ start for themselves: a browser, and servers that answer on 127.0.0.1."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

SECONDS_TO_START, SECONDS_TO_STOP = 180, 30
SWITCHES = [
    "--no-sandbox",  # CI and containers run as root, where Chromium's sandbox refuses to
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # its network is closed too
]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """$CHROMIUM, the system's, or else Playwright's own."""
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(
    command: list[str], path: str = "/healthz", *, log: Path = Path(os.devnull), **environment: str
) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run `command`, told by PORT where to answer: its address, as soon as it answers at `path`, and its process.

    Raises `RuntimeError` with the end of its log when it does not.
    """
    environment = os.environ | environment | {"PORT": str(free_port())}
    address = f"http://127.0.0.1:{environment['PORT']}"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + SECONDS_TO_START
        while not answers(address + path):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command} does not answer: {log.read_text()[-2000:] if log.is_file() else ''}")
            time.sleep(0.1)
        yield address, process
    finally:
        process.terminate()
        process.wait(SECONDS_TO_STOP)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=30):
            return True
    except OSError:
        return False
