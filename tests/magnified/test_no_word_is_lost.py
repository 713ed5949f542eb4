"""Promise P80: thirty ways to lose a word x every form of the staff site. Here: what the server answers for.

The forms are read from the pages of the table of permissions, which names every address: a form that is new is tried
without being listed anywhere. What needs a browser is in `tests/browser/test_keeping.py`.
"""

import contextlib
import itertools
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction
from django.db.models import ProtectedError, RestrictedError
from django.test import Client, override_settings
from django.urls import resolve, reverse
from django.utils import timezone

from admissions.models import KeptForm
from admissions.services import kept_forms
from content.services import saving, workflow
from magnified import keeping
from magnified.roles import ROLES
from tests.admissions.factories import make_staff, times
from tests.content.factories import make_article
from tests.magnified.test_permissions import site

__all__ = ["site"]  # the fixture
pytestmark = pytest.mark.django_db

WORDS = "Quillon words"
OURS = {"origin": "http://testserver"}
STORES_NOTHING = {
    "/admin/admissions/inquiry/search/",
    "/admin/admissions/disclosure/check/",
    "/admin/admissions/disclosure/find/",
    "/admin/logout/",
}
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


@pytest.fixture
def pages(site, everybody):
    """The table's, and an article in review, where there are forms to return it, to comment and to answer."""
    article = make_article(title="In review", slug="in-review")
    revision = saving.save_revision(article=article, author=everybody, is_new=True)
    workflow.hand_in(revision=revision, actor=everybody)
    workflow.comment(revision=revision, place="", text="Why?", actor=everybody)
    return site | {"admin:in_review": reverse("admin:content_article_review", args=[article.pk])}


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
        return self.client.post(reverse("admin:keep_form"), data, headers=OURS)

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
    key = desk.client.get(reverse("admin:keep_form")).json()["key"]
    assert desk.keep(form, csrfmiddlewaretoken=key).status_code == 200


def as_somebody_else(desk, page, number):
    form = desk.written(page, number)
    assert desk.keep(form).status_code == 200
    assert desk.keep(desk.written(page, number, "Of somebody else"), staff_form_user="0").status_code == 403


def role_taken_away(desk, page, number):
    """Sent by somebody who has no part in it any more."""
    form = desk.written(page, number)
    desk.user.groups.clear()
    type(desk.user).objects.filter(pk=desk.user.pk).update(is_superuser=False)
    return desk.post(form)


def twelve_hours_over(desk, page, number):
    form = desk.written(page, number)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    return desk.post(form)


def password_changed(desk, page, number):
    """Every session of theirs ends with it."""
    form = desk.written(page, number)
    user = type(desk.user).objects.get(pk=desk.user.pk)
    user.set_password("Another-password-1")
    user.save()
    return desk.post(form)


def secret_key_replaced(desk, page, number):
    form = desk.written(page, number)
    with override_settings(SECRET_KEY="another" * 10, SECRET_KEY_FALLBACKS=[]):
        return desk.post(form)


def database_away(sql):
    """What a statement hears. Savepoints belong to the test."""
    if "SAVEPOINT" not in sql:
        raise OperationalError


def database_takes_nothing(sql):
    if sql.startswith(("INSERT", "UPDATE", "DELETE")):
        raise OperationalError


@contextlib.contextmanager
def failing(how):
    def statement(run, sql, *rest):
        how(sql)
        return run(sql, *rest)

    with connection.execute_wrapper(statement):
        yield
    transaction.set_rollback(False)  # the test goes on in the same transaction


def database_away_at_save(desk, page, number):
    form = desk.written(page, number)
    with failing(database_away):
        return desk.post(form)


def database_read_only_at_save(desk, page, number):
    form = desk.written(page, number)
    with failing(database_takes_nothing):
        return desk.post(form)


def database_away_while_it_is_kept(desk, page, number):
    """It says no, so the script leaves the form where it is; it is kept once the database is back."""
    form = desk.written(page, number)
    with failing(database_away):
        assert desk.keep(form).status_code == 500
    assert desk.keep(form).status_code == 200


def sealing_key_away(desk, page, number):
    """Nothing can be kept, and the script is told so. What is sent comes back, or is stored where nothing is sealed."""
    form = desk.written(page, number)
    with override_settings(ADMISSIONS_PUBLIC_KEY_FILE=settings.BASE_DIR / "no" / "key.pem"):
        assert desk.keep(form).status_code == 503
        return desk.post(form)


def kept_and_then_too_long(desk, page, number):
    """What is too long replaces nothing of what was kept before."""
    form = desk.written(page, number)
    assert desk.keep(form).status_code == 200
    assert desk.keep(form, more="x" * 2_200_000).status_code in {400, 413}


def killed_before_the_commit(desk, page, number):
    form = desk.written(page, number)
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(keeping, "takes", killed)
        with contextlib.suppress(KeyboardInterrupt):
            return desk.post(form)


def killed(*_):
    raise KeyboardInterrupt


def pressed_again_after_the_answer_was_lost(desk, page, number):
    """It was stored, nobody heard of it. The same press once more stores nothing more."""
    form, model = desk.written(page, number), model_of(page)
    desk.client.get(desk.post(form).headers.get("Location", page))
    before = model and model.objects.count()
    response = desk.post(form)
    assert (model and model.objects.count()) == before
    return response


def deleted_by_a_colleague(desk, page, number):
    form = desk.written(page, number)
    delete(page)
    return desk.post(form)


def deleted_after_it_was_kept(desk, page, number):
    """It is offered on the start page; but what is about an inquiry goes with it, and comes back when it is sent."""
    form = desk.written(page, number)
    assert desk.keep(form).status_code == 200
    delete(page)
    return desk.post(form)


def overtaken_from_another_tab(desk, page, number):
    form, other = desk.written(page, number), desk.written(page, number, "x")
    desk.client.get(desk.post(other).headers.get("Location", page))  # where it is said that this one is stored
    return desk.post(form)


def offered_on_the_start_page(desk, page, number):
    assert desk.keep(desk.written(page, number)).status_code == 200
    assert WORDS in desk.client.get(reverse("admin:index")).content.decode()


def six_days_later(desk, page, number):
    assert desk.keep(desk.written(page, number)).status_code == 200
    KeptForm.objects.update(used_at=timezone.now() - timedelta(days=6))


def another_version_thrown_away(desk, page, number):
    assert desk.keep(desk.written(page, number)).status_code == 200
    others = set(KeptForm.objects.values_list("pk", flat=True))
    form = desk.written(page, number, "Another version")
    assert desk.keep(form).status_code == 200
    (pk,) = set(KeptForm.objects.values_list("pk", flat=True)) - others
    form["action"] = reverse("admin:discard_form", args=[pk])
    assert desk.post(form).status_code in {200, 302}
    assert not KeptForm.objects.filter(pk=pk, payload__isnull=False).exists()


def from_a_window_of_its_own(desk, page, number):
    return desk.post(desk.written(page, number), _popup="1")


def model_of(page):
    """What the page adds or changes; None for a page of another kind."""
    with contextlib.suppress(LookupError, ValueError):
        app, name, _ = resolve(page).url_name.split("_", 2)
        return apps.get_model(app, name)


def delete(page):
    """What the page is about, if there is such a thing and nothing hangs on it."""
    model, pk = model_of(page), next(iter(resolve(page).kwargs.values()), None)
    if model and pk:
        with contextlib.suppress(ProtectedError, RestrictedError), transaction.atomic():
            model.objects.filter(pk=pk).delete()


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
    role_taken_away,
    twelve_hours_over,
    password_changed,
    secret_key_replaced,
    database_away_at_save,
    database_read_only_at_save,
    database_away_while_it_is_kept,
    sealing_key_away,
    kept_and_then_too_long,
    killed_before_the_commit,
    pressed_again_after_the_answer_was_lost,
    deleted_by_a_colleague,
    deleted_after_it_was_kept,
    overtaken_from_another_tab,
    offered_on_the_start_page,
    six_days_later,
    another_version_thrown_away,
    from_a_window_of_its_own,
    refused,
    just_sent,
)


def is_lost(desk, page, response):
    """Are the words neither in the answer, nor kept, nor taken? What is taken says so: a redirect alone is no proof."""
    answer = landing = "" if response is None else response.content.decode()
    if response is not None and response.status_code in {301, 302, 303}:
        landing = desk.client.get(response["Location"]).content.decode()
    is_taken = ('class="success"' in landing and 'class="error"' not in landing) or "popup-response-constants" in answer
    return not (is_taken or WORDS in answer or WORDS in landing or WORDS in desk.offers(page))


def every_form(site, client):
    pages = dict.fromkeys(
        path.partition("?")[0] for name, path in site.items() if name.startswith("admin") and "logout" not in path
    )
    for page in pages:
        for number, form in enumerate(forms_of(client, page)):
            if form["action"] not in STORES_NOTHING and not all("password" in name for name in form["typed"]):
                yield page, number, form


def test_every_form_of_every_page_can_be_kept_and_told_from_the_others_of_its_page(pages, everybody):
    names = {}
    for page, _, form in every_form(pages, Desk(everybody).client):
        assert "staff_form" in form["sent"], f"a form of {page} is not kept"
        name = form["sent"]["staff_form"].partition("/")[0].partition(".")[2]
        assert name not in names.setdefault(page, []), f"two forms of {page} have the name {name!r}"
        names[page].append(name)
    assert len(names) > 20, "control: the forms were found"
    in_review = names[pages["admin:in_review"]]
    assert {name.split("-")[0] for name in in_review} >= {"send", "comment", "answer"}


def test_no_word_is_lost_in_any_way_from_any_form(pages, everybody):
    lost, tried, turn = [], 0, itertools.cycle(WAYS)
    for page, number, _ in list(every_form(pages, Desk(everybody).client)):
        for way in times(short=[next(turn), next(turn)], full=WAYS):
            savepoint = transaction.savepoint()
            desk = Desk(everybody)
            response = way(desk, page, number)
            tried += 1
            if is_lost(desk, page, response):
                lost.append(f"{way.__name__}: form {number} of {page}")
            transaction.savepoint_rollback(savepoint)
    assert not lost, "\n".join(lost)
    assert len(WAYS) >= 30 and tried >= times(short=60, full=1_000)


def test_without_the_mechanism_each_of_these_ways_loses_words(site, everybody, monkeypatch):
    """The control: forms that say nothing of themselves are neither kept nor carried on."""
    monkeypatch.setattr(keeping, "carry_on", lambda *_, **__: None)
    page, lost = site["admin:admissions_inquiry_change"], []
    for way in (signed_out, without_session_cookie, deactivated, both_cookies_gone, signed_in_again_elsewhere):
        desk = Desk(everybody)
        if is_lost(desk, page, way(desk, page, 0)):
            lost.append(way)
        everybody.is_active = True
        everybody.save()
    assert len(lost) == 5 and not KeptForm.objects.exclude(payload=None).exists()
