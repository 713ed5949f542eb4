import io
import math
import threading
import time

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from content.delivery import cached_page, content_version, organisation, page_cache
from content.delivery.cached_page import VALIDITY, Validity
from content.delivery.quiet_mode import QUIET
from content.models import Article, RelatedArticle, Section, Topic
from content.services import publishing
from tests.content.delivery.cache_worker import Worker, no_queries, retitle
from tests.content.factories import (
    make_article,
    make_published,
    make_source,
    publish,
    sign,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_cache")]


def test_the_sitemap_is_made_once_whatever_is_asked_of_it_and_follows_a_publication(worker, article):
    first = worker.ask("/sitemap.xml")
    with no_queries():
        assert {worker.ask("/sitemap.xml", query=query)["body"] for query in ("p=2", "p=x", "")} == {first["body"]}
    assert worker.renderings == 1
    assert first["headers"]["Content-Type"] == "application/xml"
    assert "noindex" in first["headers"]["X-Robots-Tag"]
    make_published(slug="b")
    worker.look_again()
    assert b"/articles/b/" in worker.ask("/sitemap.xml")["body"]
    assert b"/articles/b/" in Worker().ask("/sitemap.xml", query="p=2")["body"], "no query asks for a part of it"


@pytest.mark.parametrize(("language", "path"), [("en", "/articles/feed/"), ("es", "/es/articles/feed/")])
def test_the_feed_is_rendered_once_for_all_polls_and_follows_a_publication(worker, language, path):
    first = worker.ask(path)
    assert first["headers"]["Content-Type"] == "application/atom+xml; charset=utf-8"
    with no_queries():
        assert worker.ask(path, query="x=1") == first
        known = worker.ask(path, HTTP_IF_NONE_MATCH=first["headers"]["ETag"])
    assert (known["status"], known["body"], worker.renderings) == (304, b"", 1)
    make_published(slug="b", title="Another", language=language)
    worker.look_again()
    newer = worker.ask(path, HTTP_IF_NONE_MATCH=first["headers"]["ETag"])
    assert newer["status"] == 200 and b"Another" in newer["body"]


def test_a_page_is_rendered_once_and_then_answered_without_a_query(worker):
    first = worker.ask("/articles/a/")
    with no_queries():
        again = worker.ask("/articles/a/")
    assert worker.renderings == 1
    assert first == again
    assert b"First title" in again["body"]
    with CaptureQueriesContext(connection) as queries:  # the control: another page does ask
        worker.ask("/articles/")
    assert len(queries) > 0


def test_an_article_of_any_size_is_rendered_with_four_queries(worker, article):
    """Once what all pages share has been read; each part of the text leads to something else that is kept elsewhere."""
    topic = Topic.objects.create(slug="medicines", name="Medicines", intro="About medicines.")
    chosen, moved = (make_published(slug=slug, title=slug) for slug in ("chosen", "moved"))
    make_published(slug="es", title="es", language="es", translation_of=article).topics.add(topic)
    make_published(slug="about", title="about").topics.add(topic)
    article.topics.add(topic)
    words = "".join(f'<p>Part <a href="/articles/moved/">{number}</a> [@s-{number}].</p>' for number in range(60))
    for number in range(60):
        make_source(key=f"s-{number}")
    Section.objects.filter(parent=article).update(text=words)
    RelatedArticle.objects.create(article=article, related=chosen, reason="Because.")
    sign(publish(Article.objects.get(pk=article.pk)))
    moved.slug = "today"
    moved.save()
    worker.ask("/articles/chosen/")
    with CaptureQueriesContext(connection) as queries:
        text = worker.ask("/articles/a/", HTTP_ACCEPT_ENCODING="identity")["body"].decode()
    assert len([query["sql"] for query in queries]) == 4
    for path in ("/articles/today/", "/es/articles/es/", "/articles/chosen/", "/topics/medicines/", "source-60"):
        assert path in text
    assert "Clinically reviewed by" in text


@pytest.mark.parametrize(
    "path", ["/", "/articles/", "/articles/a/", "/articles/a/history/", "/help-now/", "/what-we-store/"]
)
def test_every_page_that_is_only_read_is_cached(worker, path):
    assert worker.ask(path)["status"] == 200
    worker.ask(path)
    assert worker.renderings == 1


@pytest.mark.parametrize(
    "path", ["/contact/", "/request-a-call/", "/return/", "/received/", "/search/", "/no-such-page/"]
)
def test_a_page_of_one_person_is_never_kept(worker, path):
    worker.ask(path)
    worker.ask(path)
    assert worker.renderings == 2
    assert worker.site.memory == {}


def test_another_worker_takes_the_page_from_the_disk(worker):
    body = worker.ask("/articles/a/")["body"]
    other = Worker()
    with no_queries():
        assert other.ask("/articles/a/")["body"] == body
    assert other.renderings == 0


@pytest.mark.parametrize("spoil", [lambda stored: stored[:-1], lambda stored: b"", lambda stored: b"{}\n" + stored])
def test_a_spoilt_copy_on_the_disk_is_made_anew(worker, spoil, caplog):
    worker.ask("/articles/a/")
    (copy,) = (organisation.fallback_snapshot_path().parent.parent / "finished").iterdir()
    copy.write_bytes(spoil(copy.read_bytes()))
    other = Worker()
    assert b"First title" in other.ask("/articles/a/")["body"]
    assert other.renderings == 1
    assert "cannot be read" in caplog.text


def test_a_new_release_makes_its_pages_anew(worker):
    worker.ask("/articles/a/")
    released = Worker()
    released.site.build = "another"
    released.ask("/articles/a/")
    assert released.renderings == 1


def test_a_publication_is_seen_by_every_worker_at_its_next_look(worker, article):
    other = Worker()
    for each in (worker, other):
        each.ask("/articles/a/")
    retitle(article, "Second title")
    for each in (worker, other):
        each.look_again()
        assert b"Second title" in each.ask("/articles/a/")["body"]


def test_what_changes_while_a_page_is_rendered_makes_it_old(worker, article, monkeypatch):
    really = worker.django_application

    def slow(environ, start_response):
        response = really(environ, start_response)
        retitle(article, "Second title")
        return response

    worker.django_application = slow
    assert b"First title" in worker.ask("/articles/a/")["body"]
    worker.django_application = really
    worker.look_again()
    assert b"Second title" in worker.ask("/articles/a/")["body"]


@pytest.mark.parametrize("path", ["/articles/a/", "/contact/"])
def test_head_says_what_get_says_without_the_text(worker, path):
    unread = worker.ask(path, method="HEAD")
    read = worker.ask(path)
    assert unread["body"] == b""
    assert unread["headers"].keys() == read["headers"].keys()
    assert unread["headers"].get("ETag") == read["headers"].get("ETag")


def test_a_cached_page_has_the_headers_that_django_gave_it(worker):
    headers = worker.ask("/articles/a/")["headers"]
    for name in ("Content-Security-Policy", "Permissions-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        assert headers[name]
    assert headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in headers


def test_an_unknown_host_gets_no_cached_page(worker):
    worker.ask("/articles/a/")
    assert worker.ask("/articles/a/", HTTP_HOST="elsewhere.example")["status"] == 400


@pytest.mark.parametrize("host", ["localhost:1", "LOCALHOST", "localhost."])
def test_other_spellings_of_our_name_make_no_further_copies(worker, host):
    worker.ask("/articles/a/")
    assert worker.ask("/articles/a/", HTTP_HOST=host)["status"] == 200
    assert worker.renderings == 1


def test_other_queries_change_nothing_and_cost_nothing(worker):
    plain = worker.ask("/articles/a/")
    assert worker.ask("/articles/a/", query="utm_source=x") == plain
    assert worker.renderings == 1


def test_quiet_mode_is_a_page_of_its_own(worker):
    worker.ask("/articles/a/")
    worker.ask("/articles/a/", query=QUIET)
    worker.ask("/articles/a/", query=QUIET)
    assert worker.renderings == 2


def test_the_last_good_copy_outlives_the_database(worker, article, caplog):
    body = worker.ask("/articles/a/")["body"]
    content_version.write_version()
    worker.look_again()
    worker.breaks = True
    assert worker.ask("/articles/a/")["body"] == body
    assert worker.ask("/articles/a/")["body"] == body
    assert worker.renderings == 2, "tried anew once, then not again for some seconds"
    assert "last good copy" in caplog.text
    restarted = Worker()
    restarted.breaks = True
    assert restarted.ask("/articles/a/")["body"] == body
    assert worker.ask("/articles/never-asked/")["status"] == 500  # the control: there is no copy of this one


def test_what_readers_asked_for_is_made_anew_before_they_ask_again(worker, article):
    for query in ("", QUIET):
        worker.ask("/articles/a/", query=query)
    retitle(article, "Second title")
    worker.look_again()
    assert worker.site.refresh()
    made = worker.renderings
    with no_queries():
        assert b"Second title" in worker.ask("/articles/a/")["body"]
        assert b"Second title" in worker.ask("/articles/a/", query=QUIET)["body"]
    assert worker.renderings == made == 4
    assert worker.site.refresh() and worker.renderings == made, "control: what is true stays"


def test_another_worker_takes_what_was_made_anew_from_the_disk(worker, article):
    other = Worker()
    for each in (worker, other):
        each.ask("/articles/a/")
    retitle(article, "Second title")
    for each in (worker, other):
        each.look_again()
        assert each.site.refresh()
    assert (worker.renderings, other.renderings) == (2, 0)
    assert b"Second title" in other.ask("/articles/a/")["body"]


def test_a_withdrawal_leaves_the_other_pages_a_last_good_copy(worker, article):
    make_published(slug="b", title="Another")
    worker.ask("/articles/a/")
    worker.ask("/articles/b/")
    publishing.unpublish(article=article)
    worker.look_again()
    assert worker.site.refresh()
    worker.breaks = True
    assert worker.ask("/articles/a/")["status"] == 500, "the withdrawn one has none"
    assert worker.ask("/articles/b/")["status"] == 200
    content_version.write_version(withdrawn=True)
    worker.look_again()
    assert worker.ask("/articles/b/")["status"] == 500, "control: before it is made anew, none may stand in"


def test_whatever_goes_wrong_in_one_round_there_is_another(worker, monkeypatch, caplog):
    class Over(BaseException):
        """Ends what never returns."""

    rounds = iter([RuntimeError, True, False, Over])
    pauses = []

    def refresh():
        outcome = next(rounds)
        if isinstance(outcome, type):
            raise outcome
        return outcome

    monkeypatch.setattr(worker.site, "refresh", refresh)
    monkeypatch.setattr(page_cache.time, "sleep", pauses.append)
    with pytest.raises(Over):
        worker.site.refresh_forever()
    assert pauses == [
        page_cache.SECONDS_BETWEEN_TRIES,
        content_version.SECONDS_BETWEEN_LOOKS,
        page_cache.SECONDS_BETWEEN_TRIES,
    ]
    assert "RuntimeError" in caplog.text


def test_a_page_that_is_refused_is_left_to_the_next_reader(worker, article, monkeypatch):
    worker.ask("/articles/a/")
    content_version.write_version()
    worker.look_again()

    def refuse(environ, start_response):
        start_response("400 Bad Request", [])
        return [b"refused"]

    with monkeypatch.context() as refusing:
        refusing.setattr(worker, "django_application", refuse)
        assert worker.site.refresh() and worker.site.memory == {}
        assert worker.ask("/articles/a/")["status"] == 400
    worker.breaks = True
    assert worker.ask("/articles/a/")["status"] == 200, "only a page that is gone takes its last good copy with it"


def test_where_every_host_is_ours_pages_are_kept_and_made_anew(worker, settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert worker.ask("/articles/a/")["status"] == 200
    content_version.write_version()
    worker.look_again()
    assert worker.site.refresh() and len(worker.site.memory) == 1


# Of a request, only the key reaches what everybody reads

ODD_REQUESTS = {
    "more fields than a form may have": {"QUERY_STRING": "&".join("a" * 2001)},
    "a query that is no text": {"QUERY_STRING": "%ff%00&\xff=\xfe"},
    "a query of the styles": {"QUERY_STRING": "voice=x&page=2&format=json"},
    "a name of the script": {"SCRIPT_NAME": "//evil.example"},
    "a prefix": {"SCRIPT_NAME": "/x", "HTTP_X_SCRIPT_NAME": "/x", "HTTP_X_FORWARDED_PREFIX": "/x"},
    "another host": dict.fromkeys(
        ("HTTP_X_FORWARDED_HOST", "HTTP_X_HOST", "HTTP_FORWARDED", "HTTP_X_ORIGINAL_HOST", "SERVER_NAME"),
        "evil.example",
    ),
    "another port of our host": {"HTTP_HOST": "localhost:1", "SERVER_PORT": "1", "HTTP_X_FORWARDED_PORT": "1"},
    "another address": dict.fromkeys(
        ("HTTP_X_ORIGINAL_URL", "HTTP_X_REWRITE_URL", "REQUEST_URI", "RAW_URI"), "/contact/"
    ),
    "another scheme": {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_SCHEME": "https", "HTTPS": "on"},
    "another method": {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST", "HTTP_X_METHOD_OVERRIDE": "DELETE"},
    "HEAD": {"REQUEST_METHOD": "HEAD"},
    "another language": {"HTTP_ACCEPT_LANGUAGE": "es", "HTTP_COOKIE": "django_language=es"},
    "cookies": {"HTTP_COOKIE": "sessionid=x; csrftoken=x; messages=x; return=x; received=x; quiet=1"},
    "cookies that are none": {"HTTP_COOKIE": '\x00="\\377;;=;' + "a=b; " * 500},
    "a body": {"CONTENT_LENGTH": "9", "CONTENT_TYPE": "application/x-www-form-urlencoded", "wsgi.input": b"quiet=yes"},
    "a body that is cut off": {"CONTENT_LENGTH": "99999", "CONTENT_TYPE": "multipart/form-data", "wsgi.input": b"--"},
    "no length": {"CONTENT_LENGTH": "x", "CONTENT_TYPE": "text/html; charset=utf-16"},
    "part of a page": {"HTTP_RANGE": "bytes=0-9", "HTTP_IF_RANGE": '"x"'},
    "what it knows": {"HTTP_IF_MODIFIED_SINCE": "x", "HTTP_IF_MATCH": '"x"', "HTTP_IF_UNMODIFIED_SINCE": "x"},
    "a coding": {"HTTP_ACCEPT_ENCODING": "br;q=1, *;q=0", "HTTP_TE": "gzip", "HTTP_ACCEPT": "application/json"},
    "somebody signed in": {"REMOTE_USER": "admin", "HTTP_AUTHORIZATION": "Basic YTph", "REMOTE_ADDR": "203.0.113.9"},
    "a script that asks": {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_SEC_FETCH_SITE": "cross-site"},
}


def copy_on_disk():
    (copy,) = (organisation.fallback_snapshot_path().parent.parent / "finished").iterdir()
    return cached_page.CachedPage.from_bytes(copy.read_bytes())


@pytest.fixture
def plain(worker):
    """The copy that a plain request leaves."""
    worker.ask("/articles/a/")
    return copy_on_disk()


def content_of(page):
    return page.key, page.headers, page.bodies


@pytest.mark.parametrize("odd", ODD_REQUESTS.values(), ids=ODD_REQUESTS)
def test_an_odd_request_changes_nothing_of_what_everybody_reads(worker, plain, odd):
    """Asked first, at a moment at which the copy is old, and while the database is away."""
    odd = odd | {"wsgi.input": io.BytesIO(odd["wsgi.input"])} if "wsgi.input" in odd else odd
    first = Worker()
    page_cache.disk_file(plain.key).unlink()
    first.ask_oddly("/articles/a/", odd)
    assert content_of(copy_on_disk()) == content_of(plain)

    content_version.write_version()
    worker.look_again()
    worker.ask_oddly("/articles/a/", odd)
    anew = copy_on_disk()
    assert content_of(anew) == content_of(plain) and anew.version != plain.version, "made anew by this request"

    content_version.write_version()
    worker.look_again()
    worker.breaks = True
    worker.ask_oddly("/articles/a/", odd)
    assert content_of(copy_on_disk()) == content_of(plain)
    assert worker.ask("/articles/a/")["body"] == plain.bodies["identity"]


def test_control_what_stands_in_the_key_makes_a_copy_of_its_own(worker, plain):
    worker.ask_oddly("/articles/a/", {"QUERY_STRING": QUIET})
    copies = {page.key: page.bodies["identity"] for page in worker.site.memory.values()}
    assert len(copies) == len(set(copies.values())) == 2


def test_control_a_view_that_was_given_the_request_could_be_changed_by_it(worker, plain, monkeypatch):
    monkeypatch.setattr(page_cache, "environ_of", lambda key: worker.asked)
    content_version.write_version()
    worker.look_again()
    worker.ask_oddly("/articles/a/", {"SCRIPT_NAME": "//evil.example"})
    assert b"evil.example" in copy_on_disk().bodies["identity"]


def test_while_no_page_can_be_made_one_is_tried_and_the_rest_left(worker, article):
    make_published(slug="b", title="Another")
    for slug in "ab":
        worker.ask(f"/articles/{slug}/")
    content_version.write_version()
    worker.look_again()
    worker.breaks = True
    assert not worker.site.refresh()
    assert worker.renderings == 3
    worker.breaks = False
    assert worker.site.refresh()
    assert worker.renderings == 4, "the one that was tried is left alone for some seconds"


def test_after_an_outage_the_page_is_made_anew(worker, article, monkeypatch):
    worker.ask("/articles/a/")
    retitle(article, "Second title")
    worker.look_again()
    worker.breaks = True
    assert b"First title" in worker.ask("/articles/a/")["body"]
    worker.breaks = False
    later = time.time() + page_cache.SECONDS_BETWEEN_TRIES
    monkeypatch.setattr(cached_page.time, "time", lambda: later)
    assert b"Second title" in worker.ask("/articles/a/")["body"]


@pytest.mark.parametrize(
    ("change", "status"), [(lambda article: publishing.unpublish(article=article), 404), (lambda article: None, 200)]
)
def test_what_stood_in_a_moment_ago_is_gone_at_once_when_it_is_withdrawn(worker, article, change, status):
    worker.ask("/articles/a/")
    retitle(article, "Second title")
    worker.look_again()
    worker.breaks = True
    assert b"First title" in worker.ask("/articles/a/")["body"], "control: it stands in"
    worker.breaks = False
    change(article)
    worker.look_again()
    assert worker.ask("/articles/a/")["status"] == status


def test_a_withdrawn_article_never_comes_back_as_a_last_good_copy(worker, article):
    worker.ask("/articles/a/")
    publishing.unpublish(article=article)
    worker.look_again()
    worker.breaks = True
    assert worker.ask("/articles/a/")["status"] == 500
    worker.breaks = False
    assert worker.ask("/articles/a/")["status"] == 404
    assert worker.site.memory == {}


def test_a_page_made_from_the_fallback_snapshot_is_not_kept(worker, monkeypatch):
    def away():
        raise DatabaseError

    monkeypatch.setattr(organisation, "from_database", away)
    assert worker.ask("/help-now/")["status"] == 200
    worker.ask("/help-now/")
    assert worker.renderings == 2


def test_a_cold_article_takes_few_queries_whatever_its_size(worker):
    worker.ask("/help-now/")
    big = make_article(slug="big")
    for number in range(40):
        Section.objects.create(parent=big, region="main", heading="More", anchor=f"more-{number}", text="<p>Words.</p>")
    publish(big)
    worker.look_again()
    for path in (
        "/help-now/",
        "/articles/a/",
    ):  # the organisation and the glossary's words are read once a content version
        worker.ask(path)
    with CaptureQueriesContext(connection) as queries:
        assert worker.ask("/articles/big/")["status"] == 200
    assert len(queries) <= 4, [query["sql"][:100] for query in queries]


def test_the_address_of_a_question_mark_is_not_quiet_mode(worker):
    worker.ask("/articles/a/", query=QUIET)
    assert worker.ask("/articles/a/%3F")["status"] == 404
    worker.breaks = True
    content_version.write_version()
    worker.look_again()
    assert worker.ask("/articles/a/", query=QUIET)["status"] == 200


def test_the_newest_copy_is_the_last_good_one(worker, article, monkeypatch):
    worker.ask("/articles/a/")
    retitle(article, "Second title")
    worker.look_again()
    monkeypatch.setattr(worker.site, "to_disk", lambda page: None)  # the disk keeps the first
    worker.ask("/articles/a/")
    content_version.write_version()
    worker.look_again()
    worker.breaks = True
    assert b"Second title" in worker.ask("/articles/a/")["body"]


def test_a_version_of_the_page_has_one_address(worker):
    assert worker.ask("/articles/a/history/1/")["status"] == 200
    assert worker.ask("/articles/a/history/01/")["status"] == 404


def test_nothing_is_kept_while_the_version_was_never_read(worker, monkeypatch):
    def away():
        raise ConnectionError

    monkeypatch.setattr(content_version, "read_version", away)
    assert worker.ask("/articles/a/")["status"] == 200
    assert worker.site.memory == {}


def test_what_readers_have_not_asked_for_longest_gives_way(worker, monkeypatch, later):
    for slug in "bc":
        make_published(slug=slug, title="First title")
    for minute, slug in enumerate("abac"):
        later(minute)
        worker.ask(f"/articles/{slug}/")
        monkeypatch.setattr(page_cache, "MEMORY", worker.site.size + 1000 if minute else page_cache.MEMORY)
    assert worker.site.memory.keys() == {"http::/articles/a/", "http::/articles/c/"}


def test_nobody_asked_for_a_page_because_it_was_refreshed(worker, later):
    worker.ask("/articles/a/")
    for minute, renderings in ((59, 2), (61, 2)):
        later(minute)
        content_version.write_version()
        worker.look_again()
        assert worker.site.refresh() and worker.renderings == renderings


def test_only_what_was_asked_for_in_the_last_hour_is_refreshed(worker, later):
    for path in ("/help-now/", "/articles/a/"):
        worker.ask(path)
    later(59)
    worker.ask("/articles/a/")
    later(61)
    renderings = worker.renderings
    content_version.write_version()
    worker.look_again()
    assert worker.site.refresh() and worker.renderings == renderings + 1
    with no_queries():
        assert worker.ask("/articles/a/")["status"] == 200
    assert worker.ask("/help-now/")["status"] == 200, "control: the other is rendered for whoever asks"
    assert worker.renderings == renderings + 2


def ask_together(worker, path, number=4):
    """What so many readers get who ask at once: no page is rendered before all have asked."""
    asking, answers = threading.Semaphore(0), []

    def render(environ, start_response):
        for _ in range(number):
            assert asking.acquire(timeout=30)
        for _ in range(number):
            asking.release()
        environ[VALIDITY] = Validity(math.inf)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Rendered"]

    def ask():
        asking.release()
        answers.append(worker.ask(path)["body"])

    worker.django_application = render
    readers = [threading.Thread(target=ask) for _ in range(number)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(timeout=30)
    return answers


def test_a_page_that_many_ask_for_at_once_is_rendered_once(worker):
    assert ask_together(worker, "/articles/a/") == [b"Rendered"] * 4
    assert worker.renderings == 1


def test_while_one_reader_has_a_page_rendered_the_others_get_its_last_good_copy(worker):
    before = worker.ask("/articles/a/")["body"]
    content_version.write_version()
    worker.site.watch.refresh()
    answers = ask_together(worker, "/articles/a/")
    assert worker.renderings == 2
    assert b"Rendered" in answers and set(answers) <= {b"Rendered", before}


def test_nobody_gets_a_copy_from_before_a_withdrawal_while_the_page_is_rendered(worker):
    worker.ask("/articles/a/")
    content_version.write_version(withdrawn=True)
    worker.site.watch.refresh()
    assert ask_together(worker, "/articles/a/") == [b"Rendered"] * 4
    assert worker.renderings == 2


def test_a_page_whose_rendering_breaks_is_rendered_for_the_next_reader(worker, monkeypatch):
    def broken(environ, start_response):
        raise RuntimeError

    with monkeypatch.context() as breaking:
        breaking.setattr(worker, "django_application", broken)
        with pytest.raises(RuntimeError):
            worker.ask("/articles/a/")
    assert worker.ask("/articles/a/")["status"] == 200


def test_memory_is_bounded(worker, monkeypatch):
    worker.ask("/articles/")
    monkeypatch.setattr(page_cache, "MEMORY", worker.site.size + 10)
    for path in ("/articles/a/", "/help-now/"):
        worker.ask(path)
    assert len(worker.site.memory) == 1
    assert worker.site.size == sum(map(page_cache.weight, worker.site.memory.values()))


def test_a_disk_that_takes_nothing_stops_no_page(worker, settings, tmp_path, caplog):
    (tmp_path / "finished").write_text("in the way")
    assert worker.ask("/articles/a/")["status"] == 200
    assert "cannot be stored on the disk" in caplog.text


def test_without_its_version_store_a_worker_answers_what_it_has(worker, monkeypatch, caplog):
    body = worker.ask("/articles/a/")["body"]

    def away():
        raise ConnectionError

    monkeypatch.setattr(content_version, "read_version", away)
    worker.look_again()
    assert worker.ask("/articles/a/")["body"] == body
    assert "content version cannot be read" in caplog.text and "ConnectionError" in caplog.text
