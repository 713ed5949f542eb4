"""The questions in other words, for somebody who writes for somebody else."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# Label and hint by question, for each answer to “Who is it for?” that needs others than the form's own.
QUESTIONS_BY_AUDIENCE: dict[str, dict[str, tuple[Any, Any]]] = {
    "loved_one": {
        "name": (
            _("What should we call you?"),
            _("Your own first name or a nickname, not theirs. You can leave this empty."),
        ),
        "who_may_answer": (
            _("Who else may pick up the phone?"),
            _("Could it be the person you worry about? And may we say who we are?"),
        ),
        "never_mention": (
            _("What should we never mention?"),
            _("To nobody but you. Like “That I wrote about my brother.”"),
        ),
        "message": (
            _("What is going on?"),
            _("Who are they to you? What worries you most? What would help tonight? Up to 3,000 characters."),
        ),
    },
    "patient": {
        "name": (_("What should we call you?"), _("Your name, and where you work if you like.")),
        "who_may_answer": (
            _("Who picks up at this number?"),
            _("A front desk, a colleague? And may we say who we are?"),
        ),
        "message": (
            _("What does this person need?"),
            _("Leave out their name, birthday and records until we have talked. Up to 3,000 characters."),
        ),
    },
}
