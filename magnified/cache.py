"""The store of what may never lie on a disk, for a site without Redis: files in shared memory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache


class SharedMemoryCache(FileBasedCache):
    """Django's cache in files, made safe to count with: two processes that add at once lose no count."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        with self._alone():
            return super().add(*args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> int:
        with self._alone():
            return super().incr(*args, **kwargs)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time. The lock ends with the process that holds it, however that ends."""
        folder = Path(self._dir)  # type: ignore[attr-defined] # reason=its stubs leave it out
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
