"""The database role of the public process: the whole site works for it, and it can list nobody."""

import re
import secrets

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from admissions import presenting, returning, services
from admissions.errors import Gone
from admissions.models import Alert, Disclosure, Inquiry, Message, MessageKey, StaffNote, StaffNoteKey
from magnified import public_role
from tests import public
from tests.admissions.factories import BODY, make_inquiry, make_staff, put_on_duty, receive
from tests.content.factories import make_centre, make_help_line, make_notice, make_published

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

ROLE = "public_site"
CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}\b")
EVERYTHING = [Inquiry, Message, MessageKey, Alert, Disclosure, StaffNote, StaffNoteKey]


@pytest.fixture
def as_public():
    """`as_public(True)`: from here on the connection has the rights of the role, `False`: the owner's."""
    public_role.grant(ROLE)

    def switch(on):
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {ROLE}" if on else "RESET ROLE")

    yield switch
    switch(False)


@pytest.fixture
def others():
    """What others wrote, and what the team wrote about it."""
    actor = make_staff()
    for _ in range(3):
        inquiry = make_inquiry()
        services.open_thread(inquiry=inquiry, actor=actor)
        services.add_note(inquiry=inquiry, actor=actor, text="For us alone")
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
    columns = {StaffNote: "id", Alert: "id", StaffNoteKey: "note_id"}
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
    services.add_note(inquiry=receipt.inquiry, actor=others, text="For us alone")
    hashes = [bytes(receipt.inquiry.return_hash), bytes(receipt.inquiry.token_hash)]
    as_public(True)
    for a_hash in hashes:
        with presenting.presented(a_hash):
            assert [row.pk for row in Inquiry.objects.all()] == [receipt.inquiry.pk]
            assert (seen(Message), seen(MessageKey), seen(Disclosure)) == (1, 1, 0)
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                list(StaffNote.objects.values_list("payload"))
    with presenting.presented(secrets.token_bytes(32)):
        assert seen(Inquiry) == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE admissions_inquiry SET hold = true",
        "UPDATE admissions_message SET payload = ''",
        "UPDATE admissions_messagekey SET team_wrap = ''",
        "DELETE FROM admissions_inquiry",
        "DELETE FROM admissions_disclosure",
        "INSERT INTO admissions_disclosure (number) VALUES (9)",
        "SELECT * FROM auth_user",
        "SELECT * FROM django_session",
        "SELECT * FROM django_admin_log",
        "SELECT * FROM content_readeranswer",
        "SELECT payload FROM admissions_staffnote",
        "INSERT INTO content_article (slug) VALUES ('x')",
        "ALTER TABLE admissions_inquiry DISABLE ROW LEVEL SECURITY",
        "SET ROLE postgres",
        "CREATE TABLE mine (x int)",
    ],
)
def test_what_is_not_named_is_denied(as_public, sql):
    with connection.cursor() as cursor:
        # As who signed in under this name, who has no other role to go back to.
        cursor.execute(f"SET SESSION AUTHORIZATION {ROLE}")
        try:
            with pytest.raises(DatabaseError, match=r"denied|must be owner"), transaction.atomic():
                cursor.execute(sql)
        finally:
            cursor.execute("RESET SESSION AUTHORIZATION")


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
    with pytest.raises(services.ChangedRepeat):
        receive(form_token=token, body=BODY | {"message": "other"})
    receive(doubts=["junk"])


def test_what_was_done_from_the_return_page(as_public, others):
    """Each of the verbs of `returning`, from reading to destroying."""
    receipt = receive(kind="call")
    services.reply(inquiry=receipt.inquiry, actor=others, text="We read it.")
    receipt.inquiry.refresh_from_db()
    services.add_note(inquiry=receipt.inquiry, actor=others, text="For us alone")
    services.open_thread(inquiry=receipt.inquiry, actor=others)
    as_public(True)
    secret = returning.enter(code=receipt.return_code)
    thread = returning.thread_of(secret=secret)
    assert [message.author for message in thread.messages] == ["visitor", "team"]
    [look] = returning.looks(inquiry=thread.inquiry)
    assert (look["role"], look["action"], look["times"]) == ("admissions", "opened", 1)
    token = secrets.token_bytes(32)
    for _ in range(2):
        returning.add_line(secret=secret, form_token=token, text="One more line")
    wishes = thread.wishes | {"voicemail_ok": "yes"}
    returning.change_wishes(secret=secret, form_token=secrets.token_bytes(32), wishes=wishes, may_contact=True)
    returning.take_back_consent(secret=secret, form_token=secrets.token_bytes(32))
    assert len(returning.thread_of(secret=secret).messages) == 5
    certificate = returning.destroy(secret=secret)
    assert (certificate.messages, certificate.replies) == (4, 1)
    assert returning.destroy(secret=secret) is None
    with pytest.raises(Gone):
        returning.thread_of(secret=secret)
    as_public(False)
    left = Inquiry.objects.get(pk=receipt.inquiry.pk)
    assert left.is_destroyed
    assert not left.messages.exists() and not left.notes.exists() and not left.alerts.exists()
    assert StaffNote.objects.count() == 3, "control: the notes about others are there"


def test_under_a_legal_hold_it_locks_and_destroys_nothing(as_public, others):
    receipt = receive()
    Inquiry.objects.filter(pk=receipt.inquiry.pk).update(hold=True)
    as_public(True)
    assert returning.destroy(secret=returning.enter(code=receipt.return_code)).is_held
    as_public(False)
    assert Message.objects.filter(inquiry=receipt.inquiry).exists()


def test_the_pages_work_whole(as_public, house, others, settings):
    """Every public page, the search, both forms, and the way back from code to destruction."""
    visitor, before = Client(), Disclosure.objects.count()
    settings.SITE_ROLE = "public"
    as_public(True)
    addresses = public.paths(visitor.get("/sitemap.xml").content.decode())
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


def test_granting_again_takes_away_what_is_not_named(as_public):
    get_user_model().objects.create_user("somebody")
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT ON auth_user TO {ROLE}")
        public_role.grant(ROLE, password="a password")
        cursor.execute("SELECT has_table_privilege(%s, 'auth_user', 'SELECT')", [ROLE])
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize("url", ["", "postgres:///x", "postgres://{owner}:x@database/site"])
def test_the_command_says_what_is_missing(monkeypatch, url):
    monkeypatch.setenv("PUBLIC_DATABASE_URL", url.format(owner=public_role.owner()))
    with pytest.raises(CommandError, match=r"PUBLIC_DATABASE_URL|owns the tables"):
        call_command("public_role")


def test_the_command_makes_the_role(monkeypatch, capsys):
    monkeypatch.setenv("PUBLIC_DATABASE_URL", "postgres://visitors%2Drole:secret@database/site")
    call_command("public_role")
    assert "visitors-role may read the pages" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = 'visitors-role'")
        assert cursor.fetchone() == (False, False, True)
