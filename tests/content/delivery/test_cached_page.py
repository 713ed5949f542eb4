import gzip

import brotli
import pytest

from content.delivery import cached_page, content_version
from content.models import Article
from content.services import publishing, saving
from tests.content.delivery.cache_worker import Worker, retitle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_cache")]


@pytest.mark.parametrize(
    ("accepted", "coding", "read"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip;q=1.0, br;q=0", "gzip", gzip.decompress),
        ("*", "br", brotli.decompress),
        ("", None, bytes),
        ("identity", None, bytes),
        ("br;q=0, gzip;q=0.000", None, bytes),
    ],
)
def test_each_client_gets_the_smallest_coding_it_can_read(worker, accepted, coding, read):
    plain = worker.ask("/articles/a/")["body"]
    answer = worker.ask("/articles/a/", HTTP_ACCEPT_ENCODING=accepted)
    assert answer["headers"].get("Content-Encoding") == coding
    assert answer["headers"]["Vary"] == "Accept-Encoding"
    assert int(answer["headers"]["Content-Length"]) == len(answer["body"])
    assert read(answer["body"]) == plain


def test_a_browser_that_has_the_page_is_told_so_in_no_bytes(worker, article):
    known = worker.ask("/articles/a/", HTTP_ACCEPT_ENCODING="br")["headers"]["ETag"]
    for validator in (known, f"W/{known}", f'"other", {known}', "*"):
        answer = worker.ask("/articles/a/", HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=validator)
        assert (answer["status"], answer["body"]) == (304, b"")
        assert answer["headers"]["ETag"] == known
    digest = known.strip('"').partition("-")[0]
    for validator in ('"other"', f'"{digest}-gzip"', f'"x{digest}-br"', digest, ""):  # it holds none of these
        answer = worker.ask("/articles/a/", HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=validator)
        assert answer["status"] == 200, validator
    retitle(article, "Second title")
    worker.look_again()
    assert worker.ask("/articles/a/", HTTP_IF_NONE_MATCH=known)["status"] == 200


def test_a_page_is_made_anew_when_a_text_comes_by_its_date(worker, article, later):
    Article.objects.update(title="Second title")
    article.refresh_from_db()
    moment = later(10)
    later(0)
    publishing.publish(revision=saving.save_revision(article=article), at=moment)
    worker.look_again()
    for minutes, title in ((0, b"First"), (9, b"First"), (10, b"Second"), (11, b"Second")):
        later(minutes)
        for path in ("/articles/a/", "/articles/a-z/"):
            assert title + b" title" in worker.ask(path)["body"], (minutes, path)
    assert worker.renderings == 4, "each page once before, and once after"


def test_an_article_that_left_by_its_date_is_not_answered_even_while_no_page_can_be_made(worker, article, later):
    publishing.unpublish(article=article, at=later(10))
    later(0)
    worker.look_again()
    worker.ask("/articles/a/")
    worker.breaks = True
    content_version.write_version()
    later(9)
    worker.look_again()
    assert worker.ask("/articles/a/")["status"] == 200, "control: before, the last good copy stands in"
    later(10)
    assert worker.ask("/articles/a/")["status"] == 500
    assert Worker().ask("/articles/a/")["status"] == 404


def test_a_text_that_takes_the_place_of_another_leaves_the_last_good_copy_in_use(worker, article, later):
    Article.objects.update(title="Second title")
    article.refresh_from_db()
    publishing.publish(revision=saving.save_revision(article=article), at=later(10))
    later(0)
    worker.look_again()
    worker.ask("/articles/a/")
    worker.breaks = True
    later(11)
    assert b"First title" in worker.ask("/articles/a/")["body"]


def test_a_page_is_made_anew_after_midnight(worker, monkeypatch):
    worker.ask("/articles/a/")
    midnight = cached_page.next_midnight()
    monkeypatch.setattr(cached_page.time, "time", lambda: midnight)
    worker.ask("/articles/a/")
    assert worker.renderings == 2


def test_a_view_that_sets_a_cookie_is_never_kept(caplog):
    assert cached_page.is_for_everybody([("Content-Type", "text/html")])
    assert not cached_page.is_for_everybody([("Set-Cookie", "a=b")])
    assert not cached_page.is_for_everybody([("Vary", "Accept, Cookie")])
    assert "depends on a cookie" in caplog.text
