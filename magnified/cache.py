"""Where counts and visits are kept: Redis, or files in shared memory. What lies in either is JSON, and never a pickle.

A pickle is a program: whoever could write one into a store would have every process that reads it run it (promise P77).
"""

import base64
import fcntl
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from django.core.cache.backends import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

BYTES = "base64"  # the one key of the object that stands for bytes


class Unreadable(ValueError):
    """What lies in the store was not written by `JSONSerializer`."""


class JSONSerializer:
    """What JSON knows, and bytes. An integer is its digits, so that Redis can count with it."""

    def dumps(self, value: object) -> bytes:
        return json.dumps(value, default=_as_object).encode()

    def loads(self, stored: bytes) -> Any:
        """Raises `Unreadable`."""
        try:
            return json.loads(stored, object_hook=_from_object)
        except (ValueError, TypeError, RecursionError) as error:
            raise Unreadable from error


def _as_object(value: object) -> dict[str, str]:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} is neither bytes nor of JSON.")
    return {BYTES: base64.b64encode(value).decode()}


def _from_object(decoded: dict[str, str]) -> bytes | dict[str, str]:
    return base64.b64decode(decoded[BYTES], validate=True) if decoded.keys() == {BYTES} else decoded


class RedisCache(redis.RedisCache):
    """Django's, with the serializer above: an entry that it cannot read is one that is not there."""

    def get(self, key: str, default: object = None, version: int | None = None) -> object:
        try:
            return super().get(key, default, version)
        except Unreadable:
            return default

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, object]:
        return BaseCache.get_many(self, keys, version)


class CacheFull(OSError):
    """No room for one more entry: those that are still wanted do not make way."""


class Entry(NamedTuple):
    until: float | None  # seconds since the epoch; None: it stays
    value: object


class SharedMemoryCache(BaseCache):
    """Files in a folder of one process's own, for a site without Redis, or for a process that few people reach.

    Two workers that add at once lose no count. At MAX_ENTRIES an entry that is over makes room for a new one; if none
    is, the new one is refused (`CacheFull`), so that nobody can push out somebody else's visit or count.
    """

    def __init__(self, folder: str | Path, params: dict[str, object]) -> None:
        super().__init__(params)
        self._folder, self._serializer = Path(folder), JSONSerializer()

    def get(self, key: str, default: object = None, version: int | None = None) -> object:
        entry = self._read(self._file(key, version))
        return default if entry is None else entry.value

    def set(self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        with self._alone(key, version) as (file, _):
            self._write(file, Entry(self.get_backend_timeout(timeout), value))

    def add(self, key: str, value: object, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with self._alone(key, version) as (file, entry):
            if entry is None:
                self._write(file, Entry(self.get_backend_timeout(timeout), value))
            return entry is None

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises `ValueError` where there is nothing to count with. As in Redis, it lives no longer for that."""
        with self._alone(key, version) as (file, entry):
            if entry is None or type(entry.value) is not int:
                raise ValueError("There is no number under this key.")
            self._write(file, Entry(entry.until, entry.value + delta))
            return entry.value + delta

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with self._alone(key, version) as (file, entry):
            if entry is not None:
                self._write(file, Entry(self.get_backend_timeout(timeout), entry.value))
            return entry is not None

    def delete(self, key: str, version: int | None = None) -> bool:
        with self._alone(key, version) as (file, entry):
            file.unlink(missing_ok=True)
            return entry is not None

    def clear(self) -> None:
        with self._locked():
            for file in self._files():
                file.unlink(missing_ok=True)

    def _file(self, key: str, version: int | None) -> Path:
        name = self.make_and_validate_key(key, version=version)
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.json"

    def _files(self) -> list[Path]:
        return [self._folder / name for name in os.listdir(self._folder) if name.endswith(".json")]

    def _read(self, file: Path) -> Entry | None:
        """None as well for what is over, and for what was not written here."""
        try:
            entry = Entry(*self._serializer.loads(file.read_bytes()))
            is_over = entry.until is not None and entry.until <= time.time()
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return None if is_over else entry

    def _write(self, file: Path, entry: Entry) -> None:
        """Whole or not at all. Raises `CacheFull`."""
        if not file.exists():
            self._make_room()
        descriptor, half = tempfile.mkstemp(dir=self._folder)
        try:
            with open(descriptor, "wb") as target:
                target.write(self._serializer.dumps(list(entry)))
            os.replace(half, file)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(half)
            raise

    def _make_room(self) -> None:
        if len(os.listdir(self._folder)) < self._max_entries:
            return
        files = self._files()
        over = [file for file in files if self._read(file) is None]
        for file in over:
            file.unlink(missing_ok=True)
        if not over:
            raise CacheFull(f"There are {len(files)} entries, and all are still wanted.")

    @contextmanager
    def _alone(self, key: str, version: int | None) -> Iterator[tuple[Path, Entry | None]]:
        """The file of this entry, and what it holds, while no other process changes it."""
        file = self._file(key, version)
        with self._locked():
            yield file, self._read(file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time. The lock ends with the process that holds it, however that ends."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
