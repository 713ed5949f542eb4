"""A small disk of its own, made full and empty again.

Where none may be mounted, those who write there are forbidden to write anywhere, or the folder goes away: what they see
is an error all the same. The figures say which of the two it was.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

SIZE = "64m"


class Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "magnified-faults", folder]
        self.is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
        self.writers: Callable[[], list[int]] | None = None  # their process ids, for where nothing can be mounted
        self.account: dict[str, str] = {}

    @property
    def kind(self) -> str:
        return f"tmpfs of {SIZE}" if self.is_mounted else "writing forbidden"

    def fill(self) -> None:
        if not self.is_mounted:
            self._forbid("0") if self.writers else shutil.rmtree(self.folder)
            return
        ballast, block = self.folder / "ballast", bytes(1024 * 1024)
        with ballast.open("ab", buffering=0) as file:
            while block:
                try:
                    while file.write(block) == len(block):
                        pass
                except OSError:
                    pass
                block = block[: len(block) // 2]

    def free(self) -> None:
        if self.is_mounted:
            (self.folder / "ballast").unlink()
        elif self.writers:
            self._forbid("unlimited")
        else:
            self.folder.mkdir()

    def _forbid(self, largest_file: str) -> None:
        for process in self.writers() if self.writers else ():
            limit = ["prlimit", f"--pid={process}", f"--fsize={largest_file}:unlimited"]
            subprocess.run(limit, cwd="/", capture_output=True, check=True, **self.account)

    def remove(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", self.folder], check=True)
