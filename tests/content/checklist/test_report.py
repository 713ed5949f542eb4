import pytest

from content.checklist import NothingToWaive, findings, report, waive
from content.models import Section, Waiver
from content.services import publishing, saving
from tests.content.factories import make_article, make_user

pytestmark = pytest.mark.django_db

BLAMING = "<p>The word addict stands here.</p>"


def revision_of(article):
    return saving.save_revision(article=article)


def the_finding(revision, rule="blame"):
    return next(finding for finding in report(revision) if finding.rule.id == rule)


def waive_it(revision, rule="blame", **fields):
    finding = the_finding(revision, rule)
    defaults = {"reason": "It is a quotation.", "actor": make_user(username="test-waiver")}
    return waive(revision=revision, rule=rule, fingerprint=finding.fingerprint, **(defaults | fields))


def test_what_is_waived_stands_no_longer_against_publication():
    article = make_article(text=BLAMING)
    revision = revision_of(article)
    assert [finding.rule.id for finding in findings(revision)] == ["blame"]
    with pytest.raises(publishing.NotPublishable):
        publishing.publish(revision=revision)
    waive_it(revision)
    assert findings(revision) == []
    assert the_finding(revision).waiver.reason == "It is a quotation."
    publishing.publish(revision=revision)


def test_a_waiver_holds_for_these_words_whatever_else_changes_and_ends_with_them():
    article = make_article(text=BLAMING)
    waive_it(revision_of(article))
    Section.objects.update(text=BLAMING + "<p>Another paragraph.</p>", heading="Another heading")
    assert findings(revision_of(article)) == [], "the words are the same"
    Section.objects.update(text="<p>The word addict stands there.</p>")
    assert [finding.rule.id for finding in findings(revision_of(article))] == ["blame"]


def test_a_waiver_holds_for_its_article_alone():
    waive_it(revision_of(make_article(text=BLAMING)))
    assert findings(revision_of(make_article(slug="other", text=BLAMING)))


def test_a_fact_cannot_be_waived():
    revision = revision_of(make_article(text="<p>A [@nobody]</p>"))
    with pytest.raises(NothingToWaive):
        waive_it(revision, "unknown-source")
    Waiver.objects.create(
        article=revision.article,
        rule="unknown-source",
        fingerprint=the_finding(revision, "unknown-source").fingerprint,
        reason="x",
    )
    assert findings(revision), "not even by a row made in another way"
