from django.apps import AppConfig
from django.conf import settings


class AdmissionsConfig(AppConfig):
    name = "admissions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from admissions import keys, limits  # noqa: F401 reason=its random key is made here, before gunicorn forks

        # A laptop starts without usable keys, and its forms say that messages cannot be taken.
        if getattr(settings, "PRODUCTION", True):
            keys.refuse_unusable(settings.SITE_ROLE)
