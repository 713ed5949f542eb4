import re
from collections.abc import Sequence
from typing import Any

from django.db import models
from django_prose_editor.fields import ProseEditorField

from content.forms import Lines
from content.text import rich_text
from content.text.characters import without_controls, without_format_signs

Deconstructed = tuple[str, str, Sequence[object], dict[str, object]]

_DOI_PREFIX = re.compile(r"^(https?://((dx|www)\.)?doi\.org/|doi:\s*)+", re.IGNORECASE)
_NOT_ITS_END = ".,;"  # of the sentence that a DOI was copied from


class DjangosField(models.Field):
    """A field of Django's that its form reads in another way. A migration knows it as Django's own."""

    form_field: dict[str, Any] = {}

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return super().formfield(*args, **(self.form_field | kwargs))

    def deconstruct(self) -> Deconstructed:
        name, _, args, kwargs = super().deconstruct()
        djangos = next(kind for kind in type(self).__mro__ if kind.__module__.startswith("django."))
        return name, f"django.db.models.{djangos.__name__}", args, kwargs


class WithoutControls(DjangosField):
    """Loses control characters and noncharacters, whoever stores it and wherever it is compared with something."""

    def to_python(self, value: object) -> object:
        value = super().to_python(value)
        if isinstance(value, str) and (cleaned := without_controls(value)) != value:
            return cleaned
        return value

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class CharField(WithoutControls, models.CharField):
    """A line of text that readers may see."""

    form_field = {"form_class": Lines}


class TextField(WithoutControls, models.TextField):
    """Text of several lines that readers may see."""

    form_field = {"form_class": Lines}


class HttpsURLField(WithoutControls, models.URLField):
    """An address; typed without a scheme it is taken as https."""

    form_field = {"assume_scheme": "https"}


class UploadField(DjangosField, models.FileField):
    """A file that is stored under another name: the one it comes with is not kept, and may be of any length."""

    form_field = {"max_length": None}


class DOIField(CharField):
    """A DOI; pasted as an address or with its name before it, it is kept bare. DOIs are the same in any case."""

    def to_python(self, value: object) -> object:
        value = super().to_python(value)
        return bare_doi(value) if isinstance(value, str) else value


def bare_doi(text: str) -> str:
    return _DOI_PREFIX.sub("", without_format_signs(text).strip()).rstrip(_NOT_ITS_END).lower()


class RichTextField(ProseEditorField):
    """Rich text with the tags of `content.text.rich_text`, cleaned whenever a row is stored, whoever stores it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("extensions", rich_text.EXTENSIONS)
        kwargs.setdefault("sanitize", rich_text.clean)
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        cleaned = rich_text.clean(without_controls(super().pre_save(model_instance, add) or ""))
        setattr(model_instance, self.attname, cleaned)
        return cleaned
