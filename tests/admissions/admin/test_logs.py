import pytest
from django.urls import reverse

from admissions.models import Inquiry
from admissions.services import team
from tests.admissions.factories import make_inquiry, make_staff

pytestmark = pytest.mark.django_db
LOG, FIND = reverse("admin:admissions_disclosure_changelist"), reverse("admin:admissions_disclosure_find")


@pytest.fixture
def officer(client):
    client.force_login(make_staff("privacy_officer", is_staff=True))


@pytest.mark.parametrize("spelled", [str, str.lower, lambda name: name.replace("-", " ")])
def test_the_number_of_an_inquiry_leads_to_all_looks_at_it(client, officer, spelled):
    actor, inquiry, other = make_staff(username="counselor"), make_inquiry(), make_inquiry()
    for row in (inquiry, other):
        team.open_thread(inquiry=row, actor=actor)
    page = client.post(FIND, {"number": spelled(inquiry.public_id)}, follow=True)
    assert page.redirect_chain == [(f"{LOG}?record={inquiry.pk}", 302)]
    assert f"Looks at inquiry {inquiry.public_id}" in page.text and "1 disclosure" in page.text
    assert other.public_id not in page.text
    assert reverse("admin:admissions_inquiry_privacy", args=[inquiry.pk]) in page.text


def test_an_inquiry_that_nobody_looked_at_is_found_too_and_one_that_is_gone(client, officer):
    inquiry, gone = make_inquiry(), make_inquiry()
    team.open_thread(inquiry=gone, actor=make_staff())
    Inquiry.objects.filter(pk=gone.pk).delete()
    page = client.post(FIND, {"number": inquiry.public_id}, follow=True)
    assert "0 disclosures" in page.text
    page = client.post(FIND, {"number": gone.public_id}, follow=True)
    assert "1 disclosure" in page.text and "/privacy/" not in page.text


@pytest.mark.parametrize("typed", ["", "Robin Example", "7F3K-92QD", "x" * 500, "7F3K-92QD\x00"])
def test_what_is_no_number_comes_into_no_address(client, officer, typed):
    make_inquiry()
    page = client.post(FIND, {"number": typed}, follow=True)
    assert page.redirect_chain == [(LOG, 302)]
    assert "No inquiry has that number" in page.text and "Robin" not in page.text


@pytest.mark.parametrize("record", ["", "x", "7F3K-92QD", "0"])
def test_an_address_that_names_no_inquiry_is_answered(client, officer, record):
    assert client.get(LOG, {"record": record}, follow=True).status_code == 200
