"""The forms for whoever came back with a code: the code itself, one more line, contact preferences."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from admissions.crypto.form_token import FormToken
from admissions.forms.ask import Cleaned, ContactForm, Words
from admissions.questions import CONTACT_PREFERENCES
from admissions.services.threads import fits
from admissions.typed_text import is_blank


class ReturnForm(forms.Form):
    code = Words(
        label=_("Your code"),
        max_length=100,
        help_text=_("20 letters and digits, in groups of four."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "autocorrect": "off", "spellcheck": "false"}
        ),
    )


class LineForm(forms.Form):
    message = Words(
        label=_("Add something"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("A question, an answer, a change. Up to 3,000 characters."),
    )
    form_token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, token: FormToken, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token = token
        self.initial["form_token"] = str(token)

    def clean_message(self) -> str:
        text = self.cleaned_data["message"]
        if is_blank(text):
            raise forms.ValidationError(_("Write something first."))
        if not fits({"message": text}):
            raise forms.ValidationError(_("There are signs in this text that take too much room. Please shorten it."))
        return text


class ContactPreferencesForm(ContactForm):
    """How to be reached, asked anew as a whole. `asks_consent`: it was taken back, so calling needs a new yes."""

    asks = CONTACT_PREFERENCES | {"consent"}
    website = None  # type: ignore[assignment] # reason=how a Django form drops an inherited field

    def __init__(self, *args: Any, asks_consent: bool = False, **kwargs: Any) -> None:
        zone_is_known = "time_zone" in kwargs.get("initial", {})  # else the script may guess, as on a new form
        super().__init__(*args, came_back=zone_is_known, **kwargs)
        if asks_consent:
            self.fields["consent"].required = False  # who only comes back with the code need not agree
        else:
            del self.fields["consent"]

    def check_way_back(self, cleaned: Cleaned) -> None:
        super().check_way_back(cleaned)
        reaches_out = cleaned["reach_by"] in {"phone", "text", "email"}
        if reaches_out and "consent" in self.fields and not cleaned.get("consent"):
            self.add_error("consent", _("Tick the box, so that we may reach out to you again."))

    def body(self) -> dict[str, str]:
        body = super().body()
        if not self.may_contact:
            del body["consent"]
        return body

    @property
    def may_contact(self) -> bool:
        """The visitor agreed anew."""
        return bool(self.cleaned_data.get("consent"))
