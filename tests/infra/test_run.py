"""`bin/run` and `bin/setup` as a person starts them: what is in the way is said in one plain sentence."""

import gettext
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.canary.house import free_port

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


@pytest.fixture
def copy(tmp_path):
    """bin/setup and the locks in a folder of their own, with programs that are named and no others."""
    folder, programs = tmp_path / "site", tmp_path / "programs"
    (folder / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "setup", folder / "bin" / "setup")
    for lock in ("requirements.txt", "requirements-build.txt"):
        shutil.copy(ROOT / lock, folder)
    programs.mkdir()
    for name in ("sh", "dirname", "sha256sum", "cut", "cat", "grep", "tail", "id", "mkdir", "true"):
        (programs / name).symlink_to(shutil.which(name))
    return folder, programs


def set_up(copy, **environment):
    folder, programs = copy
    return subprocess.run(
        [folder / "bin" / "setup"],
        env={"PATH": str(programs), "HOME": str(folder)} | environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_python_that_is_too_old_is_named_as_the_reason(copy):
    script(copy[1] / "python3", '[ "$1" = -V ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    done = set_up(copy)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Python 3.11 or newer is needed: install it, or name it")
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (copy[0] / ".venv").exists()


def test_a_missing_compiler_is_named_as_the_reason(copy):
    pip = "echo \"error: command 'gcc' failed: No such file or directory\"\nexit 1\n"
    python = copy[1] / "python3.11"
    script(copy[0] / "pip", pip)
    # Passes for a Python that makes an environment whose pip cannot compile.
    script(
        python,
        f"""case "$*" in
-V) echo Python 3.11.2 ;;
"-m venv"*)
  mkdir -p .venv/bin; cat "$0" > .venv/bin/python; cat pip > .venv/bin/pip; echo "$PWD/.venv" > .venv/pyvenv.cfg
  {shutil.which("chmod")} +x .venv/bin/python .venv/bin/pip ;;
"-m pip install"*) exec sh pip ;;
esac
""",
    )
    done = set_up(copy, PYTHON=str(python))
    assert done.returncode == 1
    assert done.stderr.strip().startswith("A package must be compiled on this machine and there is no C compiler: run")
    assert len(done.stderr.strip().splitlines()) == 1
    script(copy[1] / "cc", "exit 0\n")
    assert "could not be installed" in set_up(copy, PYTHON=str(python)).stderr, "control: with one"


def test_translations_are_compiled_where_they_are_missing_or_older(copy):
    shutil.copy(ROOT / "bin" / "compile-messages", copy[0] / "bin")
    (copy[0] / ".venv").symlink_to(sys.prefix)
    po, mo = (copy[0] / "locale" / "es" / "LC_MESSAGES" / f"django.{kind}" for kind in ("po", "mo"))
    po.parent.mkdir(parents=True)
    moment = time.time_ns()

    def spanish(translation, *, minute):
        """What Django would say after the .po was written at that minute, and the .mo, if there is one, at minute 0."""
        po.write_text(f'msgid ""\nmsgstr "Language: es\\n"\n\nmsgid "Call"\nmsgstr "{translation}"\n')
        os.utime(po, ns=(moment, moment + minute * 60_000_000_000))
        if mo.exists():
            os.utime(mo, ns=(moment, moment))
        subprocess.run([copy[0] / "bin" / "compile-messages"], check=True, timeout=30)
        with mo.open("rb") as compiled:
            return gettext.GNUTranslations(compiled).gettext("Call")

    assert spanish("Llame", minute=5) == "Llame", "missing"
    assert spanish("Llámenos", minute=1) == "Llámenos", "older"
    assert spanish("Llamar", minute=-1) == "Llámenos", "newer: left as it is"
    assert [file.name for file in po.parent.iterdir() if file not in {po, mo}] == []


def environment(folder, port):
    """What the site in `folder` is told; nothing of this machine's settings counts."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}} | {
        "PORT": str(port),
        "VAR_DIR": str(folder / "var"),
        "SHARED_MEMORY_DIR": str(folder / "memory"),
        "ENV_FILE": str(folder / "env"),
    }


def start(folder, port):
    return subprocess.Popen(
        [sys.executable, ROOT / "bin" / "run"],
        env=environment(folder, port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_port_that_is_taken_is_named_as_the_reason(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = start(tmp_path, port)
        said, _ = run.communicate(timeout=30)
    assert run.returncode == 1
    assert said.strip().splitlines() == [
        f"Port {port} is taken: stop what is using it, or choose another, as in `PORT=8001 make run`."
    ]
    assert not (tmp_path / "var").exists()


def children_of(pid):
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found] + [below for child in found for below in children_of(int(child))]


def wait_for(url, run):
    for _ in range(1800):  # on a busy machine
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.status
        except OSError:
            assert run.poll() is None, run.communicate()[0]
            time.sleep(0.1)
    raise AssertionError("it never answered")


def test_ctrl_c_ends_everything_and_a_second_start_keeps_the_data(tmp_path):
    port = free_port()
    for said_first in (True, False):
        run = start(tmp_path, port)
        try:
            assert wait_for(f"http://127.0.0.1:{port}/healthz", run) == 200
            for _ in range(100):
                if len(children := children_of(run.pid)) >= 4:
                    break
                time.sleep(0.1)
            assert len(children) >= 4, "control: gunicorn, its two workers and the worker are running"
            run.send_signal(signal.SIGINT)
            said, _ = run.communicate(timeout=30)
        finally:
            if run.poll() is None:
                run.terminate()  # it ends its children; killed, it would leave them
                run.wait(30)
        assert run.returncode == 0
        assert said.strip().endswith("Stopped.")
        assert ("Preparing the database" in said) is said_first
        assert not [child for child in children if Path(f"/proc/{child}").exists()]
        kept = (tmp_path / "var" / "staff-passwords.txt").read_text()
        if said_first:
            first = kept
        assert kept == first
