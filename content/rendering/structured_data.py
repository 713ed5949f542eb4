"""What programs read of a page, in the words of schema.org: built from the very fields that the visible page shows."""

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from content.delivery.organisation import CentreCard
from content.languages import translated
from content.models import Reviewer

# "</script>" and "<!--" would end or change the element that holds the data; JSON has other ways to write them.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def absolute(path: str) -> str:
    """The address under PUBLIC_URL, whatever host the request claims."""
    return settings.PUBLIC_URL + path


def script(data: dict[str, object]) -> SafeString:
    """A data block: browsers run nothing of it, so the content policy needs no exception."""
    text = json.dumps({"@context": "https://schema.org"} | data, ensure_ascii=False, separators=(",", ":"))
    escaped = text.translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{escaped}</script>')  # noqa: S308 reason=escaped in the line before


def article(page: dict[str, Any], centre: CentreCard) -> dict[str, object]:
    """`page` as `rendering.render` made it. A review is named only while the page itself says "reviewed"."""
    review = page["review"]
    data = {
        "@type": "MedicalWebPage",
        "name": page["title"],
        "description": page["short_answer"],
        "url": absolute(page["url"]),
        "inLanguage": page["language"],
        "datePublished": page["published_on"].isoformat(),
        **({"dateModified": page["changed_on"].isoformat()} if page["changed_on"] != page["published_on"] else {}),
        "publisher": {"@type": "Organization", "name": centre.name, "url": absolute(reverse("content:home"))},
    }
    if review.state == "reviewed":
        data["lastReviewed"] = review.signed_on.isoformat()
        data["reviewedBy"] = {"@type": "Person", "name": review.signed_by}
    return data


def breadcrumb(trail: list[tuple[str, str]]) -> dict[str, object]:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(path)}
            for position, (name, path) in enumerate(trail, start=1)
        ],
    }


def person(reviewer: Reviewer) -> dict[str, object]:
    return {
        "@type": "Person",
        "name": reviewer.name,
        "url": absolute(reviewer.get_absolute_url()),
        "hasCredential": credentials(reviewer),
    } | ({"image": absolute(reviewer.picture_url)} if reviewer.picture_url else {})


def credentials(reviewer: Reviewer) -> list[dict[str, str]]:
    """Each that the page names, and the licence with its number for as long as the page shows it."""
    named = [{"name": name} for part in translated(reviewer, "credentials").split(",") if (name := part.strip())]
    if reviewer.shows_licence:
        expires = {"expires": reviewer.licence_expires.isoformat()} if reviewer.licence_expires else {}
        named.append({"name": translated(reviewer, "licence_line"), "identifier": reviewer.licence_number} | expires)
    return [{"@type": "EducationalOccupationalCredential"} | credential for credential in named]


def organization(centre: CentreCard) -> dict[str, object]:
    data = {
        "@type": "Organization",
        "name": centre.name,
        "url": absolute(reverse("content:home")),
        "telephone": centre.phone_display,
        "address": centre.address,
    }
    return {name: value for name, value in data.items() if value}
