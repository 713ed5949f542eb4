import re
import secrets

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from admissions.crypto import return_code
from admissions.models import Alert, Disclosure, Inquiry
from admissions.services import team, visitor
from tests.admissions.factories import BODY, make_inquiry, make_staff, receive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _desk(as_staff):
    """What the desk does, it does with the rights of its own process."""


LIST = "/admin/admissions/inquiry/"


def sign_in(client, role="admissions"):
    user = make_staff(role, is_staff=True)
    client.force_login(user)
    return user


def page_of(client, inquiry):
    return client.get(reverse("admin:admissions_inquiry_change", args=[inquiry.pk]))


def press(client, inquiry, do, **typed):
    url = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    return client.post(url, {"do": do, **typed}, follow=True)


def test_the_list_shows_what_waits_and_nothing_that_was_typed(client):
    waiting, done = make_inquiry(), make_inquiry(status="new")
    team.move(inquiry=done, actor=make_staff(), to="junk")
    sign_in(client)
    text = client.get(LIST).content.decode()
    assert waiting.public_id in text and done.public_id not in text
    assert done.public_id in client.get(LIST, {"status": "junk"}).content.decode()
    assert not [typed for typed in BODY.values() if len(typed) > 5 and typed in text]


def test_a_thread_is_shown_after_the_look_is_on_record(client):
    inquiry = make_inquiry()
    user = sign_in(client)
    text = page_of(client, inquiry).content.decode()
    assert BODY["message"] in text and BODY["name"] in text
    look = Disclosure.objects.get()
    assert (look.actor, look.action, look.record) == (user, "opened", inquiry.pk)


def test_without_a_record_nothing_is_shown(client, settings, tmp_path):
    inquiry = make_inquiry()
    sign_in(client)
    assert BODY["message"] in page_of(client, inquiry).content.decode(), "control: with a record it is shown"
    settings.DISCLOSURE_KEY_FILE = tmp_path / "gone"
    response = page_of(client, inquiry)
    assert response.status_code == 503
    assert not [typed for typed in (BODY["message"], BODY["name"], BODY["phone"]) if typed in response.content.decode()]


@pytest.mark.parametrize("role", ["writer", "reviewer", "publisher", "privacy_officer", ""])
def test_nobody_else_sees_an_inquiry(client, role):
    inquiry = make_inquiry()
    sign_in(client, role)
    for response in (client.get(LIST), page_of(client, inquiry), client.post(f"{LIST}search/", {"needle": "Robin"})):
        assert response.status_code == 403
        assert BODY["message"] not in response.content.decode()
    assert "Inquir" not in client.get("/admin/").content.decode()
    assert not Disclosure.objects.exists()


def test_a_superuser_outside_the_team_opens_nothing(client):
    inquiry = make_inquiry()
    client.force_login(make_staff("", is_staff=True, is_superuser=True))
    assert page_of(client, inquiry).status_code == 403
    assert client.get(LIST).status_code == 403


def test_nothing_is_added_edited_or_deleted_here(client):
    inquiry = make_inquiry()
    sign_in(client, "admissions_lead")
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{inquiry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Inquiry.objects.filter(pk=inquiry.pk).exists()


def test_the_buttons_offer_only_legal_moves(client):
    inquiry = make_inquiry()
    sign_in(client)
    text = page_of(client, inquiry).content.decode()
    assert 'value="take"' in text and 'value="close"' not in text and 'value="open"' not in text
    press(client, inquiry, "take")
    inquiry.refresh_from_db()
    assert inquiry.status == "open"
    assert 'value="close"' in page_of(client, inquiry).content.decode()
    text = press(client, inquiry, "close", **{"close-closed_as": "referred"}).content.decode()
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.closed_as) == ("handled", "referred")
    assert 'value="open"' in text and 'value="take"' not in text and 'value="junk"' not in text
    press(client, inquiry, "open")
    inquiry.refresh_from_db()
    assert inquiry.status == "open" and inquiry.next_at is not None


def test_an_illegal_move_is_refused_with_a_sentence(client):
    inquiry = make_inquiry()
    sign_in(client)
    text = press(client, inquiry, "close", **{"close-closed_as": "reached"}).content.decode()
    assert "not possible any more" in text
    inquiry.refresh_from_db()
    assert inquiry.status == "new"


@pytest.mark.parametrize(
    "do",
    [
        "",
        "move",
        "move junk",
        "destroy",
        "reply",
        "note",
        "take x",
        "attempt",
        "hand",
        "junk",
        "close",
        "link",
        "reveal",
    ],
)
def test_no_button_that_we_did_not_make_does_harm(client, do):
    inquiry = make_inquiry()
    sign_in(client)
    assert press(client, inquiry, do).status_code == 200
    inquiry.refresh_from_db()
    assert inquiry.status == "new"


def test_whoever_takes_it_has_it_and_colleagues_are_told(client):
    inquiry = make_inquiry()
    first = sign_in(client)
    press(client, inquiry, "take")
    sign_in(client)
    text = page_of(client, inquiry).content.decode()
    assert first.username in text and 'value="take"' not in text
    assert "A colleague has this inquiry" in press(client, inquiry, "take").content.decode()
    sign_in(client, "admissions_lead")
    press(client, inquiry, "release")
    inquiry.refresh_from_db()
    assert inquiry.claimed_by is None


def test_a_reply_is_read_with_the_return_code_and_a_note_is_not(client):
    token = b"r" * 32
    inquiry = make_inquiry(form_token=token)
    sign_in(client)
    press(client, inquiry, "reply", **{"reply-text": "We will call you at ten."})
    text = press(client, inquiry, "note", **{"note-text": "Sounded calm."}).content.decode()
    assert "We will call you at ten." in text and "Sounded calm." in text
    page = client.post("/return/", {"code": return_code.for_form(token)}, follow=True).content.decode()
    assert "We will call you at ten." in page
    assert "Sounded calm." not in page


def test_what_was_typed_stays_on_the_page_when_it_cannot_be_stored(client):
    inquiry = make_inquiry()
    team.claim(inquiry=inquiry, actor=make_staff())
    sign_in(client)
    text = press(client, inquiry, "reply", **{"reply-text": "A long answer."}).content.decode()
    assert "A colleague has this inquiry" in text and "A long answer.</textarea>" in text
    assert Inquiry.objects.get().messages.count() == 1


@pytest.mark.parametrize(
    ("setting", "do"),
    [
        ("DISCLOSURE_KEY_FILE", "reply"),
        ("DISCLOSURE_KEY_FILE", "note"),
        ("DISCLOSURE_KEY_FILE", "open"),
        ("ADMISSIONS_PRIVATE_KEY_FILE", "reply"),
    ],
)
def test_without_record_or_key_nothing_is_done_and_what_was_typed_stays(client, settings, tmp_path, setting, do):
    inquiry = make_inquiry()
    sign_in(client)
    setattr(settings, setting, tmp_path / "gone")
    page = press(client, inquiry, do, **{f"{do}-text": "A long answer."})
    assert page.status_code == 503 and "so nothing was done" in page.text
    assert ("A long answer.</textarea>" in page.text) == (do != "open")
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.messages.count(), inquiry.notes.count()) == ("new", 1, 0)


def test_a_search_that_cannot_be_recorded_finds_nothing_and_keeps_the_term(client, settings, tmp_path):
    inquiry = make_inquiry()
    sign_in(client)
    settings.DISCLOSURE_KEY_FILE = tmp_path / "gone"
    page = client.post(f"{LIST}search/", {"needle": "robin"})
    assert page.status_code == 503 and "Nothing could be looked through" in page.text
    assert 'value="robin"' in page.text and inquiry.public_id not in page.text


@pytest.mark.parametrize("do", ["reply", "note", "open", "junk"])
def test_whoever_presses_a_button_has_seen_the_newest_line(client, do):
    receipt = receive()
    sign_in(client)
    seen = re.findall(r'name="version" value="(\d+)"', page_of(client, receipt.inquiry).text)
    assert len(seen) == 5 and len(set(seen)) == 1, "each form says what it shows"
    visitor.add_line(secret=back(receipt)["secret"], form_token=b"l" * 32, text="Please call me tonight.")
    typed = {f"{do}-text": "An answer.", "junk-reason": "Advertising."}
    page = press(client, receipt.inquiry, do, version=seen[0], **typed)
    assert "changed this inquiry a moment ago" in page.text and "Please call me tonight." in page.text
    assert ("An answer.</textarea>" in page.text) == (do in {"reply", "note"})
    assert "This field is required" not in page.text, "of the other form nothing was sent"
    receipt.inquiry.refresh_from_db()
    assert receipt.inquiry.status == "new"
    press(client, receipt.inquiry, do, version=str(receipt.inquiry.version), **typed)
    receipt.inquiry.refresh_from_db()
    assert receipt.inquiry.status != "new" or receipt.inquiry.notes.count() == 1, "control: now it is done"


def test_search_finds_by_post_and_puts_no_term_into_an_address(client):
    inquiry, other = make_inquiry(), make_inquiry(body=BODY | {"name": "Somebody Else", "phone": "+12125550147"})
    sign_in(client)
    response = client.post(f"{LIST}search/", {"needle": "robin example"}, follow=True)
    text = response.content.decode()
    assert inquiry.public_id in text and other.public_id not in text
    assert BODY["message"] not in text
    assert Disclosure.objects.get().action == "found"
    assert "no-store" in response["Cache-Control"]
    assert response.redirect_chain == [(f"{LIST}search/", 302)]
    assert other.public_id not in client.get(f"{LIST}search/", {"needle": "Somebody"}).text, "no address searches"


def test_going_back_to_what_was_found_opens_and_records_nothing_more(client):
    make_inquiry()
    sign_in(client)
    client.post(f"{LIST}search/", {"needle": "robin example"})
    for _ in range(2):
        page = client.get(f"{LIST}search/")
        assert "1 found" in page.text and BODY["name"] in page.text
    assert Disclosure.objects.count() == 1
    assert "robin example" not in str(dict(client.session)).lower(), "the words are nowhere"


def test_a_search_that_finds_too_many_shows_none(client, monkeypatch):
    monkeypatch.setattr("admissions.services.team.MOST_HITS", 1)
    inquiries = [make_inquiry(), make_inquiry()]
    sign_in(client)
    page = client.post(f"{LIST}search/", {"needle": "robin"}, follow=True)
    assert "More than 1 have that. Narrow it" in page.text
    assert not [inquiry for inquiry in inquiries if inquiry.public_id in page.text]
    assert not Disclosure.objects.exists()


def test_what_was_destroyed_since_the_search_is_named_no_more(client):
    receipt = receive()
    sign_in(client)
    client.post(f"{LIST}search/", {"needle": "robin"})
    assert BODY["name"] in client.get(f"{LIST}search/").text, "control"
    visitor.destroy(secret=back(receipt)["secret"])
    page = client.get(f"{LIST}search/").text
    assert BODY["name"] not in page and receipt.inquiry.public_id not in page and "destroyed since then" in page


def test_a_term_in_the_address_is_ignored(client):
    inquiry = make_inquiry()
    sign_in(client)
    text = client.get(LIST, {"q": "nothing has this"}, follow=True).content.decode()
    assert inquiry.public_id in text


def test_the_admins_own_history_stays_empty(client):
    inquiry = make_inquiry()
    sign_in(client)
    press(client, inquiry, "take")
    press(client, inquiry, "open")
    press(client, inquiry, "note", **{"note-text": "x"})
    assert not LogEntry.objects.exists()


def test_the_privacy_officer_reads_the_log_and_no_thread(client):
    inquiry = make_inquiry()
    team.open_thread(inquiry=inquiry, actor=make_staff())
    sign_in(client, "privacy_officer")
    text = client.get("/admin/admissions/disclosure/").content.decode()
    assert inquiry.public_id in text
    assert client.get("/admin/admissions/disclosure/add/").status_code == 403


def test_the_lead_sees_mails_that_nobody_could_deliver(client):
    make_inquiry()
    Alert.objects.update(last_error="SMTPRecipientsRefused 550")
    sign_in(client, "admissions_lead")
    assert "SMTPRecipientsRefused" in client.get("/admin/admissions/alert/").content.decode()


def test_the_list_takes_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    sign_in(client)
    for _ in range(12):
        make_inquiry()
    with django_assert_max_num_queries(22):
        client.get(LIST)


# What the visitor changed since


def back(receipt):
    return {"secret": return_code.secret_of(receipt.return_code), "form_token": secrets.token_bytes(32)}


def dial(text):
    return text[text.index('class="dial"') : text.index("</aside>")]


def test_the_newest_wishes_stand_before_the_number_and_the_old_ones_stay_readable(client):
    receipt = receive(body=BODY | {"never_mention": "My first wish"})
    preferences = {"reach_by": "text", "phone": "+12125550199", "never_mention": "My second wish"}
    visitor.change_contact_preferences(**back(receipt), preferences=preferences, may_contact=False)
    visitor.add_line(**back(receipt), text="One more thing.")
    sign_in(client)
    text = page_of(client, receipt.inquiry).content.decode()
    assert "My second wish" in dial(text) and "Text me" in dial(text) and "My first wish" not in dial(text)
    others = text.replace(dial(text), "")
    assert "My first wish" in others and "One more thing." in others and "My second wish" not in others
    assert "They changed how to be reached" in others and others.count("the newest ones count") == 1


def test_whoever_comes_back_with_the_code_alone_is_not_dialed(client):
    receipt = receive()
    visitor.change_contact_preferences(**back(receipt), preferences={"reach_by": "return_code"}, may_contact=False)
    sign_in(client)
    press(client, receipt.inquiry, "take")
    text = page_of(client, receipt.inquiry).content.decode()
    assert "Nothing to dial" in text and BODY["phone"] not in text and "Before you dial" not in text


def test_consent_taken_back_stands_first_and_hides_every_way_but_the_answer_in_the_thread(client):
    receipt = receive(body=BODY | {"email": "robin@example.com"})
    sign_in(client)
    press(client, receipt.inquiry, "take")
    assert 'value="reveal"' in page_of(client, receipt.inquiry).content.decode(), "control"
    visitor.take_back_consent(**back(receipt))
    text = page_of(client, receipt.inquiry).content.decode()
    assert text.index("Do not call and do not write") < text.index("came in")
    assert BODY["phone"] not in text and "robin@example.com" not in text and 'value="reveal"' not in text
    assert "They took back consent" in text
    press(client, receipt.inquiry, "reply", **{"reply-text": "We understand."})
    assert visitor.thread_for_code(code=receipt.return_code).messages[-1].body == {"message": "We understand."}


def test_what_the_visitor_destroyed_says_so_with_its_day_and_opens_nothing(client):
    receipt = receive()
    sign_in(client)
    visitor.destroy(secret=back(receipt)["secret"])
    looks = Disclosure.objects.count()
    text = page_of(client, receipt.inquiry).content.decode()
    assert f"Destroyed at the visitor’s request on {timezone.localdate():%-d %B %Y}" in text
    assert "<textarea" not in text and "Take it" not in text and BODY["message"] not in text
    for do in ("take", "reply", "note", "open"):
        page = press(client, receipt.inquiry, do, **{"reply-text": "x"}).text
        assert "Destroyed at the visitor’s request" in page
    assert Disclosure.objects.count() == looks
    assert receipt.inquiry.public_id not in client.get(LIST).content.decode()
    assert receipt.inquiry.public_id in client.get(LIST, {"status": "destroyed"}).content.decode()


def test_what_a_legal_hold_keeps_after_that_stays_shut(client):
    receipt = receive()
    Inquiry.objects.update(hold=True)
    visitor.destroy(secret=back(receipt)["secret"])
    sign_in(client)
    text = page_of(client, receipt.inquiry).content.decode()
    assert "A legal hold keeps it, locked." in text and BODY["message"] not in text


@pytest.mark.parametrize("doing", ["reply", "note"])
@pytest.mark.parametrize("is_gone", [False, True], ids=["by the visitor", "by the purge"])
def test_a_counsellor_who_writes_while_it_is_destroyed_is_told_and_still_sees_the_words(
    client, monkeypatch, doing, is_gone
):
    receipt = receive()
    sign_in(client)
    service = {"reply": "reply", "note": "add_note"}[doing]
    write = getattr(team, service)

    def meanwhile(**words):
        visitor.destroy(secret=back(receipt)["secret"])
        if is_gone:
            Inquiry.objects.all().delete()
        return write(**words)

    monkeypatch.setattr(team, service, meanwhile)
    response = press(client, receipt.inquiry, doing, **{f"{doing}-text": "An <answer>."})
    text = response.content.decode()
    assert response.status_code == 200
    assert "changed this inquiry a moment ago" in text and "An &lt;answer&gt;." in text
    assert ("Destroyed a moment ago" if is_gone else "Destroyed at the visitor’s request") in text
