import re
from typing import Any

from django.db import models
from django_prose_editor.fields import ProseEditorField

from content import markup

_DOI_PREFIX = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)


class HttpsURLField(models.URLField):
    """An address; typed without a scheme it is taken as https."""

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield(*args, **({"assume_scheme": "https"} | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs


class DOIField(models.CharField):
    """A DOI; pasted as an address or with its name before it, it is kept bare."""

    def to_python(self, value: Any) -> Any:
        return _DOI_PREFIX.sub("", value.strip()) if isinstance(value, str) else super().to_python(value)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class RichTextField(ProseEditorField):
    """Rich text with the tags of `content.markup`, cleaned whenever a row is stored, whoever stores it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("extensions", markup.EXTENSIONS)
        kwargs.setdefault("sanitize", markup.clean)
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        cleaned = markup.clean(super().pre_save(model_instance, add) or "")
        setattr(model_instance, self.attname, cleaned)
        return cleaned
