import datetime
import gzip
import io
import time
import zoneinfo
from contextlib import contextmanager

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from content.delivery import organisation, page_cache
from content.models import Article, RelatedArticle, Section, Topic
from content.services import publishing, saving
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_published,
    make_source,
    make_user,
    publish,
    sign,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Worker:
    """One process of the public site, as a client on the wire sees it."""

    def __init__(self):
        self.site = page_cache.FinishedPages(self.django)
        self.django_application = WSGIHandler()
        self.renderings = 0
        self.breaks = False

    def django(self, environ, start_response):
        self.renderings += 1
        if self.breaks:
            start_response("500 Internal Server Error", [])
            return [b"broken"]
        return self.django_application(environ, start_response)

    def ask(self, path, method="GET", query="", **headers):
        environ = RequestFactory().get(path, **headers).environ
        environ |= {"REQUEST_METHOD": method, "QUERY_STRING": query, "HTTP_HOST": headers.get("HTTP_HOST", "localhost")}
        answer = {}

        def start_response(status, headers, exc_info=None):
            answer.update(status=int(status[:3]), headers=dict(headers))

        response = self.site(environ, start_response)
        answer["body"] = b"".join(response)
        if hasattr(response, "close"):
            response.close()
        return answer

    def ask_oddly(self, path, odd):
        """What comes back is the sender's alone."""
        self.asked = RequestFactory().get(path).environ | {"HTTP_HOST": "localhost", "QUERY_STRING": ""} | odd
        response = self.site(self.asked, lambda status, headers, exc_info=None: lambda data: None)
        for _ in response:
            pass
        page_cache.close(response)

    def look_again(self):
        """As if the time between two looks at the content version had passed."""
        self.site.watch.looked_at = -page_cache.SECONDS_BETWEEN_LOOKS


@pytest.fixture(autouse=True)
def _own_var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    page_cache.write_version()  # one of its own: what another test read once is nothing to this one


@pytest.fixture(autouse=True)
def _connection_stays_open(monkeypatch):
    """Django closes a connection at the end of a request; the test's own must live on."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def article():
    make_centre()
    make_help_line()
    article = make_article(slug="a", title="First title")
    publish(article)
    return article


@pytest.fixture
def worker(article):
    return Worker()


@contextmanager
def no_queries():
    with CaptureQueriesContext(connection) as queries:
        yield
    assert [query["sql"] for query in queries] == []


def retitle(article, title):
    Article.objects.filter(pk=article.pk).update(title=title)
    publish(Article.objects.get(pk=article.pk))


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
    for shown in ("/articles/today/", "/es/articles/es/", "/articles/chosen/", "/topics/medicines/", "source-60"):
        assert shown in text
    assert "Clinically reviewed by" in text


@pytest.mark.parametrize(
    "path", ["/", "/articles/", "/articles/a/", "/articles/a/history/", "/help-now/", "/what-we-store/"]
)
def test_every_page_that_is_only_read_is_finished(worker, path):
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
    (copy,) = (organisation.lifeboat_path().parent.parent / "finished").iterdir()
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


def test_a_worker_looks_at_the_version_at_least_once_a_second():
    assert page_cache.SECONDS_BETWEEN_LOOKS < 1


def test_two_changes_within_one_tick_of_the_clock_are_two_versions(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_000)
    seen = []
    for _ in range(3):
        page_cache.write_version()
        seen.append(page_cache.read_version())
    assert len(set(seen)) == 3


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


@pytest.mark.parametrize("path", ["/articles/a/", "/contact/"])
def test_head_says_what_get_says_without_the_text(worker, path):
    unread = worker.ask(path, method="HEAD")
    read = worker.ask(path)
    assert unread["body"] == b""
    assert unread["headers"].keys() == read["headers"].keys()
    assert unread["headers"].get("ETag") == read["headers"].get("ETag")


def test_a_finished_page_has_the_headers_that_django_gave_it(worker):
    headers = worker.ask("/articles/a/")["headers"]
    for name in ("Content-Security-Policy", "Permissions-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        assert headers[name]
    assert headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in headers


def test_an_unknown_host_gets_no_finished_page(worker):
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
    worker.ask("/articles/a/", query=page_cache.QUIET)
    worker.ask("/articles/a/", query=page_cache.QUIET)
    assert worker.renderings == 2


def test_the_last_good_copy_outlives_the_database(worker, article, caplog):
    body = worker.ask("/articles/a/")["body"]
    page_cache.write_version()
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
    for query in ("", page_cache.QUIET):
        worker.ask("/articles/a/", query=query)
    retitle(article, "Second title")
    worker.look_again()
    assert worker.site.make_anew()
    made = worker.renderings
    with no_queries():
        assert b"Second title" in worker.ask("/articles/a/")["body"]
        assert b"Second title" in worker.ask("/articles/a/", query=page_cache.QUIET)["body"]
    assert worker.renderings == made == 4
    assert worker.site.make_anew() and worker.renderings == made, "control: what is true stays"


def test_another_worker_takes_what_was_made_anew_from_the_disk(worker, article):
    other = Worker()
    for each in (worker, other):
        each.ask("/articles/a/")
    retitle(article, "Second title")
    for each in (worker, other):
        each.look_again()
        assert each.site.make_anew()
    assert (worker.renderings, other.renderings) == (2, 0)
    assert b"Second title" in other.ask("/articles/a/")["body"]


def test_a_withdrawal_leaves_the_other_pages_a_last_good_copy(worker, article):
    make_published(slug="b", title="Another")
    worker.ask("/articles/a/")
    worker.ask("/articles/b/")
    publishing.withdraw(article=article)
    worker.look_again()
    assert worker.site.make_anew()
    worker.breaks = True
    assert worker.ask("/articles/a/")["status"] == 500, "the withdrawn one has none"
    assert worker.ask("/articles/b/")["status"] == 200
    page_cache.write_version(withdrawn=True)
    worker.look_again()
    assert worker.ask("/articles/b/")["status"] == 500, "control: before it is made anew, none may stand in"


def test_whatever_goes_wrong_in_one_round_there_is_another(worker, monkeypatch, caplog):
    class Over(BaseException):
        """Ends what never returns."""

    rounds = iter([RuntimeError, True, False, Over])
    pauses = []

    def make_anew():
        outcome = next(rounds)
        if isinstance(outcome, type):
            raise outcome
        return outcome

    monkeypatch.setattr(worker.site, "make_anew", make_anew)
    monkeypatch.setattr(page_cache.time, "sleep", pauses.append)
    with pytest.raises(Over):
        worker.site.keep_up()
    assert pauses == [
        page_cache.SECONDS_BETWEEN_TRIES,
        page_cache.SECONDS_BETWEEN_LOOKS,
        page_cache.SECONDS_BETWEEN_TRIES,
    ]
    assert "RuntimeError" in caplog.text


def test_a_page_that_is_refused_is_left_to_the_next_reader(worker, article, monkeypatch):
    worker.ask("/articles/a/")
    page_cache.write_version()
    worker.look_again()

    def refuse(environ, start_response):
        start_response("400 Bad Request", [])
        return [b"refused"]

    with monkeypatch.context() as refusing:
        refusing.setattr(worker, "django_application", refuse)
        assert worker.site.make_anew() and worker.site.memory == {}
        assert worker.ask("/articles/a/")["status"] == 400
    worker.breaks = True
    assert worker.ask("/articles/a/")["status"] == 200, "only a page that is gone takes its last good copy with it"


def test_where_every_host_is_ours_pages_are_kept_and_made_anew(worker, settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert worker.ask("/articles/a/")["status"] == 200
    page_cache.write_version()
    worker.look_again()
    assert worker.site.make_anew() and len(worker.site.memory) == 1


# Of a request, only the key reaches what everybody reads

ODD_REQUESTS = {
    "more fields than a form may have": {"QUERY_STRING": "&".join("a" * 2001)},
    "a query that is no text": {"QUERY_STRING": "%ff%00&\xff=\xfe"},
    "a query of the styles": {"QUERY_STRING": "quiet&quiet=1&voice=x&page=2&format=json"},
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
    (copy,) = (organisation.lifeboat_path().parent.parent / "finished").iterdir()
    return page_cache.Page.from_bytes(copy.read_bytes())


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

    page_cache.write_version()
    worker.look_again()
    worker.ask_oddly("/articles/a/", odd)
    anew = copy_on_disk()
    assert content_of(anew) == content_of(plain) and anew.version != plain.version, "made anew by this request"

    page_cache.write_version()
    worker.look_again()
    worker.breaks = True
    worker.ask_oddly("/articles/a/", odd)
    assert content_of(copy_on_disk()) == content_of(plain)
    assert worker.ask("/articles/a/")["body"] == plain.bodies["identity"]


def test_control_what_stands_in_the_key_makes_a_copy_of_its_own(worker, plain):
    worker.ask_oddly("/articles/a/", {"QUERY_STRING": page_cache.QUIET})
    copies = {page.key: page.bodies["identity"] for page in worker.site.memory.values()}
    assert len(copies) == len(set(copies.values())) == 2


def test_control_a_view_that_was_given_the_request_could_be_changed_by_it(worker, plain, monkeypatch):
    monkeypatch.setattr(page_cache, "environ_of", lambda key: worker.asked)
    page_cache.write_version()
    worker.look_again()
    worker.ask_oddly("/articles/a/", {"SCRIPT_NAME": "//evil.example"})
    assert b"evil.example" in copy_on_disk().bodies["identity"]


def test_while_no_page_can_be_made_one_is_tried_and_the_rest_left(worker, article):
    make_published(slug="b", title="Another")
    for slug in "ab":
        worker.ask(f"/articles/{slug}/")
    page_cache.write_version()
    worker.look_again()
    worker.breaks = True
    assert not worker.site.make_anew()
    assert worker.renderings == 3
    worker.breaks = False
    assert worker.site.make_anew()
    assert worker.renderings == 4, "the one that was tried is left alone for some seconds"


def test_after_an_outage_the_page_is_made_anew(worker, article, monkeypatch):
    worker.ask("/articles/a/")
    retitle(article, "Second title")
    worker.look_again()
    worker.breaks = True
    assert b"First title" in worker.ask("/articles/a/")["body"]
    worker.breaks = False
    later = time.time() + page_cache.SECONDS_BETWEEN_TRIES
    monkeypatch.setattr(page_cache.time, "time", lambda: later)
    assert b"Second title" in worker.ask("/articles/a/")["body"]


@pytest.mark.parametrize(
    ("change", "status"), [(lambda article: publishing.withdraw(article=article), 404), (lambda article: None, 200)]
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
    publishing.withdraw(article=article)
    worker.look_again()
    worker.breaks = True
    assert worker.ask("/articles/a/")["status"] == 500
    worker.breaks = False
    assert worker.ask("/articles/a/")["status"] == 404
    assert worker.site.memory == {}


@pytest.fixture
def later(time_machine):
    """`later(minutes)` moves the clock to so long after the beginning, which is an hour after midnight."""
    begin = datetime.datetime.fromtimestamp(page_cache.next_midnight(), datetime.UTC) + datetime.timedelta(hours=1)

    def move(minutes):
        time_machine.move_to(begin + datetime.timedelta(minutes=minutes), tick=False)
        return begin + datetime.timedelta(minutes=minutes)

    move(0)
    return move


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
    publishing.withdraw(article=article, at=later(10))
    later(0)
    worker.look_again()
    worker.ask("/articles/a/")
    worker.breaks = True
    page_cache.write_version()
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
    midnight = page_cache.next_midnight()
    monkeypatch.setattr(page_cache.time, "time", lambda: midnight)
    worker.ask("/articles/a/")
    assert worker.renderings == 2


def test_what_all_pages_share_is_read_once_a_day_for_each_version_that_is_known(time_machine):
    read = []
    shared = page_cache.read_once(lambda version, word: read.append((version, word)) or word.upper())
    one, two = page_cache.ContentVersion("1", "0"), page_cache.ContentVersion("2", "0")

    def reads(version):
        read.clear()
        assert [shared(version, "a"), shared(version, "a")] == ["A", "A"]
        return len(read)

    time_machine.move_to(datetime.datetime(2026, 5, 4, 23, 59, tzinfo=zoneinfo.ZoneInfo("America/Los_Angeles")))
    assert [reads(one), reads(one), reads(two)] == [1, 0, 1]
    assert [reads(page_cache.UNKNOWN), reads(None)] == [2, 2]
    time_machine.shift(datetime.timedelta(minutes=2))
    assert [reads(one), reads(one)] == [1, 0]


def test_a_page_made_from_the_lifeboat_is_not_kept(worker, monkeypatch):
    def away():
        raise DatabaseError

    monkeypatch.setattr(organisation, "house_from_database", away)
    assert worker.ask("/help-now/")["status"] == 200
    worker.ask("/help-now/")
    assert worker.renderings == 2


def test_a_change_at_the_desk_is_a_new_version(client):
    make_centre()
    topic = Topic.objects.create(slug="t", name="T", intro="I")
    client.force_login(make_user(is_superuser=True))
    before = page_cache.read_version()
    fields = {"slug": "t", "name": "Another", "intro": "I", "position": "0"}
    assert client.post(reverse("admin:content_topic_change", args=[topic.pk]), fields).status_code == 302
    assert page_cache.read_version() != before


def test_a_cold_article_takes_few_queries_whatever_its_size(worker):
    worker.ask("/help-now/")
    big = make_article(slug="big")
    for number in range(40):
        Section.objects.create(parent=big, region="main", heading="More", anchor=f"more-{number}", text="<p>Words.</p>")
    publish(big)
    worker.look_again()
    for path in ("/help-now/", "/articles/a/"):  # the house and the glossary's words are read once a content version
        worker.ask(path)
    with CaptureQueriesContext(connection) as queries:
        assert worker.ask("/articles/big/")["status"] == 200
    assert len(queries) <= 4, [query["sql"][:100] for query in queries]


def test_a_view_that_sets_a_cookie_is_never_kept(caplog):
    assert page_cache.is_for_everybody([("Content-Type", "text/html")])
    assert not page_cache.is_for_everybody([("Set-Cookie", "a=b")])
    assert not page_cache.is_for_everybody([("Vary", "Accept, Cookie")])
    assert "depends on a cookie" in caplog.text


def test_the_address_of_a_question_mark_is_not_quiet_mode(worker):
    worker.ask("/articles/a/", query=page_cache.QUIET)
    assert worker.ask("/articles/a/%3F")["status"] == 404
    worker.breaks = True
    page_cache.write_version()
    worker.look_again()
    assert worker.ask("/articles/a/", query=page_cache.QUIET)["status"] == 200


def test_the_newest_copy_is_the_last_good_one(worker, article, monkeypatch):
    worker.ask("/articles/a/")
    retitle(article, "Second title")
    worker.look_again()
    monkeypatch.setattr(worker.site, "to_disk", lambda page: None)  # the disk keeps the first
    worker.ask("/articles/a/")
    page_cache.write_version()
    worker.look_again()
    worker.breaks = True
    assert b"Second title" in worker.ask("/articles/a/")["body"]


def test_a_version_of_the_page_has_one_address(worker):
    assert worker.ask("/articles/a/history/1/")["status"] == 200
    assert worker.ask("/articles/a/history/01/")["status"] == 404


def test_a_store_that_hangs_is_left_alone_for_some_seconds(worker, monkeypatch):
    asked = []

    def away():
        asked.append(1)
        raise TimeoutError

    monkeypatch.setattr(page_cache, "read_version", away)
    for _ in range(3):
        worker.look_again()
        worker.ask("/contact/")
    assert len(asked) == 1


def test_nothing_is_kept_while_the_version_was_never_read(worker, monkeypatch):
    def away():
        raise ConnectionError

    monkeypatch.setattr(page_cache, "read_version", away)
    assert worker.ask("/articles/a/")["status"] == 200
    assert worker.site.memory == {}


def test_an_announcement_that_fails_breaks_no_publication_and_the_worker_makes_up_for_it(
    article, worker, monkeypatch, caplog
):
    def away(**kwargs):
        raise ConnectionError

    worker.ask("/articles/a/")
    with monkeypatch.context() as outage:
        outage.setattr(page_cache, "write_version", away)
        retitle(article, "Second title")
        assert Article.objects.get().published_revision.snapshot["title"] == "Second title"
        assert "announce" in caplog.text
        with pytest.raises(ConnectionError):
            call_command("announce_changes")
    worker.look_again()
    assert b"Second title" not in worker.ask("/articles/a/")["body"], "control: the pages were not told"
    call_command("announce_changes")
    worker.look_again()
    assert b"Second title" in worker.ask("/articles/a/")["body"]
    assert page_cache.announce_owed() == 0


def test_a_withdrawal_that_could_not_be_announced_is_announced_as_one(article, monkeypatch):
    before = page_cache.read_version()
    with monkeypatch.context() as outage:
        outage.setattr(page_cache, "write_version", lambda **kwargs: 1 / 0)
        publishing.withdraw(article=article)
    assert page_cache.read_version() == before, "control"
    assert page_cache.announce_owed() == 1
    assert page_cache.read_version().withdrawal != before.withdrawal


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
    assert "cannot be kept on the disk" in caplog.text


def test_without_its_version_store_a_worker_answers_what_it_has(worker, monkeypatch, caplog):
    body = worker.ask("/articles/a/")["body"]

    def away():
        raise ConnectionError

    monkeypatch.setattr(page_cache, "read_version", away)
    worker.look_again()
    assert worker.ask("/articles/a/")["body"] == body
    assert "content version cannot be read: ConnectionError" in caplog.text
