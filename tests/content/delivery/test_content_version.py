import datetime
import time
import zoneinfo

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content.delivery import content_version
from content.models import Article, Topic
from content.services import publishing, saving
from tests.content.delivery.cache_worker import retitle
from tests.content.factories import (
    make_article,
    make_centre,
    make_published,
    make_reviewer,
    make_user,
    publish,
    sign,
)
from tests.content.test_admin import article_form

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_cache")]


def test_two_changes_within_one_tick_of_the_clock_are_two_versions(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_000)
    seen = []
    for _ in range(3):
        content_version.write_version()
        seen.append(content_version.read_version())
    assert len(set(seen)) == 3


def test_a_worker_looks_at_the_version_at_least_once_a_second():
    assert content_version.SECONDS_BETWEEN_LOOKS < 1


def test_what_all_pages_share_is_read_once_a_day_for_each_version_that_is_known(time_machine):
    read = []
    shared = content_version.read_once(lambda version, word: read.append((version, word)) or word.upper())
    one, two = content_version.ContentVersion("1", "0"), content_version.ContentVersion("2", "0")

    def reads(version):
        read.clear()
        assert [shared(version, "a"), shared(version, "a")] == ["A", "A"]
        return len(read)

    time_machine.move_to(datetime.datetime(2026, 5, 4, 23, 59, tzinfo=zoneinfo.ZoneInfo("America/Los_Angeles")))
    assert [reads(one), reads(one), reads(two)] == [1, 0, 1]
    assert [reads(content_version.UNKNOWN), reads(None)] == [2, 2]
    time_machine.shift(datetime.timedelta(minutes=2))
    assert [reads(one), reads(one)] == [1, 0]


def test_a_change_at_the_desk_is_a_new_version(client):
    make_centre()
    topic = Topic.objects.create(slug="t", name="T", intro="I")
    client.force_login(make_user(is_superuser=True))
    before = content_version.read_version()
    fields = {"slug": "t", "name": "Another", "intro": "I", "position": "0"}
    assert client.post(reverse("admin:content_topic_change", args=[topic.pk]), fields).status_code == 302
    assert content_version.read_version() != before


def test_a_store_that_hangs_is_left_alone_for_some_seconds(worker, monkeypatch):
    asked = []

    def away():
        asked.append(1)
        raise TimeoutError

    monkeypatch.setattr(content_version, "read_version", away)
    for _ in range(3):
        worker.look_again()
        worker.ask("/contact/")
    assert len(asked) == 1


def test_an_invalidation_that_fails_breaks_no_publication_and_the_worker_makes_up_for_it(
    article, worker, monkeypatch, caplog
):
    def away(**kwargs):
        raise ConnectionError

    worker.ask("/articles/a/")
    with monkeypatch.context() as outage:
        outage.setattr(content_version, "write_version", away)
        retitle(article, "Second title")
        assert Article.objects.get().published_revision.snapshot["title"] == "Second title"
        assert "invalidate" in caplog.text
        with pytest.raises(ConnectionError):
            call_command("apply_pending_invalidations")
    worker.look_again()
    assert b"Second title" not in worker.ask("/articles/a/")["body"], "control: the pages were not told"
    call_command("apply_pending_invalidations")
    worker.look_again()
    assert b"Second title" in worker.ask("/articles/a/")["body"]
    assert content_version.apply_pending_invalidations() == 0


def test_a_pending_withdrawal_is_applied_as_one(article, monkeypatch):
    before = content_version.read_version()
    with monkeypatch.context() as outage:
        outage.setattr(content_version, "write_version", lambda **kwargs: 1 / 0)
        publishing.unpublish(article=article)
    assert content_version.read_version() == before, "control"
    assert content_version.apply_pending_invalidations() == 1
    assert content_version.read_version().withdrawal != before.withdrawal


@pytest.fixture
def renderings(client, worker, article):
    """`renderings(change)` counts the pages rendered again because of it, of two that readers asked for."""
    client.force_login(make_user(is_superuser=True))

    def count(change):
        for path in ("/articles/a/", "/articles/"):
            worker.ask(path)
        before = worker.renderings
        change()
        worker.look_again()
        assert worker.site.refresh()
        return worker.renderings - before

    return count


def save(client, article, **changes):
    url, data = article_form(client, article, **changes)
    assert client.post(url, data).status_code == 302


UNSEEN = {
    "a text": lambda client, public, draft: save(client, public, short_answer="Another answer, not published."),
    "a title": lambda client, public, draft: save(client, public, title="Another title, not published"),
    "nothing": lambda client, public, draft: save(client, public),
    "a new article": lambda client, public, draft: save(client, None, title="New", slug="new"),
    "the address of a draft": lambda client, public, draft: save(client, draft, slug="elsewhere"),
    "the topics of a draft": lambda client, public, draft: save(client, draft, topics=[make_topic().pk]),
    "a copy": lambda client, public, draft: saving.copy(article=public),
    "a signature on a draft": lambda client, public, draft: sign(draft.revisions.get()),
    "a draft in the archive": lambda client, public, draft: publishing.archive(article=draft),
    "a draft in the trash": lambda client, public, draft: publishing.move_to_trash(article=draft),
    "no withdrawal to cancel": lambda client, public, draft: publishing.cancel_unpublishing(article=public),
}
SEEN = {
    "the address": lambda client, public, draft: save(client, public, slug="elsewhere"),
    "the topics": lambda client, public, draft: save(client, public, topics=[make_topic().pk]),
    "the reviewer": lambda client, public, draft: save(client, public, reviewer=make_reviewer(slug="other").pk),
    "the language": lambda client, public, draft: save(client, public, language="es"),
    "a signature": lambda client, public, draft: sign(public.revisions.get()),
    "a publication": lambda client, public, draft: publish(draft),
    "a publication with a date": lambda client, public, draft: publishing.publish(
        revision=draft.revisions.get(), at=timezone.now() + datetime.timedelta(days=1)
    ),
    "a withdrawal": lambda client, public, draft: publishing.archive(article=public),
    "a topic": lambda client, public, draft: desk(client, "topic", slug="t", name="T", intro="I", position="0"),
    "a term": lambda client, public, draft: desk(client, "term", slug="t", term="T", meaning="M.", language="en"),
}


def make_topic():
    return Topic.objects.create(slug="t", name="T", intro="I")


def desk(client, model, **fields):
    assert client.post(reverse(f"admin:content_{model}_add"), fields).status_code == 302


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_what_no_visitor_can_see_renders_no_page_again(client, article, renderings, change):
    draft = make_article(slug="draft", title="Draft")
    saving.save_revision(article=draft)
    before = content_version.read_version()
    assert renderings(lambda: change(client, article, draft)) == 0
    assert content_version.read_version() == before


@pytest.mark.parametrize("change", SEEN.values(), ids=SEEN)
def test_what_visitors_see_renders_the_pages_again(client, article, renderings, change):
    draft = make_article(slug="draft", title="Draft")
    saving.save_revision(article=draft)
    assert renderings(lambda: change(client, article, draft)) == 2


def test_an_article_that_left_the_site_is_still_known_at_its_address(client, article, renderings):
    publishing.unpublish(article=article)
    make_published(slug="b")
    assert renderings(lambda: save(client, article, slug="elsewhere")) > 0
