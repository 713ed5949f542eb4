import base64
import re

import phonenumbers
import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from admissions.crypto.form_token import FormToken, _signer
from admissions.forms.ask import (
    PARTS_OF_THE_DAY,
    PHONE_HELP,
    CallRequestForm,
    ContactForm,
    PhoneField,
    answers,
)
from admissions.questions import BEFORE_DIALING, QUESTIONS
from admissions.scheduling.slots import PARTS

pytestmark = pytest.mark.once

TOKEN = FormToken.new(3)


def contact(**data):
    return ContactForm({"consent": "on", **data}, token=TOKEN)


def call(**data):
    return CallRequestForm({"consent": "on", **data}, token=TOKEN)


def body(form):
    assert form.is_valid(), form.errors
    return form.body()


@pytest.mark.parametrize(
    "one_way",
    [
        {"reach_by": "phone", "phone": "714-555-0142"},
        {"reach_by": "text", "phone": "714-555-0142", "texts_ok": "on"},
        {"reach_by": "email", "email": "somebody@example.com"},
        {"reach_by": "return_code"},
        {"phone": "714-555-0142"},
        {"email": "somebody@example.com"},
    ],
)
def test_one_way_to_reach_the_person_is_enough(one_way):
    assert body(contact(**one_way))["reach_by"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "reach_by"),
        ({"reach_by": "phone"}, "phone"),
        ({"reach_by": "text", "texts_ok": "on"}, "phone"),
        ({"reach_by": "text", "phone": "714-555-0142"}, "texts_ok"),
        ({"reach_by": "email"}, "email"),
        ({"reach_by": "email", "phone": "714-555-0142"}, "email"),
        ({"reach_by": "pigeon", "phone": "714-555-0142"}, "reach_by"),
        ({"phone": "12"}, "phone"),
        ({"email": "not an address"}, "email"),
        ({"phone": "714-555-0142", "about": "cat"}, "about"),
        ({"phone": "714-555-0142", "message": "x" * 3001}, "message"),
        ({"phone": "714-555-0142", "name": "x" * 201}, "name"),
        ({"phone": "714-555-0142", "name": "a\x00b"}, "name"),
    ],
)
def test_what_is_missing_or_wrong_is_said_once_at_its_field(data, field):
    form = contact(**data)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert len(form.errors[field]) == 1


def test_consent_is_needed_and_names_the_version_that_was_shown():
    form = ContactForm({"phone": "714-555-0142"}, token=TOKEN)
    assert list(form.errors) == ["consent"]
    assert "version 3" in str(form["consent"].label)
    assert body(contact(phone="714-555-0142"))["consent"] == "notice version 3"


@pytest.mark.parametrize("typed", ["714-555-0142", "(714) 555 0142", "7145550142", "+1 714 555 0142", "1.714.555.0142"])
def test_a_number_is_kept_in_one_way_however_it_was_typed(typed):
    assert body(call(phone=typed))["phone"] == "+17145550142"


@pytest.mark.parametrize("typed", ["555-0142", "5550142", "1111111", "12", "714-555-01422222222"])
def test_a_number_that_reaches_nobody_is_asked_for_again(typed):
    form = call(phone=typed)
    assert form.errors["phone"] == ["Enter a phone number that we can call, like 212-555-0147."]


@pytest.mark.parametrize("typed", ["714-555-0142 ext. 12", "714-555-0142 x12", "+1 714 555 0142 #12"])
def test_an_extension_is_kept(typed):
    kept = body(call(phone=typed))["phone"]
    assert kept == "+17145550142 ext. 12"
    assert body(call(phone=kept))["phone"] == kept, "as the page of other preferences gives it back"


REMARKS = (
    "{} (Mum)", "{} ask for Mum", "{} after 5", "call {} after 5", "{} XXXX", "{} or {}", "{} / {}", "{}/{}", "{}, {}",
    "{}, 5", "{} & 5", "mum's: {}", "{} = my 2nd", "{} mo", "{} м", "{} 媽", "{} (mamá)", "{} :-)",
)  # fmt: skip


def numbers_of_the_world():
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            if number := phonenumbers.example_number_for_type(region, kind):
                yield number


def read_number(typed):
    """What is kept, or None and the sentence that refused it."""
    form = call(phone=typed)
    return (form.body()["phone"], "") if form.is_valid() else (None, str(form.errors["phone"][0]))


def changed_numbers():
    """Numbers of all countries, with a remark, that were kept as another number."""
    for number in numbers_of_the_world():
        right = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        for remark in REMARKS:
            typed = remark.format(shown, shown)
            kept, problem = read_number(typed)
            if kept not in (None, right) or (kept is None and "the number alone" not in problem):
                yield typed, kept, problem


def test_a_remark_never_becomes_part_of_a_number_in_any_country():
    assert list(changed_numbers()) == []


def test_control_a_remark_would_change_numbers_if_letters_were_keys(monkeypatch):
    letters = re.compile(r"(?P<number>.*?)(?P<extension>(?!.))?", re.DOTALL)
    monkeypatch.setattr(PhoneField, "TYPED", letters)
    assert len({kept for _, kept, _ in changed_numbers() if kept}) > 100


def test_numbers_of_all_countries_are_taken_as_their_people_write_them():
    formats = phonenumbers.PhoneNumberFormat
    for number in numbers_of_the_world():
        right = phonenumbers.format_number(number, formats.E164)
        for style in (formats.INTERNATIONAL, formats.E164, formats.RFC3966):
            typed = phonenumbers.format_number(number, style)
            assert read_number(typed) == (right, ""), typed


@pytest.mark.parametrize("typed", ["917-555-XXXX", "800-555-XXXX", "2l2-555-O147", "917-555-HOME", "646 CALL ME 2"])
def test_letters_are_not_read_as_the_keys_of_a_telephone(typed):
    assert "the number alone" in read_number(typed)[1]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1-800-GO-DETOX", "+18004633869"),
        ("800-273-TALK", "+18002738255"),
        ("(888) Flowers", "+18883569377"),
        ("\u202a+1 (212) 555‑0147\u202c", "+12125550147"),
        ("２１２-５５５-０１４７", "+12125550147"),
        ("٢١٢ ٥٥٥ ٠١٤٧", "+12125550147"),
        ("212−555−0147", "+12125550147"),
        ("212/555/0147", "+12125550147"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("212-555-0147,,12#", "+12125550147 ext. 12"),
        ("tel:+1-212-555-0147;ext=12", "+12125550147 ext. 12"),
        ("1-800-NEW-LIFE x4", "+18006395433 ext. 4"),
        ("888-FLOWERS ext. 120", "+18883569377 ext. 120"),
    ],
)
def test_ways_to_write_a_number_that_leave_no_doubt_are_taken(typed, kept):
    assert read_number(typed) == (kept, "")


@pytest.mark.parametrize(
    "typed", ["000-000-0000", "123-456-7890", "212-123-4567", "111-111-1111", "0412 345 678", "911"]
)
def test_a_number_that_no_american_has_is_asked_for_again(typed):
    assert read_number(typed) == (None, str(PHONE_HELP))


@pytest.mark.parametrize(("end", "fits"), [("\n", True), ("\r\n", True), ("xx", False)])
def test_the_end_of_a_line_counts_once_as_the_browser_counts_it(end, fits):
    form = call(phone="714-555-0142", message=end.join(["x" * 59] * 50) + "x")
    assert form.is_valid() is fits, form.errors


def test_no_browser_cuts_off_what_is_too_long():
    form = contact(message="x" * 4000, name="y" * 300)
    for name, shown in (("message", 4000), ("name", 300)):
        assert "maxlength" not in str(form[name]) and form[name].errors
        assert form.answer(name) in {"x" * shown, "y" * shown}


def test_numbers_of_other_countries_and_of_the_examples_are_taken():
    assert body(call(phone="+44 20 7946 0018"))["phone"] == "+442079460018"
    assert body(call(phone="212-555-0147"))["phone"] == "+12125550147"


def test_no_voicemail_unless_somebody_says_yes():
    assert body(call(phone="714-555-0142"))["voicemail_ok"] == "no"
    assert body(call(phone="714-555-0142", voicemail_ok="yes"))["voicemail_ok"] == "yes"


@pytest.mark.parametrize("name", ["O'Brien", "Nguyễn", "محمد", "李", "👩‍⚕️", "x", "é" * 200, "e\u0301", "a\u200db"])
def test_names_survive_to_the_last_byte(name):
    assert body(contact(phone="714-555-0142", name=name))["name"] == name


def test_a_call_needs_a_number_and_any_time_is_good_unless_they_say_so():
    assert list(call().errors) == ["phone"]
    kept = body(call(phone="714-555-0142"))
    assert (kept["call_window"], kept["time_zone"]) == ("any", "America/Los_Angeles")


@pytest.mark.parametrize(
    ("way", "typed", "wants_hours", "wants_second_call"),
    [
        ("phone", {"phone": "714-555-0142"}, True, True),
        ("text", {"phone": "714-555-0142", "texts_ok": "on"}, True, False),
        ("email", {"email": "somebody@example.com"}, False, False),
        ("return_code", {}, False, False),
    ],
)
def test_whoever_wants_a_call_or_a_text_is_asked_when_and_nobody_else(way, typed, wants_hours, wants_second_call):
    unasked = {row.key for row in QUESTIONS if row.is_unasked({"reach_by": way})}
    assert ({"time_zone", "call_window"} & unasked == set()) is wants_hours
    assert ("line_drops" not in unasked) is wants_second_call
    answered = {"time_zone": "America/New_York", "call_window": "evening"}
    kept = body(contact(reach_by=way, **typed, **answered))
    assert {name: kept.get(name) for name in answered} == (answered if wants_hours else dict.fromkeys(answered))
    if wants_hours:
        assert body(contact(reach_by=way, **typed))["call_window"] == "any", "whoever skipped the question"


@pytest.mark.parametrize("kind", [call, contact])
def test_who_calls_back_when_the_line_drops_is_asked_wherever_a_call_is(kind):
    kept = body(kind(phone="714-555-0142", line_drops="they_call"))
    assert ("If the line drops", "I'll call you") in answers(kept)
    assert "line_drops" in BEFORE_DIALING
    assert "line_drops" not in body(kind(phone="714-555-0142")), "control: nobody answered for them"


@pytest.mark.parametrize(
    ("zone", "is_taken"), [("Asia/Tokyo", True), ("Mars/Olympus", False), ("../etc/passwd", False)]
)
def test_a_time_zone_is_one_that_exists(zone, is_taken):
    form = call(phone="714-555-0142", time_zone=zone)
    assert form.is_valid() is is_taken
    if is_taken:
        assert f'value="{zone}" selected' in str(form["time_zone"])


def test_each_form_asks_what_it_needs_and_no_more():
    assert set(contact().fields) - set(call().fields) == {"reach_by", "email"}
    assert set(call().fields) - set(contact().fields) == set()


def test_nothing_but_the_questions_is_kept():
    kept = body(contact(phone="714-555-0142", status="junk", id="1", website="", form_token="x", is_staff="1"))
    assert set(kept) == {"phone", "reach_by", "voicemail_ok", "language", "call_window", "time_zone", "consent"}


def test_a_browser_fills_in_only_when_it_is_asked_to():
    assert {field.widget.attrs["autocomplete"] for field in contact().fields.values()} == {"off"}
    form = ContactForm(token=TOKEN, autofill=True)
    assert [form.fields[name].widget.attrs["autocomplete"] for name in ("name", "phone", "email")] == [
        "name",
        "tel",
        "email",
    ]


def test_the_trap_is_seen_only_by_machines():
    assert contact(phone="714-555-0142", website="https://example.com").is_machine
    assert not contact(phone="714-555-0142").is_machine


def test_a_token_of_ours_is_read_again_and_no_other():
    token = FormToken.read(str(TOKEN))
    assert token and (token.secret, token.notice_version, token.shown_at) == (TOKEN.secret, 3, TOKEN.shown_at)
    for forged in ("", "x", str(TOKEN)[:-1], "a" + str(TOKEN), str(TOKEN).replace(".3.", ".4."), "\x00", "é:é"):
        assert FormToken.read(forged) is None
    assert repr(TOKEN) == "[form token]"


def test_a_token_knows_in_which_language_the_notice_was_shown():
    spanish = FormToken.read(str(FormToken.new(3, language="es")))
    assert spanish and spanish.notice == "notice version 3 in Spanish" != TOKEN.notice
    form = ContactForm({"phone": "714-555-0142", "consent": "on"}, token=spanish)
    assert form.is_valid()
    assert (form.body()["consent"], form.body()["language"]) == ("notice version 3 in Spanish", "es")
    assert ContactForm(token=spanish)["language"].value() == "es"
    assert dict(answers(form.body()))["Consent"] == "Our consent notice in Spanish, version 3"


def test_a_token_made_before_there_were_two_languages_still_counts():
    encoded = base64.urlsafe_b64encode(TOKEN.secret).decode()
    token = FormToken.read(_signer.sign(f"{encoded}.3.0"))
    assert token and (token.secret, token.notice) == (TOKEN.secret, "notice version 3")


def test_the_desk_reads_the_answers_in_english_and_the_visitor_in_the_language_of_the_page():
    body = {"about": "loved_one", "call_window": "morning", "consent": "notice version 2 in Spanish"}
    assert dict(answers(body))["Who it is for"] == "Somebody I love"
    with override("es"):
        assert answers(body) == [
            ("Para quién es", "Para alguien a quien quiero"),
            ("Buen momento para llamar", "Por la mañana, de 7 a 11"),
            ("Consentimiento", "Nuestro aviso de consentimiento, versión 2"),
        ]


def test_answers_are_shown_in_words():
    shown = dict(answers({"about": "loved_one", "voicemail_ok": "no", "message": "Hello", "unknown": "x"}))
    assert shown == {"Who it is for": "Somebody I love", "Voicemail": "No, leave nothing", "Message": "Hello"}


def test_a_text_that_no_envelope_holds_is_explained_instead_of_failing_later():
    form = contact(phone="714-555-0142", message="\x01" * 3000)
    assert list(form.errors) == ["message"]
    assert contact(phone="714-555-0142", message="李" * 3000).is_valid(), "control: long texts of words fit"


# A conversation: the words follow from who it is for, and nothing typed is judged before it is sent


@pytest.mark.parametrize(
    ("about", "asked"),
    [
        ("", "What would you like to say?"),
        ("me", "What would you like to say?"),
        ("loved_one", "What is going on?"),
        ("patient", "What does this person need?"),
        ("cat", "What would you like to say?"),
    ],
)
@pytest.mark.parametrize("kind", [ContactForm, CallRequestForm])
def test_who_it_is_for_changes_the_questions(kind, about, asked):
    for form in (kind(initial={"about": about}, token=TOKEN), kind({"about": about}, token=TOKEN)):
        assert str(form["message"].label) == asked


def test_a_form_that_came_back_shows_what_was_typed_and_finds_no_fault():
    typed = {"about": "me", "phone": "12", "time_zone": "Asia/Tokyo", "texts_ok": "on", "name": "Robin"}
    form = CallRequestForm(initial=typed, came_back=True, token=TOKEN)
    assert not form.errors and form.is_given
    assert {name: form.answer(name) for name in ("about", "phone", "time_zone", "name")} == {
        name: typed[name] for name in ("about", "phone", "time_zone", "name")
    }
    assert "checked" in str(form["texts_ok"]) and "checked" not in str(form["consent"])
    assert 'value="Asia/Tokyo" selected' in str(form["time_zone"])


def test_the_zone_begins_with_the_centres_own_and_only_a_fresh_form_is_guessed_at():
    fresh, came_back = CallRequestForm(token=TOKEN), CallRequestForm(initial={}, came_back=True, token=TOKEN)
    assert 'value="America/Los_Angeles" selected' in str(fresh["time_zone"])
    assert "data-guess" in str(fresh["time_zone"]) and "data-guess" not in str(came_back["time_zone"])


@pytest.mark.parametrize("kind", [ContactForm, CallRequestForm])
def test_every_question_stands_in_one_group(kind):
    form = kind(token=TOKEN)
    grouped = [field.name for group in form.groups for field in group.fields]
    assert len(grouped) == len(set(grouped))
    assert set(form.fields) - set(grouped) == {"website", "form_token"}


def test_whoever_wants_no_call_and_no_mail_leaves_no_number_behind():
    typed = {"phone": "714-555-0142", "email": "somebody@example.com", "texts_ok": "on", "message": "Hello"}
    assert set(body(contact(reach_by="return_code", **typed))) & {"phone", "email", "texts_ok"} == set()
    assert {"phone", "email", "texts_ok"} <= set(body(contact(**typed))), "control: no way is chosen"


@pytest.mark.parametrize("way", ["phone", "text"])
def test_an_address_that_the_page_hides_is_not_kept(way):
    typed = {"phone": "714-555-0142", "email": "somebody@example.com", "texts_ok": "on"}
    assert set(body(contact(reach_by=way, **typed))) & {"phone", "email"} == {"phone"}


def test_a_call_needs_a_number_and_says_so_before():
    form = call()
    assert form.errors == {"phone": [str(PHONE_HELP)]}
    assert call(phone="714-555-0142").is_valid(), "control"
    assert "needed" in render_to_string("forms/field.html", {"field": form["phone"]})
    assert "needed" not in render_to_string("forms/field.html", {"field": contact()["phone"]}), "control"


@pytest.mark.parametrize("is_sent", [False, True])
def test_named_times_say_on_whose_clocks_they_are_and_no_times_say_nothing(is_sent):
    for times, said in (({"any": "", "morning": "today, 8 to 8:30 a.m."}, True), ({"any": "", "morning": ""}, False)):
        form = call(time_zone="America/New_York") if is_sent else CallRequestForm(token=TOKEN)
        assert form.errors or not is_sent, "one that came back was judged"
        form.name_times(dict.fromkeys(PARTS, "") | times, "here")
        shown = render_to_string("forms/field.html", {"field": form["call_window"]})
        assert ('<span class="when">The times shown are here.</span>' in shown) == said
        assert "By the clocks of the time zone above." in shown


def test_whoever_is_to_be_written_to_leaves_no_number_that_could_be_called():
    typed = {"phone": "714-555-0142", "email": "somebody@example.com", "texts_ok": "on"}
    assert set(body(contact(reach_by="email", **typed))) & {"phone", "email", "texts_ok"} == {"email"}


@pytest.mark.parametrize(
    ("way", "unfinished"),
    [
        ("email", {"phone": "714", "email": "somebody@example.com"}),
        ("return_code", {"phone": "714"}),
        ("return_code", {"email": "somebody@"}),
    ],
)
def test_what_the_chosen_way_does_not_need_stops_nobody_half_typed(way, unfinished):
    kept = body(contact(reach_by=way, **unfinished))
    assert set(kept) & {"phone", "email"} == {way} & {"phone", "email"}
    assert not contact(reach_by="text", texts_ok="on", phone="714").is_valid(), "control"


def test_the_hours_on_the_form_are_those_that_count():
    for part, label in PARTS_OF_THE_DAY:
        hours = PARTS[part]
        said = re.findall(r"\d+", str(label))
        assert said == ([] if hours is None else [str((hour.hour - 1) % 12 + 1) for hour in hours])


HALF = {
    "phone": "714",
    "email": "somebody@",
    "voicemail_words": "x" * 201,
    "who_may_answer": "x" * 201,
    "never_mention": "x" * 201,
    "voicemail_ok": "perhaps",
}
NEEDED = {
    "phone": {"phone": "714-555-0142"},
    "text": {"phone": "714-555-0142", "texts_ok": "on"},
    "email": {"email": "somebody@example.com"},
    "return_code": {},
}


def hidden_by_style():
    """What the style sheet takes away, by the answer that does."""
    style = (settings.BASE_DIR / "static/css/forms.css").read_text()
    inside = {"discreet": ("voicemail_ok", "voicemail_words", "line_drops", "who_may_answer", "never_mention")}
    for answers_given, targets in re.findall(r"&:has\(([^)]*:checked)\) (?::is\()?([^){]*?)\)?(?:,|\s*\{)\n", style):
        for name, value in re.findall(r'(?:\[name="(\w+)"\])?\[value="(\w+)"\]', answers_given):
            for kind, target in re.findall(r"\.(q-)?(\w+)", targets):
                for field in [target] if kind else inside.get(target, ()):
                    yield name or "reach_by", value, field


def test_the_style_sheet_hides_what_the_form_forgives():
    hidden = {}
    for name, value, field in hidden_by_style():
        hidden.setdefault((name, value), set()).add(field)
    unasked = {}
    for row in QUESTIONS:
        for key, values in row.unasked_after.items():
            for value in values:
                unasked.setdefault((key, value), set()).add(row.key)
    assert hidden == unasked


@pytest.mark.parametrize("way", NEEDED)
@pytest.mark.parametrize("half", HALF)
def test_an_answer_that_the_page_hides_refuses_no_form(way, half):
    form = contact(reach_by=way, **NEEDED[way] | ({} if half in NEEDED[way] else {half: HALF[half]}))
    is_hidden = any(row.key == half and row.is_unasked({"reach_by": way}) for row in QUESTIONS)
    assert form.is_valid() is (is_hidden or half in NEEDED[way]), form.errors
    if is_hidden:
        assert half == "voicemail_ok" or half not in form.body()


@pytest.mark.parametrize("kind", [call, contact])
def test_words_for_a_voicemail_that_nobody_may_leave_refuse_no_form(kind):
    typed = {"phone": "714-555-0142", "voicemail_words": "x" * 201}
    assert kind(voicemail_ok="no", **typed).is_valid()
    assert not kind(voicemail_ok="yes", **typed).is_valid(), "control"


@pytest.mark.parametrize("typed", ["josé@example.com", "名@example.com"])
def test_an_address_that_most_mail_servers_refuse_is_asked_for_again(typed):
    form = contact(reach_by="email", email=typed)
    assert list(form.errors) == ["email"] and form.answer("email") == typed
