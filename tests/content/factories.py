"""Test data with honest defaults; anything can be overridden by keyword. Every person here is invented."""

import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from content.models import (
    Article,
    Centre,
    HelpLine,
    Notice,
    Reviewer,
    Revision,
    Section,
    Source,
    Step,
)
from content.services import organisation, publishing, reviewing, saving


def make_user(role: str = "", **fields: Any) -> Any:
    """A staff account; with a role it is a member of that group, which `sync_roles` has made."""
    defaults = {"username": f"test-{role or 'staff'}", "is_staff": True}
    user = get_user_model().objects.create_user(**(defaults | fields))
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def make_centre(**fields: Any) -> Centre:
    defaults = {"name": "Magnified Health Systems", "phone": "+17145550142"}
    return Centre.objects.create(**(defaults | fields))


def make_help_line(**fields: Any) -> HelpLine:
    defaults = {
        "key": "test-line",
        "name": "Test line",
        "number": "1-800-662-4357",
        "who_answers": "Trained listeners",
        "hours": "day and night",
        "cost": "free",
        "languages": "English",
        "name_es": "Línea de prueba",
        "who_answers_es": "Personas que escuchan",
        "hours_es": "de día y de noche",
        "cost_es": "gratis",
        "languages_es": "inglés",
        "position": 4,
    }
    return HelpLine.objects.create(**(defaults | fields))


def make_reviewer(**fields: Any) -> Reviewer:
    defaults = {
        "slug": "test-reviewer",
        "name": "Dr. Test Reviewer",
        "credentials": "an invented degree",
        "licence_line": "certified (TEST II)",
        "biography": "<p>Invented.</p>",
    }
    return Reviewer.objects.create(**(defaults | fields))


def make_source(**fields: Any) -> Source:
    defaults = {
        "key": "test-2020",
        "title": "A test source",
        "authors": "Test A",
        "year": 2020,
        "url": "https://example.org/source",
        "opened_on": datetime.date(2026, 11, 23),
    }
    return Source.objects.create(**(defaults | fields))


def make_notice(**fields: Any) -> Notice:
    defaults = {
        "kind": "medical_disclaimer",
        "language": "en",
        "title": "Medical disclaimer",
        "text": "<p>Ask a doctor.</p>",
    }
    return organisation.publish_notice(**(defaults | fields))


def make_article(*, text: str = "", steps: int = 0, **fields: Any) -> Article:
    """An article with one section, and with `steps` steps; one about the steps names other ways, as it must."""
    text = text or f"<p>Some words.{' SMART Recovery and LifeRing are other ways.' * bool(steps)}</p>"
    defaults: dict[str, Any] = {
        "slug": "test-article",
        "title": "A test article",
        "short_answer": "A short answer.",
    }
    if "reviewer" not in fields:
        defaults["reviewer"] = Reviewer.objects.filter(slug="test-reviewer").first() or make_reviewer()
    article = Article.objects.create(**(defaults | fields))
    Section.objects.create(
        parent=article,
        region="main",
        ordering=10,
        heading="First section",
        anchor="first-section",
        text=text,
    )
    for number in range(1, steps + 1):
        Step.objects.create(
            parent=article,
            region="main",
            ordering=10 + number,
            number=number,
            principle=f"Principle {number}",
            meaning="One sentence.",
            text="<p>Step text.</p>",
        )
    return article


def make_published(**fields: Any) -> Article:
    article = make_article(**fields)
    publish(article)
    return article


def publish(article: Article, **fields: Any) -> Revision:
    """Save the working copy as a revision and publish it."""
    revision = saving.save_revision(article=article, **fields)
    try:
        publishing.publish(revision=revision)
    except publishing.NotPublishable as error:
        raise AssertionError([str(finding) for finding in error.findings]) from error
    article.refresh_from_db()
    return revision


def sign(revision: Revision, *, due_in_days: int = 365) -> Any:
    """Sign as the article's reviewer, with an account made for it when there is none."""
    reviewer = revision.article.reviewer
    assert reviewer
    if reviewer.user is None:
        reviewer.user = make_user(username="test-signer")
        reviewer.save()
    due = datetime.date.today() + datetime.timedelta(days=due_in_days)
    return reviewing.sign_off(revision=revision, actor=reviewer.user, next_due=due)
