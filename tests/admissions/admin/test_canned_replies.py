import pytest
from django.urls import reverse

from admissions.models import CannedReply
from admissions.services import desk
from tests.admissions.factories import make_staff

pytestmark = pytest.mark.django_db
ADD = reverse("admin:admissions_cannedreply_add")
WORDS = {"key": "unreachable", "language": "es", "title": "No contesta", "text": "Le llamamos tres veces."}


def sign_in(client, role):
    client.force_login(make_staff(role, is_staff=True))


def test_what_the_lead_writes_is_sent_from_then_on(client):
    sign_in(client, "admissions_lead")
    assert client.post(ADD, WORDS).status_code == 302
    assert desk.canned_text("unreachable", "es") == WORDS["text"]
    assert desk.canned_text("unreachable", "en") != WORDS["text"]


def test_a_second_text_of_a_key_and_language_is_refused_with_a_sentence(client):
    sign_in(client, "admissions_lead")
    client.post(ADD, WORDS)
    page = client.post(ADD, WORDS | {"text": "Otro texto"})
    assert "There is a text with this key in this language already" in page.text and "Otro texto" in page.text
    assert CannedReply.objects.count() == 1


def test_the_same_stored_by_two_at_once_comes_back_with_the_text(client, monkeypatch):
    sign_in(client, "admissions_lead")
    CannedReply.objects.create(**WORDS | {"text": "x"})
    validate, checked = CannedReply.validate_constraints, []

    def too_early(row, *args, **kwargs):
        checked.append(row)
        if len(checked) > 1:  # the first check was over before the colleague's text was there
            validate(row, *args, **kwargs)

    monkeypatch.setattr(CannedReply, "validate_constraints", too_early)
    page = client.post(ADD, WORDS)
    assert page.status_code == 200 and WORDS["text"] in page.text
    assert CannedReply.objects.get().text == "x"


def test_a_counselor_reads_them_and_changes_none(client):
    row = CannedReply.objects.create(**WORDS)
    sign_in(client, "admissions")
    change = reverse("admin:admissions_cannedreply_change", args=[row.pk])
    assert WORDS["text"] in client.get(change).text
    assert client.post(change, WORDS | {"text": "Mine"}).status_code == 403
    assert client.get(ADD).status_code == 403
