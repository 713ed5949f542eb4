"""A Redis server of one's own, thrown away at the end. `bin/test` installs one where there is none."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SECONDS_TO_START = 30


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The address of a running server. Raises `RuntimeError` where none can be started."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("redis-server is missing: `apt-get install redis-server`, or run bin/test as root.")
    with tempfile.TemporaryDirectory(prefix="redis-", dir="/tmp") as folder:
        socket = Path(folder) / "socket"
        command = [program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + SECONDS_TO_START
            while not socket.exists():
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("redis-server does not start.")
                time.sleep(0.02)
            yield f"unix://{socket}"
        finally:
            server.terminate()
            server.wait(10)
