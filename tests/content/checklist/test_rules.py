"""Each rule finds its fault and keeps quiet beside it. A rule in the table without a case here fails the build."""

import datetime

import pytest
from django.utils import timezone

from content.checklist import RULES, report
from content.models import (
    Article,
    CallPanel,
    CareCard,
    HelpLine,
    Link,
    Picture,
    PictureBlock,
    RelatedArticle,
    Reviewer,
    Section,
    Source,
    Step,
)
from content.services import saving
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_published,
    make_reviewer,
    make_source,
    publish,
)

pytestmark = pytest.mark.django_db

TEXTS = {  # rule: texts that break it, texts that keep it
    "stopping-without-warning": (
        [
            "<p>You can stop drinking today.</p>",
            "<p>Try cold turkey.</p>",
            "<p>Some detox at home.</p>",
            "<p>Wean yourself off alcohol.</p>",
            "<h3>How to quit using</h3>",
        ],
        ["<p>The meeting stops at nine.</p>", "<p>Drinking less is hard.</p>"],
    ),
    "blame": (
        [
            "<p>An addict lies.</p>",
            "<p>Alcoholics drink.</p>",
            "<p>She got clean.</p>",
            "<p>A dirty urine test.</p>",
            "<p>Substance abuse is common.</p>",
            "<p>He failed treatment twice.</p>",
            "<p>It is your own fault.</p>",
            "<p>They are in denial.</p>",
            "<p>He committed suicide.</p>",
            "<p>A lack of willpower.</p>",
            "<h3>Life of a junkie</h3>",
            "<ul><li>drug abusers</li></ul>",
        ],
        [
            "<p>Alcoholics Anonymous meets here.</p>",
            "<p>It is not your fault.</p>",
            "<p>We never say addict.</p>",
            "<p>A person with a substance use disorder.</p>",
            "<p>Clean water and a clean bed.</p>",
            "<p>It isn’t a moral failing.</p>",
        ],
    ),
    "promise": (
        [
            "<p>We guarantee it.</p>",
            "<p>A cure for everyone.</p>",
            "<p>Our success rate is high.</p>",
            "<p>The best treatment there is.</p>",
            "<p>You will recover.</p>",
            "<p>It always works.</p>",
            "<p>100% of people stay.</p>",
            "<p>You’ll never relapse again.</p>",
        ],
        [
            "<p>Nobody can guarantee it.</p>",
            "<p>There is no cure.</p>",
            "<p>No program works for everyone.</p>",
            "<p>You can recover.</p>",
            "<p>Be careful with anyone who shows a success rate.</p>",
        ],
    ),
    "figure-without-source": (
        [
            "<p>In 2020 it was 42% of people.</p>",
            "<p>One in five got help in 2024.</p>",
            "<p>In 2020, 10,565 people took part.</p>",
            "<p>About 28.3 million in 2023.</p>",
            "<p>In 2020 there were 27 studies.</p>",
            "<p>Cited above [@test-2020].</p><p>In 2020 it was 7 out of 10.</p>",
        ],
        [
            "<p>In 2020 it was 42% of people [@test-2020].</p>",
            "<p>Call 911 or 988.</p>",
            "<p>The 12 steps began in 1939.</p>",
            "<p>Wait 24 hours; it lasts 90 minutes.</p>",
            "<p>One of two rooms is free.</p>",
        ],
    ),
    "figure-without-year": (
        ["<p>It was 42% [@test-2020].</p>", "<p>One in five [@test-2020].</p>"],
        ["<p>In 2020 it was 42% [@test-2020].</p>", "<p>Call 988.</p>"],
    ),
    "unknown-source": (["<p>A [@nobody-knows]</p>"], ["<p>A [@test-2020]</p>"]),
    "no-page": (
        [
            '<p><a href="/articles/no-such-article/">x</a></p>',
            '<p><a href="/no-such-page/">x</a></p>',
            '<p><a href="/admin/">x</a></p>',
            '<p><a href="/topics/no-such-topic/">x</a></p>',
            '<p><a href="/topics/no-such-topic/2/">x</a></p>',
        ],
        [
            '<p><a href="/articles/other/">x</a></p>',
            '<p><a href="/help-now/">x</a></p>',
            '<p><a href="/es/help-now/">x</a></p>',
            '<p><a href="/articles/">x</a></p>',
            '<p><a href="/articles/feed/">x</a></p>',
            '<p><a href="/reviewers/test-reviewer/2/">x</a></p>',
            '<p><a href="/contact/">x</a></p>',
        ],
    ),
    "no-place": (
        ['<p><a href="/articles/other/#nowhere">x</a></p>', '<p><a href="#nowhere">x</a></p>'],
        [
            '<p><a href="/articles/other/#first-section">x</a></p>',
            '<p><a href="/articles/other/#help-now">x</a></p>',
            '<p><a href="#first-section">x</a></p>',
            '<p><a href="/articles/other/history/#top">x</a></p>',
        ],
    ),
    "dead-link": (
        ['<p><a href="https://example.org/gone">x</a></p>', '<p><a href="https://example.org/silent">x</a></p>'],
        [
            '<p><a href="https://example.org/fine">x</a></p>',
            '<p><a href="https://example.org/silent-today">x</a></p>',
            '<p><a href="https://example.org/never-asked">x</a></p>',
        ],
    ),
    "doubtful-link": (
        ['<p><a href="https://example.org/moved">x</a></p>', '<p><a href="https://example.org/changed">x</a></p>'],
        ['<p><a href="https://example.org/fine">x</a></p>', '<p><a href="https://example.org/closed">x</a></p>'],
    ),
    "unpublished-link": (
        ['<p><a href="/articles/draft/">x</a></p>'],
        ['<p><a href="/articles/other/">x</a></p>', '<p><a href="/articles/test-article/">x</a></p>'],
    ),
    "own-site-by-name": (
        ['<p><a href="https://www.example.com/articles/other/">x</a></p>'],
        ['<p><a href="https://example.org/fine">x</a></p>'],
    ),
    "number-without-record": (
        [
            '<p><a href="tel:7145550199">x</a></p>',
            '<p><a href="sms:741741">x</a></p>',
            "<p>Call 714-555-0199.</p>",
            "<p>Call (714) 555-0199.</p>",
        ],
        [
            '<p><a href="tel:988">x</a></p>',
            '<p><a href="sms:988?&amp;body=AYUDA">x</a></p>',
            '<p><a href="sms:435748">x</a></p>',
            '<p><a href="tel:+18006624357">x</a></p>',
            "<p>Call 1-800-662-4357, or us: 714-555-0142.</p>",
            "<p>Between 100-200 and 300-4000.</p>",
        ],
    ),
    "stale-number": (
        ['<p><a href="tel:18005550111">x</a></p>', '<p><a href="sms:99999">x</a></p>', "<p>Call 1-800-555-0111.</p>"],
        ['<p><a href="tel:988">x</a></p>'],
    ),
    "headings": (
        ["<h3></h3><p>x</p>", "<p><strong>Looks like a heading</strong></p>"],
        ["<h3>One</h3><p>x</p>", "<p><strong>A warning.</strong></p>", "<p><strong>Bold</strong> words.</p>"],
    ),
    "link-words": (
        [
            '<p><a href="/help-now/">here</a></p>',
            '<p><a href="/help-now/">Read more</a></p>',
            '<p><a href="https://example.org/fine">https://example.org/fine</a></p>',
            '<p><a href="/help-now/"></a>x</p>',
        ],
        ['<p><a href="/help-now/">help now</a></p>', '<p><a href="https://example.org/fine">example.org</a></p>'],
    ),
    "table-headings": (
        ["<table><tbody><tr><td>a</td></tr></tbody></table>"],
        ["<table><tbody><tr><th>a</th></tr><tr><td>b</td></tr></tbody></table>"],
    ),
    "grade": (
        [
            "<p>"
            + "Institutional accreditation considerations necessitate multidisciplinary documentation. " * 12
            + "</p>"
        ],
        ["<p>" + "You can come in and sit down. We talk with you. " * 8 + "</p>"],
    ),
    "long-sentence": (
        ["<p>" + " ".join(["word"] * 31) + ".</p>"],
        ["<p>" + " ".join(["word"] * 30) + ".</p>", "<p>" + "See Dr. A at 8 a.m. today. Then go home. " * 9 + "</p>"],
    ),
}


@pytest.fixture
def centre(settings):
    """What the texts above lead to."""
    settings.PUBLIC_URL = "https://www.example.com"
    now = timezone.now()
    make_centre(phone="+17145550142")
    make_help_line(key="988", number="988", ages=False)
    make_help_line(key="line", number="1-800-662-4357", text_to="text your ZIP code to 435748", text_to_es="al 435748")
    make_help_line(
        key="stale",
        number="1-800-555-0111",
        text_to="text 99999",
        text_to_es="al 99999",
        last_checked=now.date() - datetime.timedelta(days=90),
    )
    make_source()
    make_published(slug="other")
    make_article(slug="draft")
    states = {"fine": 0, "gone": 0, "silent": 9, "moved": 0, "changed": 0, "closed": 0}
    for state, days in states.items():
        since = now - datetime.timedelta(days=days)
        Link.objects.create(
            address=f"https://example.org/{state}", state=state, checked_at=now, failing_since=since, leads_to="x"
        )
    Link.objects.create(
        address="https://example.org/silent-today", state="silent", checked_at=now, failing_since=now, leads_to="x"
    )


def broken(article):
    """The rules that find something in the newest text."""
    return {finding.rule.id for finding in report(saving.save_revision(article=article))}


def cases(which):
    return [(rule, text) for rule, texts in TEXTS.items() for text in texts[which]]


@pytest.mark.parametrize(("rule", "text"), cases(0))
def test_a_rule_finds_its_fault(centre, rule, text):
    assert rule in broken(make_article(text=text))


@pytest.mark.parametrize(("rule", "text"), cases(1))
def test_a_rule_keeps_quiet_beside_it(centre, rule, text):
    assert rule not in broken(make_article(text=text))


SPANISH = {
    "blame": (
        [
            "<p>Un adicto miente.</p>",
            "<p>Los alcohólicos beben.</p>",
            "<p>El abuso de sustancias.</p>",
            "<p>Está limpio.</p>",
        ],
        ["<p>Alcohólicos Anónimos se reúne aquí.</p>", "<p>No es su culpa.</p>", "<p>Las bebidas alcohólicas.</p>"],
    ),
    "promise": (
        ["<p>Garantizamos el resultado.</p>", "<p>Siempre funciona.</p>", "<p>El mejor tratamiento.</p>"],
        ["<p>Nadie garantiza el resultado.</p>", "<p>No funciona para todos.</p>"],
    ),
    "stopping-without-warning": (["<p>Puede dejar de beber hoy.</p>"], ["<p>Puede venir hoy.</p>"]),
    "figure-without-source": (
        ["<p>En 2020 fue el 42 por ciento.</p>", "<p>Uno de cada cinco.</p>"],
        ["<p>Llame al 911.</p>"],
    ),
    "link-words": (['<p><a href="/help-now/">aquí</a></p>'], ['<p><a href="/help-now/">ayuda</a></p>']),
}


@pytest.mark.parametrize(
    ("rule", "text", "is_found"),
    [(rule, text, at == 0) for rule, texts in SPANISH.items() for at in (0, 1) for text in texts[at]],
)
def test_the_rules_read_spanish_too(centre, rule, text, is_found):
    article = make_article(text=text, language="es")
    assert (rule in broken(article)) is is_found


# Rules about more than one text


def test_a_warning_that_comes_too_late_does_not_count():
    article = make_article(text="<p>You can stop drinking today.</p>")
    card = CareCard.objects.create(
        parent=article, region="main", ordering=99, kind="withdrawal", heading="Before you stop", text="<p>Ask.</p>"
    )
    assert "stopping-without-warning" in broken(article)
    card.ordering = 1
    card.save()
    assert "stopping-without-warning" not in broken(article)


def test_an_article_about_the_steps_names_two_other_ways():
    article = make_article(title="The 12 steps", text="<p>SMART Recovery, and SMART Recovery again.</p>")
    assert "alternatives" in broken(article)
    article.content_section_set.update(text="<p>SMART Recovery, LifeRing.</p>")
    assert "alternatives" not in broken(article)
    article.title = "Something else"
    article.content_section_set.update(text="<p>Nothing.</p>")
    article.save()
    assert "alternatives" not in broken(article)


def test_the_article_with_the_steps_says_that_we_are_not_affiliated():
    article = make_article(kind="twelve_step", steps=12)
    assert "affiliation" in broken(article)
    article.content_section_set.update(text="<p>We are not affiliated with AA.</p>")
    assert "affiliation" not in broken(article)


def test_steps_are_complete_in_order_and_only_where_they_belong():
    article = make_article(kind="twelve_step", steps=12)
    assert "steps" not in broken(article)
    Step.objects.filter(number=5).update(ordering=500)
    assert "steps" in broken(article)
    Step.objects.filter(number=5).delete()
    assert "steps" in broken(article)
    article.kind = Article.Kind.STANDARD
    article.save()
    assert "steps" in broken(article)


def test_a_heading_inside_a_step_stands_too_high():
    article = make_article(kind="twelve_step", steps=1)
    Step.objects.update(text="<h3>Inside</h3><p>x</p>")
    assert "headings" in broken(article)


def test_headings_in_capitals_or_twice_are_found():
    article = make_article()
    Section.objects.create(parent=article, region="main", ordering=20, heading="ALL OF IT", anchor="b", text="<p>x</p>")
    assert "headings" in broken(article)
    Section.objects.filter(anchor="b").update(heading="first section")
    assert "headings" in broken(article)
    Section.objects.filter(anchor="b").update(heading="Second section")
    assert "headings" not in broken(article)


def test_a_reviewer_is_named_and_may_practise():
    article = make_article()
    assert "reviewer" not in broken(article)
    Reviewer.objects.update(licence_expires=datetime.date(2020, 1, 1))
    article.refresh_from_db()
    assert "reviewer" in broken(article)
    article.reviewer = None
    article.save()
    assert "reviewer" in broken(article)


def test_a_sign_off_is_asked_for_where_the_centre_wants_one(settings):
    article = make_article()
    assert "sign-off" not in broken(article)
    settings.REQUIRE_SIGN_OFF = True
    assert "sign-off" in broken(article)


def test_the_short_answer_is_there_and_has_its_length():
    article = make_article(short_answer="")
    assert "short-answer" in broken(article)
    for words, is_found in ((29, True), (30, False), (60, False), (61, True)):
        article.short_answer = " ".join(["word"] * words)
        article.save()
        assert ("short-answer-length" in broken(article)) is is_found, words


def test_a_block_without_text_is_found_and_a_call_panel_needs_none():
    article = make_article()
    CallPanel.objects.create(parent=article, region="main", ordering=20, heading="Questions?")
    assert "empty-block" not in broken(article)
    Section.objects.update(text="")
    assert "empty-block" in broken(article)
    Section.objects.all().delete()
    CallPanel.objects.all().delete()
    assert "empty-block" in broken(article)


def test_the_description_has_its_length_and_says_more_than_the_title():
    article = make_article(title="A title that is long enough to be a description, nearly")
    for description, is_found in (
        ("", True),
        ("Too short.", True),
        ("A title that is long enough to be a description, nearly.", True),
        ("What happens in the first week, and who is there to help.", False),
    ):
        article.meta_description = description
        article.save()
        assert ("description" in broken(article)) is is_found, description


def test_a_related_article_that_nobody_can_read_is_named():
    article, draft = make_article(), make_article(slug="draft")
    RelatedArticle.objects.create(article=article, related=draft, reason="Read on.")
    assert "related" in broken(article)
    publish(draft)
    assert "related" not in broken(article)


def test_an_expired_source_is_found_on_its_day(time_machine):
    time_machine.move_to("2026-11-23T20:00:00Z")
    make_source(expires_on=datetime.date(2026, 11, 24))
    article = make_article(text="<p>A [@test-2020]</p>")
    assert "expired-source" not in broken(article)
    Source.objects.update(expires_on=datetime.date(2026, 11, 23))
    assert "expired-source" in broken(article)


def test_a_public_place_that_is_gone_is_found():
    article = make_published(text="<h3>A part</h3><p>x</p>")
    Section.objects.update(anchor="renamed")
    lost = [finding for finding in report(saving.save_revision(article=article)) if finding.rule.id == "lost-place"]
    assert [finding.words for finding in lost] == ["first-section", "first-section-a-part"]
    Section.objects.update(anchor="first-section", heading="A new name")
    assert "lost-place" not in broken(article)


def picture_block(*, slug="test-article", **fields):
    fields = {"alt": "A quiet room", "width": 1280, "height": 800} | fields
    picture = Picture.objects.create(file=f"{'0' * 32}.webp", **fields)
    article = make_article(slug=slug)
    PictureBlock.objects.create(parent=article, region="main", ordering=20, picture=picture, caption="The hall")
    return article


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"alt": "IMG_2041.jpg"}, "picture-words"),
        ({"alt": "Photo of a room"}, "picture-words"),
        ({"alt": "The hall"}, "picture-words"),
        ({"width": 639}, "picture-size"),
    ],
)
def test_a_picture_is_described_and_large_enough(fields, rule):
    rules = {"picture-description", "picture-words", "picture-size"}
    assert broken(picture_block(**fields)) & rules == {rule}


def test_a_picture_that_an_older_text_leaves_undescribed_is_found():
    revision = picture_block().new_revision()
    revision.number, revision.snapshot_json = 1, revision.snapshot_json.replace("A quiet room", "")
    revision.save()
    assert "picture-description" in {finding.rule.id for finding in report(revision)}
    assert "picture-description" not in broken(picture_block(alt="", decorative=True, slug="other"))


def test_a_picture_in_order_is_left_alone():
    assert not broken(picture_block()) & {"picture-description", "picture-words", "picture-size"}


def test_no_reader_meets_two_sections_with_one_anchor():
    """More of it, with both audiences, in tests/content/test_audiences.py."""
    article = make_article()
    assert "anchors" not in broken(article)
    Section.objects.create(
        parent=article, region="main", heading="A", anchor="first-section", text="<p>A.</p>", voice="me"
    )
    assert "anchors" in broken(article)


def article_in_order(**fields):
    """Nothing to find in it, whatever the centre asks for."""
    description = "What happens in the first week, and who is there to help."
    return make_article(
        **{"title": "The first week", "short_answer": "You can rest. " * 10, "meta_description": description} | fields
    )


def article_with_every_fault():
    """One after the other, as an editor could make them; a rule of the table that none of them breaks needs its own."""
    reviewer = make_reviewer(slug="late", licence_expires=datetime.date(2020, 1, 1))
    article = article_in_order(slug="worst", title="The 12 steps", kind="twelve_step", steps=12)
    publish(article)
    Section.objects.filter(parent=article).update(
        anchor="renamed", text="".join(wrong[0] for wrong, _ in TEXTS.values())
    )
    for voice, text in (("", "<p>The same anchor.</p>"), ("me", "")):
        Section.objects.create(parent=article, region="main", heading="B", anchor="b", voice=voice, text=text)
    Step.objects.filter(number=5).delete()
    picture = Picture.objects.create(file=f"{'0' * 32}.webp", alt="The hall", width=639, height=800)
    PictureBlock.objects.create(parent=article, region="main", ordering=40, picture=picture, caption="The hall")
    RelatedArticle.objects.create(article=article, related=Article.objects.get(slug="draft"), reason="Read on.")
    Source.objects.update(expires_on=timezone.localdate())
    article.reviewer, article.short_answer, article.meta_description = reviewer, "Yes.", ""
    article.save()
    return article


def test_every_rule_of_the_table_finds_a_fault_and_none_finds_one_in_a_text_in_order(centre, settings):
    assert broken(article_in_order(slug="good")) == set(), "control"
    article = article_with_every_fault()
    settings.REQUIRE_SIGN_OFF = True
    rules = broken(article)
    article.short_answer = ""
    article.save()
    rules |= broken(article)
    older = article.new_revision()  # of when a picture could be kept without words
    older.number, older.snapshot_json = 99, older.snapshot_json.replace('"alt":"The hall"', '"alt":""')
    older.save()
    rules |= {finding.rule.id for finding in report(older)}
    assert rules == set(RULES)


def test_every_rule_says_why_in_words_for_people():
    for rule in RULES.values():
        assert rule.why.endswith(".") and 20 < len(rule.why) < 140, rule.id
        assert len(rule.name) < 65, rule.id


def test_stale_numbers_cost_no_query_where_no_number_stands(django_assert_max_num_queries):
    article = make_article()
    revision = saving.save_revision(article=article)
    assert not HelpLine.objects.exists()
    with django_assert_max_num_queries(6):
        report(revision)


@pytest.mark.parametrize(
    ("answer", "words", "letters"), [("I", "1 word.", "1 letter."), ("So so", "2 words.", "5 letters.")]
)
def test_a_finding_counts_one_and_more_in_the_right_words(centre, answer, words, letters):
    article = make_article(short_answer=answer, meta_description=answer)
    reasons = {finding.reason for finding in report(saving.save_revision(article=article))}
    assert {f"It has {words}", f"It has {letters}"} <= reasons
