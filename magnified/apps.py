from django.apps import AppConfig


class MagnifiedConfig(AppConfig):
    name = "magnified"
