"""Every page of the desk, and every public one that reads a query, with input that no page of ours sends.

No answer is a fault of ours. The addresses come from the registry of the admin, so that a new list is in at once.
"""

import itertools
import random

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from content.services import saving
from tests.admissions.factories import make_inquiry, times
from tests.content.factories import make_centre, make_help_line, make_published, make_source, make_user

pytestmark = pytest.mark.django_db

ODD = [
    "",
    "%00",
    "a%00b",
    "x",
    "-1",
    "0",
    "1",
    "9999",
    "10000",
    "0000",
    "32768",
    "2147483648",
    "9" * 19,
    "9" * 23,
    "9" * 5000,
    "1e999",
    "nan",
    "%D9%A1",  # an Arabic digit
    "%ED%A0%80",  # half a pair of UTF-16
    "%EF%BF%BF",
    "%FF%zz%",
    "a" * 3000,
    "[]",
    "1,x,2",
    "2026-13-45",
    "9999-12-31",
    "0000-00-00",
    "9999-12-31T23:59:59%2B23:59",
    "0001-01-01 00:00:00%2B23:59",
    "True",
    "None",
    "0b0b7a1e-5c5c-4c4c-9d9d-000000000000",
    "%E2%98%83'\"<>\\",
]
TYPES = {"date": ("year", "month", "day", "gte", "lt", "exact"), "text": ("exact", "in", "isnull", "regex", "year")}
SENT = ["_popup", "_to_field", "e", "p", "o", "q", "all", "_facets", "pk", "pk__in", "nosuch", "nosuch__exact", ""]


class Undone(Exception):
    pass


@pytest.fixture
def boss():
    """Somebody who may see everything: a member of every group."""
    user = make_user(username="boss", is_superuser=True)
    user.groups.set(Group.objects.all())
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def rows():
    """A row in the lists that would not look at a filter without one."""
    make_centre()
    make_help_line()
    make_source()
    article = make_published()
    article.reader_answers.create(was_helpful=False, text="No.") if hasattr(article, "reader_answers") else None
    make_inquiry()
    return article


def faults(client, requests):
    """(address, data) of all that are answered with a fault. What a request did is undone."""
    found = []
    for path, data in requests:
        try:
            with transaction.atomic():
                answer = client.get(path) if data is None else client.post(path, data)
                if answer.status_code == 500:
                    found.append((path[:300], data))
                raise Undone
        except Undone:
            pass
    return found


def some_of(requests, short):
    """All of them, or `short` chosen by chance with a seed that stays."""
    requests = list(requests)
    return random.Random(20261201).sample(requests, min(len(requests), times(short=short, full=len(requests))))


def name_of(model):
    return f"{model._meta.app_label}_{model._meta.model_name}"


def parameters(model, model_admin, client):
    """What the list may be asked for: its own filters, and lookups of every column."""
    names = set(SENT)
    answer = client.get(reverse(f"admin:{name_of(model)}_changelist"))
    if answer.context and "cl" in answer.context:
        for spec in answer.context["cl"].filter_specs:
            names.update(spec.expected_parameters())
    for field in model._meta.concrete_fields:
        kinds = TYPES["date" if isinstance(field, models.DateField) else "text"]
        names.update(f"{field.name}__{kind}" for kind in kinds)
    if day := model_admin.date_hierarchy:
        names.update(f"{day}__{part}" for part in ("year", "month", "day"))
    return sorted(names)


LISTS = sorted(admin.site._registry.items(), key=lambda pair: name_of(pair[0]))


@pytest.mark.parametrize(("model", "model_admin"), LISTS, ids=[name_of(model) for model, _ in LISTS])
def test_no_list_of_the_desk_stumbles_over_its_address(boss, rows, model, model_admin):
    path = reverse(f"admin:{name_of(model)}_changelist")
    pairs = itertools.product(parameters(model, model_admin, boss), ODD)
    asked = [(f"{path}?{name}={value}", None) for name, value in pairs]
    if day := model_admin.date_hierarchy:
        years, months = ("9999", "0", "1", "2026", "x"), ("0", "1", "12", "13", "9" * 30)
        dates = itertools.product(years, months, ("0", "31", "32", "-1"))
        asked += [(f"{path}?{day}__year={y}&{day}__month={m}&{day}__day={d}", None) for y, m, d in dates]
        asked += [(f"{path}?{day}__year={y}&{day}__month={m}", None) for y, m in itertools.product(years, months)]
    assert faults(boss, some_of(asked, 60)) == []


@pytest.mark.parametrize(("model", "model_admin"), LISTS, ids=[name_of(model) for model, _ in LISTS])
def test_no_form_of_the_desk_stumbles_over_a_key(boss, rows, model, model_admin):
    asked = []
    for view, key in itertools.product(("change", "history", "delete"), [odd for odd in ODD if odd]):
        base = reverse(f"admin:{name_of(model)}_changelist")
        asked += [(f"{base}{key}/{view}/", None), (f"{base}{key}/{view}/?_to_field={key}&_popup=1", None)]
        asked += [(f"{base}{key}/{view}/", {"post": "yes"})]
    names = [name for name in model_admin.get_actions(request_of(boss)) if name]
    for action, key in itertools.product([*names, "nosuch", ""], ["1", "x", "\0", "9" * 30, "0", "-1", "9" * 5000]):
        asked.append((base, {"action": action, "_selected_action": key}))
        asked.append((base, {"action": action, "_selected_action": [key, key], "post": "yes", "index": "x"}))
    asked += [(f"{base}add/?{name}={value}", None) for name, value in itertools.product(("_to_field", "_popup"), ODD)]
    fields = [field.name for field in model._meta.fields]
    asked += [(f"{base}add/?{name}={value}", None) for name, value in itertools.product(fields, ODD)]
    assert faults(boss, some_of(asked, 40)) == []


def request_of(client):
    return client.get("/admin/").wsgi_request


def test_no_search_of_the_desk_stumbles_over_what_it_is_asked_for(boss, rows):
    auto = reverse("admin:autocomplete")
    fields = [("content", "pictureblock", "picture"), ("content", "relatedarticle", "related"), ("x", "y", "z")]
    asked = []
    for app, model, field in fields:
        base = f"{auto}?app_label={app}&model_name={model}&field_name={field}"
        asked += [(f"{base}&term={odd}", None) for odd in ODD] + [(f"{base}&page={odd}", None) for odd in ODD]
    for name in ("app_label", "model_name", "field_name"):
        asked += [(f"{auto}?{name}={odd}", None) for odd in ODD]
    for name in ("content_source_find", "content_article_find"):
        asked += [(f"{reverse(f'admin:{name}')}?q={odd}", None) for odd in ODD]
    assert faults(boss, some_of(asked, 100)) == []


def test_no_page_about_an_article_stumbles_over_its_address_or_form(boss, rows):
    asked = []
    for pattern in admin.site._registry[type(rows)].get_urls():
        name = f"admin:{pattern.name}" if pattern.name else ""
        try:
            path = reverse(name, args=[rows.pk])
        except NoReverseMatch:
            continue
        for odd in ODD:
            asked += [
                (f"{path}?{key}={odd}", None) for key in ("revision", "old", "new", "voice", "way", "width", "at")
            ]
            value = odd.replace("%00", "\0")
            asked.append((path, dict.fromkeys(("do", "at", "at_0", "at_1", "revision", "rule", "text", "note"), value)))
            asked += [(path, {"do": do, "at": value, "revision": value}) for do in ("publish", "unpublish", "copy")]
    assert len(asked) > 500
    assert faults(boss, some_of(asked, 150)) == []


SEARCHED = [(model, field) for model, model_admin in LISTS for field in model_admin.autocomplete_fields]


@pytest.mark.parametrize(("model", "field"), SEARCHED, ids=[f"{name_of(model)} {field}" for model, field in SEARCHED])
def test_what_is_no_key_of_a_row_comes_back_as_an_error_of_the_form(boss, rows, model, field):
    path = reverse(f"admin:{name_of(model)}_add")
    keys = ["x", "0", "-1", "1e999", "\0", "9" * 30, "\u0661", "9999-12-31", "0b0b7a1e-5c5c-4c4c-9d9d-000000000000"]
    assert faults(boss, [(path, {field: key}) for key in keys]) == []
    assert boss.post(path, {field: "x"}).context["adminform"].form.has_error(field)


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "9999-12-31T00:00", "2300-01-01T00:00"])
@pytest.mark.parametrize("do", ["publish", "unpublish"])
def test_a_date_beyond_reach_is_refused_with_a_sentence(boss, rows, do, at):
    rows.title = "A newer text"
    rows.save()
    saving.save_revision(article=rows)
    answer = boss.post(reverse("admin:content_article_publishing", args=[rows.pk]), {"do": do, "at": at})
    assert answer.status_code == 200
    assert "Choose a day before" in answer.content.decode()


@pytest.mark.parametrize("starts", [("9999-12-31", "00:00"), ("9999-12-31", "23:59"), ("0001-01-01", "00:00")])
def test_a_pause_beyond_reach_is_refused_with_a_sentence(boss, starts):
    ends = {"ends_0": "9999-12-31", "ends_1": "23:59:59"}
    answer = boss.post("/admin/admissions/pause/add/", {"starts_0": starts[0], "starts_1": starts[1], **ends})
    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()


PUBLIC = ["content:search", "content:article_list", "content:article_a_z", "content:home", "admissions:contact"]


@pytest.mark.parametrize("page", PUBLIC)
def test_no_public_page_stumbles_over_its_query(rows, page):
    client = Client(raise_request_exception=False)
    names = ("q", "as_typed", "exact", "topic", "page", "quiet", "letter", "autofill", "")
    asked = [(f"{reverse(page)}?{name}={odd}", None) for name, odd in itertools.product(names, ODD)]
    assert faults(client, some_of(asked, 60)) == []


def test_a_fault_would_be_noticed(boss, monkeypatch):
    """The control."""
    monkeypatch.setattr("content.admin.sources.entry", lambda source: 1 // 0)
    make_source()
    assert len(faults(boss, [(reverse("admin:content_source_find") + "?q=test", None)])) == 1
