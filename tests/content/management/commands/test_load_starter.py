import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import resolve
from django.utils.translation import override

from content.checklist import findings
from content.languages import of_path
from content.models import (
    Article,
    Centre,
    ChangeRecord,
    HelpLine,
    LoadedStarter,
    Notice,
    Reviewer,
    Revision,
    Section,
    Source,
    Term,
    Topic,
    Usage,
)
from content.rendering.article import snapshot_text
from content.services import publishing
from content.text import rich_text

pytestmark = pytest.mark.django_db

SEED_PRINCIPLES = [
    "Honesty",
    "Faith",
    "Surrender",
    "Soul Searching",
    "Integrity",
    "Acceptance",
    "Humility",
    "Willingness",
    "Forgiveness",
    "Maintenance",
    "Making Contact",
    "Service",
]
NEVER = re.compile(
    r"\b(addicts?|addicted|junkies?|abusers?|substance abuse|alcoholics(?! anonymous)|medically reviewed"
    r"|adict[oa]s?|drogadict[oa]s?|abuso de sustancias|alcohólic[oa]s?(?! anónimos)|revisado médicamente)\b",
    re.I,
)
# Whatever is written with digits. What only readers of Spanish are told does not count.
FIGURE, SPANISH_ONLY = re.compile(r"\d[\d,.]*(?<![,.])"), "oprima 2"
TRANSLATED = {
    "12-step-program": "programa-de-12-pasos",
    "withdrawal-when-stopping-is-dangerous": "abstinencia-cuando-dejarlo-es-peligroso",
}
PHONE = re.compile(r"\b(?:1-)?\d{3}-\d{3}-\d{4}\b")


@pytest.fixture(scope="module")
def starter(django_db_setup, django_db_blocker):
    """The starter content, loaded once for this file."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_starter", stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def loaded(starter):
    """Every test here reads the loaded content."""


def test_it_says_what_it_does_and_a_second_run_changes_nothing():
    Section.objects.filter(anchor="what-is-a-12-step-program").update(text="<p>An editor's words.</p>")
    Centre.objects.update(phone="+17145550199")
    before = (Revision.objects.count(), Source.objects.count(), Notice.objects.count())
    out = StringIO()
    call_command("load_starter", stdout=out)
    assert "Starter content is complete." in out.getvalue()
    assert "added" not in out.getvalue()
    assert (
        Revision.objects.count(),
        Source.objects.count(),
        Notice.objects.count(),
    ) == before
    assert Centre.objects.get().phone.as_e164 == "+17145550199"
    assert not Section.objects.filter(text__contains="Loaded again").exists()


def test_what_an_editor_has_renamed_is_not_loaded_a_second_time():
    rows = [
        Article.objects.get(slug="levels-of-care"),
        Topic.objects.get(slug="medicines"),
        Reviewer.objects.get(slug="brendan-bickley"),
    ]
    numbers = [type(row).objects.count() for row in rows]
    for row in rows:
        row.slug = f"renamed-{row.slug}"
        row.save()
    out = StringIO()
    call_command("load_starter", stdout=out)
    assert "added" not in out.getvalue() and "published" not in out.getvalue()
    assert [type(row).objects.count() for row in rows] == numbers


def deleted():
    """By their keys, rows of each kind that somebody deleted: what is there of each."""
    article = Article.objects.get(slug="levels-of-care")
    publishing.unpublish(article=article)
    Usage.objects.filter(revision__article=article).delete()
    Revision._base_manager.filter(article=article)._raw_delete("default")
    article.delete()
    HelpLine.objects.get(key="samhsa").delete()
    term = Term.objects.filter(language="en").first()
    term.delete()
    Topic.objects.get(slug="medicines").delete()
    return {
        "articles/levels-of-care/en": Article.objects.filter(slug="levels-of-care"),
        "help_lines/samhsa": HelpLine.objects.filter(key="samhsa"),
        f"terms/{term.slug}/en": Term.objects.filter(slug=term.slug, language="en"),
        "topics/medicines": Topic.objects.filter(slug="medicines"),
    }


@pytest.mark.parametrize("was_recorded", [True, False])
def test_a_source_that_ships_since_then_is_added_to_an_older_site(was_recorded):
    source = Source.objects.latest("pk")
    key = source.key
    Usage.objects.filter(target=key).delete()
    source.delete()
    LoadedStarter.objects.filter(**({"key": f"sources/{key}"} if was_recorded else {})).delete()
    call_command("load_starter", stdout=StringIO())
    assert Source.objects.filter(key=key).exists()


@pytest.mark.parametrize("was_recorded", [True, False])
def test_what_was_deleted_is_not_loaded_again(was_recorded):
    rows = deleted()
    if not was_recorded:  # loaded by a version that kept no record
        LoadedStarter.objects.all().delete()
    for _ in range(2):
        out = StringIO()
        call_command("load_starter", stdout=out)
        assert {key: there.exists() for key, there in rows.items()} == dict.fromkeys(rows, False)
        assert "added" not in out.getvalue() and all(f"--again {key}`" in out.getvalue() for key in rows)


def test_what_was_deleted_is_loaded_again_by_its_key_alone():
    rows = deleted()
    wanted = ["help_lines/samhsa", "articles/levels-of-care/en"]
    call_command("load_starter", again=wanted, stdout=StringIO())
    assert {key for key, there in rows.items() if there.exists()} == set(wanted)
    assert Article.objects.get(slug="levels-of-care").is_published


def test_what_a_later_version_ships_is_loaded():
    """The control of what is not loaded again."""
    rows = deleted()
    LoadedStarter.objects.filter(key="help_lines/samhsa").delete()
    call_command("load_starter", stdout=StringIO())
    assert {key for key, there in rows.items() if there.exists()} == {"help_lines/samhsa"}


def test_a_key_that_nothing_is_shipped_under_is_named():
    with pytest.raises(CommandError, match="no help_lines/none"):
        call_command("load_starter", again=["help_lines/none"], stdout=StringIO())


def test_a_load_that_was_interrupted_goes_on_where_it_stopped():
    article = Article.objects.get(slug="levels-of-care")
    publishing.unpublish(article=article)
    Usage.objects.filter(revision__article=article).delete()
    Revision._base_manager.filter(article=article)._raw_delete("default")
    out = StringIO()
    call_command("load_starter", stdout=out)
    assert "published: levels-of-care" in out.getvalue()
    article.refresh_from_db()
    assert article.is_published


def test_the_twelve_step_article_has_every_step_of_the_seed():
    snapshot = Article.objects.get(slug="12-step-program").published_revision.snapshot
    steps = [block for block in snapshot["blocks"] if block["type"] == "step"]
    assert [step["principle"] for step in steps] == SEED_PRINCIPLES
    assert snapshot["blocks"][0] == {
        **snapshot["blocks"][0],
        "type": "care_card",
        "kind": "withdrawal",
    }
    assert any(block["type"] == "call_panel" for block in snapshot["blocks"])


def test_eight_related_articles_or_more_have_substance_and_sources():
    articles = Article.objects.published().exclude(slug="12-step-program")
    assert len(articles) >= 8
    for article in articles:
        snapshot = article.published_revision.snapshot
        assert len(snapshot_text(snapshot).split()) >= 700, article.slug
        assert len(snapshot["citations"]) >= 3, article.slug
        assert snapshot["related"], article.slug


def test_no_starter_text_claims_a_review():
    assert not Article.objects.filter(revisions__sign_offs__isnull=False).exists()
    assert Reviewer.objects.get().licence_kind == "clinical"


def test_every_cited_source_exists_and_was_opened():
    cited = {key for article in Article.objects.published() for key in article.published_revision.snapshot["citations"]}
    assert cited <= set(Source.objects.values_list("key", flat=True))
    assert not Source.objects.filter(opened_on__isnull=True).exists()


def all_texts():
    for article in Article.objects.all():
        yield article.slug, snapshot_text(article.snapshot())
    for notice in Notice.objects.all():
        yield notice.kind, rich_text.plain_text(notice.text)


def test_the_words_are_kind_in_both_languages():
    for planted in ("a clean addict", "una persona adicta"):
        assert NEVER.search(planted), "control: the list must recognise such a word"
    for name, text in all_texts():
        assert not NEVER.search(text), (name, NEVER.search(text))


def test_no_text_holds_a_phone_number_that_belongs_to_a_record():
    assert PHONE.search("call 714-555-0142"), "control"
    known = set(HelpLine.objects.values_list("number", flat=True))
    for name, text in all_texts():
        assert set(PHONE.findall(text)) <= known, (name, PHONE.findall(text))


DEVICE = re.compile("manages your device|employer|administra su dispositivo|empleador")
NETWORK = re.compile("runs your network|maneja su red")
NOT_ALL = re.compile("not which page|no qué página|not the page|no la página")


@pytest.mark.parametrize("path", ["/leaving/", "/what-we-store/", "/privacy/"])
@pytest.mark.parametrize("root", ["", "/es"])
def test_who_manages_a_device_may_see_all_of_it_and_no_page_says_otherwise(client, root, path):
    points = re.findall(r"<li>(.*?)</li>", client.get(root + path).content.decode(), re.DOTALL)
    [of_device] = filter(DEVICE.search, points)
    [of_network] = filter(NETWORK.search, points)
    assert re.search("may see everything|[Pp]uede ver todo", of_device) and not NOT_ALL.search(of_device)
    assert NOT_ALL.search(of_network), "control: who sees less is told apart"


def is_there(address):
    """Raises `Resolver404`. The language of an address is its own."""
    with override(of_path(address)):
        resolve(address)


def test_every_link_to_a_page_of_ours_has_its_target():
    published = {article.get_absolute_url() for article in Article.objects.published()}
    for revision in Revision.objects.all():
        for address in re.findall(r'href="(/[^"#]*)', revision.snapshot_json.replace("\\", "")):
            is_there(address)
            if "/articles/" in address and not address.endswith("/articles/"):
                assert address in published, address


def test_an_article_that_speaks_of_stopping_warns_of_withdrawal_first():
    for article in Article.objects.all():
        for block in article.snapshot()["blocks"]:
            if block["type"] == "care_card" and block["kind"] == "withdrawal":
                break
            words = rich_text.plain_text(block.get("text", ""))
            assert not re.search(r"\b(stop (drinking|using|taking)|dejar de (beber|consumir|tomar))\b", words), (
                article.slug,
                block,
            )


def test_the_ladder_runs_from_the_greatest_danger_and_was_not_dialled_yet():
    lines = list(HelpLine.objects.visible())
    assert [line.number for line in lines[:2]] == ["911", "988"]
    assert not HelpLine.objects.exclude(last_checked=None).exists()
    assert [line.key for line in lines if not line.ages] == [line.key for line in lines[:2]]


# The Spanish edition


def texts_and_translations():
    """Pairs of blocks, English and Spanish, each with the place to look at when they differ."""
    for english, spanish in TRANSLATED.items():
        pairs = zip(snapshot_of(english)["blocks"], snapshot_of(spanish, "es")["blocks"], strict=True)
        for number, (original, translation) in enumerate(pairs, start=1):
            yield f"{spanish}, block {number}", original, translation


def snapshot_of(slug, language="en"):
    return Article.objects.get(slug=slug, language=language).snapshot()


def figures(block):
    text = rich_text.plain_text(block.get("text", "")).replace(SPANISH_ONLY, "")
    return set(FIGURE.findall(text))


def test_each_translation_is_complete_and_published():
    for english, spanish in TRANSLATED.items():
        article = Article.objects.get(slug=spanish, language="es")
        assert article.translation_of.slug == english
        assert article.reviewer == article.translation_of.reviewer
        assert set(article.topics.all()) == set(article.translation_of.topics.all())
        assert article.related_articles.exists()
        assert {related.related.language for related in article.related_articles.all()} == {"es"}
        assert findings(article.new_revision()) == []
        assert article.is_published and article.revisions.get().note == "Primera versión"
    assert {article.slug for article in Article.objects.filter(language="es")} == set(TRANSLATED.values())


def test_a_translation_has_the_blocks_figures_and_sources_of_its_original():
    for place, original, translation in texts_and_translations():
        for name in ("type", "kind", "number", "anchor"):  # a switch of language keeps the place
            assert translation.get(name) == original.get(name), place
        assert figures(translation) == figures(original), place
        assert rich_text.cited_keys(translation.get("text", "")) == rich_text.cited_keys(original.get("text", "")), (
            place
        )


def test_another_figure_in_a_translation_would_be_found():
    for english, spanish in (("27 studies with 10,565 people", "27 estudios con 10,556 personas"), ("2021", "2012")):
        assert figures({"text": f"<p>{english}.</p>"}) != figures({"text": f"<p>{spanish}.</p>"})
    assert figures({"text": "<p>27 studies, 10,565 people, 988.</p>"}) == {"27", "10,565", "988"}


def test_a_translated_text_dials_the_same_numbers():
    dialled = re.compile(r'href="((?:tel|sms):[^"?]+)')
    for place, original, translation in texts_and_translations():
        assert dialled.findall(translation.get("text", "")) == dialled.findall(original.get("text", "")), place


def test_every_notice_has_a_translation_with_the_same_figures():
    for kind in Notice.Kind.values:
        english, spanish = (Notice.objects.current(kind, language) for language in ("en", "es"))
        assert figures({"text": spanish.text}) == figures({"text": english.text}), kind
        assert re.findall("<(h3|li)>", spanish.text) == re.findall("<(h3|li)>", english.text), kind
        assert spanish.title != english.title


def test_help_lines_topics_terms_and_reviewer_have_spanish_words_with_the_same_figures():
    words = {
        HelpLine: ("name", "text_to", "who_answers", "hours", "cost", "languages"),
        Topic: ("name", "intro"),
        Reviewer: ("credentials", "licence_line", "biography"),
    }
    for model, names in words.items():
        for row in model.objects.all():
            for name in names:
                english, spanish = getattr(row, name), getattr(row, f"{name}_es")
                assert bool(english) == bool(spanish), (row, name)
                assert figures({"text": spanish}) == figures({"text": english.replace("press 2", "")}), (row, name)
    for term in Term.objects.filter(language="en"):
        spanish = Term.objects.get(language="es", slug=term.slug)
        assert figures({"text": spanish.meaning}) == figures({"text": term.meaning}), term


def test_spanish_words_of_a_later_version_are_added_where_the_english_ones_are_as_shipped():
    untouched, edited = HelpLine.objects.get(key="988"), HelpLine.objects.get(key="samhsa")
    none = dict.fromkeys(("name_es", "text_to_es", "who_answers_es", "hours_es", "cost_es", "languages_es"), "")
    HelpLine.objects.update(**none)
    HelpLine.objects.filter(key="samhsa").update(hours="Weekdays")
    call_command("load_starter", stdout=StringIO())
    changes = ChangeRecord.objects.filter(target=untouched.pk)
    assert [change.changed_by for change in changes] == [None], "it stands in the history, as the program's own"
    assert ("Cost in spanish", "", untouched.cost_es) in changes[0].fields
    assert not ChangeRecord.objects.filter(target=edited.pk).exists()
    assert HelpLine.objects.get(key="988").who_answers_es == untouched.who_answers_es
    assert HelpLine.objects.get(key="samhsa").who_answers_es == "" != edited.who_answers_es


def test_links_of_the_spanish_texts_lead_to_spanish_pages_or_say_that_they_are_english():
    spanish = set(TRANSLATED.values())
    english = set(Article.objects.published().filter(language="en").values_list("slug", flat=True))
    texts = [notice.text for notice in Notice.objects.filter(language="es")]
    texts += [block.get("text", "") for _, _, block in texts_and_translations()]
    links = re.findall(r'<a href="(/[^"]*)">(.*?)</a>', "".join(texts))
    assert len(links) > 10
    for address, words in links:
        slug = address.rstrip("/").rpartition("/")[2]
        if address.startswith("/es/"):
            is_there(address)
            assert not address.startswith("/es/articles/") or slug in spanish, address
            assert "en inglés" not in words, address
        else:
            assert address.startswith("/articles/") and slug in english and slug not in TRANSLATED, address
            assert "(en inglés)" in words, address


PLAIN_988 = re.compile(r"\b(text|texto)\b[^.<]*\b988\b", re.IGNORECASE)
LINKED = re.compile(r"<a href=[^>]*>.*?</a>", re.DOTALL)


@pytest.mark.parametrize(
    "path",
    ["/help-now/", "/contact/", "/request-a-call/", "/search/?q=kill+myself", "/nowhere/", "/privacy/"]
    + [f"/articles/{slug}/" for slug in TRANSLATED],
)
@pytest.mark.parametrize("root", ["", "/es"])
def test_wherever_a_page_says_text_988_a_link_opens_the_message(client, root, path):
    for english, spanish in TRANSLATED.items():
        path = path.replace(english, spanish) if root else path
    html = client.get(root + path).content.decode()
    address = "sms:988?&amp;body=AYUDA" if root else "sms:988"
    assert f'<a href="{address}">' in html
    assert not PLAIN_988.search(LINKED.sub("", html)), PLAIN_988.search(LINKED.sub("", html))
    assert PLAIN_988.search("or text AYUDA to 988"), "control"
