import re

import pytest
from django.urls import reverse

from content.models import Section
from content.services import publishing, saving
from tests.content.factories import make_article, make_published, make_source, publish, sign

pytestmark = pytest.mark.django_db


def history(client, article, number=None):
    name, args = ("article_version", [article.slug, number]) if number else ("article_history", [article.slug])
    return client.get(reverse(f"content:{name}", args=args))


def text_of(client, article, number=None):
    return history(client, article, number).content.decode()


def rewrite(article, text, **fields):
    section = article.content_section_set.get(anchor="first-section")
    section.text = f"<p>{text}</p>"
    section.save()
    return publish(article, **fields)


def test_the_newest_change_is_shown_word_by_word_with_its_reason(client):
    article = make_published(text="<p>Call us by day.</p>")
    rewrite(article, "Call us by night.", note="The hours were wrong.")
    text = text_of(client, article)
    assert "The hours were wrong." in text
    assert '<del><span class="spoken"> taken out: </span>day.' in text
    assert '<ins><span class="spoken"> put in: </span>night.' in text


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-24T01:30:00+00:00", "November 23, 2026"), ("2026-11-23T17:30:00+00:00", "November 23, 2026")],
    ids=["half past five in the evening", "control: half past nine in the morning"],
)
def test_a_version_of_the_evening_has_the_day_of_the_centre(client, time_machine, moment, day):
    time_machine.move_to(moment)
    assert f">{day}</time>" in text_of(client, make_published())


def test_a_changed_title_does_not_run_together(client):
    article = make_published(title="Meetings")
    article.title = "Groups"
    article.save()
    publish(article)
    text = re.sub("<span.*?</span>", "", text_of(client, article))
    assert "<del>Meetings</del> <ins>Groups</ins>" in text


def test_each_version_has_a_page_that_compares_it_with_the_one_before(client):
    article = make_published(text="<p>One.</p>")
    for word in ("Two.", "Three."):
        rewrite(article, word)
    assert "One." in text_of(client, article, 2) and "Three." not in text_of(client, article, 2)
    assert "Two." in text_of(client, article) and "One." not in text_of(client, article)
    assert "nothing to compare it with" in text_of(client, article, 1)
    assert reverse("content:article_version", args=[article.slug, 2]) in text_of(client, article)


def test_words_of_a_draft_never_appear(client):
    article = make_published(text="<p>Public words.</p>")
    section = article.content_section_set.get()
    for word in ("Secretdraft", "Othersecret"):
        section.text = f"<p>{word}</p>"
        section.save()
        saving.save_revision(article=article, note=f"note {word}")
    section.text = "<p>New public words.</p>"
    section.save()
    published = publish(article)
    section.text = "<p>Latestsecret</p>"
    section.save()
    saving.save_revision(article=article)
    text = text_of(client, article) + text_of(client, article, published.number)
    assert "secret" not in text.lower()
    assert "New" in text
    for number in (2, 3, 5):
        assert history(client, article, number).status_code == 404


def test_the_control_a_draft_that_is_published_does_appear(client):
    article = make_published()
    rewrite(article, "Secretdraft")
    assert "Secretdraft" in text_of(client, article)


def test_a_withdrawn_article_has_no_history(client):
    article = make_published()
    assert history(client, article).status_code == history(client, article, 1).status_code == 200
    publishing.unpublish(article=article)
    assert history(client, article).status_code == history(client, article, 1).status_code == 404
    make_article(slug="draft")
    assert client.get(reverse("content:article_history", args=["draft"])).status_code == 404


def test_each_line_says_who_had_checked_that_text(client):
    article = make_published()
    sign(article.published_revision)
    rewrite(article, "Not signed.")
    text = text_of(client, article)
    assert text.count("Checked by Dr. Test Reviewer, certified (TEST II), on ") == 1
    assert text.count("No reviewer has signed this text.") == 1


def test_an_older_text_that_came_back_is_a_version_of_its_own(client):
    article = make_published()
    first = article.published_revision
    rewrite(article, "Other words.")
    publishing.publish(revision=first)
    text = text_of(client, article)
    assert text.index("Version 3") < text.index("This is the version on the site now.") < text.index("Version 2")
    assert text.count("This is the version on the site now.") == 1
    assert "As in revision 1" in text


def test_where_an_older_text_came_back_the_spanish_history_says_so_in_spanish(client):
    article = make_published(slug="es", language="es")
    rewrite(article, "Otras palabras.")
    publishing.publish(revision=saving.restore(revision=article.revisions.last()))
    text = client.get("/es/articles/es/history/").content.decode()
    assert "Como en la revisión 1" in text and "As in revision" not in text


def test_moved_parts_and_sources_are_named(client):
    article = make_published()
    second = Section.objects.create(
        parent=article, region="main", ordering=20, heading="Second section", anchor="second", text="<p>B.</p>"
    )
    publish(article)
    make_source(title="An added source")
    second.ordering, second.text = 5, "<p>B [@test-2020].</p>"
    second.save()
    publish(article)
    text = text_of(client, article)
    assert "This part also stands in another place now." in text
    assert "Sources that were added" in text and "An added source" in text


def test_markup_in_an_old_text_is_shown_as_words_and_never_runs(client):
    article = make_published(title="One")
    article.title = "<script>alert(1)</script>"
    article.save()
    publish(article)
    assert "<script>alert" not in text_of(client, article)


def test_a_long_history_takes_as_many_queries_as_a_short_one(client, django_assert_num_queries):
    article = make_published()
    rewrite(article, "Version two.")
    with django_assert_num_queries(7):
        text_of(client, article)
    for number in range(10):
        rewrite(article, f"Words {number}.")
    with django_assert_num_queries(7):
        text_of(client, article)
