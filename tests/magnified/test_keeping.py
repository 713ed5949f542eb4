"""No typed word is lost on the staff site, and nothing is done twice: what the server does, without any script."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError, connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions.models import KeptForm, KeptFormKey, Message, StaffNote
from admissions.services import kept_forms, retention, team, visitor
from admissions.services.kept_forms import FormOfTab
from content.models import Source, Term
from content.services.saving import save_revision
from tests.admissions.factories import make_inquiry, make_staff, receive
from tests.content.factories import make_article

pytestmark = pytest.mark.django_db

WORDS = "Words that nobody may lose"
OURS = {"origin": "http://testserver"}
STAFF_FORM = re.compile(r'name="staff_form" value="([^"]+)"')


@pytest.fixture
def inquiry():
    return make_inquiry()


@pytest.fixture
def clerk():
    return make_staff("admissions", username="sam", is_staff=True)


@pytest.fixture
def desk(clerk):
    client = Client(enforce_csrf_checks=True)
    client.force_login(clerk)
    return client


def thread(inquiry):
    return reverse("admin:admissions_inquiry_change", args=[inquiry.pk])


def fields_of(client, page, form="reply"):
    """What the page's form of that name would send, but for what somebody types."""
    html = client.get(page).content.decode()
    staff_form = next(value for value in STAFF_FORM.findall(html) if value.partition("/")[0].endswith(f".{form}"))
    key = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[1]
    return {"staff_form": staff_form, "csrfmiddlewaretoken": key}


def reply_of(client, inquiry, **more):
    hidden = {"version": str(inquiry.version), "do": "reply", "reply-text": WORDS}
    return fields_of(client, thread(inquiry)) | hidden | more


def offers(client, page):
    return [dict(offer.fields) for offer in client.get(page).context["kept_forms"]]


# Pressed twice


def test_a_reply_that_is_pressed_twice_is_sent_once_and_the_second_answer_says_so(desk, inquiry):
    data = reply_of(desk, inquiry)
    for _ in range(3):
        answer = desk.post(thread(inquiry), data)
        assert answer.status_code == 302
    assert inquiry.messages.filter(author=Message.Author.TEAM).count() == 1
    assert "that counts once" in desk.get(thread(inquiry)).content.decode()


def test_without_its_token_a_repeated_reply_is_refused_with_a_sentence_that_invites_to_repeat_it(desk, inquiry):
    """The control: only the token tells a second press from a second text."""
    data = reply_of(desk, inquiry)
    del data["staff_form"]
    desk.post(thread(inquiry), data)
    assert "try again" in desk.post(thread(inquiry), data).content.decode()


def test_a_changed_text_under_the_same_token_is_not_taken_for_the_first(desk, inquiry):
    data = reply_of(desk, inquiry)
    desk.post(thread(inquiry), data)
    changed = data | {"reply-text": "Another text", "version": str(type(inquiry).objects.get(pk=inquiry.pk).version)}
    desk.post(thread(inquiry), changed)
    assert inquiry.messages.filter(author=Message.Author.TEAM).count() == 2


def test_a_note_and_a_new_word_are_stored_once_too(desk, writer, inquiry):
    data = fields_of(desk, thread(inquiry), "note") | {
        "version": str(inquiry.version),
        "do": "note",
        "note-text": WORDS,
    }
    for _ in range(2):
        desk.post(thread(inquiry), data)
    assert StaffNote.objects.count() == 1
    page = reverse("admin:content_term_add")
    term = fields_of(writer, page, "") | TERM
    answers = [writer.post(page, term).status_code for _ in range(2)]
    assert answers == [302, 302] and Term.objects.count() == 1


# Refused


def test_what_was_refused_is_offered_on_the_next_opening_and_gone_once_it_is_sent(desk, inquiry):
    data = reply_of(desk, inquiry, version="99")
    page = desk.post(thread(inquiry), data)
    assert page.status_code == 200 and WORDS in page.content.decode()
    assert offers(desk, thread(inquiry)) == [{"reply-text": [WORDS]}]
    assert WORDS in desk.get(thread(inquiry)).content.decode(), "it can be read without any script"
    again = STAFF_FORM.findall(page.content.decode())
    same = next(value for value in again if value.partition("/")[0].endswith(".reply"))
    assert same == data["staff_form"], "the form that comes back is the same form"
    inquiry.refresh_from_db()
    assert desk.post(thread(inquiry), data | {"version": str(inquiry.version)}).status_code == 302
    assert offers(desk, thread(inquiry)) == []
    assert not KeptFormKey.objects.exists() and not KeptForm.objects.exclude(payload=None).exists()


def test_what_breaks_half_way_is_kept_too(desk, inquiry, monkeypatch):
    def fall(**_):
        raise RuntimeError

    monkeypatch.setattr(team, "reply", fall)
    with pytest.raises(RuntimeError):
        desk.post(thread(inquiry), reply_of(desk, inquiry))
    assert offers(desk, thread(inquiry)) == [{"reply-text": [WORDS]}]


def test_nothing_is_kept_of_a_press_without_words(desk, inquiry):
    data = fields_of(desk, thread(inquiry), "moves") | {"do": "move nowhere", "version": "1"}
    desk.post(thread(inquiry), data)
    assert offers(desk, thread(inquiry)) == []


def test_the_end_of_a_line_counts_once_in_a_reply(desk, inquiry):
    text = "Line\r\n" * 599 + "abcde"
    assert len(text.replace("\r\n", "\n")) == 3000, "control: as a browser counts"
    data = reply_of(desk, inquiry)
    assert "at most 3,000" in desk.post(thread(inquiry), data | {"reply-text": text + "f"}).content.decode()
    assert desk.post(thread(inquiry), data | {"reply-text": text}).status_code == 302


SOURCE = {"key": "who-2020", "title": "Alcohol", "url": "https://example.org/alcohol", "opened_on": "2026-11-01"}
TERM = {"term": "A test", "slug": "a-test", "meaning": "A meaning.", "language": "en"}


@pytest.fixture
def writer():
    client = Client()
    client.force_login(make_staff("writer", is_staff=True))
    return client


@pytest.mark.parametrize(
    ("model", "stored", "field"),
    [
        (Source, SOURCE, "title"),
        (Term, TERM, "meaning"),
    ],
)
def test_what_is_written_on_something_that_a_colleague_deletes_meanwhile_is_offered_on_the_start_page(
    writer, model, stored, field
):
    row = model.objects.create(**stored)
    page = reverse(f"admin:content_{model._meta.model_name}_change", args=[row.pk])
    data = fields_of(writer, page, "") | stored | {field: WORDS}
    row.delete()
    assert writer.post(page, data).status_code == 302
    start = writer.get(reverse("admin:index")).content.decode()
    assert WORDS in start and f"a {model._meta.verbose_name} that isn&#x27;t there any more</a>" in start
    row = KeptForm.objects.get()
    gone = writer.post(reverse("admin:discard_form", args=[row.pk]), {"of": data["staff_form"]}, follow=True)
    assert "is thrown away" in gone.content.decode()
    assert WORDS not in writer.get(reverse("admin:index")).content.decode()


def test_what_is_stored_from_a_window_of_its_own_is_done_once_and_not_offered(writer):
    page = reverse("admin:content_source_add")
    data = fields_of(writer, page, "") | SOURCE | {"_popup": "1"}
    answer = writer.post(page, data)
    assert answer.status_code == 200 and Source.objects.count() == 1, "control: it answers with a page"
    assert offers(writer, page) == []
    assert writer.post(page, data).status_code == 302 and Source.objects.count() == 1


def test_what_is_stored_with_a_warning_is_not_offered(writer):
    """The control of the start page: a note for a reviewer without an account is handed in, and that is said."""
    article = make_article()
    revision = save_revision(article=article, author=make_staff("writer"), is_new=True)
    page = reverse("admin:content_article_review", args=[article.pk])
    data = fields_of(writer, page, "hand-in") | {"do": "hand_in", "note": WORDS, "revision": str(revision.pk)}
    answer = writer.post(page, data, follow=True)
    assert "No account signs" in answer.content.decode()
    assert offers(writer, page) == [] and not KeptForm.objects.exclude(payload=None).exists()


@pytest.mark.parametrize(("model", "page", "words"), [(Source, "source", SOURCE), (Term, "term", TERM)])
def test_a_process_that_dies_before_it_notes_that_a_form_was_taken_has_added_nothing(
    writer, monkeypatch, model, page, words
):
    page = reverse(f"admin:content_{page}_add")
    data = fields_of(writer, page, "") | words

    def die(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(kept_forms, "mark_taken", die)
        with pytest.raises(KeyboardInterrupt):
            writer.post(page, data)
    assert model.objects.count() == 0 and len(offers(writer, page)) == 1
    assert writer.post(page, data).status_code == 302
    assert model.objects.count() == 1 and offers(writer, page) == []


@pytest.mark.parametrize("sign", ["😀", "é", "ש", "x\r\n", '"', "x"])
def test_as_much_as_a_form_can_bring_is_kept(desk, clerk, inquiry, sign):
    text = sign * (1_900_000 // len(sign.encode()))
    data = reply_of(desk, inquiry) | {"staff_form_user": str(clerk.pk), "reply-text": text}
    assert keep(desk, **data).status_code == 200
    assert offers(desk, thread(inquiry)) == [{"reply-text": [text]}]


# Signed out, or with a key that ran out


def test_who_is_signed_out_gets_the_words_back_signs_in_and_sends_them_on(desk, clerk, inquiry):
    data = reply_of(desk, inquiry)
    Session.objects.all().delete()
    page = desk.post(thread(inquiry), data, headers=OURS)
    html = page.content.decode()
    assert page.status_code == 403 and WORDS in html and "Sign in in a new tab" in html
    assert not Session.objects.exists(), "nothing of a request is stored in a session row"
    desk.force_login(clerk)
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))
    late = desk.post(thread(inquiry), carried | {"csrfmiddlewaretoken": "x" * 32}, headers=OURS)
    assert late.status_code == 403 and WORDS in late.content.decode(), "the key that is stale by now asks for one press"
    fresh = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', late.content.decode()))
    assert desk.post(thread(inquiry), fresh, headers=OURS).status_code == 302
    assert inquiry.messages.filter(author=Message.Author.TEAM).count() == 1


@pytest.mark.parametrize("closed", [{"is_active": False}, {"is_staff": False}])
def test_whose_account_is_closed_is_told_so_and_not_to_sign_in(desk, clerk, inquiry, closed):
    data = reply_of(desk, inquiry)
    type(clerk).objects.filter(pk=clerk.pk).update(**closed)
    for answer in (desk.get(reverse("admin:keep_form")), keep(desk, **data)):
        assert (answer.status_code, answer.json()) == (401, {"why": "closed"})
    page = desk.post(thread(inquiry), data, headers=OURS).content.decode()
    assert WORDS in page and "Your account is closed" in page and "privacy officer" in page
    assert "Sign in" not in page and "Send it now" not in page
    Session.objects.all().delete()
    assert desk.get(reverse("admin:keep_form")).json() == {"why": "out"}, "control"


def test_who_may_not_do_it_any_more_gets_the_words_back(desk, clerk, inquiry):
    data = reply_of(desk, inquiry)
    clerk.groups.clear()
    page = desk.post(thread(inquiry), data, headers=OURS)
    assert page.status_code == 403 and WORDS in page.content.decode() and "may not do this" in page.content.decode()


def test_what_is_sent_while_the_database_is_away_comes_back_and_is_sent_by_one_more_press(desk, inquiry):
    data = reply_of(desk, inquiry)
    asked = []

    def away(run, sql, *rest):
        asked.append(sql)
        raise OperationalError

    with connection.execute_wrapper(away):
        page = desk.post(thread(inquiry), data, headers=OURS)
    assert asked and page.status_code == 500
    assert WORDS in page.content.decode() and "The database doesn" in page.content.decode()
    fresh = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.content.decode()))
    assert desk.post(thread(inquiry), fresh, headers=OURS).status_code == 302
    assert inquiry.messages.filter(author=Message.Author.TEAM).count() == 1


def test_what_is_refused_by_a_redirect_and_cannot_be_kept_stands_in_the_answer(desk, inquiry, settings, tmp_path):
    data = reply_of(desk, inquiry, do="no such thing")
    assert WORDS not in desk.post(thread(inquiry), data, headers=OURS).content.decode(), "control: it is kept"
    assert len(offers(desk, thread(inquiry))) == 1
    settings.ADMISSIONS_PUBLIC_KEY_FILE = tmp_path / "no.pem"
    answer = desk.post(thread(inquiry), data, headers=OURS).content.decode()
    assert WORDS in answer and "be kept at the moment either" in answer and "Send it now" in answer


def test_what_is_sent_beside_another_press_stands_in_the_answer(desk, clerk, inquiry, monkeypatch):
    monkeypatch.setattr(kept_forms, "LONGEST_WAIT", 0)
    data = reply_of(desk, inquiry)
    kept_forms.begin_to_send(user=clerk, form=FormOfTab.read(data["staff_form"]), sent=b"the other press")
    answer = desk.post(thread(inquiry), data, headers=OURS).content.decode()
    assert WORDS in answer and "by another press" in answer
    assert not inquiry.messages.filter(author=Message.Author.TEAM).exists()


def test_the_start_page_names_the_page_in_plain_words_and_shows_rich_text_without_its_tags(writer):
    user = type(make_staff("writer")).objects.get(pk=writer.session["_auth_user_id"])
    source = Source.objects.create(**SOURCE)
    pages = {
        reverse("admin:content_notice_add"): "a new notice",
        reverse("admin:content_source_change", args=[source.pk]): f"the source “{source}”",
        reverse("admin:content_article_review", args=[make_article(title="Detox").pk]): "the article “Detox”, review",
        reverse("admin:content_source_change", args=["no-key"]): "a source that isn&#x27;t there any more",
    }
    for page, name in pages.items():
        fields = QueryDict(mutable=True)
        fields["text"], fields["title"] = "<p>One &amp; two.</p><ul><li>Three</li></ul>", "a < b <p>"
        kept_forms.keep_form(user=user, form=FormOfTab(uuid.uuid4(), "", page), fields=fields)
        start = writer.get(reverse("admin:index")).content.decode()
        assert f">{name}</a>" in start and "One &amp; two.<br>Three</dd>" in start
        assert "a &lt; b &lt;p&gt;</dd>" in start, "a text that no editor wrote stays as it was typed"
        KeptForm.objects.all().delete()


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {}])
def test_what_another_site_sends_is_never_repeated(desk, inquiry, headers):
    for data in ({"reply-text": WORDS, "do": "reply"}, reply_of(desk, inquiry) | {"csrfmiddlewaretoken": "x"}):
        page = desk.post(thread(inquiry), data, headers=headers)
        assert page.status_code == 403 and WORDS not in page.content.decode()
    assert not KeptForm.objects.exists()


def test_no_password_is_kept_or_carried_on(client):
    officer = make_staff("privacy_officer", is_staff=True)
    client.force_login(officer)
    page = reverse("admin:auth_user_add")
    data = fields_of(client, page, "") | {
        "username": "new one!",
        "password1": "Secret-words-1",
        "password2": "Secret-2",
    }
    assert client.post(page, data).status_code == 200
    assert offers(client, page)[0]["username"] == ["new one!"]
    assert "Secret" not in client.get(page).content.decode()
    client.logout()
    carried = client.post(page, data, headers=OURS).content.decode()
    assert "new one!" in carried and "Secret" not in carried


# The endpoint


def keep(client, **data):
    return client.post(reverse("admin:keep_form"), data)


def test_a_form_is_kept_for_its_own_person_alone(desk, clerk, inquiry):
    data = reply_of(desk, inquiry) | {"staff_form_user": str(clerk.pk)}
    assert re.fullmatch(r"\d\d:\d\d", keep(desk, **data).json()["at"])
    other = Client()
    other.force_login(make_staff("admissions_lead", is_staff=True))
    assert offers(other, thread(inquiry)) == []
    row = KeptForm.objects.get()
    assert other.post(reverse("admin:discard_form", args=[row.pk])).status_code == 404
    assert WORDS.encode() not in bytes(row.payload) and row.inquiry == inquiry
    assert keep(other, **data).status_code == 403, "somebody else is signed in in this browser now"
    assert offers(desk, thread(inquiry)) == [{"reply-text": [WORDS]}]


def test_signed_out_and_stale_keys_are_told_apart(desk, clerk, inquiry):
    data = reply_of(desk, inquiry) | {"staff_form_user": str(clerk.pk)}
    stale = desk.post(reverse("admin:keep_form"), data | {"csrfmiddlewaretoken": "x" * 32}, headers=OURS)
    assert (stale.status_code, stale.json()) == (403, {})
    key = desk.get(reverse("admin:keep_form")).json()["key"]
    assert keep(desk, **data | {"csrfmiddlewaretoken": key}).status_code == 200
    desk.logout()
    assert desk.get(reverse("admin:keep_form")).status_code == 401


def test_two_tabs_of_one_person_are_kept_apart(desk, clerk, inquiry):
    one, two = reply_of(desk, inquiry), reply_of(desk, inquiry)
    who = {"staff_form_user": str(clerk.pk)}
    keep(desk, **one | who | {"reply-text": "In the first tab"})
    keep(desk, **two | who | {"reply-text": "In the second tab"})
    assert len(offers(desk, thread(inquiry))) == 2
    assert desk.post(thread(inquiry), two).status_code == 302
    assert offers(desk, thread(inquiry)) == [{"reply-text": ["In the first tab"]}]


def test_who_leaves_the_team_opens_nothing_of_an_inquiry_any_more(desk, clerk, inquiry):
    keep(desk, **reply_of(desk, inquiry) | {"staff_form_user": str(clerk.pk)})
    assert kept_forms.unsent_forms(user=clerk, page=thread(inquiry)), "control"
    clerk.groups.clear()
    assert kept_forms.unsent_forms(user=clerk, page=thread(inquiry)) == []


A_TAB = uuid.UUID(int=7)


@pytest.mark.parametrize(
    "value",
    ["", "x", "/", f"{A_TAB}./contact/", f"{A_TAB}./admin/no/such/", f"{A_TAB}.A b/admin/"],
)
def test_a_name_that_no_page_of_ours_wrote_is_not_taken(value):
    assert FormOfTab.read(value) is None


# How it goes


def test_what_was_typed_about_an_inquiry_is_destroyed_with_it_keys_first(desk, clerk):
    receipt = receive()
    keep(desk, **reply_of(desk, receipt.inquiry) | {"staff_form_user": str(clerk.pk)})
    assert KeptForm.objects.exists(), "control"
    order = []
    with connection.execute_wrapper(lambda run, sql, *rest: order.append(sql) or run(sql, *rest)):
        retention.destroy_contents(receipt.inquiry)
    deleted = [sql for sql in order if sql.startswith("DELETE") and "keptform" in sql]
    assert '"admissions_keptformkey"' in deleted[0] and '"admissions_keptform"' in deleted[-1]
    assert not KeptForm.objects.exists() and not KeptFormKey.objects.exists()


def test_a_visitor_who_destroys_the_inquiry_takes_it_away_at_once(desk, clerk):
    receipt = receive()
    keep(desk, **reply_of(desk, receipt.inquiry) | {"staff_form_user": str(clerk.pk)})
    visitor.destroy(secret=visitor.enter(code=receipt.return_code))
    assert not KeptForm.objects.exists() and not KeptFormKey.objects.exists()


def test_what_is_typed_after_that_is_answered_and_kept_nowhere(desk, clerk):
    receipt = receive()
    sent = reply_of(desk, receipt.inquiry)
    visitor.destroy(secret=visitor.enter(code=receipt.return_code))
    assert keep(desk, **sent | {"staff_form_user": str(clerk.pk)}).json() == {"at": ""}, "the script sends it"
    assert WORDS in desk.post(thread(receipt.inquiry), sent).content.decode()
    assert not KeptFormKey.objects.exists() and not KeptForm.objects.exclude(payload=None).exists()
    receipt.inquiry.delete()  # its last line goes too
    assert keep(desk, **sent | {"staff_form_user": str(clerk.pk)}).json() == {"at": ""}
    page = desk.post(thread(receipt.inquiry), sent, headers=OURS)
    assert page.status_code == 404 and WORDS in page.content.decode() and "there any more" in page.content.decode()
    assert WORDS not in desk.post(thread(receipt.inquiry), sent).content.decode(), "another site sends it"
    assert not KeptFormKey.objects.exists() and not KeptForm.objects.exclude(payload=None).exists()


def test_what_nobody_comes_back_for_goes_after_a_week(desk, clerk, inquiry, time_machine):
    keep(desk, **reply_of(desk, inquiry) | {"staff_form_user": str(clerk.pk)})
    now = timezone.now()
    for days, is_there in ((6, True), (8, False)):
        time_machine.move_to(now + timedelta(days=days), tick=False)
        assert bool(kept_forms.unsent_forms(user=clerk, page=thread(inquiry))) is is_there
        retention.purge()
        assert KeptForm.objects.exists() is is_there and KeptFormKey.objects.exists() is is_there


@pytest.mark.django_db(transaction=True)
def test_four_presses_at_once_store_one_source():
    call_command("sync_roles")  # a test with real commits leaves none behind
    user = make_staff("writer", is_staff=True)
    page = reverse("admin:content_source_add")
    first = Client()
    first.force_login(user)
    data = fields_of(first, page, "") | SOURCE

    def press(_):
        client = Client()
        client.cookies = first.cookies
        try:
            return client.post(page, data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    assert (answers, Source.objects.count()) == ([302] * 4, 1)
