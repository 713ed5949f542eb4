"""Writing to the log of looks, and proving that nobody changed it."""

import hmac
import random
import time
import uuid
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction

from admissions.crypto import keys
from admissions.errors import ChainBroken, DisclosureNotWritten
from admissions.models import Disclosure
from admissions.models.disclosure import BEGINNING

_TRIES = 200  # each lost race means that a colleague's entry was written, so this ends


class Head(NamedTuple):
    """The newest entry: keep it elsewhere, and a log cut at its end shows as well."""

    number: int
    digest: bytes

    def __str__(self) -> str:
        """As `verify_disclosures --kept` takes it."""
        return f"{self.number}:{self.digest.hex()}"


NOTHING = Head(0, BEGINNING)


def newest() -> Head:
    """The head as it is now, unverified. The worker, which has no key, sends it to the alarm outside."""
    last = Disclosure.objects.order_by("-number").values_list("number", "digest").first()
    return Head(last[0], bytes(last[1])) if last else NOTHING


def record(
    *,
    actor: User,
    role: str,
    action: str,
    record: uuid.UUID | None,
    detail: str = "",
    thread_state: bytes | None = None,
) -> Disclosure:
    """Append one entry, in the caller's transaction if there is one. Raises `DisclosureNotWritten`."""
    key = keys.disclosure()
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                last = newest()
                entry = Disclosure(
                    number=last.number + 1,
                    previous=last.digest,
                    actor=actor,
                    actor_name=actor.get_username(),
                    role=role,
                    action=action,
                    record=record,
                    detail=detail,
                    thread_state=thread_state,
                )
                entry.digest = entry.digest_with(key)
                entry.save()
            return entry
        except IntegrityError:
            time.sleep(random.uniform(0, 0.01))  # noqa: S311 reason=only spreads the next try
        except DatabaseError as error:
            raise DisclosureNotWritten(f"The log cannot be written: {type(error).__name__}.") from error
    raise DisclosureNotWritten("The log is too busy.")


def verify(*, expected: Head | None = None) -> Head:
    """Walk the whole chain. Raises `ChainBroken` at the first entry that does not fit; returns the newest one.

    `expected` is a head kept elsewhere: it must still be in the log, which shows a log cut at its end.
    """
    key, head, seen = keys.disclosure(), NOTHING, expected in (None, NOTHING)
    for entry in Disclosure.objects.order_by("number").iterator(chunk_size=1000):
        if entry.number != head.number + 1:
            raise ChainBroken(head.number + 1, "is missing")
        if bytes(entry.previous) != head.digest:
            raise ChainBroken(entry.number, "does not follow the entry before it")
        if not hmac.compare_digest(bytes(entry.digest), entry.digest_with(key)):
            raise ChainBroken(entry.number, "was changed")
        head = Head(entry.number, bytes(entry.digest))
        seen = seen or head == expected
    if not seen and expected is not None:
        raise ChainBroken(expected.number, "is missing or is not the one that was kept elsewhere")
    return head
