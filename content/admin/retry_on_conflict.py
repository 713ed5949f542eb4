"""Two people save in the same moment."""

from django.contrib import admin
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse

from content.models.slugged import AddressTaken


class RetryOnConflictAdmin(admin.ModelAdmin):
    """A form that was checked, and then refused because somebody stored the same address or number in between.

    Nothing of it is stored, so it is handed in once more: the check now sees the other row, and the form comes back
    with what was typed and with the sentence that the constraint has for this.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (IntegrityError, AddressTaken):
            return super().changeform_view(request, object_id, form_url, extra_context)
