from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = "Content"

    def ready(self) -> None:
        from content import checks  # noqa: F401 reason=importing registers the checks, which need the models
