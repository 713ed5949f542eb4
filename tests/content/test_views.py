import datetime
import gzip
import re

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from content.delivery import organisation
from content.models import Centre, RelatedArticle, Reviewer
from tests import public
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_notice,
    make_published,
    make_source,
    make_user,
    publish,
    sign,
)

pytestmark = pytest.mark.django_db

READING = [
    "home",
    "article_list",
    "help_now",
    "what_to_say",
    "medical_disclaimer",
    "privacy",
    "your_rights",
    "accessibility",
    "stored",
]


@pytest.fixture
def site():
    """A small site: centre, ladder, notices and one article with everything."""
    make_centre()
    make_help_line(
        key="911",
        number="911",
        name="Danger to life",
        danger=True,
        ages=False,
        position=1,
    )
    make_help_line(
        key="988",
        number="988",
        name="Suicide & Crisis Lifeline",
        ages=False,
        position=2,
    )
    for kind in (
        "medical_disclaimer",
        "privacy",
        "your_rights",
        "accessibility",
        "consent",
    ):
        make_notice(kind=kind, title=kind.replace("_", " ").capitalize())
    make_source()
    other = make_published(slug="other", title="Another article")
    article = make_article(
        slug="12-step-program",
        kind="twelve_step",
        steps=12,
        text="<p>A fact from 2020 [@test-2020]. SMART Recovery and LifeRing are other ways.</p>",
    )
    RelatedArticle.objects.create(article=article, related=other, reason="Because it helps.")
    publish(article)
    return article


@pytest.mark.parametrize("name", READING)
def test_every_reading_page_answers_with_the_phone_the_ladder_and_no_cookie(client, site, name):
    response = client.get(reverse(f"content:{name}"))
    assert response.status_code == 200
    text = response.content.decode()
    assert "tel:+17145550142" in text
    assert "tel:911" in text and "tel:988" in text
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_the_article_page_has_every_part(client, site):
    text = client.get(site.get_absolute_url()).content.decode()
    for part in (
        "A short answer.",
        "Clinical review by Dr. Test Reviewer is awaited.",
        "Jump to section",
        "First section",
        "Another article",
        "Because it helps.",
        "Get help now",
        "A test source",
        "Medical disclaimer",
        "Dr. Test Reviewer",
        reverse("admissions:chat"),
        reverse("admissions:contact"),
        reverse("admissions:request_a_call"),
        "Magnified Health Systems",
    ):
        assert part in text, part
    for number in range(1, 13):
        assert f'id="step-{number}"' in text
    assert 'id="source-1"' in text and 'href="#source-1"' in text


def test_every_link_within_the_article_page_has_its_target(client, site):
    import re

    text = client.get(site.get_absolute_url()).content.decode()
    targets = set(re.findall(r'\bid="([^"]+)"', text))
    wanted = set(re.findall(r'href="#([^"]+)"', text))
    assert wanted - targets == set()
    assert len(re.findall(r'\bid="([^"]+)"', text)) == len(targets), "an id appears twice"


def test_an_article_says_when_it_was_first_published_and_when_it_was_last_changed(client, time_machine):
    time_machine.move_to("2025-10-25T12:00:00Z")
    article = make_published(slug="dated", title="Dated")
    once = client.get("/articles/dated/").content.decode()
    time_machine.move_to("2026-11-24T12:00:00Z")
    article.title = "Changed"
    article.save()
    publish(article)
    text = client.get("/articles/dated/").content.decode()
    assert 'Published <time datetime="2025-10-25">' in text and 'Last changed <time datetime="2026-11-24">' in text
    assert '"datePublished":"2025-10-25"' in text and '"dateModified":"2026-11-24"' in text
    assert "Last changed" not in once and "dateModified" not in once


def test_visitors_read_the_published_text_while_an_editor_changes_it(client, site):
    site.title = "A change in progress"
    site.save()
    assert "A change in progress" not in client.get(site.get_absolute_url()).content.decode()


def test_the_review_line_turns_with_a_sign_off(client, site):
    sign(site.published_revision)
    text = client.get(site.get_absolute_url()).content.decode()
    assert "Clinically reviewed by Dr. Test Reviewer, certified (TEST II), on " in text


@pytest.mark.parametrize("slug", ["draft", "nobody-wrote-this"])
def test_an_article_that_is_not_published_is_not_found(client, slug):
    make_article(slug="draft")
    for name in ("article_detail", "article_history"):
        assert client.get(reverse(f"content:{name}", args=[slug])).status_code == 404


def test_the_reviewer_has_a_page_with_the_articles(client, site):
    text = client.get(site.reviewer.get_absolute_url()).content.decode()
    assert "an invented degree" in text and "A test article" in text


def test_search_answers_without_being_stored(client, site):
    response = client.get(reverse("content:search"), {"q": "fact"})
    assert "A test article" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_search_for_a_crisis_shows_the_ladder_before_any_result(client, site):
    text = client.get(reverse("content:search"), {"q": "suicide"}).content.decode()
    main = text[text.index("<main") :]
    assert "988" in main


HOURS = {"hours": "Monday to Friday, 8 a.m. to 6 p.m.", "hours_es": "De lunes a viernes, de 8 a 18"}
ANSWERED_AT_ANY_TIME = re.compile(
    "always call|when you want one|answer now|team answers\\.<|[Dd]ay and night"
    "|[Ss]iempre puede|cuando usted quiera|contestan ahora|contesta nuestro equipo de admisión\\.<|[Dd]e día y de noche"
)


def ours(client, path):
    """A page about reaching us, without what it says of the lines of others."""
    organisation.write_fallback_snapshot()
    return re.sub("<dt>(?:Hours|Horario)</dt><dd>(?:day and night|de día y de noche)</dd>", "", text_of(client, path))


def text_of(client, path):
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/", "/help-now/", "/no-such-page/", "/search/?q=suicide"])
@pytest.mark.parametrize("root", ["", "/es"])
def test_a_page_promises_that_we_answer_at_any_time_only_while_the_record_says_so(client, site, root, path):
    Centre.objects.update(**HOURS)
    text = ours(client, root + path)
    assert HOURS["hours_es" if root else "hours"] in text
    assert not ANSWERED_AT_ANY_TIME.search(text)
    Centre.objects.update(open_all_hours=True)
    assert ANSWERED_AT_ANY_TIME.search(ours(client, root + path)), "control"


@pytest.mark.parametrize(("root", "ask"), [("", "Please ask when you call"), ("/es", "Pregunte cuando llame")])
def test_where_our_hours_are_not_known_the_ladder_says_to_ask_for_them(client, site, root, ask):
    assert f"<dd>{ask}</dd>" in text_of(client, f"{root}/help-now/")
    Centre.objects.update(**HOURS)
    assert ask not in text_of(client, f"{root}/help-now/"), "control"


@pytest.mark.parametrize(
    ("path", "status", "is_packed"),
    [
        ("/search/", 200, True),
        ("/search/?q=", 200, True),
        ("/search/?q=sponsor", 200, False),
        ("/no-such-page/", 404, True),
        ("/no-such-page/?q=sponsor", 404, True),
    ],
)
def test_a_page_without_typed_words_is_sent_packed_and_one_that_repeats_them_never(
    client, site, path, status, is_packed
):
    plain, answer = client.get(path), client.get(path, headers={"accept-encoding": "gzip"})
    assert answer.status_code == status and plain.content.startswith(b"<!doctype html>")
    assert ("Content-Encoding" in answer, b"sponsor" in plain.content) == (is_packed, not is_packed)
    assert (gzip.decompress(answer.content) if is_packed else answer.content) == plain.content


@pytest.mark.parametrize("query", ["\x00", "\udcff", "<script>alert(1)</script>", "%00%ff", "x" * 4000])
def test_no_search_breaks_the_page(client, site, query):
    response = client.get(reverse("content:search"), {"q": query.encode("utf-8", "replace")})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_the_feed_is_atom_with_absolute_links(client, site, settings):
    response = client.get(reverse("content:article_feed"))
    assert response["Content-Type"].startswith("application/atom+xml")
    assert f"{settings.PUBLIC_URL}/articles/12-step-program/" in response.content.decode()


def licences(client, *paths):
    """What the card on each page says of the reviewer's licence."""
    cards = [client.get(path).content.decode().partition('class="reviewer-card"')[2] for path in paths]
    return [re.findall(r"certified \(TEST II\)[^<]*", card) for card in cards]


CHECK_IT = " You can check this: give the number to the board that issued it, and ask if it is still valid."


def test_a_valid_licence_is_shown_with_its_number_on_the_article_and_on_the_reviewers_page(client, site):
    expires = datetime.date(2999, 3, 1)
    Reviewer.objects.update(licence_number="T-<12>", licence_expires=expires)
    line = "certified (TEST II), number T-&lt;12&gt;, valid until March 1, 2999."
    paths = site.get_absolute_url(), site.reviewer.get_absolute_url()
    assert licences(client, *paths) == [[line], [line + CHECK_IT]]
    Reviewer.objects.update(licence_expires=None)
    assert licences(client, *paths) == [
        ["certified (TEST II), number T-&lt;12&gt;."],
        ["certified (TEST II), number T-&lt;12&gt;." + CHECK_IT],
    ]


@pytest.mark.parametrize("fields", [{}, {"licence_number": "T-12", "licence_expires": datetime.date(2020, 1, 1)}])
def test_nothing_is_said_of_a_licence_without_a_number_or_out_of_date(client, site, fields):
    Reviewer.objects.update(licence_number="T-12")
    paths = site.get_absolute_url(), site.reviewer.get_absolute_url()
    assert all(licences(client, *paths)), "control"
    Reviewer.objects.update(**{"licence_number": ""} | fields)
    assert licences(client, *paths) == [[], []]


def test_the_sitemap_lists_every_page_under_the_public_address(client, site, settings):
    text = client.get(reverse("machines:sitemap")).content.decode()
    for address in (
        "/",
        "/articles/12-step-program/",
        "/help-now/",
        site.reviewer.get_absolute_url(),
    ):
        assert f"<loc>{settings.PUBLIC_URL}{address}</loc>" in text


def test_the_sitemap_lists_no_page_that_asks_not_to_be_indexed(client, site):
    text = client.get(reverse("machines:sitemap")).content.decode()
    asking = [path for path in public.paths(text) if 'content="noindex"' in client.get(path).content.decode()]
    assert asking == list(public.FORMS)
    assert not [path for path in public.FORMS if f"{path}</loc>" in text]


def test_every_public_page_answers(client, site):
    paths = public.paths(client.get(reverse("machines:sitemap")).content.decode())
    assert len(paths) > 10
    for path in paths:
        assert client.get(path).status_code in {200, 503}, path


def test_robots_and_security_txt_name_the_public_address(client, site, settings):
    assert f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml" in client.get("/robots.txt").content.decode()
    text = client.get("/.well-known/security.txt").content.decode()
    assert f"Contact: {settings.PUBLIC_URL}/contact/" in text
    expires = datetime.datetime.fromisoformat(text.split("Expires: ")[1].split()[0])
    assert expires > datetime.datetime.now(datetime.UTC)


def test_a_picture_is_served_under_its_hash_with_a_policy_of_its_own(client, settings, tmp_path):
    name = f"{'a' * 32}.webp"
    default_storage.save(name, ContentFile(b"RIFF"))
    try:
        response = client.get(f"/media/{name}")
        assert b"".join(response.streaming_content) == b"RIFF"
        assert "immutable" in response["Cache-Control"]
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
    finally:
        default_storage.delete(name)


@pytest.mark.parametrize("name", ["../settings.py", "x.svg", "a.webp", f"{'b' * 32}.webp", f"{'b' * 32}.php"])
def test_no_other_file_is_served_as_a_picture(client, name):
    assert client.get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize(
    ("name", "args", "queries"),
    [
        ("home", [], 8),
        ("article_list", [], 3),
        ("article_detail", ["12-step-program"], 9),
        ("help_now", [], 2),
        ("privacy", [], 3),
    ],
)
def test_the_main_pages_take_a_fixed_number_of_queries(client, site, django_assert_num_queries, name, args, queries):
    for number in range(5):
        make_published(slug=f"more-{number}", title=f"More {number}")
    with django_assert_num_queries(queries):
        client.get(reverse(f"content:{name}", args=args))


def test_leaving_takes_our_cookies_back_and_no_other_site_can_make_it_so(client):
    client.cookies["received"] = "sealed"
    foreign = client.get("/leave/", headers={"Sec-Fetch-Site": "cross-site"})
    assert "Clear-Site-Data" not in foreign and not foreign.cookies
    own = client.get("/leave/", headers={"Sec-Fetch-Site": "same-origin"})
    assert own["Clear-Site-Data"] == '"cache", "storage"'
    assert list(own.cookies) == ["received"]
    assert own.cookies["received"]["max-age"] == 0


@pytest.mark.parametrize("name", ["a[b]", "x@y", "path", "theme"])
def test_leaving_touches_no_cookie_of_anybody_elses(client, name):
    sent = client.get("/leave/", headers={"Cookie": f"{name}=1; received=sealed"})
    assert sent.status_code == 302
    assert list(sent.cookies) == ["received"], "control: ours is taken back all the same"


def test_leaving_keeps_a_colleague_signed_in(client):
    client.force_login(make_user())
    client.cookies["received"] = "sealed"
    assert list(client.get("/leave/").cookies) == ["received"]


def test_leaving_takes_them_back_as_browsers_of_the_real_site_ask_for_it(client, settings):
    """A cookie named `__Host-` goes only by an answer that is itself Secure, for the whole site and no domain."""
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    settings.VISITOR_COOKIES = {"received": "__Host-received"}
    left = client.get("/leave/", headers={"Cookie": "__Host-csrftoken=1; __Host-received=1; received=1"})
    assert set(left.cookies) == {"__Host-csrftoken", "__Host-received"}
    for taken in left.cookies.values():
        assert taken["secure"] and taken["path"] == "/" and not taken["domain"] and taken["samesite"] == "Strict"
