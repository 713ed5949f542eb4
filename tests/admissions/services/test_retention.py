import datetime

import pytest
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.models import QuerySet

from admissions.crypto import return_code
from admissions.models import Alert, Disclosure, Inquiry, Message, MessageKey, StaffNote, StaffNoteKey
from admissions.services import retention, team, visitor
from tests.admissions.factories import make_inquiry, make_staff, receive, times

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 1, 1)
EVERYTHING = (Inquiry, Message, MessageKey, StaffNote, StaffNoteKey, Alert)
OPENED_AGAIN = {"status": "open", "handled_on": None, "next_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}


def after(days):
    return DAY + datetime.timedelta(days=days)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(datetime.datetime(2026, 1, 1, 20, tzinfo=datetime.UTC), tick=False)
    return time_machine


@pytest.mark.parametrize(("status", "kept"), [("handled", 90), ("junk", 7)])
def test_what_is_done_goes_on_its_day_not_earlier_and_not_later(clock, status, kept):
    team.open_thread(inquiry=make_inquiry(status=status, handled_on=DAY), actor=make_staff())
    for days in range(kept):
        assert retention.purge(today=after(days)) == 0
    assert retention.purge(today=after(kept)) == 1
    assert not Inquiry.objects.exists()
    assert retention.purge(today=after(kept)) == 0


@pytest.mark.parametrize("status", ["new", "open", "waiting"])
def test_what_nobody_dealt_with_stays_for_ever(status):
    make_inquiry(status=status)
    assert retention.purge(today=after(4000)) == 0
    assert Inquiry.objects.count() == 1


def test_what_the_website_took_for_junk_stays_until_7_days_after_somebody_opened_it(clock):
    unread, read = receive(junk_reasons=["Why."]).inquiry, receive(junk_reasons=["Why."]).inquiry
    assert {unread.status, read.status} == {"junk"}
    clock.shift(datetime.timedelta(days=30))
    assert retention.purge() == 0
    assert set(team.search(actor=make_staff(), needle="twelve steps", finished=True).matches) == {unread, read}
    team.open_thread(inquiry=read, actor=make_staff())
    clock.shift(datetime.timedelta(days=6))
    assert retention.purge() == 0, "whoever opened it may still make up their mind"
    clock.shift(datetime.timedelta(days=1))
    assert retention.purge() == 1
    assert list(Inquiry.objects.all()) == [unread], "a hit in a search has opened nothing"
    assert retention.purge(today=after(4000)) == 0


def test_what_one_of_us_put_into_the_junk_goes_7_days_later(clock):
    team.move(inquiry=make_inquiry(), actor=make_staff(), to="junk")
    assert retention.purge(today=after(6)) == 0
    assert retention.purge(today=after(7)) == 1


@pytest.mark.parametrize("status", ["handled", "junk"])
def test_a_legal_hold_keeps_everything_and_its_end_lets_it_go(clock, status):
    team.open_thread(inquiry=make_inquiry(status=status, handled_on=DAY, hold=True), actor=make_staff())
    assert retention.purge(today=after(4000)) == 0
    Inquiry.objects.update(hold=False)
    assert retention.purge(today=after(4000)) == 1


def test_nothing_of_a_purged_inquiry_is_left_except_that_it_was_looked_at():
    actor, receipt, kept = make_staff(), receive(), receive()
    team.reply(inquiry=receipt.inquiry, actor=actor, text="hello")
    team.add_note(inquiry=receipt.inquiry, actor=actor, text="hello")
    team.move(inquiry=receipt.inquiry, actor=actor, to="handled")
    assert all(model.objects.exists() for model in EVERYTHING)  # the control: there is something of each
    retention.purge(today=receipt.inquiry.handled_on + datetime.timedelta(days=90))
    assert list(Inquiry.objects.all()) == [kept.inquiry]
    assert [model.objects.count() for model in EVERYTHING] == [1, 1, 1, 0, 0, 1]
    assert visitor.thread_for_code(code=receipt.return_code) is None
    assert visitor.thread_for_code(code=kept.return_code)
    assert {entry.record for entry in Disclosure.objects.all()} == {receipt.inquiry.pk}


def test_half_of_many_goes_and_the_other_half_still_opens():
    amount = times(short=10, full=500)
    receipts = [receive() for _ in range(amount)]
    for receipt in receipts[: amount // 2]:
        Inquiry.objects.filter(pk=receipt.inquiry.pk).update(status="handled", handled_on=DAY, next_at=None)
    assert retention.purge(today=after(90)) == amount // 2
    opened = [visitor.thread_for_code(code=receipt.return_code) is not None for receipt in receipts]
    assert opened == [False] * (amount // 2) + [True] * (amount // 2)


def test_keys_go_first(monkeypatch):
    inquiry, order = make_inquiry(status="handled", handled_on=DAY), []
    with connection.execute_wrapper(lambda run, sql, *rest: order.append(sql) or run(sql, *rest)):
        retention.destroy(inquiry)
    writes = [sql for sql in order if sql.startswith(("DELETE", "UPDATE"))]
    assert '"return_hash" = NULL' in writes[0], "no code leads there any more: only then may the public process delete"
    assert writes[1].startswith('DELETE FROM "admissions_messagekey"')
    assert writes[2].startswith('DELETE FROM "admissions_staffnotekey"')
    assert writes[3].startswith('DELETE FROM "admissions_keptformkey"')
    assert writes[-1].startswith('DELETE FROM "admissions_inquiry"')


def test_a_failure_in_the_middle_leaves_the_inquiry_whole(monkeypatch):
    receipt = receive()
    Inquiry.objects.update(status="handled", handled_on=DAY, next_at=None)

    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(Inquiry, "delete", fail)
    with pytest.raises(DatabaseError):
        retention.purge(today=after(90))
    assert visitor.thread_for_code(code=receipt.return_code)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "open", "handled_on": None, "next_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)},
        {"hold": True},
    ],
)
def test_what_is_opened_again_or_held_while_the_purge_runs_stays(monkeypatch, change):
    inquiry = make_inquiry(status="handled", handled_on=DAY)
    really = QuerySet.select_for_update

    def lock_after_a_change(rows, **words):
        Inquiry.objects.update(**change)
        return really(rows, **words)

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lock_after_a_change)
        assert retention.purge(today=after(90)) == 0
    assert list(Inquiry.objects.all()) == [inquiry]
    Inquiry.objects.update(status="handled", handled_on=DAY, hold=False, next_at=None)
    assert retention.purge(today=after(90)) == 1, "control"


def raw_copy(table):
    """The table as it lies on the disk, dead rows included. Both databases keep them until they are told not to."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CHECKPOINT")
            cursor.execute("SELECT pg_read_binary_file(pg_relation_filepath(%s))", [table])
            return bytes(cursor.fetchone()[0])
        cursor.execute("PRAGMA database_list")
        path = cursor.fetchone()[2]
    copies = b""
    for name in (path, f"{path}-wal"):
        try:
            with open(name, "rb") as file:
                copies += file.read()
        except FileNotFoundError:
            continue
    return copies


@pytest.mark.django_db(transaction=True)
def test_the_keys_of_a_purged_inquiry_are_gone_from_the_disk(monkeypatch):
    inquiry = make_inquiry(status="handled", handled_on=DAY)
    key = MessageKey.objects.get(message__inquiry=inquiry)
    wrapped = bytes(key.team_wrap)[-64:]
    assert wrapped in raw_copy("admissions_messagekey")
    with monkeypatch.context() as patch:
        patch.setattr(retention, "wipe_freed_space", lambda: None)
        retention.purge(today=after(90))
    assert wrapped in raw_copy("admissions_messagekey")  # the control: deleting alone leaves it lying there
    retention.wipe_freed_space()
    assert wrapped not in raw_copy("admissions_messagekey")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_time_that_a_statement_may_take_is_none_of_the_wipes(caplog):
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("2min",)
        cursor.execute("SET statement_timeout = '1ms'")
        retention.wipe_freed_space()
        assert "not wiped" not in caplog.text
        cursor.execute("SET statement_timeout = '1ms'")
        with pytest.raises(OperationalError):
            cursor.execute("SELECT pg_sleep(1)")
        cursor.execute("RESET statement_timeout")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rows_that_an_older_transaction_sees_are_named_and_wiped_later(monkeypatch, caplog):
    inquiry = make_inquiry(status="handled", handled_on=DAY)
    wrapped = bytes(MessageKey.objects.get(message__inquiry=inquiry).team_wrap)[-64:]
    reader = connection.copy()
    try:
        with reader.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM content_centre")
            with monkeypatch.context() as patch:
                patch.setattr(retention, "PAUSES", (0.01,))
                retention.purge(today=after(90))
            assert wrapped in raw_copy("admissions_messagekey")
            assert "an older transaction still sees it" in caplog.text
            cursor.execute("ROLLBACK")
    finally:
        reader.close()
    retention.wipe_freed_space()
    assert wrapped not in raw_copy("admissions_messagekey")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_writer_in_another_database_of_the_server_holds_no_key_back(monkeypatch, caplog):
    monkeypatch.setattr(retention, "PAUSES", ())
    other = connection.copy()
    other.settings_dict = {**connection.settings_dict, "NAME": "postgres"}
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT txid_current()")
            inquiry = make_inquiry(status="handled", handled_on=DAY)
            wrapped = bytes(MessageKey.objects.get(message__inquiry=inquiry).team_wrap)[-64:]
            retention.purge(today=after(90))
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert wrapped not in raw_copy("admissions_messagekey")
    assert "not wiped" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_database_that_will_not_wipe_stops_nothing(monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise DatabaseError("locked")

    make_inquiry(status="handled", handled_on=DAY)
    monkeypatch.setattr(type(connection.cursor()), "execute", fail)
    retention.wipe_freed_space()
    assert "not wiped" in caplog.text and "DatabaseError" in caplog.text and "locked" not in caplog.text


def test_the_command_purges_and_says_how_many(capsys, time_machine):
    make_inquiry(status="handled", handled_on=DAY)
    make_inquiry()
    call_command("purge")
    assert capsys.readouterr().out == "Destroyed: 1\n"
    assert Inquiry.objects.count() == 1


def test_a_purged_form_token_opens_nothing_for_whoever_keeps_the_code():
    receipt = receive()
    Inquiry.objects.update(status="handled", handled_on=DAY, next_at=None)
    retention.purge(today=after(90))
    assert not Inquiry.objects.filter(return_hash=return_code.visitor_keys(receipt.return_code).return_hash).exists()
