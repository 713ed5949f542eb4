from django import forms
from django.utils.translation import gettext_lazy as _


class Lines(forms.CharField):
    """Text whose line ends are one character each, as browsers count them and as it is stored; they send two."""

    def to_python(self, value: object) -> str | None:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class HelpfulForm(forms.Form):
    """“Was this page helpful?” Nothing on it asks who is answering."""

    was_helpful = forms.TypedChoiceField(
        label=_("Was this page helpful?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no.")},
    )
    text = Lines(
        label=_("What was missing or wrong?"),
        help_text=_("At most 200 characters. Please write nothing private: our editors read it, and cannot answer."),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
