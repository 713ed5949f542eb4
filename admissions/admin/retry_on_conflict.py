"""Two people save in the same moment."""

from typing import Any

from django.contrib import admin
from django.db import IntegrityError
from django.http import HttpResponse


class RetryOnConflictAdmin(admin.ModelAdmin):
    """What is refused because a colleague stored the same in between is checked again, and now sees that row."""

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(*args, **kwargs)
        except IntegrityError:
            return super().changeform_view(*args, **kwargs)
