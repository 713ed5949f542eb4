"""P56. What another website can make a browser do here, at every address of the house; and what a mere look changes."""

import itertools
import re
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client

from admissions.crypto.form_token import FormToken
from tests.admissions.factories import make_inquiry, receive, times
from tests.faults.rig import figure
from tests.magnified import test_permissions
from tests.magnified.test_permissions import ACCOUNTS, MAY_BE_WRITTEN_BY_LOOKING, TABLE, Asked, client_of

pytestmark = pytest.mark.django_db

site = test_permissions.site  # one of everything that an address can name

HERE = "http://testserver"
KEY = "k" * 32
SENT = (f"csrfmiddlewaretoken={KEY}", "application/x-www-form-urlencoded")
ELSEWHERE = {
    "another site": {"origin": "https://evil.example"},
    "a sandboxed frame or a redirect": {"origin": "null"},
    "a sub-domain": {"origin": "http://forum.testserver"},
    "the same name at another port": {"origin": "http://testserver:8080"},
    "the same name without its encryption": {"origin": "https://testserver"},
    "a name that begins like ours": {"origin": "http://testserver.evil.example"},
    "a name that ends like ours": {"origin": "http://eviltestserver"},
    "nowhere": {"origin": ""},
}


def holding_the_key(account):
    """The worst case: another site knows the key that belongs to the browser's cookie, and the cookies come along."""
    client = client_of(account)
    client.handler.enforce_csrf_checks = True
    client.cookies[settings.CSRF_COOKIE_NAME] = KEY
    return client


def who_may_most(name):
    """The account whose cell of the table holds the most, the first of them."""
    return max(ACCOUNTS, key=lambda account: len(TABLE[name][account].strip("-")))


@pytest.fixture
def clients(site):
    return {account: holding_the_key(account) for account in ACCOUNTS}


def test_no_address_takes_what_another_site_sends_even_with_the_right_key(site, clients):
    """Any method that may change something, in the name of whoever may most; from each of the places in turn."""
    turns, taken, tried = itertools.cycle(ELSEWHERE.values()), [], 0
    for name, path in site.items():
        client = clients[who_may_most(name)]
        for headers in times(short=[next(turns)], full=ELSEWHERE.values()):
            for method in ("POST", "DELETE"):
                asked, tried = Asked(client, method, path, *SENT, headers=headers), tried + 1
                if asked.response.status_code != 403 or asked.written:
                    taken.append((method, name, headers, asked.response.status_code, asked.written))
    figure("P56", f"of {tried} requests of other sites with the right key, taken", len(taken), "0")
    assert taken == []
    assert tried > 400


def test_control_from_our_own_pages_the_same_requests_are_taken(site, clients):
    refused = []
    for name, path in site.items():
        account = who_may_most(name)
        if "W" in TABLE[name][account]:
            asked = Asked(clients[account], "POST", path, *SENT, headers={"origin": HERE})
            if not asked.is_let_in:
                refused.append((name, account, asked.response.status_code))
    assert refused == []


def sent(path, *, key=KEY, **how):
    """The status of a form that is sent by a browser without any other cookie."""
    strict = Client(enforce_csrf_checks=True)
    if key:
        strict.cookies[settings.CSRF_COOKIE_NAME] = key
    return strict.generic("POST", path, *SENT, **how).status_code


@pytest.mark.parametrize("path", ["/contact/", "/return/", "/return/destroy/", "/admin/login/"])
def test_from_no_such_place_a_form_is_taken_with_the_cookie_or_without(site, path):
    for place, headers in ELSEWHERE.items():
        assert sent(path, headers=headers, key="") == 403, f"{place}: as a browser sends it"
        assert sent(path, headers=headers) == 403, place
    # From our own sign-in page nobody signs in either: it is shown anew, with a key that fits.
    assert sent(path, headers={"origin": HERE}, key="") == (302 if path == "/admin/login/" else 403)
    assert sent(path, headers={"origin": HERE}) != 403, "control"


def test_an_encrypted_form_that_names_no_origin_is_judged_by_its_referer(site):
    for referer in ("https://evil.example/", "https://forum.testserver/", "http://testserver/contact/", ""):
        assert sent("/contact/", secure=True, headers={"referer": referer} if referer else {}) == 403, referer
    assert sent("/contact/", secure=True, headers={"referer": "https://testserver/contact/"}) == 200, "control"


# What another site sent is not shown again (P76)

PLANTED = {
    "name": "Planted Name",
    "message": "Planted message",
    "who_may_answer": "Planted keeper",
    "phone": "900-555-0199",
    "email": "planted@evil.example",
    "website": "https://planted.example",
    "code": "PLAN-TEDC-0DE0-0000-0000",
    "then": "line",
    "consent": "on",
    "username": "planted",
    "title": "Planted title",
    "text": "Planted text",
    "note": "Planted note",
    "reason": "Planted reason",
    "comment": "Planted comment",
    "next": "//planted.example/",
}
PLACES = {
    **ELSEWHERE,
    "a form that hides where it stands": {},
    "a page of another site, by its Referer": {"referer": "https://evil.example/"},
    "a page that begins like ours, by its Referer": {"referer": "http://testserver@evil.example/contact/"},
    "an address that is none": {"referer": "http://[testserver/"},
    "a page that our own browser calls foreign": {"origin": HERE, "sec-fetch-site": "cross-site"},
    "a sub-domain that our own browser calls a sibling": {"origin": HERE, "sec-fetch-site": "same-site"},
}
SIGNED = re.compile(r"[\w=-]{43,}\.\d+\.\d+\.e[ns]:[\w-]+")  # a form token: whoever knows it can work out the code


def planted_in(response, token):
    """What of the sent text, or which signed token, stands in this answer."""
    text = response.content.decode() + str(dict(response.items()))
    return [value for value in (*PLANTED.values(), token) if value not in {"on", "line"} and value in text] + (
        SIGNED.findall(text)
    )


class Deployment(NamedTuple):
    scheme: dict[str, bool]
    origin: str
    foreign: list[dict[str, str]]


@pytest.fixture(params=["laptop", "production"])
def deployment(request, settings):
    """How requests come in, from where they are ours, and where they are foreign."""
    if request.param == "production":
        settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE = "__Host-csrftoken", True
    ours, other = ("https", "http") if request.param == "production" else ("http", "https")
    foreign = [
        {
            key: value.replace(other, ours, 1) if key == "origin" and "sec-fetch-site" in headers else value
            for key, value in headers.items()
        }
        for headers in PLACES.values()
    ]
    foreign = [headers for headers in foreign if headers != {"origin": f"{ours}://testserver"}]
    return Deployment(
        {"secure": ours == "https"}, f"{ours}://testserver", [*foreign, {"origin": f"{other}://testserver"}]
    )


def with_values(site):
    """Every address that takes a form, in both languages where there are two; and who may send it most."""
    for name, path in site.items():
        if any("W" in cell for cell in TABLE[name].values()):
            yield name, path
            if is_public(name) and not path.startswith("/shared/"):
                yield name, f"/es{path}"


def test_nothing_that_another_site_sent_stands_in_the_answer_of_any_form(site, deployment):
    token, found, tried = str(FormToken.new(1)), [], 0
    turns = itertools.cycle(deployment.foreign)
    strict = {account: client_of(account) for account in ACCOUNTS}
    for client in strict.values():
        client.handler.enforce_csrf_checks = True
    for name, path in with_values(site):
        every_place = name.startswith("admissions:") or name == "admin:login"
        for headers in deployment.foreign if every_place else times(short=[next(turns)], full=deployment.foreign):
            client = strict[who_may_most(name)]
            asked, tried = Asked(client, "POST", path, *body(token), headers=headers, **deployment.scheme), tried + 1
            if planted := planted_in(asked.response, token):
                found.append((name, headers, planted))
    figure("P76", f"of {tried} forms that another site sent, given back", len(found), "0")
    assert found == []
    assert tried > 250


def body(token):
    return urlencode({**PLANTED, "form_token": token}), SENT[1]


@pytest.mark.parametrize("path", ["/contact/", "/es/contact/", "/request-a-call/", "/es/request-a-call/"])
def test_control_from_our_own_page_a_form_without_its_cookie_keeps_every_word_and_its_token(site, path, deployment):
    for headers in ({"origin": deployment.origin}, {"origin": deployment.origin, "sec-fetch-site": "same-origin"}):
        token, strict = str(FormToken.new(1)), Client(enforce_csrf_checks=True)
        answer = strict.generic("POST", path, *body(token), headers=headers, **deployment.scheme)
        assert answer.status_code == 403
        assert {"Planted message", "Planted keeper", "900-555-0199", token} <= set(planted_in(answer, token))
        assert "https://planted.example" not in answer.content.decode(), "the trap is never shown again"


# Frames


def can_be_framed(response):
    return "frame-ancestors 'none'" not in response.get("Content-Security-Policy", "").split("; ")


def test_no_answer_whatever_can_be_framed(site):
    """Pages, refusals, pictures and files; whoever asks, and by whatever method."""
    answers = {}
    for account, methods in {"anonymous": ["GET", "POST", "DELETE"], "superuser": ["GET"]}.items():
        client = client_of(account)
        for (name, path), method in itertools.product(site.items(), methods):
            answers[account, method, name] = Asked(client, method, path).response
    client = Client(raise_request_exception=False)
    answers["not found"] = client.get("/nowhere/")
    answers["without its slash"] = client.get("/contact")
    answers["refused"] = Client(enforce_csrf_checks=True).post("/articles/test-article/helpful/")
    answers["no such host"] = client.get("/", headers={"host": "evil.example"})
    answers["too large"] = client.generic("POST", "/contact/", "name=" + "x" * 3_000_000, SENT[1])
    statuses = {answer.status_code for answer in answers.values()}
    assert {200, 301, 302, 303, 400, 403, 404, 405, 413} <= statuses
    framed = [what for what, answer in answers.items() if can_be_framed(answer)]
    figure("P56", f"of {len(answers)} answers, that can be framed", len(framed), "0")
    assert framed == []


def test_an_error_of_ours_cannot_be_framed_either(site, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("content.views.notices.render", broken)
    answer = Client(raise_request_exception=False).get("/help-now/")
    assert answer.status_code == 500 and not can_be_framed(answer)


def test_no_file_can_be_framed(client):
    name = next(name for finder in finders.get_finders() for name, _ in finder.list([]) if name.endswith(".js"))
    answer = client.get(f"{settings.STATIC_URL}{name}")
    assert b"".join(answer)
    assert answer.status_code == 200 and not can_be_framed(answer)


# Looking


def everything_stored():
    """Each table, row by row."""
    with connection.cursor() as cursor:
        stored = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute("SELECT * FROM " + connection.ops.quote_name(table))  # noqa: S608 reason=a name that the database itself gave
            stored[table] = sorted(repr(row) for row in plain_rows(cursor))
    return stored


def plain_rows(cursor):
    return ([bytes(value) if isinstance(value, memoryview) else value for value in row] for row in cursor)


def changed_tables(before):
    after = everything_stored()
    return {table for table in before.keys() | after.keys() if before.get(table) != after.get(table)}


def is_public(name):
    return not name.startswith("admin")


def look(client, path, method="GET"):
    response = client.generic(method, path)
    if response.streaming:
        b"".join(response)
    return response


def test_looking_at_every_page_of_the_public_site_changes_nothing(site):
    client, before = client_of("anonymous"), everything_stored()
    paths = {path for name, path in site.items() if is_public(name) and name != "shared"}
    paths |= {f"/es{path}" for path in paths} | {f"{path}?q=sponsor&for=me&quiet" for path in paths}
    for path, method in itertools.product(sorted(paths), ("GET", "HEAD", "OPTIONS")):
        look(client, path, method)
    assert changed_tables(before) == set()
    client.get(site["shared"])
    assert changed_tables(before) == {"content_shareopening"}, (
        "control: a draft that was opened is noted, and seen here"
    )


def test_looking_at_every_page_of_a_visit_changes_nothing(site, client):
    """With the code given, and the page open that shows it."""
    assert client.post("/return/", {"code": receive().return_code}).status_code == 303
    before = everything_stored()
    for name, path in site.items():
        if name.startswith("admissions:"):
            look(client, path)
    assert changed_tables(before) == set()
    assert "twelve steps" in client.get("/return/").content.decode(), "control: the visit is open"


@pytest.mark.parametrize("account", times(short=["publisher", "admissions_lead"], full=ACCOUNTS[1:]))
def test_looking_at_every_page_of_the_desk_leaves_no_more_than_that_somebody_looked(site, account):
    client = client_of(account)
    make_inquiry()
    before = everything_stored()
    answers = [look(client, path) for name, path in site.items() if not is_public(name) and TABLE[name][account] != "-"]
    assert sum(answer.status_code == 200 for answer in answers) > 10, "control: pages opened"
    assert changed_tables(before) <= MAY_BE_WRITTEN_BY_LOOKING
