import json

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import caches
from django.urls import reverse

from admissions.admin.privacy import MOST_WRONG_PASSWORDS, NOTICE
from admissions.crypto import return_code
from admissions.models import Disclosure, Message
from admissions.services import privacy, team, visitor
from tests.admissions.factories import BODY, make_inquiry, make_staff, receive

pytestmark = pytest.mark.django_db
PASSWORD = "Correct-horse-1"
REASON = "Quillon letter of the court"


@pytest.fixture(autouse=True)
def counters():
    caches["counters"].clear()


def sign_in(client, role):
    user = make_staff(role, is_staff=True, password=PASSWORD)
    client.force_login(user)
    return user


def page_of(inquiry):
    return reverse("admin:admissions_inquiry_privacy", args=[inquiry.pk])


def export(client, inquiry, kind="txt", password=PASSWORD, reason=REASON):
    words = {"do": f"export {kind}", "export-reason": reason, "export-password": password}
    return client.post(page_of(inquiry), words)


def test_the_privacy_officer_sees_no_text_on_the_page(client):
    inquiry = make_inquiry()
    sign_in(client, "privacy_officer")
    page = client.get(page_of(inquiry))
    assert inquiry.public_id in page.text
    assert not [text for text in BODY.values() if len(text) > 5 and text in page.text]
    assert "Destroy it now" not in page.text and not Disclosure.objects.exists()


def test_the_export_is_a_file_that_nobody_stores_and_that_names_nobody(client):
    inquiry = make_inquiry()
    sign_in(client, "privacy_officer")
    response = export(client, inquiry)
    assert response["Content-Disposition"] == f'attachment; filename="inquiry-{inquiry.public_id}.txt"'
    assert response["Content-Type"] == "text/plain; charset=utf-8" and "no-store" in response["Cache-Control"]
    text = response.content.decode()
    assert text.startswith(NOTICE) and text.rstrip().endswith(NOTICE)
    assert BODY["message"] in text and BODY["phone"] in text and "Exported (privacy_officer)" in text
    assert Disclosure.objects.get().detail == "messages: 1, notes: 0"


def test_the_export_as_json_holds_the_same(client):
    inquiry, lead = make_inquiry(), make_staff("admissions_lead")
    team.add_note(inquiry=inquiry, actor=lead, text='A "note" <b>')
    sign_in(client, "privacy_officer")
    content = json.loads(export(client, inquiry, "json").content)
    assert content["notice"] == NOTICE
    assert [message["answers"] for message in content["messages"]] == [BODY]
    assert [note["text"] for note in content["notes"]] == ['A "note" <b>']
    assert [look["action"] for look in content["looks"]] == ["noted", "exported"]
    assert lead.username not in str(content["looks"])


@pytest.mark.parametrize(
    "wrong", [{"password": "Wrong-horse-1"}, {"password": ""}, {"reason": ""}, {"reason": "\u2800"}]
)
def test_no_export_without_password_and_reason_and_the_reason_stays_on_the_page(client, wrong):
    inquiry = make_inquiry()
    sign_in(client, "privacy_officer")
    response = export(client, inquiry, **wrong)
    assert "attachment" not in response.get("Content-Disposition", "") and BODY["message"] not in response.text
    assert not Disclosure.objects.exists()
    assert (REASON in response.text) == ("reason" not in wrong)
    assert "Wrong-horse-1" not in response.text


def test_guessing_the_password_at_an_open_desk_ends_after_five(client):
    inquiry = make_inquiry()
    sign_in(client, "privacy_officer")
    for _ in range(MOST_WRONG_PASSWORDS):
        assert "not your password" in export(client, inquiry, password="guess").text
    response = export(client, inquiry)
    assert "too many tries" in response.text and not Disclosure.objects.exists()
    caches["counters"].clear()
    assert "attachment" in export(client, inquiry)["Content-Disposition"], "control"


def test_the_lead_destroys_with_the_password_alone(client):
    inquiry = make_inquiry()
    sign_in(client, "admissions_lead")
    words = {"do": "destroy", "destroy-request": "phone", "destroy-password": "Wrong-horse-1"}
    assert "not your password" in client.post(page_of(inquiry), words).text
    assert Message.objects.exists(), "control"
    response = client.post(page_of(inquiry), words | {"destroy-password": PASSWORD}, follow=True)
    assert "It is destroyed, with its notes" in response.text
    assert not Message.objects.exists()
    assert Disclosure.objects.get().action == "destroyed"
    assert "destroyed already" in client.post(page_of(inquiry), words | {"destroy-password": PASSWORD}).text


def test_a_hold_is_a_badge_until_it_ends(client):
    inquiry = make_inquiry()
    sign_in(client, "admissions_lead")
    assert "Legal hold: nothing" not in client.get(page_of(inquiry)).text
    page = client.post(page_of(inquiry), {"do": "hold set", "hold-reason": REASON}, follow=True)
    assert "Legal hold: nothing" in page.text and "End the hold" in page.text
    page = client.post(page_of(inquiry), {"do": "hold end", "hold-reason": REASON}, follow=True)
    assert "Legal hold: nothing" not in page.text
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("role", "do"),
    [("admissions_lead", "export txt"), ("privacy_officer", "destroy"), ("privacy_officer", "allow")],
)
def test_a_button_of_another_role_does_nothing(client, role, do):
    inquiry = make_inquiry()
    sign_in(client, role)
    step = do.partition(" ")[0]
    words = {f"{step}-reason": REASON, f"{step}-password": PASSWORD, f"{step}-request": "phone"}
    page = client.post(page_of(inquiry), words | {"do": do}, follow=True)
    assert "Choose one of the buttons" in page.text
    assert not Disclosure.objects.exists() and Message.objects.exists()


@pytest.mark.parametrize("do", ["hold", "hold away", "export", "export exe", "destroy now"])
def test_a_button_that_nobody_has_does_nothing(client, do):
    inquiry = make_inquiry()
    user = sign_in(client, "admissions_lead")
    user.groups.add(make_staff("privacy_officer").groups.get())
    step = do.partition(" ")[0]
    words = {f"{step}-reason": REASON, f"{step}-password": PASSWORD, f"{step}-request": "phone"}
    assert client.post(page_of(inquiry), words | {"do": do}).status_code == 403
    assert not Disclosure.objects.exists()


def test_the_way_to_end_a_hold_stays_when_the_visitor_destroyed_it_meanwhile(client):
    receipt = receive()
    lead = sign_in(client, "admissions_lead")
    privacy.set_hold(inquiry=receipt.inquiry, actor=lead, hold=True, reason=REASON)
    card = reverse("admin:admissions_inquiry_change", args=[receipt.inquiry.pk])
    assert "Legal hold" in client.get(card).text and page_of(receipt.inquiry) in client.get(card).text
    visitor.destroy(secret=return_code.secret_of(receipt.return_code))
    page = client.get(card)
    assert "A legal hold keeps it, locked" in page.text and page_of(receipt.inquiry) in page.text
    page = client.post(page_of(receipt.inquiry), {"do": "hold end", "hold-reason": REASON}, follow=True)
    assert "The hold has ended" in page.text
