"""The site without finished pages: every request is a cold render."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "magnified.settings")
application = get_wsgi_application()
