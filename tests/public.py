"""The pages that everybody may open: those of the sitemap, and the forms, which ask search engines not to list them."""

import re

FORMS = ("/contact/", "/request-a-call/", "/es/contact/", "/es/request-a-call/")


def paths(sitemap: str, *, below: str = "/") -> list[str]:
    """Of all public pages below this path, by the text of the sitemap."""
    listed = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", sitemap)
    return [path for path in [*listed, *FORMS] if path.startswith(below)]
