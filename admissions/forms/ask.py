"""The two forms. Only one way to reach the person is needed; everything else may stay empty."""

import re
import unicodedata
from typing import Any, NamedTuple, cast

import phonenumbers
from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.crypto import constant_time_compare
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from admissions.crypto.form_token import FormToken
from admissions.forms.audiences import QUESTIONS_BY_AUDIENCE
from admissions.questions import CALL, CONTACT, GROUPS, QUESTIONS, asked_on
from admissions.scheduling.wording import ZONES, known_zones, zone_name, zone_of
from admissions.services.threads import fits

Cleaned = dict[str, Any]  # what Django makes of an answer, by question

PHONE_HELP = _("Enter a phone number that we can call, like 212-555-0147.")
NUMBER_ALONE = _(
    "Type the number alone, like 212-555-0147 or 212-555-0147 x12. "
    "Anything else that we should know fits into one of the other boxes."
)
TOO_LONG = _("This is longer than we can take. Shorten it to %(limit_value)d characters.")
NO_SUCH_SIGN = _("There is a sign in this text that cannot be stored. Please delete the text and type it again.")
ABOUT: list[tuple[str, Any]] = [
    ("me", _("Me")),
    ("loved_one", _("Somebody I love")),
    ("patient", _("Somebody I treat or support")),
]
PARTS_OF_THE_DAY: list[tuple[str, Any]] = [  # the hours are those of `slots.PARTS`
    ("any", _("Any time, 8 a.m. to 9 p.m.")),
    ("morning", _("Morning, 7 to 11")),
    ("midday", _("Midday, 11 to 2")),
    ("afternoon", _("Afternoon, 2 to 5")),
    ("evening", _("Evening, 5 to 9")),
    ("any_hour", _("At any hour, at night too")),
]


class AtMost(MaxLengthValidator):
    """Counts as browsers do: they send the end of a line as two signs."""

    message = TOO_LONG

    def clean(self, x: Any) -> int:
        return len(x.replace("\r\n", "\n"))


class Words(forms.CharField):
    """A line or a text as the person typed it. What is too long comes back with a sentence: browsers would cut it."""

    def __init__(self, *, max_length: int = 200, required: bool = False, **kwargs: Any) -> None:
        messages = {"null_characters_not_allowed": NO_SUCH_SIGN}
        super().__init__(required=required, error_messages=messages, validators=[AtMost(max_length)], **kwargs)


class EmptyInput(forms.TextInput):
    """Never shows again what was sent for it: nobody sees the trap, so nobody could take a planted word out of it."""

    def format_value(self, value: object) -> None:
        return None


class PhoneField(Words):
    """A number as people write it, kept as E.164, like "+12125550147" or "+12125550147 ext. 12".

    Numbers without a country code are taken as American. A word beside the number is asked to go elsewhere: it may
    matter ("after 5", "my sister's"), and read as the keys of a telephone it would make another number. Letters are
    keys in a toll-free number alone.
    """

    SIGNS = r"[\d\s()\[\].\-·•_/]*"
    EXTENSION = (
        r"(?:;ext=|,,+|[\s,;]*(?:e?xt|extn|extension|extensión|int|anexo|x|#)[.:]?)\s*(?P<extension>\d{1,7})\s*#?"
    )
    TYPED = re.compile(rf"(?:tel:)?\s*(?P<number>\+?{SIGNS}\d{SIGNS})(?:{EXTENSION})?", re.IGNORECASE | re.ASCII)
    TOLL_FREE = re.compile(
        r"(?:\+?1[\s.-]*)?\(?8(?:00|33|44|55|66|77|88)\)?[\s.-]*[a-z\d\s.-]+", re.IGNORECASE | re.ASCII
    )
    AMERICAN = re.compile(r"[2-9](?!11)\d\d[2-9]\d{6}", re.ASCII)

    widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
    default_error_messages = {"required": PHONE_HELP}

    def clean(self, value: object) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        plain = _in_ascii(typed)
        match = self.TYPED.fullmatch(plain)
        if match is None and not self._spells_a_number(plain):
            raise forms.ValidationError(NUMBER_ALONE if re.search(r"\d", plain) else PHONE_HELP)
        try:
            number = phonenumbers.parse(match["number"] if match else plain, "US")
        except phonenumbers.NumberParseException as error:
            raise forms.ValidationError(PHONE_HELP) from error
        if number.country_code != 1 and "/" in plain:  # numbers there differ in length, so a second one may follow
            raise forms.ValidationError(NUMBER_ALONE)
        if not self._may_exist(number):
            raise forms.ValidationError(PHONE_HELP)
        number_text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        extension = match["extension"] if match else number.extension
        return f"{number_text} ext. {extension}" if extension else number_text

    def _spells_a_number(self, plain: str) -> bool:
        """Like 1-800-GO-DETOX; one letter again and again, as in 800-555-XXXX, stands for digits that were left out."""
        letters = {sign.casefold() for sign in plain if sign.isalpha()}
        return len(letters) > 1 and self.TOLL_FREE.fullmatch(plain) is not None

    def _may_exist(self, number: phonenumbers.PhoneNumber) -> bool:
        if number.country_code == 1:
            return self.AMERICAN.fullmatch(str(number.national_number)) is not None
        # One without its area code is possible too, but only at home.
        return phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE


def _in_ascii(typed: str) -> str:
    """Digits, letters and hyphens of any kind as plain ones; without marks of direction, which phones add unseen."""
    plain = []
    for sign in unicodedata.normalize("NFKC", typed):
        match unicodedata.category(sign):
            case "Nd":
                plain.append(str(unicodedata.decimal(sign)))
            case "Pd":
                plain.append("-")
            case "Cf":
                pass
            case _:
                plain.append("-" if sign == "\N{MINUS SIGN}" else sign)
    return "".join(plain).strip()


class Choice(forms.ChoiceField):
    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid_choice": _("Choose one of the answers in the list.")}
        super().__init__(required=False, error_messages=messages, **kwargs)


class Group(NamedTuple):
    """Questions that belong together, under one heading."""

    key: str
    title: str
    fields: list[forms.BoundField]


class AskForm(forms.Form):
    """What both forms ask. `body()` is what is sealed: nothing else that was sent is kept."""

    asks: frozenset[str]  # the questions of this form; `admissions/questions.py` says which

    about = Choice(
        label=_("Who is it for?"),
        choices=ABOUT,
    )
    name = Words(
        label=_("What should we call you?"), help_text=_("A first name or a nickname. You can leave this empty.")
    )
    reach_by = Choice(
        label=_("How may we reach you?"),
        choices=[
            ("phone", _("Call me")),
            ("text", _("Text me")),
            ("email", _("E-mail me")),
            ("return_code", _("Do not reach out: I will come back with a code")),
        ],
        help_text=_("One way is enough. We'll email you from our own mail program, and text from our own phone."),
    )
    phone = PhoneField(label=_("Phone number"), help_text=_("With the area code."))
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        max_length=200,
        help_text=_("Choose one that nobody else reads."),
        error_messages={
            "invalid": _("Enter an e-mail address that we can write to, like name@example.com."),
            "max_length": TOO_LONG,
            "null_characters_not_allowed": NO_SUCH_SIGN,
        },
    )
    voicemail_ok = Choice(
        label=_("May we leave a voicemail?"),
        choices=[("yes", _("Yes")), ("no", _("No, leave nothing"))],
        help_text=_("Without an answer we leave none."),
    )
    voicemail_words = Words(
        label=_("If yes: what may we say?"), help_text=_("Like “Sam called, please call back.” We say nothing more.")
    )
    line_drops = Choice(
        label=_("If the line drops, who calls back?"),
        choices=[
            ("call_again", _("You call me back once more")),
            ("they_call", _("I'll call you")),
            ("nobody", _("Nobody calls again")),
        ],
    )
    who_may_answer = Words(
        label=_("Who else may pick up the phone?"),
        help_text=_("And may we say who we are? Like “My sister. She knows.”"),
    )
    never_mention = Words(
        label=_("What should we never mention?"), help_text=_("To nobody but you. Like “That I wrote to you.”")
    )
    language = Choice(label=_("Which language do you prefer?"), choices=[("en", "English"), ("es", "Español")])
    time_zone = Words(label=_("Where is that? Your time zone"), widget=forms.Select(choices=ZONES))
    call_window = Choice(
        label=_("When is a good time to reach you?"),
        choices=PARTS_OF_THE_DAY,
        help_text=_("By the clocks of the time zone above."),
    )
    message = Words(
        label=_("What would you like to say?"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Up to 3,000 characters. Please leave out full names of others and insurance numbers."),
    )
    texts_ok = forms.BooleanField(label=_("You may also send me text messages"), required=False)
    consent = forms.BooleanField(
        error_messages={"required": _("Tick the box, so that we may read this and answer you.")}
    )
    # Nobody can type into it, and no browser or password manager fills it in; a machine that fills in everything does.
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=EmptyInput(attrs={"readonly": True, "tabindex": "-1"})
    )
    form_token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, token: FormToken, autofill: bool = False, came_back: bool = False, **kwargs: Any
    ) -> None:
        """`came_back`: what `initial` holds was typed, and the form is shown again without being judged."""
        super().__init__(*args, **kwargs)
        for row in QUESTIONS:
            if row.key not in self.asks:
                del self.fields[row.key]
        self.token, self.autofill, self.is_given = token, autofill, self.is_bound or came_back
        self.initial["form_token"] = str(token)
        if token.language == "es":
            self.initial.setdefault("language", "es")
        self.fields["consent"].label = gettext(
            "You may read what I wrote and answer me in the way I chose (consent notice, version %(version)s)"
        ) % {"version": token.notice_version}
        self.word_for_audience(self.answer("about"))
        if "time_zone" in self.fields:
            self.offer_zones()
        names = {row.key: row.autofill for row in QUESTIONS} if autofill else {}
        for name, field in self.fields.items():
            field.widget.attrs["autocomplete"] = names.get(name, "off")

    def word_for_audience(self, about: str) -> None:
        """Ask in the words for whoever it is about."""
        for name, (label, hint) in QUESTIONS_BY_AUDIENCE.get(about, {}).items():
            self.fields[name].label, self.fields[name].help_text = label, hint

    def offer_zones(self) -> None:
        """The short list, and the zone that somebody chose although it is not there; the centre's own to begin with."""
        self.initial.setdefault("time_zone", settings.TIME_ZONE)
        chosen = self.answer("time_zone")
        if chosen in known_zones() and chosen not in dict(ZONES):
            self.fields["time_zone"].widget.choices = [*ZONES, (chosen, chosen.replace("_", " "))]
        if not self.is_given:
            self.fields["time_zone"].widget.attrs["data-guess"] = ""  # the script may choose the reader's own

    def name_times(self, times: dict[str, str], where: str) -> None:
        """Say beside each part of the day when we would call in it, or that nobody is on duty then.

        Where no time can be named at all, the page says so once, at its head, and not beside each part.
        """
        if not any(times.values()):
            return
        field = cast(forms.ChoiceField, self.fields["call_window"])
        times_note = gettext("The times shown are %(where)s.") % {"where": where}
        # Of the bound field: once a form was judged it no longer asks the field.
        self["call_window"].help_text = format_html('{} <span class="when">{}</span>', field.help_text, times_note)
        field.choices = [
            (
                part,
                format_html(
                    '{} <small class="when">{}</small>', label, times[part] or gettext("Nobody is on duty then")
                ),
            )
            for part, label in PARTS_OF_THE_DAY
        ]

    @property
    def groups(self) -> list[Group]:
        """The questions that this form asks, in the order in which people talk."""
        group_of = {row.key: row.group for row in QUESTIONS}
        return [
            Group(key, str(title), [self[name] for name in self.fields if group_of.get(name) == key])
            for key, title in GROUPS.items()
        ]

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"] or settings.TIME_ZONE
        if zone not in known_zones():
            raise forms.ValidationError(_("Choose a time zone from the list."))
        return zone

    def clean_call_window(self) -> str:
        return self.cleaned_data["call_window"] or "any"

    def clean(self) -> Cleaned:
        cleaned = super().clean() or {}
        self.forgive_unasked(cleaned)
        cleaned["voicemail_ok"] = cleaned.get("voicemail_ok") or "no"
        cleaned["language"] = cleaned.get("language") or self.token.language
        self.check_way_back(cleaned)
        if not self.errors and not fits(self.body()):
            self.add_error("message", _("There are signs in this text that take too much room. Please shorten it."))
        return cleaned

    def forgive_unasked(self, cleaned: dict[str, object]) -> None:
        """Half an answer in a field that another answer took away stops nobody."""
        for row in QUESTIONS:
            if row.is_unasked(cleaned) and self.has_error(row.key):
                del self.errors[row.key]
                cleaned[row.key] = ""

    def check_way_back(self, cleaned: Cleaned) -> None:
        """For a form that offers more than one."""

    def body(self) -> dict[str, str]:
        """What is sealed, empty answers left out; the consent names the version that the page showed."""
        body = {row.key: self.cleaned_data.get(row.key) for row in QUESTIONS if row.key in self.fields}
        body["texts_ok"] = "yes" if body["texts_ok"] else ""
        body |= {row.key: "" for row in QUESTIONS if body.get("reach_by") in row.pointless_for}
        if self.answer("reach_by") in {"phone", "text"}:  # chosen, so that the page hides the address
            body["email"] = ""
        body["consent"] = self.token.notice
        return {name: value for name, value in body.items() if value}

    def answer(self, name: str) -> str:
        """What the form shows as answered, sent or not; empty for a question that it does not ask."""
        return str(self[name].value() or "") if name in self.fields else ""

    @property
    def is_machine(self) -> bool:
        """Somebody filled in the field that no person sees."""
        return bool(self.data.get("website"))

    @property
    def is_synthetic_check(self) -> bool:
        """The website tests itself (`admissions/alerts/synthetic_check.py`)."""
        return constant_time_compare(self.data.get("probe", ""), self.token.synthetic_check_mark)


class ContactForm(AskForm):
    asks = asked_on(CONTACT)

    def check_way_back(self, cleaned: Cleaned) -> None:
        way = cleaned.get("reach_by")
        if not way and not self.has_error("reach_by"):
            way = next((name for name in ("phone", "email") if cleaned.get(name)), None)
            if way is None and not (self.has_error("phone") or self.has_error("email")):
                self.add_error("reach_by", _("Choose one way to reach you, or the code to come back with."))
        needed = {"phone": "phone", "text": "phone", "email": "email"}.get(way or "")
        if needed and not cleaned.get(needed) and not self.has_error(needed):
            self.add_error(
                needed, PHONE_HELP if needed == "phone" else _("Enter an e-mail address, or choose another way.")
            )
        if way == "text" and not cleaned.get("texts_ok"):  # a yes to being answered is none to text messages
            self.add_error("texts_ok", _("Tick the box for text messages, or choose another way."))
        cleaned["reach_by"] = way or ""


class CallRequestForm(AskForm):
    asks = asked_on(CALL)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = True


def answers(body: dict[str, str], *, to_visitor: bool = False) -> list[tuple[str, str]]:
    """What was typed, as people read it: labels and chosen answers in words, in the order in which they help."""
    return [
        (str((to_visitor and row.label_to_visitor) or row.label), in_words(row.key, body[row.key]))
        for row in QUESTIONS
        if body.get(row.key)
    ]


def in_words(name: str, value: str) -> str:
    if name == "consent" and value == "taken back":
        return gettext("Taken back")
    if name == "consent":
        version, _sep, language = value.removeprefix("notice version ").partition(" in ")
        if language:
            return gettext("Our consent notice in Spanish, version %(version)s") % {"version": version}
        return gettext("Our consent notice, version %(version)s") % {"version": version}
    if name == "time_zone":
        return zone_name(zone_of(value))
    if name == "texts_ok":
        return gettext("Yes")
    choices = getattr(AskForm.base_fields[name], "choices", None)
    return str(dict(choices).get(value, value)) if choices else value
