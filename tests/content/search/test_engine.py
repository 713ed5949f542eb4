import re
from datetime import timedelta
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.models import SearchEntry, SearchWord, Section, Topic
from content.models.blocks import Audience
from content.search.engine import distance, find, fold, index_all, words_of
from content.search.vocabulary import DANGER
from content.services import publishing, saving
from tests.content.factories import (
    make_article,
    make_centre,
    make_help_line,
    make_published,
    make_source,
    publish,
)

pytestmark = pytest.mark.django_db

MEDICINES = (
    "<p>Buprenorphine, naltrexone, methadone and Suboxone. Fentanyl is strong. Alcohol withdrawal.</p>"
    "<p>Ativan, kratom, oxycodone, Percocet, Xanax.</p>"
)


def titles(query, **how):
    return [result["title"] for result in find(query, **how).results]


def excerpt(query):
    return find(query).results[0]["excerpt"]


def queries(ask):
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


# What is found


def test_words_are_found_in_any_case_and_without_their_accents():
    make_published(title="Málaga meetings", text="<p>Buprenorphine helps.</p>")
    assert titles("malaga") == titles("MÁLAGA buprenorphine") == ["Málaga meetings"]
    assert titles("naltrexone") == []


def test_title_comes_before_short_answer_and_heading_before_text():
    make_published(slug="text", title="One", text="<p>Here is a sponsor.</p>")
    make_published(slug="lead", title="Two", short_answer="A sponsor helps.")
    make_published(slug="title", title="Sponsor")
    assert titles("sponsor") == ["Sponsor", "Two", "One"]


def test_of_a_word_that_is_everywhere_the_article_named_after_it_comes_first():
    for number in range(100):
        make_published(slug=f"text-{number}", title=f"Number {number}", text="<p>Words about sponsors.</p>")
    make_published(slug="named", title="Sponsors")
    assert titles("sponsors")[0] == "Sponsors"


def test_a_heading_counts_for_more_than_text():
    make_published(slug="text", title="One", text="<p>A section has words.</p>")
    make_published(slug="words", title="Two", text="<p>Lorem ipsum first words words.</p>")
    article = make_article(slug="heading", title="Three")
    article.content_section_set.update(heading="Lorem")
    publish(article)
    assert titles("lorem") == ["Three", "Two"]


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("therapies", "therapy"),
        ("therapy", "therapies"),
        ("drinks", "drinking"),
        ("drinking", "drinks"),
        ("sponsor", "sponsorship"),
        ("classes", "class"),
        ("crisis", "crisis"),
        ("pay", "paying"),
    ],
)
def test_a_word_is_found_in_its_other_forms(asked, written):
    make_published(text=f"<p>Lorem {written} ipsum.</p>")
    answer = find(asked)
    assert len(answer.results) == 1
    assert answer.corrected_query == ""
    assert f"<mark>{written}</mark>" in answer.results[0]["excerpt"]


def test_a_number_is_not_the_beginning_of_another():
    make_published(text="<p>Call 9880.</p>")
    assert titles("988") == []


def test_every_word_must_be_there_and_words_that_say_nothing_are_left_out():
    make_published(slug="one", title="Drink less", text="<p>Stop here.</p>")
    make_published(slug="two", title="Stop")
    assert titles("how do I stop drinking?") == ["Drink less"]


def test_when_no_article_has_every_word_those_with_some_are_shown_and_it_is_said():
    make_published(slug="one", title="Naloxone")
    make_published(slug="two", title="Sponsors")
    answer = find("naloxone sponsors")
    assert answer.partly and len(answer.results) == 2
    assert not find("naloxone").partly


def test_drafts_and_withdrawn_articles_are_not_found():
    draft = make_article(title="Draft words")
    saving.save_revision(article=draft)
    assert titles("draft") == []
    publish(draft)
    assert titles("draft") == ["Draft words"]
    publishing.unpublish(article=draft)
    assert titles("draft") == []


def test_a_new_version_is_found_by_its_new_words_alone():
    article = make_published(title="Old naltrexone words")
    article.title = "New methadone words"
    article.save()
    publish(article)
    assert titles("naltrexone") == []
    assert titles("methadone") == ["New methadone words"]


def test_another_language_is_another_search():
    make_published(language="es", title="Padrinos")
    assert titles("padrinos") == []
    assert titles("padrinos", language="es") == ["Padrinos"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "%",
        "'; DROP TABLE",
        "\\",
        "[@x]",
        "a" * 5000,
        "﷽ 👩‍⚕️",
        '"*" OR 1=1',
        "NEAR(a b)",
        "a:* & !b",
        "^x",
        "title : y",
        "²½ ٣",
        "x' | 'y",
    ],
)
def test_no_query_breaks_the_search(query):
    make_published()
    find(query)


def test_operators_of_the_databases_are_words_like_others():
    make_published(title="Sponsor")
    assert titles('sponsor" OR "x') == titles("x' | 'sponsor") == ["Sponsor"]
    assert titles("NOT sponsor") == ["Sponsor"]


# Misspelt words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("buprenorfine", "buprenorphine"),
        ("buprenophine", "buprenorphine"),
        ("naltrexne", "naltrexone"),
        ("methadnoe", "methadone"),
        ("methodone", "methadone"),
        ("subuxone", "suboxone"),
        ("fentynal", "fentanyl"),
        ("alchohol", "alcohol"),
        ("withdrawl", "withdrawal"),
        ("percaset", "percocet"),
        ("suboxen", "suboxone"),
        ("adavan", "ativan"),
        ("alcol", "alcohol"),
        ("kratum", "kratom"),
    ],
)
def test_a_misspelt_word_is_mended(typed, meant):
    make_published(title="Medicines", text=MEDICINES)
    answer = find(typed)
    assert answer.corrected_query == meant
    assert len(answer.results) == 1


@pytest.mark.parametrize("typed", ["methadon", "naltrexon", "suboxon"])
def test_the_beginning_of_a_word_finds_it_and_is_not_mended(typed):
    make_published(title="Medicines", text=MEDICINES)
    answer = find(typed)
    assert (answer.corrected_query, len(answer.results)) == ("", 1)
    assert find(f"x{typed}e").corrected_query, "control: what begins no word is mended"


@pytest.mark.parametrize("typed", ["methadone", "about", "should", "alcohol", "alc", "zzzzzzzz", "12345678"])
def test_a_word_that_exists_says_nothing_or_is_like_no_other_is_left_alone(typed):
    make_published(title="Medicines", text=MEDICINES + "<p>An abbot and a boulder.</p>")
    assert find(typed).corrected_query == ""


@pytest.mark.parametrize(
    ("language", "typed", "like_it"),
    [
        ("en", "codeine", "cocaine"),
        ("en", "codine", "cocaine"),
        ("en", "ketamine", "examine"),
        ("en", "spice", "spite"),
        ("en", "parents", "parts"),
        ("en", "restore", "story"),
        ("en", "utterly", "adderall"),
        ("en", "updates", "opioids"),
        ("en", "poison", "prison"),
        ("en", "swallowed", "allowed"),
        ("en", "bleach", "breach"),
        ("en", "shoot", "short"),
        ("en", "waking", "taking"),
        ("en", "taper", "paper"),
        ("en", "mouth", "month"),
        ("en", "smoke", "spoke"),
        ("en", "teacher", "teaches"),
        ("en", "asleep", "sleep"),
        ("en", "weight", "eight"),
        ("es", "morfina", "morian"),
        ("es", "codeina", "cocaina"),
        ("es", "recaída", "decida"),
        ("es", "adicción", "accion"),
        ("es", "adicion", "accion"),
        ("es", "oración", "opcion"),
        ("es", "cuarto", "cuanto"),
        ("es", "siento", "sienta"),
        ("es", "me siento solo", "sienta"),
        ("es", "necesito", "necesita"),
        ("es", "amigas", "amigos"),
        ("es", "quiero", "quiere"),
        ("es", "hombre", "nombre"),
        ("es", "cuñado", "cuando"),
        ("es", "robar", "probar"),
        ("es", "traigo", "trago"),
    ],
)
def test_a_right_word_is_not_mended_into_one_like_it(language, typed, like_it):
    make_published(language=language, text=f"<p>Lorem {like_it} ipsum.</p>")
    answer = find(typed, language=language)
    assert (answer.corrected_query, answer.results) == ("", [])
    assert find(f"x{like_it}", language=language).corrected_query == like_it, (
        "control: it is what a misspelt word stands for"
    )


@pytest.mark.parametrize(
    ("typed", "like_it", "meant"),
    [
        ("meetigns", "meetings", "meetings"),
        ("mtetigns", "meetings", ""),
        ("wihtdrawl", "withdrawal", "withdrawal"),
        ("fentynal", "fentanyl", "fentanyl"),
    ],
)
def test_two_letters_are_mended_in_a_long_word_or_the_name_of_a_drug(typed, like_it, meant):
    make_published(text=f"<p>Lorem {like_it} ipsum.</p>")
    assert find(typed).corrected_query == meant


@pytest.mark.parametrize(
    ("typed", "meant"), [("sponser", "sponsor"), ("fanily", "family"), ("drinkimg", "drinking"), ("setps", "steps")]
)
def test_a_short_word_is_mended_where_a_finger_slipped(typed, meant):
    make_published(text=f"<p>Lorem {meant} ipsum.</p>")
    assert find(typed).corrected_query == meant


# Other names


@pytest.mark.parametrize(
    ("language", "typed", "written", "spelling"),
    [
        ("en", "narcan", "naloxone", "naloxone"),
        ("en", "Suboxone", "buprenorphine", "buprenorphine"),
        ("en", "suboxon", "buprenorphine", "buprenorphine"),
        ("en", "suboxen", "buprenorphine", "buprenorphine"),
        ("en", "percaset", "oxycodone and percent", "oxycodone"),
        ("en", "percs", "oxycodone and percent", "oxycodone"),
        ("en", "perc", "Percocet and percent", "percocet"),
        ("en", "subs", "buprenorphine is a substance", "buprenorphine"),
        ("en", "xans", "Xanax", "xanax"),
        ("en", "oxys", "oxycodone", "oxycodone"),
        ("en", "adavan", "lorazepam", "lorazepam"),
        ("en", "vivitrol", "naltrexone", "naltrexone"),
        ("en", "antabuse", "disulfiram", "disulfiram"),
        ("en", "methadose", "methadone", "methadone"),
        ("en", "valium", "diazepam", "diazepam"),
        ("en", "diazepam", "Valium", "valium"),
        ("en", "diazepam", "benzodiazepines", "benzodiazepines"),
        ("en", "alanon", "Al-Anon", "al-anon"),
        ("en", "rehab", "treatment", "treatment"),
        ("en", "morfina", "morphine", "morphine"),
        ("en", "my rehab", "treatment", "my treatment"),
        ("es", "alcoholismo", "alcohol", "alcohol"),
        ("es", "adicto", "adicción", "adicción"),
        ("es", "cocaína", "drogas", "drogas"),
        ("es", "narcan", "naloxona", "naloxona"),
    ],
)
def test_what_no_article_names_so_is_found_by_its_other_name_and_that_is_said(language, typed, written, spelling):
    make_published(language=language, text=f"<p>Lorem {written} ipsum.</p>")
    answer = find(typed, language=language)
    assert answer.corrected_query == spelling
    assert len(answer.results) == 1 and "<mark>" in answer.results[0]["excerpt"]
    assert find(typed, language=language, as_typed=True).results == []


@pytest.mark.parametrize(
    ("typed", "written"), [("narcan", "Narcan and naloxone"), ("rehab", "rehabilitation, treatment")]
)
def test_what_an_article_names_so_is_not_asked_by_another_name(typed, written):
    make_published(text=f"<p>Lorem {written} ipsum.</p>")
    answer = find(typed)
    assert (answer.corrected_query, len(answer.results)) == ("", 1)


def test_the_short_name_of_a_drug_does_not_find_another_drug():
    make_published(text="<p>Lorem methadone ipsum.</p>")
    assert titles("meth") == []


@pytest.mark.parametrize("typed", ["step 4", "fourth step", "Step four", "4th step", "first step", "step one"])
def test_a_step_is_found_in_the_article_that_has_it(typed):
    for number in range(3):
        text = "<p>The first, the fourth and step four, step 4.</p>"
        make_published(slug=f"other-{number}", title="Step of four", text=text)
    make_published(slug="steps", title="The 12 steps", kind="twelve_step", steps=12)
    assert titles(typed)[0] == "The 12 steps"
    assert titles("four")[0] != "The 12 steps", "control: without a step's number the title counts"


@pytest.mark.parametrize("typed", ["paso 4", "cuarto paso", "paso cuatro"])
def test_a_step_is_found_in_spanish(typed):
    make_published(slug="pasos", language="es", title="Los 12 pasos", kind="twelve_step", steps=12)
    answer = find(typed, language="es")
    assert [result["title"] for result in answer.results] == ["Los 12 pasos"]
    assert not answer.partly and answer.corrected_query == ""


def test_a_number_of_steps_is_no_step():
    make_published(slug="steps", title="Lorem", kind="twelve_step", steps=12)
    make_published(slug="four", title="4 steps", text="<p>SMART Recovery and LifeRing are other ways.</p>")
    assert titles("4 steps")[0] == "4 steps"
    assert titles("step 4")[0] == "Lorem", "control"


@pytest.mark.parametrize("typed", ["12 steps", "12-step", "twelve steps", "the Twelve Steps", "what are the 12 steps?"])
def test_the_article_that_has_the_12_steps_comes_first_for_them(typed):
    make_published(slug="steps", title="Lorem", kind="twelve_step", steps=12)
    text = "<p>12 steps, twelve steps. SMART Recovery and LifeRing are other ways.</p>"
    make_published(slug="beyond", title="Beyond the 12 steps", text=text)
    make_published(slug="work", title="Do the 12 steps work?", text=text)
    assert titles(typed)[0] == "Lorem"
    assert titles("do 12 steps work")[0] == "Do the 12 steps work?", "control: who asks for more gets what is about it"


@pytest.mark.parametrize(
    ("language", "typed", "written"),
    [
        ("en", "12 steps", "twelve steps"),
        ("en", "twelve steps", "12 steps"),
        ("en", "third meeting", "3rd meeting"),
        ("es", "doce pasos", "12 pasos"),
        ("es", "12 pasos", "doce pasos"),
        ("es", "los doce pasos", "12 pasos"),
        ("es", "cuarto paso", "4º paso"),
    ],
)
def test_a_number_is_found_by_its_name_and_the_other_way_round(language, typed, written):
    make_published(language=language, text=f"<p>Lorem {written} ipsum.</p>")
    answer = find(typed, language=language)
    assert len(answer.results) == 1 and not answer.partly and answer.corrected_query == ""
    number, thing = written.split()
    assert f"<mark>{number}</mark> <mark>{thing}</mark>" in answer.results[0]["excerpt"]


@pytest.mark.parametrize(
    ("typed", "written"), [("11", "once"), ("once", "eleven"), ("ten", "tenant"), ("12", "eleven")]
)
def test_a_number_is_found_by_no_other_word(typed, written):
    make_published(text=f"<p>Lorem {written} ipsum.</p>")
    assert titles(typed) == []
    assert titles(written) != [], "control"


@pytest.mark.parametrize(
    ("language", "typed", "apart"),
    [
        ("en", "12step", "12 step"),
        ("en", "12Steps", "12 steps"),
        ("en", "twelvesteps", "twelve steps"),
        ("en", "step4", "step 4"),
        ("en", "4thstep sponsor", "4th step sponsor"),
        ("es", "12pasos", "12 pasos"),
        ("es", "Docepasos", "doce pasos"),
        ("es", "paso4", "paso 4"),
    ],
)
def test_a_number_and_its_steps_written_as_one_word_find_what_two_words_find(language, typed, apart):
    text = f"<p>Lorem {apart} ipsum. SMART Recovery and LifeRing are other ways.</p>"
    make_published(slug="beyond", language=language, title=apart, text=text)
    make_published(slug="steps", language=language, title="Sponsor", kind="twelve_step", steps=12)
    answer = find(typed, language=language)
    assert answer == find(apart, language=language)
    assert "<mark>" in answer.results[0]["excerpt"] and not answer.partly


@pytest.mark.parametrize("typed", ["b12", "narcan4mg", "4th", "12stepping", "112steps"])
def test_other_words_with_a_number_or_a_step_in_them_are_one_word(typed):
    make_published(text=f"<p>Lorem {typed} ipsum.</p>")
    make_published(slug="apart", text="<p>Four, 4, twelve, 12, step, steps, foot, b, th, mg, narcan, ping.</p>")
    assert [f"<mark>{typed}</mark>" in result["excerpt"] for result in find(typed).results] == [True]


def test_only_the_misspelt_word_of_a_query_is_changed():
    make_published(title="Medicines", text=MEDICINES)
    assert find("is methodone like alcohol").corrected_query == "is methadone like alcohol"


@pytest.mark.parametrize(
    ("typed", "spelling"),
    [
        ("Can’t I get METHODONE, too?", "Can’t I get methadone, too?"),
        ("¿Qué es la methodone?", "¿Qué es la methadone?"),
        ("Que\u0301 es methodone", "Qué es methadone"),
        ("methodone-methodone", "methadone-methadone"),
    ],
)
def test_the_rest_of_a_mended_query_is_shown_as_it_was_typed(typed, spelling):
    make_published(title="Medicines", text=MEDICINES)
    assert find(typed).corrected_query == spelling


@pytest.mark.parametrize(
    ("typed", "written", "spelling"),
    [
        ("medicco", "Un médico.", "médico"),
        ("medicco", "UN ME\u0301DICO.", "médico"),
        ("Medicco de mi compañero", "Médicos, un médico, compañero.", "médico de mi compañero"),
        ("compañreo", "Compañero.", "compañero"),
    ],
)
def test_a_mended_word_is_shown_with_the_accents_that_the_articles_give_it(typed, written, spelling):
    make_published(language="es", text=f"<p>Lorem {written}</p>")
    assert find(typed, language="es").corrected_query == spelling


def test_a_mended_word_is_shown_without_accents_while_no_article_on_the_site_has_just_this_form():
    make_published(slug="live", language="es", text="<p>Lorem médicos.</p>")
    later = make_article(slug="later", language="es", text="<p>Lorem médico.</p>")
    tomorrow = timezone.now() + timedelta(days=1)
    publishing.publish(revision=saving.save_revision(article=later), at=tomorrow)
    answer = find("medicco", language="es")
    assert (answer.corrected_query, len(answer.results)) == ("medico", 1)


def test_the_typed_word_can_be_asked_for():
    make_published(slug="one", title="Medicines", text=MEDICINES)
    assert find("fentynal", as_typed=True).results == []


def test_a_word_is_mended_with_what_is_published_alone():
    article = make_published(title="Medicines", text=MEDICINES)
    publishing.unpublish(article=article)
    assert find("fentynal").corrected_query == ""
    assert not SearchWord.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("abcd", "abcd", 0),
        ("abcd", "abdc", 1),
        ("abcd", "abc", 1),
        ("abcd", "xbcy", 2),
        ("abcd", "wxyz", 3),
        ("a", "abcde", 3),
    ],
)
def test_the_distance_counts_letters_up_to_its_limit(one, other, apart):
    assert distance(one, other, 2) == distance(other, one, 2) == apart


# Excerpts


def test_the_excerpt_shows_the_line_as_readers_see_it_with_the_word_marked():
    make_source()
    make_published(text="<p>First line.</p><p>A Línea with words [@test-2020].</p>")
    assert excerpt("linea") == "A <mark>Línea</mark> with words."


def test_the_excerpt_is_escaped():
    make_published(text="<p>Less &lt;b&gt;naloxone&lt;/b&gt; &amp; more</p>")
    assert excerpt("naloxone") == "Less &lt;b&gt;<mark>naloxone</mark>&lt;/b&gt; &amp; more"


def test_the_excerpt_is_cut_around_the_word():
    make_published(text=f"<p>{'before ' * 100}naloxone {'after ' * 100}</p>")
    assert excerpt("naloxone").startswith("… before")
    assert "<mark>naloxone</mark>" in excerpt("naloxone")
    assert excerpt("naloxone").endswith("after …")
    assert len(excerpt("naloxone")) < 250


def test_the_excerpt_is_from_the_page_that_the_result_leads_to():
    article = make_article(short_answer="A short answer.")
    for voice, text in ((Audience.ME, "Lorem for you."), (Audience.LOVED_ONE, "Lorem ipsum naloxone for them.")):
        Section.objects.create(
            parent=article,
            region="main",
            ordering=20,
            heading="Twice",
            anchor="twice",
            voice=voice,
            text=f"<p>{text}</p>",
        )
    publish(article)
    assert excerpt("lorem ipsum") == "<mark>Lorem</mark> for you."
    assert excerpt("naloxone") == "A short answer."


# Danger


IN_DANGER = [
    "I want to die", "suicidal", "suicide", "sucide", "suiside", "overdose", "overdoze", "kill myself",
    "I don't want to live",
    "can't breathe", "not breathing", "self-harm", "end my life", "911", "quiero morir", "suicidio", "sobredosis",
    "SOBREDÓSIS", "no quiero vivir", "hacerme daño", "he won't wake up", "took it all he is going to die",
    "my son wants to die", "don't wanna live", "don’t wanna live", "no longer want to live", "hanging himself",
    "he isn't breathing", "isnt breathing", "cannot breathe", "can't wake my son up", "i cant wake him",
    "he od'd", "OD", "od'd", "od'ing", "overdosed", "over dose", "took too many pills", "took all of her pills",
    "lips are blue", "his lips turned blue", "unresponsive", "unconscious", "he is dying",
    "mi hijo quiere morir", "se quiere matar", "me voy a matar", "no quiero seguir viviendo",
    "quiero acabar con mi vida", "quitarse la vida", "no puede respirar", "no se despierta",
    "no lo puedo despertar", "sobre dosis", "labios azules", "inconsciente",
    # the body
    "having a seizure", "seizure now", "siezure", "he is seizing", "withdrawal seizures", "chest pain",
    "she had a fit", "foaming at the mouth", "he collapsed", "she went limp", "heart stopped", "bleeding out",
    "delirium tremens", "hallucinating",
    "pain in my chest", "heart attack", "no pulse", "can't find a pulse", "throwing up blood",
    "can’t stop the bleeding",
    "alcohol poisoning", "poisoned", "poison", "swallowed bleach", "drank hand sanitizer", "call an ambulance",
    "no para de sangrar", "le dio un ataque", "echa espuma por la boca", "está alucinando", "está convulsionando",
    "convulsiones", "dolor de pecho",
    "le duele el pecho", "infarto", "sin pulso",
    "se envenenó", "intoxicación por alcohol", "bebió cloro", "está vomitando sangre", "llamen una ambulancia",
    # breath and answer
    "struggling to breathe", "trouble breathing", "hard to breathe", "slow breathing", "his breathing is very slow",
    "short of breath", "can't catch my breath", "isn't waking up", "blue lips", "he can't stay awake",
    "can't shake him awake",
    "gurgling", "choking on vomit", "turning blue", "her face went gray", "fingernails are blue", "not responding",
    "my friend won't respond", "my friend won’t respond", "doesn't react", "snoring and won't wake",
    "can't get him to wake up", "unable to wake her", "cannot be woken", "not moving", "passed out", "unconcious",
    "no respira", "no reacciona", "no responde", "no se mueve", "le cuesta respirar", "respira muy lento",
    "se está ahogando",
    "le falta el aire", "se puso azul", "tiene los labios morados", "no logro despertarlo", "ronca y no despierta",
    "perdió el conocimiento", "se desmayó",
    # too much
    "took too much heroin", "took too much fentanyl", "taken too much", "took a lot of pills", "swallowed pills",
    "od on heroin", "too many xanax",
    "took 20 pills",
    "took the whole bottle", "swallowed all of his methadone", "snorted too much",
    "tomó demasiadas pastillas", "se tomó muchas pastillas", "se tomó todas sus pastillas", "se tomó todo el frasco",
    "se inyectó demasiado", "demasiada heroína",
    "se tragó un frasco de pastillas", "tomó demasiadas",
    # no will to go on
    "life is not worth living", "better off without me", "they're better off without me", "tired of living",
    "sick of life", "i can't go on", "I can’t go on", "cant take it anymore", "can't live like this",
    "giving up on life",
    "want to be dead", "end it all", "kms", "988", "nothing left to live for",
    "wish I wasn't alive", "I should be dead", "feel like dying", "want to disappear", "I want it all to stop",
    "I hope I never wake up", "no one would miss me", "no point in living", "wish I was dead", "jump off a bridge",
    "jumping in front of a train", "slit my wrists",
    "drown myself", "he hung himself", "took her own life",
    "jump off bridge", "jumped out window", "unalive", "unalive myself", "unaliving",
    "hopeless", "hopless", "feeling of hopelessness", "no hope", "lost all hope", "giving up hope", "without any hope",
    "saltar puente", "tirarse de un puente",
    "sin esperanza", "me siento sin esperanza", "no hay esperanza", "no me queda esperanza", "perdí toda la esperanza",
    "desesperanza", "desesperanzado",
    "no tengo ganas de vivir", "sin ganas de vivir", "no puedo más", "ya no aguanto", "cansada de vivir",
    "la vida no vale nada", "estarían mejor sin mí", "tirarme de un puente", "cortarme las venas", "me corto",
    "quiero desaparecer", "ojalá me muera", "quiero acabar con todo", "ya no puedo", "ya no quiero seguir",
    "no quiero estar aquí",
    "autolesiones", "no tengo razones para vivir", "se quitó la vida", "prefiero estar muerto", "me estoy muriendo",
    # others
    "want to hurt someone", "going to kill him", "he will kill me", "threatened to kill her",
    "urge to hurt my wife", "he is choking me", "homicidal", "my husband beats me", "he has a gun",
    "he has a knife", "gun", "guns", "I have a gun", "gun to my head", "pistol",
    "rape", "raped", "I was raped", "my rapist", "sexually assaulted",
    "lo voy a matar", "quiero matar a alguien", "quiere hacerle daño", "me está golpeando", "tiene un arma",
    "pistola", "tengo una pistola", "una pistola en la cabeza", "tengo un arma",
    "violación", "me violaron", "me violó", "fui violada", "violada", "violación de mi hija", "agresión sexual",
]  # fmt: skip


@pytest.mark.parametrize("query", IN_DANGER)
def test_words_of_danger_put_the_ladder_first(query):
    assert find(query).crisis


@pytest.mark.parametrize(
    ("language", "query", "like_it"),
    [
        ("en", "can't breathe", "breaths"),
        ("en", "shoot myself, methadoen", "methadone"),
        ("en", "drown myself", "brown"),
        ("en", "not waking up", "taking"),
        ("es", "hacerme daño", "hacerle"),
        ("es", "quiero morir", "quiere"),
        ("es", "tomó demasiadas pastillas", "demasiado"),
    ],
)
def test_a_question_of_danger_is_never_mended(language, query, like_it):
    make_published(language=language, text=f"<p>Lorem {like_it} ipsum.</p>")
    answer = find(query, language=language)
    assert answer.crisis and answer.corrected_query == ""
    assert find(f"x{like_it}", language=language).corrected_query == like_it, "control: other questions are"


@pytest.mark.parametrize("phrase", DANGER)
def test_every_phrase_of_danger_has_an_example(phrase):
    assert any(re.search(rf"\b(?:{phrase})\b", " ".join(words_of(query))) for query in IN_DANGER)


@pytest.mark.parametrize(
    "query",
    [
        "steps", "decide", "12 step program", "diet", "my life story", "live music", "take my life back",
        "how long does detox take", "die hard dependence", "dying to know", "odd", "the odds", "food", "method",
        "dose of methadone", "breathing exercises", "wake up early", "hang out with friends", "cut down on drinking",
        "he wants to drink", "how to live sober", "responsive care", "blue", "killing time",
        "quiero dejar de beber", "quiero vivir sobrio", "no quiero beber", "dosis de metadona", "respirar mejor",
        "matrimonio", "conciencia", "acabar con la bebida",
        "step 12", "sponsor", "naltrexone", "family meeting", "pain management", "I drink too much",
        "drinking too much",
        "too many meetings", "took too much time", "how to take naltrexone", "take my meds", "swallow", "feeling blue",
        "blue shield", "pulse", "chest", "jump from one drug to another", "jumping off suboxone", "can't stop drinking",
        "can't sleep", "can't go to meetings", "not worth the money", "tired of drinking", "worth it", "move on",
        "not moving forward", "hit bottom", "hurting my family", "kill the craving", "kill a craving", "stay awake",
        "waking up sober", "respond to treatment", "reaction", "living with an alcoholic", "point of living sober",
        "response", "in order to live", "prison", "conscious contact", "subconscious", "conclusions", "compulsions",
        "took a lot of courage", "want to stop drinking", "heart of recovery", "feel like drinking",
        "stop drinking with help", "bottle of wine", "poise", "passing a test", "fit for work", "black out",
        "detox from opioids",
        "tomo demasiado", "tomo demasiado alcohol", "tomó muchas cervezas", "tomó demasiadas cervezas",
        "desintoxicación", "ganas de beber", "no puedo dormir", "no puedo dejar de beber", "respirar", "despertar",
        "ya no quiero seguir bebiendo", "ya no puedo beber", "no quiero seguir consumiendo", "todas las drogas",
        "la vida en recuperación", "responder", "pecho", "cansado de beber", "mejor sin alcohol",
        "no puede trabajar", "hacer las paces", "hacer daño al hígado", "los dedos", "tomar naltrexona", "reaccionar",
        "jump", "bridge", "jump start my recovery", "a bridge to recovery", "begun", "gunk", "hope", "hopeful",
        "homeless", "is there hope", "hope for families", "grape", "grapes", "rapeseed", "drape", "therapist", "alive",
        "puente", "saltar un paso", "esperanza", "un mensaje de esperanza", "desesperado", "violencia",
        "la violencia", "violación de la libertad condicional", "violación de HIPAA", "violación de las reglas",
        "violación de mis derechos", "violar la ley", "viola",
    ],
)  # fmt: skip
def test_other_words_do_not(query):
    assert not find(query).crisis


# The index


def test_folding_is_the_same_for_what_is_indexed_and_what_is_asked():
    assert fold("ÉTÉ Straße") == fold("été STRASSE")


def test_the_vocabulary_counts_articles_through_every_change():
    first = make_published(slug="one", title="Naloxone")
    second = make_published(slug="two", title="Naloxone twice naloxone")
    assert SearchWord.objects.get(word="naloxone").articles == 2
    second.title = "Something else"
    second.save()
    publish(second)
    assert SearchWord.objects.get(word="naloxone").articles == 1
    publishing.unpublish(article=first)
    assert not SearchWord.objects.filter(word="naloxone").exists()


def test_the_command_makes_the_index_anew(capsys):
    make_published(title="Naloxone")
    before = list(SearchEntry.objects.values()), list(SearchWord.objects.values("word", "articles"))
    SearchEntry.objects.all().delete()
    SearchWord.objects.all().delete()
    assert titles("naloxone") == []
    call_command("index_articles")
    assert "1 articles can be found." in capsys.readouterr().out
    assert titles("naloxone") == ["Naloxone"]
    assert (list(SearchEntry.objects.values()), list(SearchWord.objects.values("word", "articles"))) == before
    assert index_all() == 0


@pytest.mark.django_db(transaction=True)
def test_the_index_survives_an_emptied_database():
    make_published(title="Naloxone")
    call_command("flush", interactive=False, verbosity=0)
    assert titles("naloxone") == []
    make_published(title="Naloxone again")
    assert titles("naloxone") == ["Naloxone again"]


def test_a_search_takes_a_fixed_number_of_queries():
    most = {"word": 4, "wrodd": 5, "word nowhere": 6, "": 0}

    def asked():
        return {query: queries(partial(find, query)) for query in most}

    make_published(slug="first", title="Wordd 0")
    few = asked()
    for number in range(100):
        make_published(slug=f"article-{number}", title=f"Wordd {number}")
    assert asked() == few
    assert {query: count for query, count in few.items() if count > most[query]} == {}
    assert len(find("wordd").results) == 20 and find("wordd").more


# The page


def page_of(client, **asked):
    return client.get(reverse("content:search"), asked).content.decode()


def test_the_page_says_what_it_mended_and_links_to_what_was_typed(client):
    make_published(title="Medicines", text=MEDICINES)
    text = page_of(client, q="fentynal")
    assert "Showing results for <strong>fentanyl</strong>" in text
    assert f"{reverse('content:search')}?q=fentynal&amp;exact=1" in text
    assert "<mark>Fentanyl</mark>" in text
    assert "Nothing found" in page_of(client, q="fentynal", exact="1")


def test_what_was_typed_is_escaped_in_the_page_and_in_the_link(client):
    make_published(title="Medicines", text=MEDICINES)
    text = page_of(client, q='fentynal "<b>&x=1/')
    assert "<b>" not in text
    assert "?q=fentynal%20%22%3Cb%3E%26x%3D1%2F&amp;exact=1" in text


def test_when_nothing_is_found_the_page_shows_other_ways(client):
    make_published(text=MEDICINES).topics.add(Topic.objects.create(slug="medicines", name="Medicines"))
    text = page_of(client, q="qwertyuiop")
    assert "Nothing found" in text
    assert reverse("content:help_now") in text and reverse("admissions:contact") in text
    assert "Medicines</a>" in text
    assert "Nothing found" not in page_of(client), "nobody asked yet"


def test_nobody_in_danger_reads_that_nothing_was_found(client):
    text = page_of(client, q="suicide")
    assert 'class="help-ladder"' in text
    assert "Nothing found" not in text and "Try one word" not in text


def test_in_danger_the_ladder_stands_before_the_results(client):
    make_published(title="Suicide and alcohol")
    text = page_of(client, q="suicide alcohol")
    assert text.index("call one of these numbers") < text.index("Suicide and alcohol")


@pytest.mark.parametrize("quiet", [{}, {"quiet": ""}], ids=["usual", "quiet"])
@pytest.mark.parametrize(("root", "query"), [("", "kill myself"), ("/es", "quiero morir")])
def test_in_danger_the_lines_that_answer_danger_stand_first_and_all_of_them_below(client, root, query, quiet):
    make_centre()
    make_help_line(key="poison-help", number="1-800-222-1222", position=3)
    make_help_line(key="samhsa", number="1-800-662-4357", position=4)
    text = client.get(root + reverse("content:search"), {"q": query} | quiet).content.decode()
    first, below = re.findall(r'<ol class="help-ladder">.*?</ol>', text, re.DOTALL)
    answer_danger = ["tel:911", "tel:988", "tel:+18002221222"]
    number = re.compile(r'class="number"><a href="(.*?)"')
    assert number.findall(first) == answer_danger
    assert number.findall(below) == [*answer_danger, "tel:+18006624357", "tel:+17145550142"]
    assert text.index(first) < text.index('role="search"') < text.index('<h2 id="help">') < text.index(below)


def test_the_query_is_neither_stored_nor_logged(client, caplog):
    make_published(title="Medicines", text=MEDICINES)
    with CaptureQueriesContext(connection) as captured, caplog.at_level("DEBUG"):
        response = client.get(reverse("content:search"), {"q": "zyxwvut canarybird"})
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert all(query["sql"].lstrip().startswith("SELECT") for query in captured)
    assert captured.captured_queries, "control: it was looked for"
    assert "canarybird" not in "".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )


FORMAT_SIGNS = ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\u202c", "\u2066", "\u180e"]
FORMAT_SIGNS += ["\u034f", "\ufe0f", "\u20dd"]


@pytest.mark.parametrize("sign", FORMAT_SIGNS, ids=[f"U+{ord(sign):04X}" for sign in FORMAT_SIGNS])
def test_what_only_steers_how_a_word_is_set_parts_no_word(sign):
    make_published(title=f"About zylo{sign}praxin", text=f"<p>Take no kor{sign}vatine.</p>")
    for query in ("zylopraxin", f"zy{sign}lopraxin", "korvatine", f"{sign}korva{sign}tine"):
        assert len(find(query).results) == 1, ascii(query)
    assert "zylopraxin" in set(SearchWord.objects.values_list("word", flat=True))
    assert find(f"sui{sign}cide").crisis
    assert find("suicide").crisis, "control"
    assert not find("cider").crisis, "control"


def test_a_word_with_a_soft_hyphen_is_marked_whole():
    make_published(text="<p>Take no kor\u00advatine.</p>")
    assert "<mark>korvatine</mark>" in find("korvatine").results[0]["excerpt"]
