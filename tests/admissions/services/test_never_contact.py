import pytest

from admissions.models import NeverContact
from admissions.services import never_contact

pytestmark = pytest.mark.django_db

NUMBER, ADDRESS = "+17145550142", "Robin@Example.org"


@pytest.mark.parametrize(
    "preferences",
    [
        {"phone": NUMBER},
        {"phone": f"{NUMBER} ext. 9"},
        {"email": " robin@EXAMPLE.org "},
        {"phone": "+17145550199", "email": ADDRESS},
    ],
)
def test_what_was_refused_stays_refused_with_any_extension_and_in_any_case(preferences):
    never_contact.remember({"phone": f"{NUMBER} ext. 12", "email": ADDRESS})
    assert never_contact.is_refused(preferences)


@pytest.mark.parametrize("preferences", [{}, {"phone": ""}, {"phone": "+17145550143"}, {"email": NUMBER}])
def test_nothing_else_is(preferences):
    never_contact.remember({"phone": NUMBER, "email": ADDRESS})
    assert not never_contact.is_refused(preferences)


def test_no_row_holds_a_number_or_an_address_and_the_same_is_kept_once():
    for _ in range(2):
        never_contact.remember({"phone": NUMBER, "email": ADDRESS})
    hashes = [bytes(hashed) for hashed in NeverContact.objects.values_list("hashed", flat=True)]
    assert len(hashes) == 2 and {len(hashed) for hashed in hashes} == {32}
    assert not any(NUMBER[-7:].encode() in hashed or b"obin" in hashed for hashed in hashes)
