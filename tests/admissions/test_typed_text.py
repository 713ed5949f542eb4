import secrets

import pytest
from django.urls import reverse

from admissions.crypto import return_code
from admissions.services import team, visitor
from admissions.typed_text import Needle, fold, is_blank
from tests.admissions.factories import BODY, make_inquiry, make_staff, receive

pytestmark = pytest.mark.once

NOTHING = [
    "",
    " \n\t",
    "\u200b\u2060",
    "\u200b" * 50,
    "\ufeff",
    "\u00ad\u200d\u200e\u202e\u2066",
    "\x01\x02\x7f\x85",
    "\u3164",
    "\u115f\u1160\uffa0",
    "\u2800",
    "\u034f\ufe0f\u0301",
    "\u00a0\u2003\u3000\u2028\u2029",
    "\U000e0020\U000e007f\U000e01ef",
    "\u180e\u061c",
]


@pytest.mark.parametrize(
    "needle",
    [
        "O'Brien",
        "O’Brien",
        "O‘Brien",
        "OʼBrien",
        "O`Brien",
        "O´Brien",
        "O′Brien",
        "o brien",
        "OBRIEN",
        "obrien?",
        "sean",
        "SEÁN",
        "Sea\u0301n",
        "Seán\u00a0O’Brien",
        "sean  obrien",
        "Ｓｅａｎ",
        "\u200fSeán\u200e",
        "brien",
    ],
)
@pytest.mark.parametrize(
    "name", ["Seán O’Brien", "Sea\u0301n O'Brien", "SEAN OBRIEN", "sean o\u00a0brien", "Seán\u2060 O\u00adBrien"]
)
def test_a_name_is_found_however_it_was_typed_there_and_here(needle, name):
    assert Needle(needle).is_in(f"My name is {name}, hello.")


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        ("anne marie", "Anne-Marie"),
        ("Anne-Marie", "Annemarie"),
        ("annemarie", "Anne\u2011Marie"),
        ("anne–marie", "anne marie"),
        ("lukasz", "Łukasz"),
        ("Łukasz", "Lukasz"),
        ("soren", "Søren"),
        ("Aeon", "Æon"),
        ("strasse", "Straße"),
        ("ilker", "İlker"),
        ("isik", "Işık"),
        ("nguyen", "Nguyễn"),
        ("muñoz", "Mun\u0303oz"),
        ("munoz", "MUÑOZ"),
        ("office", "oﬃce"),
        ("李", "李小龍"),
        ("محمد", "مُحَمَّد"),
        ("john.doe@example.org", "Mail John.Doe@example.org please"),
        ("👩", "hello 👩"),
        ("???", "really???"),
        ("room 12", "Room\u00a012"),
    ],
)
def test_other_spellings_are_found(needle, text):
    assert Needle(needle).is_in(text)


@pytest.mark.parametrize(
    "needle",
    [
        "714-555-0142",
        "(714) 555 0142",
        "714.555.0142",
        "7145550142",
        "+1 714 555 0142",
        "1-714-555-0142",
        "001 714 555 0142",
        "714\u2011555\u20130142",
        "７１４ ５５５ ０１４２",
        "٧١٤٥٥٥٠١٤٢",
        "714/555/0142",
        "\u202a714-555-0142\u202c",
        "555 0142",
    ],
)
@pytest.mark.parametrize(
    "text", ["+17145550142", "call (714) 555-0142 please", "７１４－５５５－０１４２", "714 555 0142 ext. 5"]
)
def test_a_number_is_found_through_any_punctuation_and_any_digits(needle, text):
    assert Needle(needle).is_in(text)


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        ("son", "this is on"),
        ("obrien", "Robin O'Bryan"),
        ("1945", "since 2019 I took 45 mg"),
        ("7145550142", "714 555 0143"),
        ("", "anything"),
        ("  ", "anything"),
        ("'", "no apostrophe"),
        ("\u200b", "nothing unseen"),
        ("robin", ""),
        (".*", "anything"),
        ("(", "anything"),
    ],
)
def test_what_is_not_there_is_not_found(needle, text):
    assert not Needle(needle).is_in(text)


def test_folding_twice_changes_nothing():
    for text in ("Seán O’Brien", "Straße", "ŁÆØ", "हिन्दी", "한국어", "\u0130", "ﬃ", "Ⅻ", "½"):
        assert fold(fold(text)) == fold(text)


@pytest.mark.django_db
def test_the_second_call_of_a_family_finds_the_first():
    inquiry = make_inquiry(body=BODY | {"name": "Seán O’Brien"})
    make_inquiry()
    for needle in ("O'Brien", "Sean", "sean obrien"):
        assert team.search(actor=make_staff(), needle=needle).matches == [inquiry]


@pytest.mark.parametrize("text", NOTHING)
def test_what_nobody_can_see_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize(
    "text", ["a", "0", "?", "👍", "👩‍⚕️", "\u200bx\u200b", "한", "é", "e\u0301", "…", "🏴", "\U0001fadf", "م", "नि"]
)
def test_what_can_be_seen_is_not_blank(text):
    assert not is_blank(text)


@pytest.mark.django_db
@pytest.mark.parametrize("do", ["reply", "note"])
@pytest.mark.parametrize("text", NOTHING[::3])
def test_a_reply_or_note_that_nobody_can_see_is_refused_with_a_sentence(client, do, text):
    inquiry = make_inquiry()
    client.force_login(make_staff(is_staff=True))
    url = reverse("admin:admissions_inquiry_change", args=[inquiry.pk])
    page = client.post(url, {"do": do, f"{do}-text": text})
    assert page.status_code == 200 and "Write something first" in page.text
    assert (inquiry.messages.count(), inquiry.notes.count()) == (1, 0)
    write = team.reply if do == "reply" else team.add_note
    with pytest.raises(ValueError, match="text"):
        write(inquiry=inquiry, actor=make_staff(), text=text)
    client.post(url, {"do": do, f"{do}-text": f"{text}hello"})
    assert inquiry.messages.count() + inquiry.notes.count() == 2, "control"


@pytest.mark.django_db
@pytest.mark.parametrize("text", NOTHING[::2])
def test_a_line_that_nobody_can_see_is_refused_with_a_sentence(client, text):
    receipt = receive()
    client.post("/return/", {"code": receipt.return_code})
    page = client.post(reverse("admissions:add_line"), {"message": text})
    assert page.status_code == 200 and "Write something first." in page.text
    secret = return_code.secret_of(receipt.return_code)
    with pytest.raises(ValueError, match="text"):
        visitor.add_line(secret=secret, form_token=secrets.token_bytes(32), text=text)
    assert receipt.inquiry.messages.count() == 1
