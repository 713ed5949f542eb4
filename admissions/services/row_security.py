"""Which thread the database shows to the role of the public process: the one that a transaction presents, and no other.

On PostgreSQL that role may not look at an inquiry, unless it knows what only a visitor's browser or code can tell it
(migration 0003 has the rules, `magnified/database_roles.sql` the rights). Staff and worker see all rows.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def visible_thread(a_hash: bytes) -> Iterator[None]:
    """One transaction that may see the thread with this hash of its return code, or of its form token."""
    if connection.vendor != "postgresql":  # where reading in a transaction would hold up whoever writes
        yield
        return
    with transaction.atomic(savepoint=False):
        make_visible(a_hash)
        yield


def make_visible(a_hash: bytes) -> None:
    """The same for the transaction that runs already."""
    _set_config("admissions.presented", a_hash.hex())


def keep_visible(inquiry: uuid.UUID) -> None:
    """For the rest of this transaction, although no hash leads there any more."""
    _set_config("admissions.closing", str(inquiry))


def _set_config(name: str, value: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
