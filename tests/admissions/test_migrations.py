"""A log that was in use is brought up to date: its entries stay as they were, and verify."""

import hashlib
import hmac
import json

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from admissions.crypto import keys
from admissions.models import Disclosure
from admissions.models.disclosure import BEGINNING
from admissions.services import audit_log
from tests.content.test_migrations import database, migrate

__all__ = ["database"]

BEFORE_NAMES = [("admissions", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]


@pytest.mark.django_db(transaction=True)
def test_entries_of_before_verify_in_one_chain_with_those_of_today(database):
    apps = migrate(database, BEFORE_NAMES)
    user = apps.get_model("auth", "User").objects.create(username="test-kim")
    previous = BEGINNING
    for number in (1, 2, 3):
        entry = apps.get_model("admissions", "Disclosure")(
            number=number, actor=user, role="admissions", action="opened", at=timezone.now(), previous=previous
        )
        fields = [number, str(entry.id), entry.at.isoformat(), str(user.pk), "admissions", "opened", "None", ""]
        entry.digest = previous = hmac.digest(keys.disclosure(), previous + json.dumps(fields).encode(), hashlib.sha256)
        entry.save()
    migrate(database)
    assert audit_log.verify().number == 3
    actor = get_user_model().objects.get()
    audit_log.record(actor=actor, role="admissions", action="opened", record=None, thread_state=b"\1" * 36)
    assert audit_log.verify().number == 4
    assert list(Disclosure.objects.values_list("actor_name", flat=True)) == ["", "", "", "test-kim"]
