"""Every word that a visitor may see can be said in Spanish: looked up in the sources, so that no state is forgotten.

A new sentence goes into `{% translate %}` or `gettext`, its Spanish into locale/es/LC_MESSAGES/django.po, from which
Babel makes the file that Django reads.
"""

import ast
import io
import re
from datetime import UTC, datetime

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template import engines
from django.template.library import SimpleBlockNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import trim_whitespace

ROOT = settings.BASE_DIR
FOR_STAFF = {"admin", "styleguide.html"}
TEMPLATES = sorted(file for file in (ROOT / "templates").rglob("*.html") if not FOR_STAFF & set(file.parts))
MODULES = sorted(file for app in ("content", "admissions", "magnified") for file in (ROOT / app).rglob("*.py"))
FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}
SAID_BY_ATTRIBUTES = re.compile(
    r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"|name="description" content="([^"]*)"'
)
PO = (ROOT / "locale/es/LC_MESSAGES/django.po").read_text()
CATALOG = read_po(io.StringIO(PO), abort_invalid=True)


def forms(text):
    """Singular and plural of a message, or of its translation."""
    return text if isinstance(text, tuple) else (text,)


def key_of(message):
    """A message as gettext names it: context, singular and plural joined by control characters."""
    return (f"{message.context}\4" if message.context else "") + "\0".join(forms(message.id))


TRANSLATIONS = {key_of(message): "\0".join(forms(message.string)) for message in CATALOG if message.id}


def bare_words(source):
    """Words of a template that no translation reaches."""
    source = re.sub(
        r"{% comment %}.*?{% endcomment %}|{% blocktranslate.*?{% endblocktranslate %}", "", source, flags=re.S
    )
    source = re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.S)
    attributes = " ".join(first or second for first, second in SAID_BY_ATTRIBUTES.findall(source))
    text = re.sub(r"<!--.*?-->|<[^>]*>|&\w+;", " ", source, flags=re.S)
    return re.findall(r"[^\W\d_]{2,}", f"{text} {attributes}")


def nodes_of(nodelist, kind):
    """As Django's own, which passes over what stands inside of a simple block tag."""
    inner = [node for block in nodelist.get_nodes_by_type(SimpleBlockNode) for node in nodes_of(block.nodelist, kind)]
    return [*nodelist.get_nodes_by_type(kind), *inner]


def of_template(source):
    """The messages of a template, as `key_of` names them."""
    tree = engines["django"].engine.from_string(source).nodelist
    found = set(re.findall(r'[=\s]_\("([^"]*)"\)', source))
    for node in nodes_of(tree, BlockTranslateNode):
        said = [node.render_token_list(tokens)[0] for tokens in (node.singular, node.plural) if tokens]
        found.add("\0".join(trim_whitespace(text) if node.trimmed else text for text in said))
    for node in nodes_of(tree, TranslateNode):
        context = f"{node.message_context.var}\4" if node.message_context else ""
        found.add(f"{context}{node.filter_expression.var.literal}")
    return found


def of_module(source):
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {
        "\0".join(ast.literal_eval(text) for text in node.args[: 2 if node.func.id == "ngettext" else 1])
        for node in calls
        if getattr(node.func, "id", "") in FUNCTIONS and isinstance(node.args[0], ast.Constant)
    }


def all_messages():
    found = {}
    for files, read in ((TEMPLATES, of_template), (MODULES, of_module)):
        for file in files:
            found |= dict.fromkeys(read(file.read_text()), str(file.relative_to(ROOT)))
    return found


def test_no_word_of_a_public_template_stands_outside_a_translation():
    found = {file.name: words for file in TEMPLATES if (words := bare_words(file.read_text()))}
    assert found == {}
    assert len(TEMPLATES) > 50


def test_every_message_has_a_spanish_translation():
    missing = {message: place for message, place in all_messages().items() if not TRANSLATIONS.get(message)}
    assert missing == {}, "put them into locale/es/LC_MESSAGES/django.po"


def test_no_translation_is_left_of_what_is_no_longer_said():
    assert set(TRANSLATIONS) - set(all_messages()) == set()


def test_control_a_sentence_without_a_translation_is_found():
    assert bare_words('<p>Hello <b>you</b></p><a aria-label="Close">{% translate "Known" %}</a>') == [
        "Hello",
        "you",
        "Close",
    ]
    planted = (
        '{% translate "One" %}{% translate "Two" context "title" %}{% include "x.html" with a=_("Three") %}'
        "{% blocktranslate count n=n %}{{ n }} page{% plural %}{{ n }} pages{% endblocktranslate %}"
        "{% if a %}{% blocktranslate trimmed %}\n  Four\n  five\n{% endblocktranslate %}{% endif %}"
        '{% load page %}{% lean %}{% translate "Ten" %}{% endlean %}'
    )
    assert of_template(planted) == {"One", "Ten", "title\4Two", "Three", "%(n)s page\0%(n)s pages", "Four five"}
    assert of_module('_("Six")\ngettext_lazy("Seven " "eight")\nprint("Nine")') == {"Six", "Seven eight"}
    assert of_module('ngettext("%d day", "%d days", 9)') == {"%d day\0%d days"}


def parts(text):
    """What a translation must keep: places for values, links, telephone numbers, figures."""
    return sorted(re.findall(r"%\(\w+\)\w|<[^>]+>|tel:\d+", text))


def faults(english, spanish):
    """What a translation lost of its message, or kept in English."""
    found = [] if parts(spanish) == parts(english) else ["parts"]
    if set(re.findall(r"\d[\d,-]*", spanish)) != set(re.findall(r"\d[\d,-]*", english)):
        found.append("figures")
    if spanish == english and len(english) > 12:
        found.append("not translated")
    return found


def test_a_translation_keeps_values_links_and_figures():
    pairs = [
        pair
        for message, translation in TRANSLATIONS.items()
        for pair in zip(message.split("\4")[-1].split("\0"), translation.split("\0"), strict=True)
    ]
    assert {pair: found for pair in pairs if (found := faults(*pair))} == {}
    assert len(pairs) > 400


def test_control_a_translation_that_lost_something_is_found():
    assert faults("Call <b>%(number)s</b>", "Llame al %(number)s") == ["parts"]
    assert faults("Up to 3,000 signs", "Hasta 300 signos") == ["figures"]
    assert faults("A whole sentence.", "A whole sentence.") == ["not translated"]


def test_the_tone_is_formal_and_kind():
    """Usted throughout; never the words that blame."""
    informal = re.compile(r"\b(tú|tu|tus|te|contigo|puedes|quieres|tienes|adict[oa]s?|drogadict\w*|paciente)\b", re.I)
    assert informal.search("Si quieres, llámanos"), "control"
    assert [text for text in TRANSLATIONS.values() if informal.search(text)] == []


def test_no_message_stands_there_twice_or_waits_for_approval():
    """Of two translations Babel takes the first, and one marked `fuzzy` it leaves out: neither says so."""
    assert len(re.findall(r"^msgid ", PO, re.M)) == len(CATALOG) + 1, "one is the header"
    assert [message.id for message in CATALOG if message.fuzzy] == []


def test_two_builds_of_one_text_are_equal(time_machine):
    """The key of every cached page holds them."""
    builds = []
    for day in (1, 2):
        time_machine.move_to(datetime(2030, 1, day, tzinfo=UTC))
        builds.append(io.BytesIO())
        write_mo(builds[-1], read_po(io.StringIO(PO)))
    assert builds[0].getvalue() == builds[1].getvalue()
    assert builds[0].getvalue() == (ROOT / "locale/es/LC_MESSAGES/django.mo").read_bytes()
