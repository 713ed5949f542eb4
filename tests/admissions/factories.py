"""Test data with honest defaults; override by keyword. Nobody here is real."""

import datetime
import os
import secrets
import uuid

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import OperationalError, connections

from admissions.models import OpeningHours, Shift
from admissions.services import audit_log, team

BODY = {
    "name": "Robin Example",
    "reach_by": "phone",
    "phone": "+17145550142",
    "message": "I would like to talk about the twelve steps.",
    "voicemail_ok": "no",
}


def times(*, short, full):
    """How often a safety test repeats: `full` when TEST_FORM=full, about a hundredth of it in `make test`."""
    return full if os.environ.get("TEST_FORM") == "full" else short


def make_staff(role="admissions", **fields):
    user = get_user_model().objects.create_user(username=fields.pop("username", secrets.token_hex(8)), **fields)
    if role:
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def receive(**overrides):
    """A receipt of a new inquiry."""
    words = {"kind": "contact", "form_token": secrets.token_bytes(32), "body": BODY} | overrides
    return team.receive(**words)


def make_inquiry(*, status="new", **overrides):
    """A stored inquiry; further keywords that are columns are set on the row."""
    words = {name: overrides.pop(name) for name in ("kind", "form_token", "body") if name in overrides}
    inquiry = receive(**words).inquiry
    if status not in inquiry.WAITS:
        overrides.setdefault("next_at", None)
    type(inquiry).objects.filter(pk=inquiry.pk).update(status=status, **overrides)
    inquiry.refresh_from_db()
    return inquiry


def write_disclosures(count, actor=None):
    """That many looks at inquiries that never were."""
    actor = actor or make_staff()
    return [
        audit_log.record(actor=actor, role="admissions", action="opened", record=uuid.uuid4()) for _ in range(count)
    ]


def put_on_duty(*, starts="00:00", ends="00:00", counsellors=1, days=range(7), **fields):
    """Open, and that many people on duty, on all these days of the week."""
    for weekday in days:
        OpeningHours.objects.get_or_create(weekday=weekday, starts=starts, defaults={"ends": ends})
        shift = {"weekday": weekday, "starts": starts, "ends": ends, "counsellors": counsellors}
        Shift.objects.create(**shift | {"first_day": datetime.date(2000, 1, 1)} | fields)


def break_the_commit(monkeypatch, *, stored):
    """The next commit loses its answer; with `stored`, the database had done it."""
    backend = type(connections["default"])
    commit = backend._commit

    def lose(self):
        monkeypatch.undo()
        if stored:
            commit(self)
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(backend, "_commit", lose)
