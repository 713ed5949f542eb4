import datetime
import re
import uuid
from urllib.parse import urlencode

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from admissions.models import KeptForm
from admissions.services import kept_forms
from admissions.services.kept_forms import FormOfTab
from content.admin import concurrent_editing, form_snapshot
from content.models import Article, OpenForm, Picture, PictureBlock, RelatedArticle, Section, Topic
from content.services import editing, publishing, saving
from magnified import keeping
from tests.content.factories import make_article, make_user
from tests.content.test_admin import add_section, article_form, sent_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    made = make_article(title="Begun")
    Section.objects.create(
        parent=made, region="main", ordering=20, heading="Second", anchor="second", text="<p>Second.</p>"
    )
    saving.save_revision(article=made)
    return made


@pytest.fixture
def sign_in(client):
    """`sign_in(name)` is a writer of that name, at the same client."""

    def signed_in(name, role="writer"):
        user = make_user(role, username=name)
        client.force_login(user)
        return user

    return signed_in


def url(name, *args):
    return reverse(f"admin:content_article_{name}", args=args)


def saved_by_kim(article, **fields):
    """Kim saves while somebody else writes."""
    for name, value in fields.items():
        setattr(article, name, value)
    article.save()
    return saving.save_revision(article=article, author=make_user("writer", username="kim"))


def hidden(page):
    """What the page of two texts would send again, without the choices."""
    return dict(page.context["fields"]) | {"seen": page.context["seen"]}


def of_tab(page):
    return {"staff_form": f"{uuid.uuid4()}.{page}"}


def test_saving_over_somebodys_change_is_refused_and_both_texts_are_shown(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article, title="Ann's title")
    saved_by_kim(article, title="Kim's title")
    page = client.post(address, data)
    assert page.status_code == 200
    html = page.content.decode()
    assert "Your text is not saved yet" in html and "kim saved this article" in html
    assert "Ann&#x27;s" in html and "Kim&#x27;s" in html
    article.refresh_from_db()
    assert (article.title, article.revisions.count()) == ("Kim's title", 2)


def test_a_form_that_is_not_behind_is_saved(client, sign_in, article):
    """The control of the refusal."""
    sign_in("ann")
    saved_by_kim(article, title="Kim's title")
    address, data = article_form(client, article, title="Ann's title")
    assert client.post(address, data).status_code == 302
    article.refresh_from_db()
    assert article.title == "Ann's title"


def test_who_saves_in_the_moment_between_check_and_save_is_not_overwritten(client, sign_in, article, monkeypatch):
    """The first check is for whoever comes late; the one under the lock is what holds."""
    monkeypatch.setattr(concurrent_editing, "is_behind", lambda request, article: False)
    sign_in("ann")
    address, data = article_form(client, article, title="Ann's title")
    saved_by_kim(article, title="Kim's title")
    assert "Your text is not saved yet" in client.post(address, data).content.decode()
    article.refresh_from_db()
    assert article.title == "Kim's title"
    monkeypatch.setattr(editing, "claim", lambda article, began_from: article)
    client.post(address, data)
    article.refresh_from_db()
    assert article.title == "Ann's title", "control: without the check under the lock it would be"


@pytest.mark.parametrize(
    "began_from", ["", "[]", "nonsense", "{", '{"revision": "1"}', '{"revision": 99}', '{"revision": 1, "blocks": 1}']
)
def test_a_form_that_does_not_say_what_it_began_from_overwrites_nothing(client, sign_in, article, began_from):
    sign_in("ann")
    address, data = article_form(client, article, title="Ann's title", began_from=began_from)
    assert client.post(address, data).status_code == 200
    article.refresh_from_db()
    assert article.title == "Begun"


def test_what_lies_beside_the_text_is_not_overwritten_either(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article, title="Ann's title")
    topic = Topic.objects.create(slug="t", name="Kim's topic", intro="One sentence.")
    article.topics.add(topic)
    page = client.post(address, data)
    assert "Kim&#x27;s topic" in page.content.decode()
    client.post(url("merge", article.pk), hidden(page))
    article.refresh_from_db()
    assert (article.title, list(article.topics.all())) == ("Ann's title", [topic])


def test_two_texts_are_put_together_part_by_part(client, sign_in, article):
    ann = sign_in("ann")
    address, data = article_form(client, article, title="Ann's title", short_answer="Ann's answer.", note="By Ann")
    data["content_section_set-1-text"] = "<p>Ann's second.</p>"
    Section.objects.filter(anchor="first-section").update(text="<p>Kim's first.</p>")
    saved_by_kim(article, title="Kim's title")
    page = client.post(address, data)
    parts = {part["name"]: part for part in page.context["parts"]}
    assert {name for name, part in parts.items() if part["must_choose"]} == {"Title"}
    assert parts["First section"]["choice"] == "theirs" and parts["Second"]["choice"] == "mine"
    choice = {f"part-{parts['Title']['number']}": "theirs"}
    done = client.post(url("merge", article.pk), hidden(page) | choice)
    assert done["Location"] == url("change", article.pk)
    newest = article.revisions.latest()
    text = newest.snapshot
    assert (newest.number, newest.author, newest.note) == (3, ann, "By Ann")
    assert (text["title"], text["short_answer"]) == ("Kim's title", "Ann's answer.")
    assert [block["text"] for block in text["blocks"]] == ["<p>Kim's first.</p>", "<p>Ann's second.</p>"]


def test_without_a_choice_where_both_changed_nothing_is_saved(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article, title="Ann's title")
    saved_by_kim(article, title="Kim's title")
    page = client.post(address, data)
    again = client.post(url("merge", article.pk), hidden(page))
    assert "Nothing was saved." in again.content.decode()
    assert article.revisions.count() == 2
    assert "Ann&#x27;s" in again.content.decode(), "nothing typed is lost"


@pytest.mark.parametrize("number", ["", "x", "²", "-1", "99", "9" * 5000], ids=lambda number: number[:9])
def test_a_choice_for_no_part_counts_for_none(client, sign_in, article, number):
    sign_in("ann")
    address, data = article_form(client, article, title="Ann's title")
    saved_by_kim(article, title="Kim's title")
    page = client.post(address, data)
    sent = urlencode(hidden(page) | {f"part-{number}": "mine"})
    again = client.post(url("merge", article.pk), sent, content_type="application/x-www-form-urlencoded")
    assert "Nothing was saved." in again.content.decode()


def test_a_third_save_while_choosing_is_refused_too(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article, short_answer="Ann's answer.")
    saved_by_kim(article, title="Kim's title")
    page = client.post(address, data)
    article.title = "Lee's title"
    article.save()
    saving.save_revision(article=article, author=make_user("writer", username="lee"))
    again = client.post(url("merge", article.pk), hidden(page))
    assert "while you were choosing" in again.content.decode()
    assert article.revisions.latest().number == 3
    client.post(url("merge", article.pk), hidden(again))
    article.refresh_from_db()
    assert (article.title, article.short_answer) == ("Lee's title", "Ann's answer.")


def test_a_part_that_somebody_deleted_meanwhile_is_not_lost(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article)
    data["content_section_set-1-text"] = "<p>Ann's second.</p>"
    Section.objects.filter(anchor="second").delete()
    saved_by_kim(article)
    page = client.post(address, data)
    part = next(part for part in page.context["parts"] if part["name"] == "Second")
    assert part["must_choose"]
    client.post(url("merge", article.pk), hidden(page) | {f"part-{part['number']}": "mine"})
    assert [block["anchor"] for block in article.revisions.latest().snapshot["blocks"]] == ["first-section", "second"]


def test_a_merged_text_that_cannot_be_stored_comes_back_in_the_form(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article, short_answer="Ann's answer.")
    data["content_section_set-1-heading"] = ""
    saved_by_kim(article, title="Kim's title")
    page = client.post(address, data)
    again = client.post(url("merge", article.pk), hidden(page) | of_tab(address), follow=True)
    assert "cannot be stored: Heading: This field cannot be blank." in again.content.decode()
    assert article.revisions.count() == 2
    both = sent_by(again.context)
    assert (both["title"], both["short_answer"]) == ("Kim's title", "Ann's answer."), "the choices are not lost"
    assert client.post(address, both | {"content_section_set-1-heading": "Mended"}).status_code == 302
    text = article.revisions.latest().snapshot
    assert (text["title"], text["short_answer"]) == ("Kim's title", "Ann's answer.")
    assert [block["heading"] for block in text["blocks"]] == ["First section", "Mended"]


def test_choices_for_a_text_that_was_saved_once_more_are_asked_for_again(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article, title="Ann's title")
    data["content_section_set-1-heading"] = ""
    saved_by_kim(article, title="Kim's title")
    page = client.post(address, data)
    chosen = {f"part-{part['number']}": "mine" for part in page.context["parts"]}
    form = client.post(url("merge", article.pk), hidden(page) | chosen | of_tab(address))["Location"]
    assert sent_by(client.get(form).context)["title"] == "Ann's title", "control"
    article.title = "Lee's title"
    article.save()
    saving.save_revision(article=article, author=make_user("writer", username="lee"))
    assert "Lee&#x27;s" in client.get(form).content.decode()


def test_changes_that_cannot_stand_together_are_refused_with_the_reason(client, sign_in):
    sign_in("ann")
    article = make_article(title="Begun", language="es")
    saving.save_revision(article=article)
    address, data = article_form(client, article, language="en", short_answer="Ann's answer.")
    saved_by_kim(article, translation_of=make_article(slug="original", title="Original"))
    page = client.post(address, data)
    again = client.post(url("merge", article.pk), hidden(page) | of_tab(address), follow=True).content.decode()
    assert "Only a Spanish article is a translation." in again and "Ann&#x27;s answer." in again
    article.refresh_from_db()
    assert (article.language, article.revisions.count()) == ("es", 1) and "Ann" not in article.short_answer


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "a-z"},
        {"title": "T" * 71},
        {"language": "xx"},
        {"reviewer": 999},
        {"translation_of": 999},
        {"blocks": [{"type": "section", "heading": "", "anchor": "a", "text": "<p>A</p>"}]},
        {"blocks": [{"type": "step", "number": "x", "principle": "P", "meaning": "M", "text": "<p>A</p>"}]},
        {"blocks": [{"type": "picture", "picture": None, "caption": "C", "shape": "whole"}]},
        {"blocks": 2 * [{"type": "section", "heading": "H", "anchor": "a", "text": "<p>A</p>"}]},
        {"related": [{"article": None, "reason": ""}]},
    ],
    ids=str,
)
def test_a_text_that_a_form_would_refuse_is_refused_as_a_whole(article, wrong):
    before = form_snapshot.stored_snapshot(article)
    if "related" in wrong:
        wrong = {"related": [{"article": article.pk, "reason": "Itself."}]}
    with pytest.raises(ValidationError):
        saving.save_text(article=Article.objects.get(pk=article.pk), text=before | {"title": "New"} | wrong)
    assert form_snapshot.stored_snapshot(Article.objects.get(pk=article.pk)) == before
    saving.save_text(article=Article.objects.get(pk=article.pk), text=before | {"title": "New"})
    article.refresh_from_db()
    assert (article.title, article.revisions.count()) == ("New", 2), "control"


def test_what_is_in_the_form_is_read_as_it_would_be_stored(client, sign_in, article):
    sign_in("ann")
    article.topics.add(Topic.objects.create(slug="t", name="T", intro="One sentence."))
    other = make_article(slug="other", title="Other")
    RelatedArticle.objects.create(article=article, related=other, position=1, reason="Because.")
    _, data = article_form(client, article)
    assert form_snapshot.full_snapshot(QueryDict(urlencode(data, doseq=True))) == form_snapshot.stored_snapshot(article)


# Who is here


def test_whoever_opens_an_article_sees_who_else_has_it_open(client, sign_in, article):
    sign_in("kim")
    assert "has this article open" not in client.get(url("change", article.pk)).content.decode()
    assert OpenForm.objects.count() == 0, "a GET notes nothing"
    client.post(url("beat", article.pk), {})
    sign_in("ann")
    assert "kim has this article open too, since" in client.get(url("change", article.pk)).content.decode()


def test_whoever_has_not_been_heard_of_for_a_minute_is_no_longer_here(client, sign_in, article, time_machine):
    sign_in("kim")
    moment = timezone.now()
    time_machine.move_to(moment, tick=False)
    client.post(url("beat", article.pk), {})
    for seconds, is_here in ((59, True), (61, False)):
        time_machine.move_to(moment + datetime.timedelta(seconds=seconds), tick=False)
        assert OpenForm.objects.now().exists() is is_here


def test_the_time_of_opening_is_that_of_the_form_which_is_open_now(client, sign_in, article, time_machine):
    sign_in("kim")
    moment = timezone.now()
    for minutes, opened in ((0, 0), (0.5, 0), (90, 90)):
        time_machine.move_to(moment + datetime.timedelta(minutes=minutes), tick=False)
        client.post(url("beat", article.pk), {})
        assert OpenForm.objects.get().opened_at == moment + datetime.timedelta(minutes=opened)


def test_the_beat_tells_that_somebody_saved(client, sign_in, article):
    sign_in("ann")
    _, data = article_form(client, article)
    beat = {"began_from": data["began_from"]}
    assert client.post(url("beat", article.pk), beat).json() == {"others": []}
    saved_by_kim(article, title="Kim's title")
    assert "was saved by somebody" in client.post(url("beat", article.pk), beat).json()["others"][0]


# What was typed and not saved


def open_kept(client, data, *args):
    """Keep it, then put it back into the form."""
    user = User.objects.get(pk=client.session[SESSION_KEY])
    page = reverse("admin:content_article_change", args=args) if args else reverse("admin:content_article_add")
    form = FormOfTab.read((of_tab(page) | data)["staff_form"])
    fields = QueryDict(urlencode(data, doseq=True), mutable=True)
    kept_forms.keep_form(user=user, form=form, fields=keeping.words_of(fields))
    return client.get(page, {"kept": str(form)})


def test_what_was_kept_is_opened_unsaved_under_the_name_it_was_kept_by(client, sign_in, article):
    sign_in("ann")
    address, data = article_form(client, article, title="Typed, not saved")
    data["content_section_set-0-text"] = "<p>Typed.</p>"
    data |= of_tab(address)
    html = open_kept(client, data, article.pk).content.decode()
    assert "It is not saved yet." in html and 'value="Typed, not saved"' in html and "&lt;p&gt;Typed.&lt;/p&gt;" in html
    assert data["staff_form"] in html
    article.refresh_from_db()
    assert (article.title, article.revisions.count()) == ("Begun", 1), "opening saves nothing"


def test_what_was_kept_is_saved_as_it_was_typed_with_parts_added_moved_and_taken_out(client, sign_in, article):
    sign_in("ann")
    others = [make_article(slug=slug, title=slug) for slug in ("other", "another", "third")]
    for other in others[:2]:
        RelatedArticle.objects.create(article=article, related=other, reason="Because.")
    Section.objects.create(parent=article, region="main", ordering=30, heading="Third", anchor="third", text="<p>T</p>")
    saving.save_revision(article=article)
    address, data = article_form(client, article, slug="typed", language="es")
    rows = list(article.content_section_set.all())
    data |= {"content_section_set-0-ordering": 99, "content_section_set-0-text": "<p>Moved to the end.</p>"}
    data |= {"content_section_set-1-DELETE": "on", "related_articles-0-DELETE": "on"}
    data |= {"related_articles-TOTAL_FORMS": 3, "related_articles-2-related": others[2].pk}
    data |= {"related_articles-2-reason": "New.", "related_articles-2-position": 9}
    typed = form_snapshot.full_snapshot(QueryDict(urlencode(add_section(data), doseq=True)))
    assert [block["anchor"] for block in typed["blocks"]] == ["new-section", "third", "first-section"], "control"
    opened = open_kept(client, data, article.pk)
    assert client.post(address, sent_by(opened.context)).status_code == 302
    stored = Article.objects.get(pk=article.pk)
    assert form_snapshot.stored_snapshot(stored) == typed
    assert [row.pk for row in stored.content_section_set.all()][1:] == [rows[2].pk, rows[0].pk], "rows stay the same"


def test_what_was_kept_is_put_together_when_somebody_saved_meanwhile(client, sign_in, article):
    sign_in("ann")
    _, data = article_form(client, article, short_answer="Typed, not saved.")
    saved_by_kim(article, title="Kim's title")
    page = open_kept(client, data, article.pk)
    client.post(url("merge", article.pk), hidden(page))
    article.refresh_from_db()
    assert (article.title, article.short_answer) == ("Kim's title", "Typed, not saved.")


def test_an_incomplete_text_is_opened_as_well(client, sign_in, article):
    sign_in("ann")
    _, data = article_form(client, article, title="")
    assert (
        "Half a" in open_kept(client, add_section(data, anchor="", text="<p>Half a</p>"), article.pk).content.decode()
    )


def test_an_article_that_was_never_saved_is_opened_too(client, sign_in):
    sign_in("ann")
    _, data = article_form(client, title="Quite new", slug="quite-new", short_answer="Typed.")
    assert 'value="Quite new"' in open_kept(client, add_section(data)).content.decode()
    assert not Article.objects.exists()


def test_nobody_opens_what_somebody_else_typed(client, sign_in, article):
    sign_in("ann")
    _, data = article_form(client, article, title="Typed by Ann")
    assert "Typed by Ann" in open_kept(client, data, article.pk).content.decode(), "control"
    row = KeptForm.objects.get()
    sign_in("kim")
    for chosen in (str(FormOfTab(row.tab, row.name, row.page)), "no-form", ""):
        page = client.get(url("change", article.pk), {"kept": chosen}, follow=True).content.decode()
        assert "kept any more" in page and "Typed by Ann" not in page


def test_nothing_is_opened_of_an_article_that_is_archived(client, sign_in, article):
    sign_in("ann")
    publishing.archive(article=article)
    for name in ("beat", "merge"):
        assert client.post(url(name, article.pk), {"title": "x"}).status_code == 404


def test_the_editor_opens_an_article_of_sixty_blocks_in_at_most_25_queries(
    client, sign_in, django_assert_max_num_queries
):
    sign_in("ann", "publisher")
    article = make_article(kind="twelve_step", steps=12)
    for number in range(37):
        Section.objects.create(
            parent=article,
            region="main",
            ordering=99 + number,
            heading=str(number),
            anchor=f"s-{number}",
            text="<p>A</p>",
        )
    for number in range(10):
        picture = Picture.objects.create(alt=f"Picture {number}", file=f"{number:032x}.webp", width=4, height=4)
        PictureBlock.objects.create(parent=article, region="main", ordering=200 + number, picture=picture)
    for number in range(3):
        other = make_article(slug=f"other-{number}", title=f"Other {number}")
        RelatedArticle.objects.create(article=article, related=other, reason="Because.")
    saving.save_revision(article=article)
    assert len(article.blocks()) == 60
    with django_assert_max_num_queries(25):
        page = client.get(url("change", article.pk))
    assert page.status_code == 200
    for chosen in ("Picture 0", "Picture 9", "Other 0", "Other 2"):
        assert re.search(rf"<option [^>]*selected[^>]*>{chosen}</option>", page.content.decode()), chosen
