"""The database roles of the three processes: all of the site works for them, and each can do its own work alone.

The tests of the desk run as `staff` (`tests/content/admin/conftest.py`, `as_staff`).
"""

import contextlib
import re
import secrets
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from admissions.alerts import synthetic_check
from admissions.crypto import return_code
from admissions.errors import Gone
from admissions.models import (
    Alert,
    Attempt,
    Disclosure,
    Inquiry,
    Message,
    MessageKey,
    StaffNote,
    StaffNoteKey,
    WeeklyFigures,
)
from admissions.scheduling import booking
from admissions.services import audit_log, desk, figures, retention, row_security, team
from admissions.services import visitor as visitor_service
from content.checklist import link_checker
from content.models import Article, Centre, Link, PendingInvalidation, StaffMail, Waiver
from content.services import publishing
from magnified import database_roles
from tests import public
from tests.admissions.factories import BODY, make_inquiry, make_staff, put_on_duty, receive
from tests.admissions.services.test_retention import raw_copy
from tests.content.factories import make_article, make_centre, make_help_line, make_notice, make_published

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}\b")
EVERYTHING = [Inquiry, Message, MessageKey, Alert, Attempt, Disclosure, StaffNote, StaffNoteKey]
URLS = {
    "PUBLIC_DATABASE_URL": "postgres://visitors%2Drole:secret@database/site",
    "STAFF_DATABASE_URL": "postgres://desk-role:secret@database/site",
    "WORKER_DATABASE_URL": "postgres://worker-role:secret@database/site",
}


@pytest.fixture
def as_public(as_process):
    """`as_public(True)`: from here on the connection has the rights of the public process, `False`: the owner's."""
    return lambda on: as_process("public" if on else None)


@pytest.fixture
def signed_in(roles):
    """`signed_in("staff")`: a cursor of somebody who signed in under that name, and has no other role to go back to."""

    @contextlib.contextmanager
    def session(process):
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION AUTHORIZATION {connection.ops.quote_name(roles[process])}")
            try:
                yield cursor
            finally:
                cursor.execute("RESET SESSION AUTHORIZATION")

    return session


@pytest.fixture
def others():
    """What others wrote, what was tried to reach them, and what the team wrote about it."""
    actor = make_staff()
    for _ in range(3):
        inquiry = make_inquiry()
        Attempt.objects.create(inquiry=inquiry, number=1, by=actor, way="call", outcome="no_answer")
        team.open_thread(inquiry=inquiry, actor=actor)
        team.add_note(inquiry=inquiry, actor=actor, text="For us alone")
    return actor


@pytest.fixture
def house():
    make_centre()
    make_help_line()
    for kind in ("consent", "privacy", "medical_disclaimer", "your_rights", "accessibility"):
        make_notice(kind=kind)
    make_notice(kind="consent", language="es")
    make_published()
    put_on_duty()


def seen(model):
    """How many rows of this model the connection can see: 0 as well when it may not look at all."""
    columns = {StaffNote: "id", Alert: "id", Attempt: "id", StaffNoteKey: "note_id"}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns.get(model, '*')} FROM {model._meta.db_table}")  # noqa: S608 reason=our names
            return len(cursor.fetchall())
    except DatabaseError as error:
        if "permission denied" not in str(error):
            raise
        return 0


def test_it_sees_nobody_and_the_owner_sees_all(as_public, others):
    assert all(seen(model) for model in EVERYTHING), "control: there is something to see"
    as_public(True)
    assert {model: seen(model) for model in EVERYTHING} == dict.fromkeys(EVERYTHING, 0)


def test_it_sees_the_one_thread_that_is_presented_and_no_note_of_it(as_public, others):
    receipt = receive()
    team.add_note(inquiry=receipt.inquiry, actor=others, text="For us alone")
    hashes = [bytes(receipt.inquiry.return_hash), bytes(receipt.inquiry.token_hash)]
    as_public(True)
    for a_hash in hashes:
        with row_security.visible_thread(a_hash):
            assert [row.pk for row in Inquiry.objects.all()] == [receipt.inquiry.pk]
            assert (seen(Message), seen(MessageKey), seen(Disclosure)) == (1, 1, 0)
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                list(StaffNote.objects.values_list("payload"))
    with row_security.visible_thread(secrets.token_bytes(32)):
        assert seen(Inquiry) == 0


def test_it_sees_what_was_tried_for_the_one_thread_that_is_presented_and_never_by_whom(as_public, others):
    receipt = receive()
    desk.take(inquiry=receipt.inquiry, actor=others)
    version = receipt.inquiry.version
    desk.record_attempt(inquiry=receipt.inquiry, actor=others, version=version, outcome="no_answer")
    theirs = Inquiry.objects.exclude(pk=receipt.inquiry.pk).first()
    as_public(True)
    with row_security.visible_thread(bytes(receipt.inquiry.return_hash)):
        assert seen(Attempt) == 1
        rows = Attempt.objects.values_list("inquiry", "way", "outcome")
        assert list(rows.order_by("number")) == [(receipt.inquiry.pk, "call", "no_answer")]
    assert [tried.outcome for tried in visitor_service.attempts(inquiry=receipt.inquiry)] == ["no_answer"]
    assert visitor_service.attempts(inquiry=theirs) != [], "whoever has the code of the other sees that"
    with row_security.visible_thread(bytes(receipt.inquiry.return_hash)):
        assert not Attempt.objects.filter(inquiry=theirs.pk).values("id")


def test_the_desk_records_what_was_tried_and_the_worker_destroys_it_unread(as_process, others):
    as_process("staff")
    inquiry = Inquiry.objects.first()
    desk.take(inquiry=inquiry, actor=others)
    desk.record_attempt(inquiry=inquiry, actor=others, version=inquiry.version, outcome="reached")
    assert Attempt.objects.filter(inquiry=inquiry, outcome="reached", by=others).count() == 1
    assert seen(Attempt) == 4, "of all of them"
    as_process(None)
    Inquiry.objects.filter(pk=inquiry.pk).update(handled_on=timezone.localdate() - timedelta(days=100))
    as_process("worker")
    assert retention.purge() == 1
    as_process(None)
    assert seen(Attempt) == 2, "of the others"


def test_the_worker_takes_promises_back_gives_them_again_and_moves_their_clocks(as_process, others):
    inquiry, end = make_inquiry(kind="call"), timezone.now() + timedelta(days=1)
    Inquiry.objects.filter(pk=inquiry.pk).update(promised_by=end, next_at=end - timedelta(minutes=30))
    as_process("worker")
    assert booking.update_promises() == (0, 1, 0)
    inquiry.refresh_from_db()
    assert inquiry.promise_withdrawn_on and inquiry.next_at == inquiry.created
    as_process(None)
    put_on_duty()
    as_process("worker")
    booking.update_promises()
    as_process(None)
    inquiry.refresh_from_db()
    assert (inquiry.promise_withdrawn_on, inquiry.next_at) == (None, end - timedelta(minutes=30))


RELEASE_BEFORE = [
    "id", "kind", "status", "created", "promised_by", "promise_broken_on", "promise_withdrawn_on",
    "outside_calendar", "handled_on", "do_not_contact", "next_at", "hold", "claimed_by_id", "claimed_until",
    "version", "kid", "form_version", "token_hash", "body_hmac", "return_hash", "visitor_public_key",
]  # fmt: skip


@pytest.mark.parametrize(("status", "has_clock"), [("new", True), ("junk", False)])
def test_the_release_before_goes_on_storing_what_visitors_send(as_public, status, has_clock):
    """P14: its code names no column that came with the clocks, and sets no clock."""
    values = dict.fromkeys(RELEASE_BEFORE) | {
        "id": uuid.uuid4(), "kind": "contact", "status": status, "created": timezone.now(), "outside_calendar": False,
        "handled_on": None if has_clock else timezone.localdate(), "do_not_contact": False, "hold": False,
        "version": 1, "kid": b"k" * 8, "form_version": 1, "token_hash": secrets.token_bytes(32),
        "body_hmac": bytes(32), "return_hash": secrets.token_bytes(32), "visitor_public_key": bytes(32),
    }  # fmt: skip
    as_public(True)
    places = ", ".join(["%s"] * len(values))
    run(f"INSERT INTO admissions_inquiry ({', '.join(values)}) VALUES ({places})", *values.values())  # noqa: S608 reason=our names
    with row_security.visible_thread(values["return_hash"]):  # its visitor adds a line, and it is open again
        run("UPDATE admissions_inquiry SET status = 'open', handled_on = NULL, version = 2")
    as_public(False)
    inquiry = Inquiry.objects.get(pk=values["id"])
    assert inquiry.next_at and (inquiry.tries, inquiry.closed_as, inquiry.by_phone) == (0, "", True)
    inquiry.move_to("junk")
    assert inquiry.next_at is None


BY_NOBODY = """
UPDATE admissions_disclosure SET actor_id = 1
DELETE FROM admissions_disclosure
TRUNCATE admissions_disclosure
TRUNCATE admissions_disclosure CASCADE
TRUNCATE auth_user CASCADE
ALTER TABLE admissions_disclosure DISABLE TRIGGER admissions_disclosure_refuse_change
ALTER TABLE admissions_disclosure DISABLE TRIGGER ALL
ALTER TABLE admissions_disclosure OWNER TO CURRENT_USER
ALTER TABLE admissions_disclosure RENAME TO other
ALTER TABLE admissions_disclosure ADD COLUMN x int
DROP TABLE admissions_disclosure
DROP TRIGGER admissions_disclosure_refuse_change ON admissions_disclosure
DROP FUNCTION admissions_disclosure_refuse_change CASCADE
CREATE OR REPLACE FUNCTION admissions_disclosure_refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT 1'
CREATE TRIGGER mine BEFORE INSERT ON admissions_disclosure EXECUTE FUNCTION suppress_redundant_updates_trigger()
CREATE RULE mine AS ON INSERT TO admissions_disclosure DO INSTEAD NOTHING
SET session_replication_role = replica
LOCK admissions_disclosure IN ACCESS EXCLUSIVE MODE
ALTER TABLE admissions_inquiry DISABLE ROW LEVEL SECURITY
ALTER TABLE admissions_inquiry DISABLE TRIGGER ALL
DROP POLICY new ON admissions_message
CREATE POLICY mine ON admissions_message USING (true)
SET ROLE postgres
ALTER ROLE CURRENT_USER SUPERUSER
ALTER ROLE CURRENT_USER BYPASSRLS
CREATE ROLE mine
CREATE TABLE mine (x int)
CREATE TEMPORARY TABLE mine (x int)
SELECT lo_create(0)
SELECT lo_from_bytea(0, 'x')
SELECT pg_read_file('/etc/passwd')
INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())
"""
BY = {
    "public": """
UPDATE admissions_inquiry SET hold = true
UPDATE admissions_inquiry SET same_as_id = NULL
SELECT by_id FROM admissions_attempt
SELECT kept_promise FROM admissions_attempt
SELECT * FROM admissions_attempt
INSERT INTO admissions_attempt (inquiry_id) VALUES (gen_random_uuid())
UPDATE admissions_attempt SET outcome = 'reached'
DELETE FROM admissions_attempt
INSERT INTO admissions_weeklyfigures (monday) VALUES ('2026-11-23')
UPDATE admissions_weeklyfigures SET kept_of_100 = 100
DELETE FROM admissions_weeklyfigures
SELECT hashed FROM admissions_nevercontact
INSERT INTO admissions_nevercontact (hashed) VALUES ('x')
SELECT id FROM admissions_cannedreply
UPDATE admissions_message SET payload = ''
UPDATE admissions_messagekey SET team_wrap = ''
DELETE FROM admissions_inquiry
SELECT number FROM admissions_disclosure
INSERT INTO admissions_disclosure (number) VALUES (9)
SELECT id FROM auth_user
SELECT session_key FROM django_session
SELECT id FROM django_admin_log
SELECT * FROM content_readeranswer
SELECT payload FROM admissions_staffnote
INSERT INTO content_article (slug) VALUES ('x')
UPDATE content_revision SET snapshot_json = '{}'
""",
    "staff": "",
    "worker": """
SELECT payload FROM admissions_message
SELECT * FROM admissions_message
SELECT outcome FROM admissions_attempt
SELECT by_id FROM admissions_attempt
INSERT INTO admissions_attempt (inquiry_id) VALUES (gen_random_uuid())
UPDATE admissions_attempt SET outcome = 'reached'
UPDATE admissions_weeklyfigures SET kept_of_100 = 100
DELETE FROM admissions_weeklyfigures
SELECT hashed FROM admissions_nevercontact
DELETE FROM admissions_nevercontact
SELECT team_wrap FROM admissions_messagekey
SELECT visitor_wrap FROM admissions_messagekey
SELECT payload FROM admissions_staffnote
SELECT team_wrap FROM admissions_staffnotekey
UPDATE admissions_message SET payload = ''
UPDATE admissions_messagekey SET team_wrap = ''
INSERT INTO admissions_message (id) VALUES (gen_random_uuid())
INSERT INTO admissions_inquiry (id) VALUES (gen_random_uuid())
UPDATE admissions_inquiry SET hold = false
UPDATE admissions_inquiry SET status = 'handled'
SELECT actor_id FROM admissions_disclosure
INSERT INTO admissions_disclosure (number) VALUES (9)
SELECT password FROM auth_user
SELECT * FROM auth_user
UPDATE auth_user SET email = 'x'
INSERT INTO auth_user (username) VALUES ('x')
SELECT * FROM auth_group
SELECT * FROM auth_user_groups
INSERT INTO auth_user_groups (user_id, group_id) VALUES (1, 1)
SELECT session_key FROM django_session
SELECT session_data FROM django_session
INSERT INTO django_session VALUES ('x', 'x', now())
SELECT id FROM django_admin_log
DELETE FROM django_admin_log
UPDATE content_revision SET snapshot_json = '{}'
INSERT INTO content_revision (id) VALUES (1)
UPDATE content_article SET slug = 'x'
UPDATE content_centre SET phone = 'x'
UPDATE content_helpline SET number = 'x'
UPDATE content_staffmail SET to_id = 1
""",
}


def refused(cursor, sql):
    """Whether PostgreSQL denies this, and not for its spelling. Nothing of it stays."""
    try:
        with transaction.atomic():
            cursor.execute(sql)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return bool(re.search(r"denied|must be|permission", str(error)))
    return False


@pytest.mark.parametrize("process", ["public", "staff", "worker"])
def test_what_is_not_named_is_denied_to_each_process(signed_in, process):
    statements = [*BY_NOBODY.strip().splitlines(), *BY[process].strip().splitlines()]
    with signed_in(process) as cursor:
        assert [sql for sql in statements if not refused(cursor, sql)] == []


def test_control_the_owner_is_denied_none_of_it():
    """So the statements above are refused for who asks."""
    allowed = [
        sql for sql in BY_NOBODY.strip().splitlines() if sql.startswith(("ALTER TABLE", "DROP", "GRANT", "TRUNC"))
    ]
    with connection.cursor() as cursor:
        assert [sql for sql in allowed if refused(cursor, sql)] == []


@pytest.mark.parametrize("process", ["public", "staff", "worker"])
def test_no_process_owns_a_table_or_anything_that_owns_one(roles, process):
    assert database_roles.power_of(roles[process]) == ""
    assert database_roles.power_of(connection.settings_dict["USER"] or "postgres"), "control"


def test_the_desk_adds_to_the_log_and_cannot_cut_it(as_process, others):
    """P31: for the role of staff, with everything its code can ask of the database."""
    before, somebody = Disclosure.objects.count(), make_staff()
    as_process("staff")
    team.open_thread(inquiry=Inquiry.objects.first(), actor=somebody)
    assert Disclosure.objects.count() == before + 1
    for change in ("UPDATE admissions_disclosure SET role = 'x'", "DELETE FROM admissions_disclosure"):
        with pytest.raises(DatabaseError, match="permission denied"):
            run(change)
    assert audit_log.verify().number == before + 1


def test_a_stranger_s_row_of_the_database_is_in_sight_of_staff_and_worker(as_process, others):
    """Control of what the public process does not see: row security hides nothing from those who work through it."""
    for process in ("staff", "worker"):
        as_process(process)
        assert Inquiry.objects.count() == Message.objects.values("id").count() == 3


def test_it_changes_and_deletes_nothing_of_others(as_public, others):
    as_public(True)
    assert Inquiry.objects.update(status="open") == 0
    assert MessageKey.objects.all().delete()[0] == 0
    assert Alert.objects.filter(inquiry__isnull=False)._raw_delete("default") == 0
    as_public(False)
    assert MessageKey.objects.count() == 3


def test_a_message_counts_once_and_a_changed_one_is_told_apart(as_public):
    as_public(True)
    token = secrets.token_bytes(32)
    assert not receive(form_token=token).repeated
    assert receive(form_token=token).repeated
    with pytest.raises(team.ChangedRepeat):
        receive(form_token=token, body=BODY | {"message": "other"})
    receive(junk_reasons=["junk"])


def test_what_was_done_from_the_return_page(as_public, others):
    """Each of the verbs of `returning`, from reading to destroying."""
    receipt = receive(kind="call")
    team.reply(inquiry=receipt.inquiry, actor=others, text="We read it.")
    receipt.inquiry.refresh_from_db()
    team.add_note(inquiry=receipt.inquiry, actor=others, text="For us alone")
    team.open_thread(inquiry=receipt.inquiry, actor=others)
    as_public(True)
    secret = visitor_service.enter(code=receipt.return_code)
    thread = visitor_service.thread_of(secret=secret)
    assert [message.author for message in thread.messages] == ["visitor", "team"]
    [look] = visitor_service.disclosures(inquiry=thread.inquiry)
    assert (look["role"], look["action"], look["times"]) == ("admissions", "opened", 1)
    token = secrets.token_bytes(32)
    for _ in range(2):
        visitor_service.add_line(secret=secret, form_token=token, text="One more line")
    preferences = thread.preferences | {"voicemail_ok": "yes"}
    visitor_service.change_contact_preferences(
        secret=secret, form_token=secrets.token_bytes(32), preferences=preferences, may_contact=True
    )
    visitor_service.take_back_consent(secret=secret, form_token=secrets.token_bytes(32))
    assert len(visitor_service.thread_of(secret=secret).messages) == 5
    certificate = visitor_service.destroy(secret=secret)
    assert (certificate.messages, certificate.replies) == (4, 1)
    assert visitor_service.destroy(secret=secret) is None
    with pytest.raises(Gone):
        visitor_service.thread_of(secret=secret)
    as_public(False)
    left = Inquiry.objects.get(pk=receipt.inquiry.pk)
    assert left.is_destroyed
    assert not left.messages.exists() and not left.notes.exists() and not left.alerts.exists()
    assert StaffNote.objects.count() == 3, "control: the notes about others are there"


def test_under_a_legal_hold_it_locks_and_destroys_nothing(as_public, others):
    receipt = receive()
    Inquiry.objects.filter(pk=receipt.inquiry.pk).update(hold=True)
    as_public(True)
    assert visitor_service.destroy(secret=visitor_service.enter(code=receipt.return_code)).is_held
    as_public(False)
    assert Message.objects.filter(inquiry=receipt.inquiry).exists()


def test_the_pages_work_whole(as_public, house, others, settings):
    """Every public page, the search, both forms, and the way back from code to destruction."""
    visitor, before = Client(), Disclosure.objects.count()
    settings.SITE_ROLE = "public"
    Centre.objects.update(shows_figures=True)
    as_public(True)
    addresses = [*public.paths(visitor.get("/sitemap.xml").content.decode()), "/our-word/", "/es/our-word/"]
    for address in [
        *addresses,
        "/search/?q=steps",
        "/articles/feed/",
        "/readyz",
        "/es/",
        "/articles/test-article/history/",
    ]:
        assert visitor.get(address).status_code == 200, address
    for path in ("/contact/", "/request-a-call/"):
        token = re.search(r'name="form_token" value="([^"]+)"', visitor.get(path).content.decode())[1]
        typed = {"name": "Robin", "phone": "714-555-0142", "consent": "on", "form_token": token}
        assert visitor.post(path, typed).status_code == 303
        code = CODE.search(visitor.get("/received/").content.decode())[0]
    assert visitor.post("/return/", {"code": "7K3M-" * 4 + "7K3M"}).status_code == 200
    assert visitor.post("/return/", {"code": code}).status_code == 303
    page = visitor.get("/return/").content.decode()
    assert "Nobody has opened it yet" in page
    helpful = visitor.post("/articles/test-article/helpful/", {"was_helpful": "yes", "text": ""})
    assert helpful.status_code in {200, 302, 303}
    as_public(False)
    assert (Inquiry.objects.count(), Disclosure.objects.count()) == (5, before)


def test_every_step_of_the_worker_has_the_rights_it_needs(as_process, house, others, settings):
    """One round, with something to do in each step; then the nightly commands."""
    now = timezone.now()
    article = make_published(slug="binned")
    Waiver.objects.create(
        article=Article.objects.get(slug="test-article"), rule="x", fingerprint="x", reason="x", waived_by=others
    )
    publishing.unpublish(article=article)
    publishing.archive(article=article)
    Article.objects.filter(pk=article.pk).update(archived_at=None, deleted_at=now - timedelta(days=60))
    draft = make_article(slug="draft")
    Article.objects.filter(pk=draft.pk).update(deleted_at=now - timedelta(days=60))
    StaffMail.objects.create(to=get_user_model().objects.create_user("editor", email="editor@example.com"))
    PendingInvalidation.objects.create(withdrawn=True)
    junk = make_inquiry(status="junk", handled_on=timezone.localdate())
    team.open_thread(inquiry=junk, actor=others)
    Inquiry.objects.filter(pk=junk.pk).update(handled_on=timezone.localdate() - timedelta(days=60))
    due = make_inquiry(status="handled", handled_on=timezone.localdate() - timedelta(days=100))
    with_note = make_inquiry()
    team.add_note(inquiry=with_note, actor=others, text="For us alone")
    Inquiry.objects.filter(pk=with_note.pk).update(status="handled", handled_on=due.handled_on)
    broken, coming = make_inquiry(kind="call"), make_inquiry(kind="call")
    Inquiry.objects.filter(pk=broken.pk).update(promised_by=now - timedelta(hours=2))
    Inquiry.objects.filter(pk=coming.pk).update(promised_by=now + timedelta(minutes=5))
    own = receive(kind="probe").inquiry
    Inquiry.objects.filter(pk=own.pk).update(created=now - timedelta(hours=9))
    receive()
    for hours in (-1, 1):
        Session.objects.create(session_key=f"session{hours}", expire_date=now + timedelta(hours=hours))
    as_process("worker")
    call_command("worker", once=True)
    synthetic_check.destroy_leftovers()
    call_command("check_content", verbosity=0)
    call_command("clearsessions")
    link_checker.record_links()
    Link.objects.doubtful().count()
    call_command("purge", verbosity=0)
    as_process(None)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["session1"]
    assert not Inquiry.objects.filter(pk__in=[due.pk, with_note.pk, own.pk]).exists()
    assert Inquiry.objects.get(pk=broken.pk).promise_broken_on
    assert WeeklyFigures.objects.count() == figures.WEEKS_WRITTEN
    assert not StaffMail.objects.exists() and not PendingInvalidation.objects.exists()
    assert {"editor@example.com", settings.STAFF_ALERT_EMAIL} <= {to for sent in mail.outbox for to in sent.to}
    assert not Article.objects.filter(pk=draft.pk).exists() and Article.objects.get(pk=article.pk).archived_at


@pytest.mark.django_db(transaction=True)
def test_the_worker_takes_destroyed_keys_off_the_disk(as_process, caplog):
    """VACUUM FULL asks for the right to maintain the table, which its role has on these two alone."""
    inquiry = make_inquiry(status="handled", handled_on=timezone.localdate() - timedelta(days=100))
    wrapped = bytes(MessageKey.objects.get(message__inquiry=inquiry).team_wrap)[-64:]
    assert wrapped in raw_copy("admissions_messagekey"), "control"
    as_process("worker")
    assert retention.purge() == 1
    as_process(None)
    assert wrapped not in raw_copy("admissions_messagekey")
    assert "not wiped" not in caplog.text


# A visit to a public process in which somebody else runs code


@pytest.fixture
def typed(as_public, others):
    """A thread whose code was typed while somebody else ran code in the public process, and what he knows then."""
    receipt = receive()
    team.reply(inquiry=receipt.inquiry, actor=others, text="We read it.")
    as_public(True)
    return receipt


def run(sql, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def insert_message(inquiry, *, author, number):
    columns = "(id, inquiry_id, author, number, payload)"
    values = [uuid.uuid4(), inquiry.pk, author, number, b"anything"]
    run(f"INSERT INTO admissions_message {columns} VALUES (%s, %s, %s, %s, %s)", *values)  # noqa: S608 reason=our names


def test_no_message_in_the_name_of_the_team(typed):
    with row_security.visible_thread(bytes(typed.inquiry.return_hash)):
        with pytest.raises(DatabaseError, match="row-level security"):
            insert_message(typed.inquiry, author="team", number=3)
        insert_message(typed.inquiry, author="visitor", number=3)  # control: as the visitor it may


def exchange(column, inquiry):
    change = f"UPDATE admissions_inquiry SET {column} = %s WHERE id = %s"  # noqa: S608 reason=our names
    return run(change, secrets.token_bytes(32), inquiry.pk)


@pytest.mark.parametrize("presents", ["return_hash", "token_hash"])
@pytest.mark.parametrize("column", ["return_hash", "visitor_public_key", "token_hash"])
def test_no_thread_gets_another_code_or_key(as_public, typed, presents, column):
    with row_security.visible_thread(bytes(getattr(typed.inquiry, presents))), contextlib.suppress(DatabaseError):
        exchange(column, typed.inquiry)
    as_public(False)
    row = Inquiry.objects.get(pk=typed.inquiry.pk)
    assert bytes(getattr(row, column)) == bytes(getattr(typed.inquiry, column))
    assert exchange(column, typed.inquiry) == 1, "control: the owner may"


def test_no_message_is_taken_out_or_put_in_place_of_another(typed):
    of_it = Message.objects.filter(inquiry=typed.inquiry)
    with row_security.visible_thread(bytes(typed.inquiry.return_hash)):
        first = of_it.get(number=1)
        row_security.keep_visible(typed.inquiry.pk)
        assert run("DELETE FROM admissions_messagekey WHERE message_id = %s", first.pk) == 0
        assert run("DELETE FROM admissions_message WHERE id = %s", first.pk) == 0
        with pytest.raises(DatabaseError, match="permission denied"):
            run("UPDATE admissions_messagekey SET team_wrap = %s WHERE message_id = %s", b"x", first.pk)
        with pytest.raises(DatabaseError, match="never exchanged"):
            run("UPDATE admissions_messagekey SET visitor_wrap = %s WHERE message_id = %s", b"x", first.pk)
        assert run("DELETE FROM admissions_alert WHERE inquiry_id = %s", typed.inquiry.pk) == 0, "staff are still told"
        with pytest.raises(IntegrityError):
            insert_message(typed.inquiry, author="visitor", number=1)
        assert of_it.count() == 2


def test_no_row_is_added_to_a_thread_that_is_not_presented(as_public, others):
    """Garbage in a thread whose id became known: it would keep staff from opening it."""
    known = receive().inquiry
    note = team.add_note(inquiry=known, actor=others, text="For us alone")
    message = Message.objects.get(inquiry=known)
    as_public(True)
    rows = [
        Message(inquiry=known, author="visitor", number=2, payload=b"x"),
        MessageKey(message=message, team_wrap=b"x"),
        StaffNote(inquiry=known, number=2, payload=b"x"),
        StaffNoteKey(note=note, team_wrap=b"x"),
        Alert(inquiry=known),
    ]
    for row in rows:
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            row.save(force_insert=True)
    as_public(False)
    assert len(team.open_thread(inquiry=known, actor=others).messages) == 1


def test_a_legal_hold_keeps_every_message_whatever_the_process_asks(as_public, typed):
    as_public(False)
    Inquiry.objects.filter(pk=typed.inquiry.pk).update(hold=True)
    as_public(True)
    with row_security.visible_thread(bytes(typed.inquiry.return_hash)):
        row_security.keep_visible(typed.inquiry.pk)
        retention.destroy_contents(typed.inquiry)
    as_public(False)
    assert Message.objects.filter(inquiry=typed.inquiry, key__isnull=False).count() == 2


def test_after_the_attack_the_honest_site_answers_the_visitor_and_nobody_else(as_public, typed, others):
    """The whole attack: a thread of the attacker's own keys in place of the visitor's. Nothing of it takes."""
    theirs = return_code.visitor_keys(return_code.for_form(secrets.token_bytes(32)))
    for presented in ("return_hash", "token_hash"):
        with row_security.visible_thread(bytes(getattr(typed.inquiry, presented))), contextlib.suppress(DatabaseError):
            run(
                "UPDATE admissions_inquiry SET return_hash = %s, visitor_public_key = %s WHERE id = %s",
                theirs.return_hash, bytes(32), typed.inquiry.pk,
            )  # fmt: skip
    as_public(False)
    team.reply(inquiry=Inquiry.objects.get(pk=typed.inquiry.pk), actor=others, text="Only for you.")
    as_public(True)
    assert [line.body.get("message") for line in visitor_service.thread_for_code(code=typed.return_code).messages][
        -1
    ] == "Only for you."
    with row_security.visible_thread(theirs.return_hash):
        assert seen(Inquiry) == 0


# The command


@pytest.fixture
def urls(monkeypatch):
    for name, url in URLS.items():
        monkeypatch.setenv(name, url)
    return monkeypatch


def test_granting_again_takes_away_what_is_not_named(roles):
    name = connection.ops.quote_name(roles["public"])
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT ON auth_user TO {name}")
        database_roles.grant(roles, {"public": "a password"})
        cursor.execute("SELECT has_table_privilege(%s, 'auth_user', 'SELECT')", [roles["public"]])
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize("process", ["public", "staff"])
def test_a_role_that_changes_its_process_keeps_nothing_of_the_former(roles, others, as_process, process):
    """Row security shows the inquiries to whoever has the process now."""
    other = {"public": "staff", "staff": "public"}[process]
    database_roles.grant(roles | {process: roles[other], other: roles[process]})
    as_process(other)
    assert Inquiry.objects.count() == (3 if process == "staff" else 0)


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("url", ["", "postgres:///x", "postgres://{owner}:x@database/site"])
def test_the_command_says_what_is_missing(urls, name, url):
    urls.setenv(name, url.format(owner=connection.settings_dict["USER"] or "postgres"))
    with pytest.raises(CommandError, match=rf"{name}.*names no role|superuser.*{name}"):
        call_command("database_roles")


def test_two_processes_never_share_a_role(urls):
    urls.setenv("WORKER_DATABASE_URL", URLS["STAFF_DATABASE_URL"])
    with pytest.raises(CommandError, match="same role"):
        call_command("database_roles")


@pytest.mark.parametrize("power", ["BYPASSRLS", "CREATEROLE", "CREATEDB", "SUPERUSER"])
def test_a_role_with_more_power_than_rights_is_refused(urls, power):
    run(f'CREATE ROLE "worker-role" {power}')
    with pytest.raises(CommandError, match="WORKER_DATABASE_URL"):
        call_command("database_roles")


def test_a_member_of_a_mightier_role_is_refused(urls):
    run('CREATE ROLE "desk-role" IN ROLE pg_read_all_data')
    with pytest.raises(CommandError, match="member of another role"):
        call_command("database_roles")


def test_the_command_makes_the_roles_and_says_what_each_may(urls, capsys):
    call_command("database_roles")
    call_command("database_roles")
    assert "visitors-role (public) may read the pages" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname ~ '^(visitors|desk|worker)-role'"
        )
        assert cursor.fetchall() == [(False, False, True)] * 3
