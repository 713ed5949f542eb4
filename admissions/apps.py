from django.apps import AppConfig
from django.conf import settings


class AdmissionsConfig(AppConfig):
    name = "admissions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing registers the checks, which need the models, and makes the random key before gunicorn forks.
        from admissions import checks, rate_limits  # noqa: F401 reason=see above
        from admissions.crypto import keys

        # A laptop starts without usable keys, and its forms say that messages cannot be taken.
        if getattr(settings, "PRODUCTION", True):
            keys.refuse_unusable(settings.SITE_ROLE)
