"""The site without cached pages: every request renders its page. The content version is known, as behind them.

So what all pages share is read once, as it is for the second page that is made anew after a publication.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magnified.settings")
django = get_wsgi_application()

from content.delivery.content_version import VERSION, VersionWatch  # noqa: E402 reason=it reads the settings, which must be named first

watch = VersionWatch()


def application(environ, start_response):
    return django(environ | {VERSION: watch.current()}, start_response)
