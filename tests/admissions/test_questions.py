"""The one table of questions: what it says of each is what forms, sealed messages and the desk do."""

import pytest

from admissions.crypto.form_token import FormToken
from admissions.forms.ask import AskForm, CallRequestForm, ContactForm, answers
from admissions.forms.returning import ContactPreferencesForm
from admissions.questions import BEFORE_DIALING, CALL, CONTACT, CONTACT_PREFERENCES, GROUPS, QUESTIONS

TOKEN = FormToken.new(1)
NO_QUESTIONS = {"website", "form_token"}  # the trap, and what the page itself sends


def asked(form):
    return set(form.fields) - NO_QUESTIONS


def test_every_question_is_a_field_and_every_field_a_question():
    keys = [row.key for row in QUESTIONS]
    assert len(keys) == len(set(keys))
    assert set(AskForm.base_fields) - NO_QUESTIONS == set(keys)
    assert {row.group for row in QUESTIONS} == set(GROUPS)


@pytest.mark.parametrize(("form", "name"), [(ContactForm, CONTACT), (CallRequestForm, CALL)])
def test_a_form_asks_what_the_table_gives_it_each_once_under_a_heading(form, name):
    form = form(token=TOKEN)
    assert asked(form) == {row.key for row in QUESTIONS if name in row.forms}
    under_headings = [field.name for group in form.groups for field in group.fields]
    assert sorted(under_headings) == sorted(asked(form))


def test_whoever_comes_back_is_asked_for_all_contact_preferences_and_nothing_else():
    assert asked(ContactPreferencesForm(token=TOKEN)) == CONTACT_PREFERENCES
    assert asked(ContactPreferencesForm(token=TOKEN, asks_consent=True)) == CONTACT_PREFERENCES | {"consent"}


def test_every_way_to_reach_somebody_is_a_contact_preference():
    assert {row.key for row in QUESTIONS} - CONTACT_PREFERENCES == {"about", "name", "message", "consent"}


def test_staff_read_before_dialing_all_preferences_but_the_number_and_the_address():
    assert CONTACT_PREFERENCES - {"phone", "email"} == BEFORE_DIALING


def test_an_answer_is_read_under_the_label_of_its_row_in_the_order_of_the_table():
    body = {row.key: "notice version 1" if row.key == "consent" else "yes" for row in reversed(QUESTIONS)}
    assert [label for label, _words in answers(body)] == [str(row.label) for row in QUESTIONS]
    to_visitor = [label for label, _words in answers(body, to_visitor=True)]
    assert to_visitor == [str(row.label_to_visitor or row.label) for row in QUESTIONS]
    assert {"How we may reach you", "What you agreed to"} <= set(to_visitor), "control"
