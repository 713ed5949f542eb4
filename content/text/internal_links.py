"""Addresses of our own articles inside texts, and the articles they name."""

import re
from dataclasses import dataclass

OWN = re.compile(
    r"^(?P<prefix>/es)?/articles/(?P<slug>[-\w]+)/(?P<rest>(?:[-\w]+/)*)(?P<query>\?[^#]*)?(?P<anchor>#.*)?$"
)
NO_SLUGS = {"a-z", "feed"}


@dataclass(frozen=True)
class OwnAddress:
    """An address below an article of ours, taken apart."""

    language: str
    slug: str
    rest: str  # of the path, like "history/"
    query: str
    anchor: str

    @property
    def page(self) -> str:
        """The article's own page."""
        return f"{'/es' if self.language == 'es' else ''}/articles/{self.slug}/"

    def below(self, page: str) -> str:
        """The same place below another article's page, or below this one's of today."""
        return f"{page}{self.rest}{self.query}{self.anchor and '#'}{self.anchor}"


def own_address(address: str) -> OwnAddress | None:
    """None for whatever is no page of an article."""
    match = OWN.match(address)
    if match is None or match["slug"] in NO_SLUGS:
        return None
    return OwnAddress(
        language="es" if match["prefix"] else "en",
        slug=match["slug"],
        rest=match["rest"],
        query=match["query"] or "",
        anchor=(match["anchor"] or "")[1:],
    )
