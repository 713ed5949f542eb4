"""The compiled translations: what GNU gettext would have made of the .po file."""

import gettext
import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from magnified import messages

PO = r"""
# A comment.
msgid ""
msgstr ""
"Language: es\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#, python-format
msgid "a \"quoted\" %(word)s"
msgstr "una %(word)s “citada”"

msgctxt "title"
msgid "Call"
msgstr "Llamada"

msgid "Call"
msgstr "Llamar"

msgid "one page"
msgid_plural "%(n)s pages"
msgstr[0] "una página"
msgstr[1] "%(n)s páginas"
"""
SPANISH = settings.BASE_DIR / "locale/es/LC_MESSAGES/django.po"


def catalog(po):
    return gettext.GNUTranslations(io.BytesIO(messages.compile_messages(messages.parse(po))))


def test_what_is_compiled_is_read_back_by_gettext():
    spanish = catalog(PO)
    assert spanish.gettext('a "quoted" %(word)s') == "una %(word)s “citada”"
    assert spanish.gettext("Call") == "Llamar" and spanish.pgettext("title", "Call") == "Llamada"
    assert [spanish.ngettext("one page", "%(n)s pages", n) for n in (1, 2)] == ["una página", "%(n)s páginas"]
    assert spanish.gettext("unknown") == "unknown"


def test_the_same_translations_make_the_same_bytes_in_any_order():
    found = messages.parse(PO)
    assert messages.compile_messages(found) == messages.compile_messages(dict(reversed(found.items())))


def test_a_blank_line_between_two_messages_is_not_needed():
    assert messages.parse(PO.replace("\n\n", "\n")) == messages.parse(PO)


@pytest.mark.parametrize(
    "wrong",
    [
        PO + PO.partition("# A comment.")[2].partition("\n\n")[2],
        "msgid Hello",
        'mgsid "a"',
        PO + 'msgid "b"\nmsgid "c"\nmsgstr "d"',
    ],
)
def test_what_stands_there_twice_or_is_misspelt_is_refused(wrong):
    with pytest.raises(ValueError, match=r"twice|no part|no translation"):
        messages.parse(wrong)


def test_the_compiled_file_is_up_to_date():
    """After a change of the .po file: `manage.py compilemessages`."""
    assert SPANISH.with_suffix(".mo").read_bytes() == messages.compile_messages(messages.parse(SPANISH.read_text()))


def test_the_command_compiles_every_language_and_names_the_file_with_a_fault(settings, tmp_path):
    file = tmp_path / "es" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO)
    settings.LOCALE_PATHS = [tmp_path]
    out = io.StringIO()
    call_command("compilemessages", stdout=out)
    assert out.getvalue() == "es: 4 messages\n"
    assert file.with_suffix(".mo").read_bytes() == messages.compile_messages(messages.parse(PO))
    file.write_text("msgid Hello")
    with pytest.raises(CommandError, match=r"django\.po: This line is no part of a translation"):
        call_command("compilemessages", stdout=out)
