import datetime
from collections import Counter
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone

from content.models import Article, Link, LiveFinding, Reviewer, Source
from content.rendering.article import review_of
from content.services import publishing, saving, workflow
from content.services.dashboard import broken, tasks, waiting_texts
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_published,
    make_reviewer,
    make_source,
    make_user,
    publish,
    sign,
)

pytestmark = pytest.mark.django_db


def days(number):
    return timezone.localdate() + datetime.timedelta(days=number)


def due(role="publisher"):
    user = make_user(role, username=f"test-{role}")
    counts = {task.words: task.count for task in tasks(user)}
    user.delete()
    return counts


def test_a_site_in_order_has_nothing_due():
    make_centre(licence_number="190123AP", licence_expires=days(60), phone="714-555-2142")
    make_help_line(last_checked=days(-30))
    make_source(expires_on=days(1))
    article = make_published()
    sign(article.published_revision)
    Reviewer.objects.update(licence_expires=days(60))
    make_article(slug="a-draft-waits-for-nobody")
    assert due() == {}


def test_everything_that_ran_out_is_counted():
    make_centre(licence_number="190123AP", licence_expires=days(59))
    make_help_line(last_checked=days(-31))
    make_help_line(key="gone", last_checked=days(-61))
    make_source(expires_on=days(0))
    sign(make_published().published_revision)
    publish(make_article(slug="unsigned"))
    Reviewer.objects.update(licence_expires=days(59))
    assert due() == {
        "help line that visitors no longer see: please dial": 1,
        "help lines to dial: never dialed, or over 30 days ago": 2,
        "source to open again": 1,
        "article on the site that no reviewer has signed yet": 1,
        "reviewer whose license runs out soon, or has": 1,
        "license of the center: it runs out soon, has run out, or has no date": 1,
        "phone number of the center to enter: pages show one that nobody has": 1,
    }


def test_a_review_is_due_for_the_text_on_the_site(time_machine):
    article = make_published()
    sign(article.published_revision, due_in_days=5)
    time_machine.move_to(timezone.now() + datetime.timedelta(days=6))
    assert due()["article whose review is overdue"] == 1
    article.title = "Another text"
    article.save()
    publish(article)
    assert "article whose review is overdue" not in due()
    assert due()["article edited since the review, or with a source that was corrected since"] == 1


@pytest.mark.parametrize(("role", "sees"), [("writer", False), ("reviewer", False), ("publisher", True)])
def test_only_who_may_dial_and_mark_is_asked_to(role, sees):
    make_help_line()
    assert ("help line to dial: never dialed, or over 30 days ago" in due(role)) is sees


def test_admissions_staff_are_told_nothing_of_content(django_assert_num_queries):
    make_help_line()
    assert due("admissions") == {}


def test_the_start_page_leads_to_what_is_due(client):
    make_help_line()
    client.force_login(make_user("publisher"))
    text = client.get(reverse("admin:index")).content.decode()
    assert "What is due" in text
    assert f'href="{reverse("admin:content_helpline_changelist")}">1 help line to dial' in text


# What waits, and what broke


def waiting(user):
    return {entry.words: entry.count for entry in waiting_texts(user)}


@pytest.fixture
def people():
    return {role: make_user(role) for role in ("writer", "reviewer", "publisher")}


@pytest.fixture
def handed_in(people):
    article = make_article(title="A text that waits")
    article.reviewer.user = people["reviewer"]
    article.reviewer.save()
    revision = saving.save_revision(article=article, author=people["writer"])
    workflow.hand_in(revision=revision, actor=people["writer"])
    return revision


def test_a_text_waits_for_the_one_who_has_it(people, handed_in):
    def who():
        return {role: waiting(user) for role, user in people.items()}

    to_review, returned, to_publish = "handed in for you to review", "returned to you", "signed, to be published"
    assert who() == {"writer": {}, "reviewer": {to_review: 1}, "publisher": {}}
    workflow.send_back(revision=handed_in, actor=people["reviewer"], note="Not yet.")
    assert who() == {"writer": {returned: 1}, "reviewer": {}, "publisher": {}}
    workflow.hand_in(revision=handed_in, actor=people["writer"])
    sign(handed_in)
    assert who() == {"writer": {}, "reviewer": {}, "publisher": {to_publish: 1}}
    publishing.publish(revision=handed_in, actor=people["publisher"])
    assert who() == {"writer": {}, "reviewer": {}, "publisher": {}}


def test_a_text_whose_reviewer_has_no_account_is_not_forgotten(people, handed_in):
    Reviewer.objects.update(user=None)
    assert list(waiting(people["publisher"]).values()) == [1]


def test_a_comment_waits_for_whom_it_is_meant(people, handed_in):
    workflow.comment(revision=handed_in, place="", text="Hm?", actor=people["reviewer"])
    assert waiting(people["writer"]) == {"with a comment for you to answer": 1}
    assert waiting(people["publisher"]) == {}


def test_the_start_page_names_each_text_and_the_list_behind_it_has_the_same(client, people, handed_in):
    client.force_login(people["reviewer"])
    page = client.get(reverse("admin:index")).content.decode()
    review = reverse("admin:content_article_review", args=[handed_in.article_id])
    assert f'<a href="{review}">A text that waits</a>' in page
    for work, there in (("mine", True), ("review", True), ("returned", False), ("publish", False)):
        assert listed(client, work=work) == ["test-article"] * there, work


def test_what_broke_stands_by_itself(people):
    article = make_published()
    LiveFinding.objects.create(article=article, rule="blame", blocks=True, fingerprint="1")
    LiveFinding.objects.create(article=article, rule="grade", blocks=False, fingerprint="2")
    Link.objects.create(address="https://example.org/", state="gone", checked_at=timezone.now())
    assert [task.count for task in broken(people["writer"])] == [1, 1, 1]
    assert not any("finding" in task.words or "links" in task.words for task in tasks(people["writer"]))


@pytest.mark.parametrize("role", ["writer", "reviewer", "publisher"])
def test_the_start_page_takes_the_same_queries_however_much_waits(client, people, role, django_assert_max_num_queries):
    for number in range(12):
        article = make_article(slug=f"a-{number}", title=f"Text {number}")
        article.reviewer.user = people["reviewer"]
        article.reviewer.save()
        revision = saving.save_revision(article=article, author=people["writer"])
        workflow.comment(revision=revision, place="", text="Hm?", actor=people["publisher"])
        workflow.hand_in(revision=revision, actor=people["writer"])
    client.force_login(people[role])
    with django_assert_max_num_queries(30):
        client.get(reverse("admin:index"))


# The state of a review, in the list and on the page


def in_the_list():
    return {row.slug: row.review_state for row in Article.objects.with_published_revision().with_review_state()}


def listed(client, **chosen):
    response = client.get(reverse("admin:content_article_changelist"), chosen)
    return [article.slug for article in response.context["cl"].result_list]


def on_the_page(article):
    article = Article.objects.with_published_revision().select_related("reviewer").get(pk=article.pk)
    revision = article.published_revision
    sources = Source.objects.by_key(revision.snapshot["citations"])
    return review_of(revision, sources=list(sources.values()), today=timezone.localdate()).state


def test_the_list_says_what_the_page_says_of_each_review(client, people, time_machine):
    articles = {
        name: make_published(slug=name, title=name) for name in ("reviewed", "overdue", "edited", "awaited", "expired")
    }
    sign(articles["reviewed"].published_revision)
    sign(articles["overdue"].published_revision, due_in_days=5)
    sign(articles["edited"].published_revision)
    articles["edited"].short_answer += " More."
    articles["edited"].save()
    publish(articles["edited"])
    articles["expired"].reviewer = Reviewer.objects.create(
        slug="other", name="Other", licence_expires=days(5), biography="x", user=people["reviewer"]
    )
    articles["expired"].save()
    sign(articles["expired"].published_revision)
    make_article(slug="draft")
    time_machine.move_to(timezone.now() + datetime.timedelta(days=6))
    assert in_the_list() == {name: name for name in articles} | {"draft": ""}
    assert {name: on_the_page(article) for name, article in articles.items()} == {name: name for name in articles}
    client.force_login(make_user("publisher", username="now"))
    for state in articles:
        assert listed(client, review=state) == [state]


@pytest.fixture
def every_review(people, time_machine):
    """Articles on the site whose review has each history, together with each that can go wrong with it."""
    unchanged, corrected = make_source(key="kept"), make_source(key="corrected")
    lasting = make_reviewer(user=people["reviewer"])
    ending = make_reviewer(slug="ending", user=make_user("reviewer", username="ending"), licence_expires=days(3))
    articles = {}
    for history, *wrong in product(("never", "signed", "edited", "back"), *[(False, True)] * 3):
        licence, date, source = wrong
        name = "-".join(
            [history, *(word for word, is_so in zip(("licence", "date", "source"), wrong, strict=True) if is_so)]
        )
        article = make_published(
            slug=name,
            title=name,
            reviewer=ending if licence else lasting,
            text=f"<p>Words [@{(corrected if source else unchanged).key}]</p>",
        )
        if history != "never":
            sign(article.published_revision, due_in_days=3 if date else 300)
        for answer in {"edited": ["Other."], "back": ["Other.", "A short answer."]}.get(history, []):
            article.short_answer = answer
            article.save()
            publish(article)
        articles[name] = article
    time_machine.move_to(timezone.now() + datetime.timedelta(days=4))
    corrected.title = "Corrected"
    corrected.save()
    return articles


def test_list_and_page_agree_whatever_comes_together(every_review):
    states = {name: on_the_page(article) for name, article in every_review.items()}
    assert in_the_list() == states
    counts = {"awaited": 8, "edited": 8 + 2, "expired": 8, "overdue": 4, "reviewed": 2}
    assert Counter(states.values()) == counts, "control: each state is there"


def test_every_count_of_reviews_is_the_length_of_the_list_that_it_leads_to(client, every_review):
    publisher = make_user("publisher", username="now")
    client.force_login(publisher)
    counts = {task.url: task.count for task in tasks(publisher) if "review=" in task.url}
    assert counts == {url: client.get(url).context["cl"].result_count for url in counts}
    assert sum(counts.values()) == len(every_review) - 2, "each article whose review does not stand is counted once"
