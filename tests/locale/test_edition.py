"""No page under /es/ mixes the languages: what it shows and says is Spanish, or marked as English."""

import io
import re
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.translation import override

from admissions.crypto.crockford import SPOKEN
from admissions.errors import NotStored, OutcomeUnknown, ThreadFull
from admissions.models import Inquiry
from admissions.services import team, visitor
from content.delivery import organisation
from content.models import Article
from magnified.views import error_page
from tests import public
from tests.admissions.factories import make_staff, put_on_duty
from tests.content.factories import publish, sign

# Words that English has and Spanish has not. A sentence of either language does not get by without such words.
ENGLISH = re.compile(
    r"\b(the|and|of|to|you|your|we|our|is|are|be|been|this|that|these|with|for|from|what|when|who|which|it|its|not|or"
    r"|at|by|on|if|can|may|will|have|has|was|all|any|there|here|now|call|page|search|help|message|article|articles"
    r"|home|step|source|sources|write|wrote|send|your|more|about|week|day|days|hours|january|february|march|april|june"
    r"|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"Women for Sobriety|Poison Help|Magnified Health Systems|AA|Al-Anon|home page only")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta"}
SAID_BY = ("aria-label", "alt", "title", "placeholder")
ARTICLE = "/es/articles/programa-de-12-pasos/"
pytestmark = pytest.mark.django_db


class Said(HTMLParser):
    """Everything that a page says, each with the language it is marked with; and its links."""

    def __init__(self, html):
        super().__init__()
        self.stack, self.said, self.links = [("", "")], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        language = attributes.get("lang", self.stack[-1][1])
        self.said += [(language, attributes[name]) for name in SAID_BY if attributes.get(name)]
        if attributes.get("name") == "description" or attributes.get("property", "").startswith(
            ("og:title", "og:desc")
        ):
            self.said.append((language, attributes["content"]))
        if tag == "a":
            self.links.append([attributes.get("href", ""), language, ""])
        if tag not in VOID:
            self.stack.append((tag, language))

    def handle_endtag(self, tag):
        while self.stack.pop()[0] != tag:
            pass

    def handle_data(self, text):
        tag, language = self.stack[-1]
        if tag in {"style", "script"}:
            return
        if any(open_tag == "a" for open_tag, _ in self.stack):
            self.links[-1][2] += text
        if text.strip():
            self.said.append((language, " ".join(text.split())))


def english_in(html):
    """What the page says in English without marking it. The words in which a code is read aloud are of no language."""
    said = [text for language, text in Said(html).said if language != "en"]
    with override("es"):
        of_a_code = {str(word) for word in SPOKEN.values()}
    return [text for text in said if ENGLISH.search(NAMES.sub("", text)) and not set(text.split()) <= of_a_code]


def every_page():
    """Every page and state that a Spanish reader can meet, by name."""
    call_command("load_starter", stdout=io.StringIO())
    organisation.write_fallback_snapshot()
    client = Client(raise_request_exception=False)
    answers = reading(client)
    put_on_duty(starts="08:00", ends="18:00")
    answers |= states_of_the_forms(client) | states_of_the_article(client)
    with override("es"):
        errors = {f"error {status}": error_page(status) for status in (400, 403, 404, 413, 500, 503)}
    return {name: answer.content.decode() for name, answer in (answers | errors).items()}


def reading(client):
    paths = public.paths(client.get("/sitemap.xml").content.decode(), below="/es/")
    assert len(paths) > 18
    paths += [f"{ARTICLE}{page}" for page in ("history/", "card/", "helpful/", "helpful/thanks/", "?quiet")]
    paths += ["/es/search/", "/es/search/?q=padrino", "/es/search/?q=buprenorfina+alcohol", "/es/search/?q=suicidio"]
    paths += ["/es/search/?q=metadonna", "/es/search/?q=zzzzzz", "/es/contact/?autofill=1", "/es/contact/?quiet"]
    paths += ["/es/received/", "/es/return/", "/es/nowhere/", "/es/topics/paying/"]
    found = {path: client.get(path) for path in paths}
    sent_empty = ("/es/contact/", "/es/request-a-call/", "/es/return/", f"{ARTICLE}helpful/")
    return found | {f"{path} empty": client.post(path, {}) for path in sent_empty}


def own_pages():
    """A browser on our own pages that lost its cookies."""
    return Client(enforce_csrf_checks=True, headers={"origin": "http://testserver"})


def states_of_the_forms(client):
    """Every error and banner, and the way back with the code."""
    found = {f"{path} with a promise": client.get(path) for path in ("/es/contact/", "/es/request-a-call/")}
    assert all(answer.context["promise"] for answer in found.values())
    wrong = {"phone": "1", "email": "x", "message": "m" * 3001, "time_zone": "Mars", "reach_by": "phone", "about": "x"}
    for path in ("/es/contact/", "/es/request-a-call/"):
        form = client.get(path).context["form"]
        token = form["form_token"].value()
        found[f"{path} wrong"] = client.post(path, wrong | {"form_token": token})
        right = {"form_token": token, "consent": "on", "phone": "714-555-0143", "about": "me", "voicemail_ok": "no"}
        right |= {"call_window": "morning", "reach_by": "phone", "texts_ok": "on"}
        found[f"{path} received"] = client.get(client.post(path, right)["Location"])
        code = found[f"{path} received"].context["code"]
        found[f"{path} changed"] = client.post(path, right | {"phone": "714-555-0144"})
        found[f"{path} expired"] = own_pages().post(path, right)
        found |= {f"{path} then {name}": answer for name, answer in states_of_a_visit(client, code).items()}
    return found


def states_of_a_visit(client, code):
    """Everything that the code opens, from the first look to the certificate."""
    counsellor = make_staff()
    for inquiry in Inquiry.objects.filter(status="new"):
        team.open_thread(inquiry=inquiry, actor=counsellor)
        team.reply(inquiry=inquiry, actor=counsellor, text="Claro que sí.")

    def enter():
        client.get("/es/return/")
        return client.post("/es/return/", {"code": code}, follow=True)

    def pressed(path, **data):
        token = client.get("/es/return/").context["form"]["form_token"].value()
        return client.post(f"/es/return/{path}", {"form_token": token} | data, follow=True)

    found = {"wrong": client.post("/es/return/", {"code": "x"}), "opened": enter()}
    assert "Claro que sí." in found["opened"].content.decode()
    for path in ("change/", "consent/", "destroy/"):
        found[path] = client.get(f"/es/return/{path}")
    found["nothing to add"] = client.post("/es/return/add/", {})
    found["added"] = pressed("add/", message="Una pregunta más.")
    found["wishes wrong"] = pressed("change/", reach_by="phone", phone="1")
    found["wishes changed"] = pressed(
        "change/", reach_by="text", phone="714-555-0143", texts_ok="on", call_window="evening"
    )
    with pytest.MonkeyPatch.context() as patch:
        for error in (ThreadFull, OutcomeUnknown, NotStored):

            def failing(error=error, **words):
                raise error

            for name in ("add_line", "change_contact_preferences", "take_back_consent", "destroy"):
                patch.setattr(visitor, name, failing)
            found[f"add: {error.__name__}"] = pressed("add/", message="Hola")
            found[f"destroy: {error.__name__}"] = pressed("destroy/")
    found["consent taken back"] = pressed("consent/")
    found["change/ without consent"] = client.get("/es/return/change/")
    Inquiry.objects.update(hold=True)
    found["hold"] = client.get("/es/return/destroy/")
    client.post("/es/return/finish/")
    found["too late"] = client.post("/es/return/add/", {"message": "Hola", "then": "line"})
    found["resumed"] = client.post("/es/return/", {"code": code, "message": "Hola", "then": "line"})
    found["expired"] = own_pages().post("/es/return/", {"code": code})
    found["destroyed"] = pressed("destroy/")
    found["closed"] = client.post("/es/return/finish/")
    return found


def states_of_the_article(client):
    """Signed, and then changed: the review line and the history with a difference."""
    article = Article.objects.get(language="es", kind="twelve_step")
    sign(article.published_revision)
    found = {"article signed": client.get(ARTICLE)}
    article.short_answer = "Otra respuesta corta."
    article.save()
    publish(article, note="Una frase más clara.")
    found |= {"article edited": client.get(ARTICLE), "history": client.get(f"{ARTICLE}history/")}
    return found


def english_links(html):
    """Links to pages of ours that are English, on a page that does not say so."""
    return [
        (href, text)
        for href, language, text in Said(html).links
        if href.startswith("/") and not href.startswith("/es/") and language != "en" and "(en inglés)" not in text
    ]


def test_no_page_or_state_of_the_spanish_edition_mixes_the_languages():
    pages = every_page()
    assert len(pages) > 50
    assert {name for name, html in pages.items() if '<html lang="es">' not in html} == set()
    assert {name: lines for name, html in pages.items() if (lines := english_in(html))} == {}
    assert {name: links for name, html in pages.items() if (links := english_links(html))} == {}


def test_control_english_that_is_not_marked_is_found(client):
    html = client.get("/es/help-now/").content.decode()
    assert english_in(html) == english_links(html) == []
    for planted in ("<p>Call this number now.</p>", '<img alt="What the page shows">', '<a href="/x">The rest</a>'):
        assert english_in(html.replace("</main>", f"{planted}</main>")), planted
        assert not english_in(html.replace("</main>", f'<div lang="en">{planted}</div></main>')), planted
    assert english_links(html.replace("</main>", '<a href="/help-now/">Ayuda</a></main>'))
    assert len(english_in(client.get("/help-now/").content.decode().replace('lang="en"', ""))) > 20
