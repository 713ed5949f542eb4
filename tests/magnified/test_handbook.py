"""The handbook names only pages that exist and that its reader may open, and has a chapter for each role."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from PIL import Image

from content.text.readability import grade
from magnified import handbook
from magnified.roles import ROLES
from tests.content.factories import make_centre, make_user

pytestmark = pytest.mark.django_db

LINK = re.compile(r'href="(/admin/[^"#]*)"')
PICTURE = re.compile(r'<img src="/static/([^"]+)" width="(\d+)" height="(\d+)" alt="([^"]+)"')


def read(client, *roles):
    user = make_user(username="-".join(roles) or "nobody")
    user.groups.set(Group.objects.filter(name__in=roles))
    client.force_login(user)
    page = client.get(reverse("admin:handbook")).content.decode()
    return page[page.index('class="handbook"') : page.index('id="footer"')]


def test_every_role_has_a_chapter(client):
    assert set(handbook.TITLES) == set(ROLES)
    page = read(client, *ROLES)
    assert [role for role in ROLES if f'<section id="{role}"' not in page] == []


@pytest.mark.parametrize("role", ROLES)
def test_a_chapter_leads_only_to_pages_that_its_reader_may_open(client, role):
    make_centre()
    links = set(LINK.findall(read(client, role)))
    assert len(links) > 2
    answers = {link: client.get(link, follow=True).status_code for link in links}
    assert {link: status for link, status in answers.items() if status != 200} == {}


def test_a_page_that_is_not_ours_to_open_would_be_noticed(client):
    """The control: the links of another role's chapter are refused."""
    links = set(LINK.findall(read(client, "admissions_lead")))
    client.force_login(make_user("writer"))
    assert any(client.get(link).status_code == 403 for link in links)


@pytest.mark.parametrize("role", ROLES)
def test_each_reader_sees_the_chapters_of_their_own_roles_alone(client, role):
    page = read(client, role)
    assert [other for other in ROLES if f'id="{other}"' in page] == [role]


def test_it_is_written_in_plain_words(client):
    page = read(client, *ROLES)
    assert len(page) > 3000
    words = re.sub(r"<[^>]+>", " ", re.sub(r"</(p|li|h2|h3|figcaption)>", ". ", page))
    assert grade(words) <= 8


def test_each_picture_is_there_small_described_and_of_the_size_that_is_said(client):
    pictures = set(PICTURE.findall(read(client, *ROLES)))
    assert len(pictures) >= 4
    for file, width, height, alt in pictures:
        path = settings.BASE_DIR / "static" / file
        assert path.stat().st_size < 80_000, file
        with Image.open(path) as image:
            assert image.size == (int(width), int(height)), file
        assert len(alt) > 20


def test_it_stands_without_its_pictures(client, monkeypatch):
    def not_collected(path):
        raise ValueError(path)

    assert "<img" in read(client, "writer"), "control: they are shown when they are there"
    monkeypatch.setattr(handbook, "static", not_collected)
    page = read(client, "publisher")
    assert "<img" not in page and "On the site" in page


def test_the_start_page_leads_to_it(client):
    client.force_login(make_user("writer"))
    assert f'href="{reverse("admin:handbook")}"' in client.get(reverse("admin:index")).content.decode()
