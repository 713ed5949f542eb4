from django import forms


class HelpfulForm(forms.Form):
    """“Was this page helpful?” Nothing on it asks who is answering."""

    was_helpful = forms.TypedChoiceField(
        label="Was this page helpful?",
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no."},
    )
    text = forms.CharField(
        label="What was missing or wrong?",
        help_text="At most 200 characters. Please write nothing private: our editors read it, and cannot answer.",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
