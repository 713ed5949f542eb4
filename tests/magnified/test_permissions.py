"""Every address of the house, and who gets in: a URL that is in no row here fails the build."""

import io
import itertools
import re
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls import path as url
from django.utils import timezone
from PIL import Image

from admissions.models import Alert, CannedReply, ClosedDay, Disclosure, Inquiry, Message, OpeningHours, Pause, Shift
from admissions.scheduling.slots import HALF_HOUR
from admissions.services import audit_log, team
from content.models import (
    Centre,
    HelpLine,
    Link,
    LiveFinding,
    Notice,
    Picture,
    ReaderAnswer,
    Section,
    Term,
    Topic,
    Waiver,
)
from content.services import saving, sharing
from magnified.roles import ROLES
from tests.admissions.factories import make_inquiry, make_staff, put_on_duty
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_notice,
    make_source,
    publish,
)

pytestmark = pytest.mark.django_db

# Who is let in. A superuser counts only where named: opening a thread asks for the team, and a sign-off for a reviewer.
NOBODY: frozenset[str] = frozenset()
SUPERUSER = frozenset({"superuser"})
REVIEWERS = frozenset({"reviewer"})
PUBLISHERS = SUPERUSER | {"publisher"}
WRITERS = PUBLISHERS | {"writer"}
CONTENT = WRITERS | REVIEWERS
TEAM = frozenset({"admissions", "admissions_lead"})
LEADS = SUPERUSER | {"admissions_lead"}
PRIVACY = SUPERUSER | {"privacy_officer"}
HOLDERS = frozenset({"admissions_lead", "privacy_officer"})
STAFF = CONTENT | TEAM | PRIVACY
EVERYBODY = STAFF | {"anonymous"}
ACCOUNTS = ("anonymous", *ROLES, "superuser")


class Page(NamedTuple):
    opens: frozenset[str]  # GET and HEAD
    acts: frozenset[str]  # POST: it does what its form or button says
    names: str


class Model(NamedTuple):
    who: frozenset[str]
    may: str
    names: str


# The rules of pages, from the widest to the narrowest, and after them the exceptions, each with its reason.
PAGES = [
    Page(EVERYBODY, NOBODY, "healthz readyz styleguide machines:sitemap machines:robots machines:security_txt"),
    Page(EVERYBODY, NOBODY, "machines:picture admissions:chat admissions:received"),
    Page(EVERYBODY, NOBODY, "content:home content:article_list content:article_a_z content:article_feed"),
    Page(EVERYBODY, NOBODY, "content:article_detail content:article_for_someone content:article_history"),
    Page(EVERYBODY, NOBODY, "content:article_version content:article_card content:article_helpful_thanks"),
    Page(EVERYBODY, NOBODY, "content:topic_detail content:glossary content:search content:reviewer_detail"),
    Page(EVERYBODY, NOBODY, "our_word"),
    Page(EVERYBODY, NOBODY, "content:help_now content:what_to_say content:stored content:leave content:leaving"),
    Page(EVERYBODY, NOBODY, " ".join(f"content:{kind} content:{kind}_version" for kind in Notice.Kind.values)),
    Page(EVERYBODY, EVERYBODY, "content:article_helpful admissions:contact admissions:request_a_call"),
    Page(EVERYBODY, EVERYBODY, "admissions:return admissions:add_line admissions:change_contact_preferences"),
    Page(EVERYBODY, EVERYBODY, "admissions:take_back_consent admissions:destroy admissions:finish admin:login"),
    Page(STAFF, NOBODY, "admin:index admin:handbook admin:jsi18n admin:view_on_site admin:password_change_done"),
    Page(STAFF, NOBODY, "admin:keep_form"),
    Page(STAFF, STAFF, "admin:password_change"),
    Page(CONTENT, NOBODY, "admin:app_list admin:autocomplete admin:content_article_find admin:content_source_find"),
    Page(CONTENT, NOBODY, "admin:content_article_revisions admin:content_article_compare admin:content_rules"),
    Page(CONTENT, NOBODY, "admin:content_article_checklist admin:content_revision_preview"),
    Page(CONTENT, NOBODY, "admin:content_revision_preview_frames"),
    Page(CONTENT, CONTENT, "admin:content_article_review"),
    Page(CONTENT, WRITERS, "admin:content_article_publishing"),
    Page(WRITERS, WRITERS, "admin:content_article_share"),
    Page(NOBODY, WRITERS, "admin:content_article_beat admin:content_article_beat_new admin:content_article_merge"),
    Page(NOBODY, WRITERS, "admin:content_article_waive"),
    Page(NOBODY, WRITERS, "admin:content_article_preview admin:content_article_preview_new"),
    Page(NOBODY, WRITERS, "admin:content_revision_restore"),
    Page(TEAM, TEAM, "admin:admissions_inquiry_search"),
    Page(TEAM, NOBODY, "admin:admissions_inquiry_unread admin:admissions_inquiry_pulse"),
    Page(TEAM | SUPERUSER, NOBODY, "admin:admissions_shift_week"),
    Page(NOBODY, TEAM, "admin:admissions_inquiry_next admin:admissions_inquiry_top admin:admissions_inquiry_keys"),
    Page(NOBODY, PRIVACY, "admin:admissions_disclosure_check admin:admissions_disclosure_find"),
    Page(PRIVACY, PRIVACY, "admin:auth_user_password_change"),
    Page(HOLDERS, HOLDERS, "admin:admissions_inquiry_privacy"),
    Page(frozenset({"admissions_lead"}), NOBODY, "admin:admissions_inquiry_figures"),
    # Exceptions
    Page(EVERYBODY, NOBODY, "shared"),  # a page of the staff's for whoever holds the link, which names one draft
    Page(NOBODY, STAFF, "admin:logout"),  # a link that signs out could be put on any page
    Page(NOBODY, PUBLISHERS, "admin:content_waiver_take_back"),  # others could undo what a publisher relied on
    Page(REVIEWERS, REVIEWERS, "admin:content_revision_sign_off"),  # nobody else signs with a reviewer's name
    Page(NOBODY, REVIEWERS, "admin:content_revision_typo_only"),  # carries a sign-off over
    Page(NOBODY, NOBODY, "admissions:stay"),  # only with an open thread, which none of these accounts has
    Page(NOBODY, NOBODY, "admin:discard_form"),  # only the owner of what was kept, and this one is nobody's
    Page(NOBODY, NOBODY, "admin/(?P<url>.*)$"),  # whatever else is under /admin/ is not there
]
# Pages that every model of the admin has. v: list, one of them, its history. a: add. c: change. d: delete.
MODELS = [
    Model(CONTENT, "v", "content_article content_picture content_source content_term content_topic content_reviewer"),
    Model(CONTENT, "v", "content_centre content_helpline content_notice content_link content_livefinding"),
    Model(CONTENT, "v", "content_readeranswer"),
    Model(WRITERS, "ac", "content_article content_picture content_source content_term"),
    Model(PUBLISHERS, "ac", "content_topic content_reviewer content_helpline"),
    Model(TEAM, "vc", "admissions_inquiry"),
    Model(TEAM | SUPERUSER, "v", "admissions_openinghours admissions_shift admissions_closedday admissions_pause"),
    Model(LEADS, "acd", "admissions_openinghours admissions_shift admissions_closedday admissions_pause"),
    Model(TEAM | SUPERUSER, "v", "admissions_cannedreply"),
    Model(LEADS, "acd", "admissions_cannedreply"),
    Model(LEADS, "v", "admissions_alert"),
    Model(PRIVACY, "v", "admissions_disclosure"),
    Model(PRIVACY, "vac", "auth_user"),
    # Exceptions
    Model(PUBLISHERS, "c", "content_centre"),  # there is one, which is changed and never gone
    Model(PUBLISHERS, "a", "content_notice"),  # what was in force stays as it was: a new version follows it
    Model(PUBLISHERS, "d", "content_helpline content_term"),  # what no longer holds must not be found any more
    Model(WRITERS, "cd", "content_readeranswer"),  # readers add; somebody may have written what should not lie here
    Model(SUPERUSER, "d", "content_topic content_picture content_reviewer"),  # articles, old ones too, lead to them
]
MODEL_PAGES = {
    "admin:{}_changelist": ("v", ""),
    "admin:{}_add": ("a", "a"),
    "admin:{}_change": ("v", "c"),
    "admin:{}_delete": ("d", "d"),
    "admin:{}_history": ("v", ""),
    "admin/{}/<path:object_id>/": ("v", "c"),  # leads to the change page, which decides
}
OF_CONTENT = ("writer", "reviewer", "publisher")
CANARY = "Zyxwvut Canarybird"
WORDS_OF_ADMISSIONS = re.compile(r"inquir|admission|disclosure|caller|outbox", re.IGNORECASE)
# A look that has to be known: who has an article open, so that two people do not write without knowing of each other.
# And that a link to a draft was opened.
MAY_BE_WRITTEN_BY_LOOKING = {"django_session", "admissions_disclosure", "content_openform", "content_shareopening"}


def row(opens: frozenset[str], acts: frozenset[str]) -> dict[str, str]:
    """By account: R for whom the page opens, W for whom it does what it says, - for whom it does neither."""
    return {name: ("R" if name in opens else "") + ("W" if name in acts else "") or "-" for name in ACCOUNTS}


def whole_table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for opens, acts, names in PAGES:
        for name in names.split():
            assert name not in table, f"{name} has two rules"
            table[name] = row(opens, acts)
    who_may: dict[str, dict[str, frozenset[str]]] = {}
    for who, letters, names in MODELS:
        for name, letter in itertools.product(names.split(), letters):
            assert letter not in who_may.setdefault(name, {}), f"{name}: {letter} has two rules"
            who_may[name][letter] = who
    for model, who in who_may.items():
        for page, (opens, acts) in MODEL_PAGES.items():
            name = page.format(model if page.startswith("admin:") else model.replace("_", "/"))
            table[name] = row(who.get(opens, NOBODY), who.get(acts, NOBODY))
    return table


TABLE = whole_table()


def every_url(patterns=None, namespaces=(), route="") -> Iterator[tuple[str, str]]:
    """(name, route) of whatever the resolver knows; what has no name goes by its route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield (":".join((*namespaces, pattern.name)) if pattern.name else here), here
        else:
            yield from every_url(pattern.url_patterns, (*namespaces, *filter(None, [pattern.namespace])), here)


def missing_rows(names) -> set[str]:
    return set(names) - TABLE.keys()


def plant(count=3):
    """Inquiries with everything that a thread may hold."""
    clerk = get_user_model().objects.get(username="sam")
    made = []
    for number in range(count):
        inquiry = make_inquiry(body={"reach_by": "phone", "phone": "+12125550199", "name": f"{CANARY} {number}"})
        team.reply(inquiry=inquiry, actor=clerk, text=f"To {CANARY}")
        team.add_note(inquiry=inquiry, actor=clerk, text=f"About {CANARY}")
        team.open_thread(inquiry=inquiry, actor=clerk)
        LogEntry.objects.create(
            user=clerk,
            content_type=ContentType.objects.get_for_model(Inquiry),
            object_id=str(inquiry.pk),
            object_repr=str(inquiry),
            action_flag=ADDITION,
        )
        made.append(inquiry)
    return made


@pytest.fixture
def site(settings, tmp_path):
    """One of everything that an address can name: the arguments of each address."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media", "base_url": "/media/"},
        }
    }
    make_centre(shows_figures=True)
    make_help_line()
    for kind in Notice.Kind.values:
        make_notice(kind=kind)
        make_notice(kind=kind, language="es")
    article = make_article(kind="twelve_step", steps=12)
    Section.objects.create(
        parent=article, region="main", ordering=1, heading="For you", anchor="you", text="<p>Hi.</p>", voice="loved_one"
    )
    publish(article)
    saving.save_revision(article=article, is_new=True)
    reviewer = article.reviewer
    reviewer.credentials_es = reviewer.licence_line_es = reviewer.biography_es = "Inventado."
    spanish = make_article(kind="twelve_step", steps=12, language="es", translation_of=article, reviewer=reviewer)
    Section.objects.create(
        parent=spanish, region="main", ordering=1, heading="Hola", anchor="you", text="<p>Hola.</p>", voice="loved_one"
    )
    publish(spanish)
    reviewer.user = make_staff("reviewer", username="ray", is_staff=True)
    reviewer.save()
    topic = Topic.objects.create(
        slug="test-topic", name="Test topic", intro="One sentence.", name_es="Tema", intro_es="Una frase."
    )
    source = make_source()
    drawn = io.BytesIO()
    Image.new("RGB", (4, 4)).save(drawn, "PNG")
    picture = Picture(file=ContentFile(drawn.getvalue(), name="a.png"), alt="A square")
    picture.full_clean()
    picture.save()
    colleague = make_staff("", username="kim", is_staff=True)
    make_staff("admissions", username="sam", is_staff=True)
    inquiry = make_inquiry()
    put_on_duty(days=[1])
    look = audit_log.record(actor=colleague, role="admissions", action="opened", record=inquiry.pk)
    waiver = Waiver.objects.create(article=article, rule="blame", reason="A quotation.")
    one_of = {
        "auth_user": colleague.pk,
        "content_article": article.pk,
        "content_topic": topic.pk,
        "content_centre": Centre.objects.get().pk,
        "content_helpline": HelpLine.objects.get().pk,
        "content_notice": Notice.objects.first().pk,
        "content_link": Link.objects.create(address="https://example.org/").pk,
        "content_livefinding": LiveFinding.objects.create(article=article, rule="blame", blocks=True).pk,
        "content_picture": picture.pk,
        "content_reviewer": reviewer.pk,
        "content_source": source.pk,
        "content_readeranswer": ReaderAnswer.objects.create(article=article, was_helpful=True).pk,
        "content_term": Term.objects.create(slug="test-term", term="Test term", meaning="A meaning.").pk,
        "admissions_inquiry": inquiry.pk,
        "admissions_disclosure": look.pk,
        "admissions_alert": Alert.objects.get().pk,
        "admissions_openinghours": OpeningHours.objects.get().pk,
        "admissions_shift": Shift.objects.get().pk,
        "admissions_closedday": ClosedDay.objects.create(day="2026-11-26").pk,
        "admissions_cannedreply": CannedReply.objects.create(key="test", title="Test", text="A text.").pk,
        "admissions_pause": Pause.objects.create(starts=timezone.now(), ends=timezone.now() + HALF_HOUR).pk,
    }
    paths = {
        "content:article_detail": article.get_absolute_url(),
        "content:article_for_someone": article.loved_one_url(),
        "content:article_card": f"{article.get_absolute_url()}card/",
        "content:article_history": f"{article.get_absolute_url()}history/",
        "content:article_version": f"{article.get_absolute_url()}history/1/",
        "content:topic_detail": topic.get_absolute_url(),
        "content:article_helpful": f"{article.get_absolute_url()}helpful/",
        "content:article_helpful_thanks": f"{article.get_absolute_url()}helpful/thanks/",
        "content:reviewer_detail": reviewer.get_absolute_url(),
        "machines:picture": picture.get_absolute_url(),
        "admin:autocomplete": "/admin/autocomplete/?app_label=content&model_name=relatedarticle&field_name=related",
        "admin:app_list": "/admin/content/",
        "admin:view_on_site": f"/admin/r/{ContentType.objects.get_for_model(article).pk}/{article.pk}/",
        "admin/(?P<url>.*)$": "/admin/no/such/page/",
        "admin:admissions_inquiry_privacy": f"/admin/admissions/inquiry/{inquiry.pk}/privacy/",
        "admin:auth_user_password_change": f"/admin/auth/user/{colleague.pk}/password/",
        "admin:content_article_revisions": f"/admin/content/article/{article.pk}/revisions/",
        "admin:content_article_publishing": f"/admin/content/article/{article.pk}/publishing/",
        "admin:content_article_compare": f"/admin/content/article/{article.pk}/compare/?one=1&other=2",
        "admin:content_article_review": f"/admin/content/article/{article.pk}/review/",
        "admin:discard_form": f"/admin/keep/{uuid.uuid4()}/throw-away/",
        "admin:content_article_beat": f"/admin/content/article/{article.pk}/beat/",
        "admin:content_article_merge": f"/admin/content/article/{article.pk}/merge/",
        "admin:content_article_preview": f"/admin/content/article/{article.pk}/look/",
        "admin:content_article_share": f"/admin/content/article/{article.pk}/share/",
        "shared": f"/shared/?key={sharing.token(sharing.share(revision=article.published_revision, actor=colleague))}",
        "admin:content_article_checklist": f"/admin/content/article/{article.pk}/checklist/",
        "admin:admissions_inquiry_top": reverse("admin:admissions_inquiry_top", args=[inquiry.pk]),
        "admin:content_article_waive": f"/admin/content/article/{article.pk}/checklist/waive/",
        "admin:content_waiver_take_back": f"/admin/content/article/waivers/{waiver.pk}/take-back/",
    }
    for kind in Notice.Kind.values:
        paths[f"content:{kind}_version"] = reverse(f"content:{kind}_version", args=[1])
    for name in ("preview", "sign_off", "typo_only", "restore", "preview_frames"):
        name = f"admin:content_revision_{name}"
        paths[name] = reverse(name, args=[article.published_revision.pk])
    for model, key in one_of.items():
        for page in ("change", "delete", "history"):
            paths[f"admin:{model}_{page}"] = reverse(f"admin:{model}_{page}", args=[key])
        route = model.replace("_", "/")
        paths[f"admin/{route}/<path:object_id>/"] = f"/admin/{route}/{key}/"
    return {name: paths.get(name) or reverse(name) for name in TABLE}


def client_of(account) -> Client:
    client = Client(raise_request_exception=False)
    if account == "anonymous":
        return client
    if account == "reviewer":
        client.force_login(get_user_model().objects.get(username="ray"))
        return client
    is_superuser = account == "superuser"
    role = "" if is_superuser else account
    client.force_login(make_staff(role, username=f"me-{account}", is_staff=True, is_superuser=is_superuser))
    return client


class Asked:
    """One request, undone afterwards: what came back, and which tables it wrote."""

    def __init__(self, client, method, path, *body, **how):
        self.path, self.written = path, set()
        cookies = dict(client.cookies)
        savepoint = transaction.savepoint()
        try:
            with connection.execute_wrapper(self.note):
                self.response = client.generic(method, path, *body, **how)
                if self.leads_to_a_change_page:
                    self.response = client.generic(method, self.response["Location"], *body, **how)
                if self.response.streaming:
                    b"".join(self.response)
        finally:
            transaction.savepoint_rollback(savepoint)
        client.cookies.clear()
        client.cookies.update(cookies)

    def note(self, execute, sql, params, many, context):
        found = re.match(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', sql)
        if found:
            self.written.add(found[1])
        return execute(sql, params, many, context)

    @property
    def leads_to_a_change_page(self):
        return self.response.status_code == 302 and re.match(r"/admin/[^?]*/change/$", self.response["Location"])

    @property
    def is_denied(self):
        to_the_door = (
            self.response.status_code == 302
            and not self.path.startswith("/admin/login/")  # whoever is signed in goes on to the start page from there
            and re.match(r"/admin/(login/\?.*)?$", self.response["Location"])
        )
        says_only_the_methods = "Allow" in self.response and not self.response.content
        return to_the_door or self.response.status_code in {401, 403, 404, 405} or says_only_the_methods

    @property
    def is_let_in(self):
        return not self.is_denied and self.response.status_code in {200, 302, 303}


def wrong_answers(client, name, path, cell) -> list[str]:
    """What differs from the table, in words; empty when the address behaves."""
    wrong = []
    # Where somebody may look, HEAD and OPTIONS take the same way as GET and DELETE: twice the time for the same answer.
    for method in ("GET", "POST", "DELETE") if "R" in cell else ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
        asked = Asked(client, method, path)
        may = ("W" if method == "POST" else "R") in cell
        harmless = asked.written <= MAY_BE_WRITTEN_BY_LOOKING
        if may and method in {"GET", "HEAD", "POST"}:
            right = asked.is_let_in and (method == "POST" or harmless)
        elif "R" in cell:  # some pages take every method for a look
            right = (asked.is_let_in or asked.is_denied) and harmless
        else:
            right = asked.is_denied and harmless
        if not right:
            wrong.append(
                f"{method} {name}: {cell}, but {asked.response.status_code}, wrote {asked.written or 'nothing'}"
            )
    return wrong


def test_every_url_is_in_the_table_and_every_row_is_a_url():
    names = {name for name, _ in every_url()}
    assert missing_rows(names) == set(), "addresses that nobody decided about"
    assert TABLE.keys() - names == set(), "rows without an address"
    assert len(names) > 90, "control: the walk reaches the admin"


def test_every_role_has_its_place_in_the_rules():
    assert set(ACCOUNTS) == EVERYBODY


def test_a_url_in_no_row_would_be_found():
    assert missing_rows([*TABLE, "content:new_page"]) == {"content:new_page"}
    forgotten = [*get_resolver().url_patterns, url("export/", lambda request: None, name="export")]
    assert missing_rows(name for name, _ in every_url(forgotten)) == {"export"}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_whoever_the_table_names_gets_in_and_nobody_else(site, account):
    """Every account on every page: on SQLite. What decides asks both databases alike, so on PostgreSQL a third does."""
    client, names = client_of(account), list(TABLE)
    if connection.vendor == "postgresql":
        names = names[list(ACCOUNTS).index(account) % 3 :: 3]
    wrong = [line for name in names for line in wrong_answers(client, name, site[name], TABLE[name][account])]
    assert wrong == []


@pytest.mark.parametrize("account", ["anonymous", "writer"])
def test_the_spanish_addresses_let_in_whoever_the_english_ones_do(site, account):
    client = client_of(account)
    both = ("content:", "admissions:", "our_word")
    spanish = {name: f"/es{site[name]}" for name in TABLE if name.startswith(both)}
    assert len(spanish) > 25
    wrong = [line for name, path in spanish.items() for line in wrong_answers(client, name, path, TABLE[name][account])]
    assert wrong == []


def test_a_table_that_says_something_else_would_be_found(site):
    """The control: each way in which a page can differ from its row is reported."""
    client = client_of("writer")
    assert wrong_answers(client, "admin:content_article_changelist", site["admin:content_article_changelist"], "-")
    assert wrong_answers(client, "admin:admissions_inquiry_change", site["admin:admissions_inquiry_change"], "R")
    assert wrong_answers(client, "admin:content_centre_change", site["admin:content_centre_change"], "RW")
    publisher = client_of("publisher")
    assert wrong_answers(publisher, "admin:content_waiver_take_back", site["admin:content_waiver_take_back"], "-")
    assert wrong_answers(publisher, "admin:content_waiver_take_back", site["admin:content_waiver_take_back"], "R")


# What content staff can learn of an inquiry


def plain(response) -> str:
    """The page without what is new at every request."""
    new = r'((csrfmiddlewaretoken|staff_form)" value|nonce)="[^"]*"|"key": "[^"]*"'
    return re.sub(new, "", response.content.decode())


def probes(site, inquiry) -> list[str]:
    """Addresses that somebody curious would try."""
    tries = [
        "/admin/",
        "/admin/admissions/",
        "/admin/jsi18n/",
        "/admin/admissions/inquiry/?_popup=1",
        "/admin/admissions/inquiry/?status=all&_popup=1&_to_field=id",
        f"/admin/admissions/inquiry/{inquiry.pk}/change/?_popup=1",
        f"/admin/admissions/message/{inquiry.pk}/change/",
        "/admin/login/?next=/admin/admissions/inquiry/",
        f"/admin/login/?next=/admin/admissions/inquiry/{inquiry.pk}/change/",
        "/admin/content/article/?inquiry__status=new",
        "/admin/content/article/?reviewer__user__inquiry__status=new",
        "/admin/content/article/?revisions__author__inquiry__claimed_until__isnull=0",
        "/admin/content/reviewer/?user__groups__name=admissions",
        "/admin/content/reviewer/?user__logentry__object_repr__contains=I",
        "/admin/content/topic/?e=1&admissions_inquiry=1",
        "/admin/content/article/?q=call",
        "/admin/content/article/?o=99.-99&all=",
    ]
    for model in (Inquiry, Message, Alert, Disclosure):
        kind = ContentType.objects.get_for_model(model)
        tries.append(f"/admin/r/{kind.pk}/{inquiry.pk}/")
    fields = (("alert", "inquiry"), ("message", "inquiry"), ("inquiry", "claimed_by"), ("disclosure", "actor"))
    for model_name, field in fields:
        tries.append(f"/admin/autocomplete/?app_label=admissions&model_name={model_name}&field_name={field}&term=")
    return tries


@pytest.mark.parametrize("role", OF_CONTENT)
def test_content_staff_see_the_same_house_with_inquiries_in_it_and_without(site, role, time_machine):
    """Not a name, not a count, not a word: each page is the same before anybody wrote and after three people did."""
    client = client_of(role)
    time_machine.move_to(timezone.now(), tick=False)  # nor may the clock make a difference
    pages = [path for name, path in site.items() if name.startswith("admin") and name != "admin:logout"]
    tried = [*pages, *probes(site, Inquiry.objects.get())]
    Alert.objects.all().delete()
    Inquiry.objects.all().delete()
    before = {path: client.get(path) for path in tried}
    plant()
    after = {path: client.get(path) for path in tried}
    assert {path for path in tried if before[path].status_code != after[path].status_code} == set()
    assert {path for path in tried if plain(before[path]) != plain(after[path])} == set()
    assert {path for path in tried if after[path].status_code >= 500} == set()


@pytest.mark.parametrize("role", OF_CONTENT)
def test_no_page_of_theirs_holds_a_word_of_admissions(site, role):
    inquiry = plant()[0]
    client = client_of(role)
    pages = [path for name, path in site.items() if name.startswith("admin") and name != "admin:logout"]
    for path in [*pages, *probes(site, inquiry)]:
        response = client.get(path)
        told = str(response.headers) + response.content.decode()
        assert "Canarybird" not in told, path
        assert inquiry.public_id not in told, path
        if path in {site["admin:content_revision_preview"], site["admin:content_revision_preview_frames"]}:
            continue  # word for word the public page, which says how to reach us
        told = told.replace(path, "").replace(response.get("Location", ""), "")  # what the asker named
        assert not WORDS_OF_ADMISSIONS.search(told), (path, WORDS_OF_ADMISSIONS.search(told))


def test_the_search_for_words_finds_them_where_they_are(site):
    """The control: for the team the same pages hold names, counts and words."""
    inquiry = plant()[0]
    client = client_of("admissions")
    assert "Canarybird" in client.get(f"/admin/admissions/inquiry/{inquiry.pk}/change/").content.decode()
    assert inquiry.public_id in client.get("/admin/admissions/inquiry/").content.decode()
    assert WORDS_OF_ADMISSIONS.search(client.get("/admin/").content.decode())
    before = plain(client.get("/admin/admissions/inquiry/"))
    make_inquiry()
    assert plain(client.get("/admin/admissions/inquiry/")) != before


@pytest.mark.parametrize("role", OF_CONTENT)
@pytest.mark.parametrize("model", [Inquiry, Disclosure, Alert])
def test_what_exists_answers_like_what_never_was(site, role, model):
    client = client_of(role)
    plant(1)
    for page in ("change/", "delete/", "history/"):
        real, never = (
            client.get(f"/admin/admissions/{model.__name__.lower()}/{key}/{page}")
            for key in (model.objects.first().pk, "00000000-0000-4000-8000-000000000000")
        )
        assert (real.status_code, plain(real)) == (never.status_code, plain(never)), page


# Rights that end, and rights that never were


def test_a_role_that_is_taken_away_counts_at_the_next_request(site):
    inquiry = plant(1)[0]
    user = make_staff("admissions", username="alex", is_staff=True)
    client = Client()
    client.force_login(user)
    thread = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    assert client.get(thread).status_code == 200, "control: before, it opens"
    user.groups.clear()
    for method, path in (("get", thread), ("post", thread), ("get", "/admin/admissions/inquiry/")):
        response = getattr(client, method)(path)
        assert response.status_code == 403
        assert "Canarybird" not in response.content.decode()


def test_a_permission_that_is_taken_away_counts_at_the_next_request(site):
    client = client_of("writer")
    assert client.get(site["admin:content_article_changelist"]).status_code == 200
    Group.objects.get(name="writer").permissions.clear()
    assert client.get(site["admin:content_article_changelist"]).status_code == 403


@pytest.mark.parametrize("taken", ["is_active", "is_staff"])
def test_a_deactivated_account_is_out_at_the_next_request(site, taken):
    user = make_staff("admissions", username="alex", is_staff=True)
    client = Client()
    client.force_login(user)
    assert client.get("/admin/admissions/inquiry/").status_code == 200
    setattr(user, taken, False)
    user.save()
    response = client.get("/admin/admissions/inquiry/")
    assert response.status_code == 302 and response["Location"].startswith("/admin/login/")


def test_a_superuser_outside_the_team_opens_no_thread_and_one_inside_does(site):
    inquiry = plant(1)[0]
    user = make_staff("", username="root", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    thread = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    before = Disclosure.objects.count()
    for response in (
        client.get(thread),
        client.post(thread, {"do": "reply", "reply-text": "x"}),
        client.post("/admin/admissions/inquiry/search/", {"needle": CANARY}),
    ):
        assert response.status_code == 403
        assert "Canarybird" not in response.content.decode()
    assert Disclosure.objects.count() == before
    user.groups.add(Group.objects.get(name="admissions"))
    assert "Canarybird" in client.get(thread).content.decode(), "control: membership is what counts"


def test_permissions_alone_open_no_thread(site):
    """Somebody who was given every permission of admissions by hand, and no group."""
    inquiry = plant(1)[0]
    user = make_staff("writer", username="alex", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="admissions"))
    client = Client()
    client.force_login(user)
    assert user.has_perm("admissions.view_inquiry"), "control: the permission is there"
    assert client.get(reverse("admin:admissions_inquiry_change", args=[inquiry.pk])).status_code == 403
    assert client.get("/admin/admissions/inquiry/").status_code == 403
