"""The pages that everybody may open: those of the sitemap, and our two forms, which it leaves out."""

import re

FORMS = ("/contact/", "/request-a-call/", "/es/contact/", "/es/request-a-call/")


def paths(sitemap: str, *, below: str = "/") -> list[str]:
    """Of all public pages below this path, by the text of the sitemap."""
    listed = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", sitemap)
    return [path for path in [*listed, *FORMS] if path.startswith(below)]
