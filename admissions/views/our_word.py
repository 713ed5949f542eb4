"""How well we keep our word: a page for everybody, once the center has switched it on."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from admissions.models import WeeklyFigures
from admissions.services.figures import TOO_FEW, WEEKS_SHOWN
from content.models.centre import Centre


def our_word(request: HttpRequest) -> HttpResponse:
    """What was written down of the weeks that are over; nothing is counted while somebody reads."""
    if not Centre.objects.filter(shows_figures=True).exists():
        raise Http404
    context = {"weeks": list(WeeklyFigures.objects.all()[:WEEKS_SHOWN]), "too_few": TOO_FEW}
    return render(request, "admissions/our_word.html", context)
