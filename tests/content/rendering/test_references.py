import pytest

from content.models import Picture, PictureBlock, Usage
from content.rendering import references
from content.services import publishing, saving
from tests.content.factories import make_article, make_published, make_source, publish

pytestmark = pytest.mark.django_db

CITING = '<p>A [@one] B [@two] <a href="/articles/b/#x">b</a> <a href="https://example.org/?a=1&amp;b=2">c</a></p>'


@pytest.fixture(autouse=True)
def _sources():
    for key in ("one", "two", "three"):
        make_source(key=key)
    make_article(slug="b")


def rows(usages=None):
    return [(row.kind, row.target, row.place, row.is_live) for row in usages or Usage.objects.all()]


def test_a_saved_text_is_listed_with_everything_it_uses():
    article = make_article(text=CITING)
    saving.save_revision(article=article)
    assert rows() == [
        ("source", "one", "First section", False),
        ("source", "two", "First section", False),
        ("article", "/articles/b/", "First section", False),
        ("address", "https://example.org/?a=1&b=2", "First section", False),
    ]


def test_rows_are_kept_for_what_visitors_read_and_for_the_newest_text_only():
    article = make_published(text="<p>A [@one]</p>")
    for key in ("two", "three"):
        article.content_section_set.update(text=f"<p>A [@{key}]</p>")
        saving.save_revision(article=article)
    assert {(row.target, row.is_live) for row in Usage.objects.current()} == {("one", True), ("three", False)}
    assert Usage.objects.count() == 2
    publish_again = article.revisions.get(number=3)
    publish(article)
    assert rows(Usage.objects.live()) == [("source", "three", "First section", True)]
    publishing.unpublish(article=publish_again.article)
    assert not Usage.objects.live().exists() and Usage.objects.current().exists()


def test_a_step_and_a_picture_are_named_as_editors_know_them():
    article = make_article(kind="twelve_step", steps=1)
    article.content_step_set.update(text="<p>[@one]</p>")
    picture = Picture.objects.create(file=f"{'0' * 32}.webp", alt="A room", width=1, height=1)
    PictureBlock.objects.create(parent=article, region="main", ordering=99, picture=picture)
    saving.save_revision(article=article)
    assert [(row.target, row.place) for row in Usage.objects.order_by("block")] == [
        ("one", "Step 1: Principle 1"),
        (str(picture.pk), "Picture"),
    ]


def test_rows_can_be_made_later_for_texts_from_before_the_table():
    make_published(text=CITING)
    before = rows()
    Usage.objects.all().delete()
    references.record_all()
    references.record_all()
    assert rows() == before


def test_recording_what_did_not_change_writes_nothing(django_assert_num_queries):
    article = make_published(text=CITING)
    with django_assert_num_queries(6):  # a savepoint, the newest, nothing deleted, whose rows are there
        references.record(article)
