"""Promise P80: thirty ways to lose a word x every form of the staff site. Here: what the server answers for.

The forms are read from the pages of the table of permissions, which names every address: a form that is new is tried
without being listed anywhere. What needs a browser is in `tests/browser/test_keeping.py`.
"""

import itertools
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.urls import reverse

from admissions.models import KeptForm
from admissions.services import kept_forms
from magnified import keeping
from magnified.roles import ROLES
from tests.admissions.factories import make_staff, times
from tests.magnified.test_permissions import site

__all__ = ["site"]  # the fixture
pytestmark = pytest.mark.django_db

WORDS = "Quillon words"
OURS = {"origin": "http://testserver"}
STORES_NOTHING = {"/admin/admissions/inquiry/search/", "/admin/admissions/disclosure/check/", "/admin/logout/"}
TEXT = {"text", "search", "email", "url", "tel", None}


class Forms(HTMLParser):
    """The forms of a page that are posted: fields that hold something, fields to type into, and the first button."""

    def __init__(self, page, html):
        super().__init__()
        self.page, self.forms, self.form = page, [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        words = dict(attrs)
        if tag == "form":
            self.form = {"action": words.get("action") or self.page, "sent": {}, "typed": [], "button": {}}
            if words.get("method", "").lower() == "post":
                self.forms.append(self.form)
        if self.form is None or "disabled" in words or not (name := words.get("name")):
            return
        kind = words.get("type")
        if tag == "textarea" or (tag == "input" and kind in TEXT and "readonly" not in words):
            self.form["typed"].append(name)
        elif tag == "input" and kind == "hidden":
            self.form["sent"][name] = words.get("value", "")
        if (tag == "button" or kind == "submit") and not self.form["button"]:
            self.form["button"] = {name: words.get("value", "")}

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


def forms_of(client, page):
    response = client.get(page)
    is_page = response.status_code == 200 and response["Content-Type"].startswith("text/html")
    return [form for form in Forms(page, response.content.decode()).forms if form["typed"]] if is_page else []


@pytest.fixture
def everybody():
    user = make_staff("", username="everybody", is_staff=True, is_superuser=True)
    user.groups.set([Group.objects.get(name=role) for role in ROLES])
    return user


class Desk:
    """A browser without script in which `everybody` is signed in."""

    def __init__(self, user):
        self.user = user
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.client.force_login(user)

    def written(self, page, number, words=WORDS):
        """What the form sends with words in every field that takes some. Opened anew, so in a tab of its own."""
        form = forms_of(self.client, page)[number]
        form["sent"] |= {name: words for name in form["typed"] if "password" not in name} | form["button"]
        return form

    def post(self, form, **more):
        return self.client.post(form["action"], form["sent"] | more, headers=OURS)

    def keep(self, form, **more):
        data = form["sent"] | {"staff_form_user": str(self.user.pk)} | more
        return self.client.post(reverse("admin:keep"), data, headers=OURS)

    def offers(self, page):
        texts = kept_forms.unsent_forms(user=self.user, page=page)
        return [value for text in texts for values in dict(text.fields.lists()).values() for value in values]


def signed_out(desk, page, number):
    form = desk.written(page, number)
    Session.objects.all().delete()
    return desk.post(form)


def without_session_cookie(desk, page, number):
    form = desk.written(page, number)
    del desk.client.cookies[settings.SESSION_COOKIE_NAME]
    return desk.post(form)


def deactivated(desk, page, number):
    form = desk.written(page, number)
    type(desk.user).objects.filter(pk=desk.user.pk).update(is_active=False)
    return desk.post(form)


def signed_in_again_elsewhere(desk, page, number):
    form = desk.written(page, number)
    return desk.post(form, csrfmiddlewaretoken="a" * 32)


def without_key_cookie(desk, page, number):
    form = desk.written(page, number)
    del desk.client.cookies[settings.CSRF_COOKIE_NAME]
    return desk.post(form)


def both_cookies_gone(desk, page, number):
    form = desk.written(page, number)
    desk.client.cookies.clear()
    return desk.post(form)


def crashed(desk, page, number):
    assert desk.keep(desk.written(page, number)).status_code == 200


def crashed_in_one_of_two_tabs(desk, page, number):
    assert desk.keep(desk.written(page, number)).status_code == 200
    assert desk.keep(desk.written(page, number, "Other tab")).status_code == 200


def sent_from_another_tab(desk, page, number):
    """What is sent there may be taken or not: what was kept here stays."""
    assert desk.keep(desk.written(page, number)).status_code == 200
    desk.post(desk.written(page, number, "x"))


def kept_with_a_stale_key_after_a_fresh_one(desk, page, number):
    form = desk.written(page, number)
    assert desk.keep(form, csrfmiddlewaretoken="a" * 32).status_code == 403
    key = desk.client.get(reverse("admin:keep")).json()["key"]
    assert desk.keep(form, csrfmiddlewaretoken=key).status_code == 200


def as_somebody_else(desk, page, number):
    form = desk.written(page, number)
    assert desk.keep(form).status_code == 200
    assert desk.keep(desk.written(page, number, "Of somebody else"), staff_form_user="0").status_code == 403


def refused(desk, page, number):
    """Sent with what no view takes: another version, revision, conversation and place than there is."""
    form = desk.written(page, number)
    return desk.post(form, version="99", revision="999999", thread="999999", place="nowhere")


def just_sent(desk, page, number):
    """The other fields are empty, so most forms say no."""
    return desk.post(desk.written(page, number))


WAYS = (
    signed_out,
    without_session_cookie,
    deactivated,
    signed_in_again_elsewhere,
    without_key_cookie,
    both_cookies_gone,
    crashed,
    crashed_in_one_of_two_tabs,
    sent_from_another_tab,
    kept_with_a_stale_key_after_a_fresh_one,
    as_somebody_else,
    refused,
    just_sent,
)


def is_lost(desk, page, response):
    """Are the words neither in the answer, nor kept, nor taken?"""
    is_taken = False
    if response is not None and response.status_code in {301, 302, 303} and "login" not in response["Location"]:
        is_taken = 'class="error"' not in desk.client.get(response["Location"]).content.decode()
    is_there = response is not None and WORDS in response.content.decode()
    return not (is_taken or is_there or WORDS in desk.offers(page))


def every_form(site, client):
    pages = dict.fromkeys(
        path.partition("?")[0] for name, path in site.items() if name.startswith("admin") and "logout" not in path
    )
    for page in pages:
        for number, form in enumerate(forms_of(client, page)):
            if form["action"] not in STORES_NOTHING and not all("password" in name for name in form["typed"]):
                yield page, number, form


def test_every_form_of_every_page_can_be_kept_and_told_from_the_others_of_its_page(site, everybody):
    names = {}
    for page, _, form in every_form(site, Desk(everybody).client):
        assert "staff_form" in form["sent"], f"a form of {page} is not kept"
        name = form["sent"]["staff_form"].partition("/")[0].partition(".")[2]
        assert name not in names.setdefault(page, []), f"two forms of {page} have the name {name!r}"
        names[page].append(name)
    assert len(names) > 20, "control: the forms were found"


def test_no_word_is_lost_in_any_way_from_any_form(site, everybody):
    lost, tried, turn = [], 0, itertools.cycle(WAYS)
    for page, number, _ in list(every_form(site, Desk(everybody).client)):
        for way in times(short=[next(turn), next(turn)], full=WAYS):
            savepoint = transaction.savepoint()
            desk = Desk(everybody)
            response = way(desk, page, number)
            tried += 1
            if is_lost(desk, page, response):
                lost.append(f"{way.__name__}: form {number} of {page}")
            transaction.savepoint_rollback(savepoint)
    assert lost == []
    assert tried >= times(short=50, full=300)


def test_without_the_mechanism_each_of_these_ways_loses_words(site, everybody, monkeypatch):
    """The control: forms that say nothing of themselves are neither kept nor carried on."""
    monkeypatch.setattr(keeping, "carry_on", lambda *_: None)
    page, lost = site["admin:admissions_inquiry_change"], []
    for way in (signed_out, without_session_cookie, deactivated, both_cookies_gone, signed_in_again_elsewhere):
        desk = Desk(everybody)
        if is_lost(desk, page, way(desk, page, 0)):
            lost.append(way)
        everybody.is_active = True
        everybody.save()
    assert len(lost) == 5 and not KeptForm.objects.exclude(payload=None).exists()
