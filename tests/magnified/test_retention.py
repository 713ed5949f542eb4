"""Other days in `RETENTION_DAYS`: every page, notice and purge says and does them, and nothing says the old ones."""

import datetime
import re
import uuid
from io import StringIO

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from admissions.models import Inquiry, KeptForm
from admissions.services import kept_forms, retention
from content.delivery.page_cache import build_id
from content.models import Article, Notice
from tests import public
from tests.admissions.factories import make_inquiry, make_staff, receive
from tests.content.factories import make_article, make_user

pytestmark = pytest.mark.django_db

OTHER = {
    "handled_messages": 31,
    "opened_junk": 11,
    "destroyed_messages": 13,
    "unsent_texts": 17,
    "trashed_articles": 37,
}
DAYS = re.compile(r"\b(\d+)\s(?:days?|días?)\b")
ARTICLE = re.compile(r"/articles/.+")  # what articles say of days is their own


@pytest.fixture
def starter():
    call_command("load_starter", stdout=StringIO())


def visitor_pages():
    """The pages of whoever comes back, by the language of their address: one thread is destroyed on the way."""
    for root in ("", "/es"):
        receipt, visitor = receive(), Client()
        yield visitor.post(f"{root}/return/", {"code": receipt.return_code}, follow=True)
        yield visitor.get(f"{root}/return/destroy/")
        yield visitor.post(f"{root}/return/destroy/", follow=True)


def desk_pages():
    """The pages of the desk that say how long something is kept."""
    desk, article = Client(), make_article(slug=uuid.uuid4().hex)
    desk.force_login(make_user("publisher", username=uuid.uuid4().hex))
    yield desk.get(reverse("admin:content_article_publishing", args=[article.pk]))
    yield desk.get(reverse("admin:content_article_changelist"))
    yield desk.get(reverse("admin:handbook"))
    for language in ("en", "es"):
        newest = Notice.objects.current("privacy", language)
        yield desk.get(reverse("admin:content_notice_add") + f"?kind=privacy&language={language}")
        yield desk.get(reverse("admin:content_notice_change", args=[newest.pk]))
    yield desk.post(reverse("admin:content_article_publishing", args=[article.pk]), {"do": "delete"}, follow=True)
    team = Client()
    team.force_login(make_staff(is_staff=True))
    gone = Inquiry.objects.filter(status=Inquiry.Status.DESTROYED).first()  # by a visitor above
    yield team.get(reverse("admin:admissions_inquiry_change", args=[gone.pk]))


def days_said(client):
    """Every number of days that a page says, each with the pages that say it."""
    listed = public.paths(client.get("/sitemap.xml").content.decode())
    pages = [client.get(path) for path in listed if not ARTICLE.search(path)]
    assert len(pages) > 30, "control: the walk reaches the site"
    said = {}
    for page in [*pages, *visitor_pages(), *desk_pages()]:
        assert page.status_code == 200, page.request["PATH_INFO"]
        for number in DAYS.findall(page.content.decode()):
            said.setdefault(int(number), set()).add(page.request["PATH_INFO"])
    return said


def test_no_page_goes_on_saying_the_old_days(client, starter, settings):
    before = days_said(client)
    periods = set(site_settings.RETENTION_DAYS.values())
    assert periods <= set(before), "control: the walk meets every period"
    assert {"/privacy/", "/es/privacy/", "/contact/", "/es/contact/"} <= before[90], "control"
    settings.RETENTION_DAYS = OTHER
    call_command("restate_retention", stdout=StringIO())
    after = days_said(client)
    assert set(OTHER.values()) <= set(after)
    # The help ladder is dialed every 30 days, and has no setting.
    assert {number: paths for number, paths in after.items() if number in periods} == {30: {reverse("admin:handbook")}}
    for old, new in ((90, 31), (7, 11)):
        notices = {path for path in before[old] if "privacy" in path and "admin" not in path}
        assert notices and notices <= after[new]


def test_what_somebody_agreed_to_stays_readable_as_it_was(client, starter, settings):
    settings.RETENTION_DAYS = OTHER
    call_command("restate_retention", stdout=StringIO())
    first, newest = (client.get(f"/es/consent/versions/{number}/").content.decode() for number in (1, 2))
    assert "90 días" in first and "31 días" not in first
    assert "31 días" in newest and "90 días" not in newest and "{" not in newest[newest.index("<main") :]


def test_notices_that_state_the_days_of_the_settings_get_no_new_version(starter, settings):
    versions = Notice.objects.count()
    call_command("restate_retention", stdout=StringIO())
    assert Notice.objects.count() == versions
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"handled_messages": 30}
    for _time in range(2):
        call_command("restate_retention", stdout=StringIO())
        assert Notice.objects.count() == versions + 4, "privacy and consent, in two languages"


def test_a_release_and_a_laptop_restate_them_after_loading():
    for file in ("compose.yaml", "bin/run"):
        text = (site_settings.BASE_DIR / file).read_text()
        assert 0 < text.index("load_starter") < text.index("restate_retention"), file


def test_thirty_days_are_thirty_days(settings):
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"handled_messages": 30}
    day = datetime.date(2026, 1, 1)
    inquiry = make_inquiry(status="handled", handled_on=day)
    assert retention.destruction_day(inquiry, today=day) == datetime.date(2026, 1, 31)
    assert retention.purge(today=datetime.date(2026, 1, 30)) == 0
    assert retention.purge(today=datetime.date(2026, 1, 31)) == 1


def test_what_staff_did_not_send_and_the_trash_go_by_the_settings(settings, time_machine):
    user, now = make_staff(), timezone.now()
    form = kept_forms.FormOfTab(uuid.uuid4(), "", reverse("admin:content_article_add"))
    kept_forms.keep_form(user=user, form=form, fields=QueryDict("title=Begun"))
    article = make_article(deleted_at=now)
    settings.RETENTION_DAYS = OTHER
    time_machine.move_to(now + datetime.timedelta(days=16, hours=23), tick=False)
    retention.purge()
    assert KeptForm.objects.exists()
    assert kept_forms.unsent_forms(user=user, page=None), "control"
    time_machine.move_to(now + datetime.timedelta(days=17, minutes=1), tick=False)
    assert not kept_forms.unsent_forms(user=user, page=None)
    retention.purge()
    assert not KeptForm.objects.exists()
    assert article.trash_ends_at == now + datetime.timedelta(days=37)
    time_machine.move_to(now + datetime.timedelta(days=36), tick=False)
    assert not Article.objects.trash_is_over().exists()
    time_machine.move_to(now + datetime.timedelta(days=37), tick=False)
    assert Article.objects.trash_is_over().exists()


def test_a_page_that_was_cached_under_other_days_is_not_current(settings):
    before = build_id()
    assert build_id() == before, "control"
    settings.RETENTION_DAYS = OTHER
    assert build_id() != before
