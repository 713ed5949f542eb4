import hashlib
import hmac
import json
import random
import threading
import uuid
from datetime import UTC

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from admissions.crypto import keys
from admissions.errors import ChainBroken, DisclosureNotWritten
from admissions.models import Disclosure
from admissions.models.disclosure import BEGINNING
from admissions.services import audit_log
from admissions.services.audit_log import Head
from tests.admissions.factories import make_staff, times, write_disclosures


def old_entry(number, previous, actor):
    """As the release before this one wrote it; its digest is worked out here, not by the code under test."""
    entry = Disclosure(number=number, previous=previous, actor=actor, role="admissions", action="opened", detail="x")
    fields = [number, str(entry.id), entry.at.astimezone(UTC).isoformat(), str(actor.pk)]
    fields += ["admissions", "opened", "None", "x"]
    entry.digest = hmac.digest(keys.disclosure(), previous + json.dumps(fields).encode(), hashlib.sha256)
    entry.save()
    return entry


def number_that_breaks():
    with pytest.raises(ChainBroken) as caught:
        audit_log.verify()
    return caught.value.number


@pytest.mark.django_db
def test_an_empty_and_an_untouched_log_are_unbroken():
    assert audit_log.verify() == Head(0, BEGINNING)
    last = write_disclosures(10)[-1]
    assert audit_log.verify() == Head(10, last.digest)


@pytest.mark.django_db
def test_an_entry_says_who_when_what_and_why_and_nothing_of_the_text():
    actor, record = make_staff(), uuid.uuid4()
    entry = audit_log.record(actor=actor, role="admissions_lead", action="moved", record=record, detail="new to junk")
    assert entry.actor_name == actor.get_username()
    entry.refresh_from_db()
    assert (entry.actor, entry.role, entry.action, entry.record) == (actor, "admissions_lead", "moved", record)
    assert (entry.number, entry.detail) == (1, "new to junk")
    assert entry.at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "column",
    [
        "at",
        "actor_id",
        "actor_name",
        "role",
        "action",
        "record",
        "detail",
        "thread_state",
        "number",
        "digest",
        "previous",
    ],
)
def test_a_change_of_any_column_shows(rows, column):
    other = make_staff()
    write_disclosures(5)
    values = {
        "at": timezone.now(),
        "actor_id": other.pk,
        "actor_name": other.get_username(),
        "thread_state": b"\1" * 36,
        "role": "admissions_lead",
        "action": "noted",
        "record": uuid.uuid4(),
        "detail": "x",
        "number": 77,
        "digest": b"\1" * 32,
        "previous": b"\1" * 32,
    }
    rows.filter(number=3).update(**{column: values[column]})
    assert number_that_breaks() == 3


def test_one_flipped_bit_anywhere_shows(rows):
    entries = write_disclosures(10)
    chance = random.Random(1)
    for _ in range(times(short=20, full=1000)):
        entry = chance.choice(entries)
        column = chance.choice(["digest", "previous"])
        good = bytes(getattr(entry, column))
        at = chance.randrange(256)
        bad = (int.from_bytes(good, "big") ^ 1 << at).to_bytes(32, "big")
        rows.filter(number=entry.number).update(**{column: bad})
        assert number_that_breaks() == entry.number
        rows.filter(number=entry.number).update(**{column: good})
    assert audit_log.verify().number == 10


def test_old_entries_verify_in_one_chain_with_new_ones_and_take_no_name_afterwards(rows):
    actor = make_staff(username="test-kim")
    first = old_entry(1, BEGINNING, actor)
    old_entry(2, first.digest, actor)
    write_disclosures(2, actor)
    assert audit_log.verify().number == 4
    for number, change in (
        (1, {"actor_name": "somebody"}),
        (2, {"thread_state": b"\1" * 36}),
        (3, {"actor_name": ""}),
        (4, {"actor_name": "test-pat"}),
    ):
        before = rows.filter(number=number).values(*change).get()
        rows.filter(number=number).update(**change)
        assert number_that_breaks() == number
        rows.filter(number=number).update(**before)
    assert audit_log.verify().number == 4, "control"


@pytest.mark.parametrize("gone", [1, 4, 9])
def test_a_missing_entry_shows(rows, gone):
    write_disclosures(10)
    rows.filter(number=gone).delete()
    assert number_that_breaks() == gone


def test_a_missing_entry_shows_when_the_others_are_numbered_anew(rows):
    write_disclosures(10)
    rows.filter(number=4).delete()
    for number in range(5, 11):
        rows.filter(number=number).update(number=number - 1)
    assert number_that_breaks() == 4


def test_two_swapped_entries_show(rows):
    write_disclosures(10)
    for before, after in ((4, 99), (5, 4), (99, 5)):
        rows.filter(number=before).update(number=after)
    assert number_that_breaks() == 4


def test_a_log_cut_at_its_end_shows_by_a_head_kept_elsewhere(rows):
    write_disclosures(5)
    kept = audit_log.verify()
    write_disclosures(5)
    assert audit_log.verify(expected=kept).number == 10
    rows.filter(number__gte=4).delete()
    assert audit_log.verify().number == 3  # by itself the rest looks whole: that is why a head is kept
    with pytest.raises(ChainBroken):
        audit_log.verify(expected=kept)


def test_a_log_written_anew_without_the_key_shows(rows, tmp_path, settings):
    write_disclosures(5)
    rows.all().delete()
    honest, settings.DISCLOSURE_KEY_FILE = settings.DISCLOSURE_KEY_FILE, tmp_path / "forged.key"
    settings.DISCLOSURE_KEY_FILE.write_text("ab" * 32)
    write_disclosures(5)
    assert audit_log.verify().number == 5
    settings.DISCLOSURE_KEY_FILE = honest
    assert number_that_breaks() == 1


@pytest.mark.django_db
def test_two_entries_cannot_follow_the_same_one():
    first = write_disclosures(1)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclosure(
            number=2, actor=first.actor, role="r", action="opened", previous=first.previous, digest=b"\2" * 32
        ).save()


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_make_one_chain():
    people, each, failed = [make_staff() for _ in range(5)], times(short=5, full=40), []

    def look(person):
        try:
            write_disclosures(each, person)
        except DisclosureNotWritten as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert audit_log.verify().number == 5 * each


@pytest.mark.django_db
@pytest.mark.parametrize("content", [None, "", "ab" * 31, "xy" * 32])
def test_without_a_usable_key_nothing_is_written(settings, tmp_path, content):
    settings.DISCLOSURE_KEY_FILE = tmp_path / "disclosure.key"
    if content is not None:
        settings.DISCLOSURE_KEY_FILE.write_text(content)
    with pytest.raises(DisclosureNotWritten):
        write_disclosures(1)
    settings.DISCLOSURE_KEY_FILE = None
    with pytest.raises(DisclosureNotWritten):
        write_disclosures(1)
    assert not Disclosure.objects.exists()


@pytest.mark.django_db
def test_a_database_that_refuses_has_a_name(monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError("no")

    monkeypatch.setattr(Disclosure, "save", refuse)
    with pytest.raises(DisclosureNotWritten):
        write_disclosures(1)


def test_the_officer_presses_a_button_and_is_told_whether_the_log_is_whole(rows, client, settings, tmp_path):
    client.force_login(make_staff("privacy_officer", is_staff=True))
    write_disclosures(5)
    check = "/admin/admissions/disclosure/check/"
    assert f'action="{check}"' in client.get("/admin/admissions/disclosure/").text
    assert "The log holds 5 lines, each as it was written" in client.post(check, follow=True).text
    rows.filter(number=3).delete()
    assert "The log was changed. Entry 3: is missing." in client.post(check, follow=True).text
    settings.DISCLOSURE_KEY_FILE = tmp_path / "gone"
    assert "The key of the log cannot be read." in client.post(check, follow=True).text
    assert client.get(check).status_code == 405
