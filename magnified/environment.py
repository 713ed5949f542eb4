"""How a setting is read from the environment: strictly, and with an error that says what to do."""

import hashlib
import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}

env = environ.FileAwareEnv()


class UnsafeSettings(ImproperlyConfigured):
    """The site refuses to start: the message names the cause and the cure."""


def refuse_if(is_unsafe: object, cause: str, cure: str) -> None:
    """Stop the start: raises `UnsafeSettings`."""
    if is_unsafe:
        raise UnsafeSettings(f"{cause} {cure}")


def text(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE names.

    Raises `UnsafeSettings` when NAME_FILE is set and cannot be read: a secret that silently falls back is worse
    than a site that does not start.
    """
    try:
        return env.str(name, default=default).strip()
    except (ImproperlyConfigured, OSError) as error:
        raise UnsafeSettings(
            f"{name}_FILE is set, but its file cannot be read. Put the secret into that file, or unset {name}_FILE."
        ) from error


def flag(name: str) -> bool:
    """A boolean; any spelling that is neither yes nor no is an error, so that a typing mistake never means "off"."""
    value = text(name).lower()
    refuse_if(value not in TRUE | FALSE, f"{name} is neither yes nor no.", f"Set {name} to yes or to no.")
    return value in TRUE


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of `allowed`, or `default` when NAME is unset."""
    value = text(name) or default
    refuse_if(
        value not in allowed, f"{name} must be one of {', '.join(allowed)}.", f"Correct {name} in the environment."
    )
    return value


def days(name: str, default: int) -> int:
    """A number of days, at most ten years; `default` when NAME is unset."""
    value = text(name) or str(default)
    refuse_if(
        not (re.fullmatch("[0-9]{1,4}", value) and 1 <= int(value) <= 3650),
        f"{name} is no number of days from 1 to 3650.",
        f"Correct {name} in the environment, or unset it: then it is {default}.",
    )
    return int(value)


def words(name: str) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def path(name: str) -> Path | None:
    """A file's path, or None when NAME is unset."""
    value = os.environ.get(name, "").strip()
    return Path(value).resolve() if value else None


def is_network(written: str) -> bool:
    """An IP address, or a network of them."""
    try:
        ipaddress.ip_network(written, strict=False)
    except ValueError:
        return False
    return True


def is_mail_on_this_machine(url: str) -> bool:
    """Plain SMTP whose words never leave this machine."""
    return url.startswith("smtp://") and urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


def shared_memory_of(folder: Path) -> Path:
    """A folder in shared memory that only this user's site with these data uses; below `folder` where there is none."""
    memory, name = Path("/dev/shm"), hashlib.sha256(str(folder).encode()).hexdigest()[:12]  # noqa: S108 reason=see is_private
    return memory / f"magnified-{os.getuid()}-{name}" if os.access(memory, os.W_OK) else folder / "memory"


def is_private(folder: Path) -> bool:
    """Make `folder` if it is missing. Is it this user's own, and closed to all others?"""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.lstat()
    return about.st_uid == os.getuid() and not about.st_mode & 0o077
