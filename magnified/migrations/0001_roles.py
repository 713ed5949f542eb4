"""The roles were made here. Now the newest migration makes them, since it knows every permission of the table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("content", "0001_content"),
        ("admissions", "0001_inquiries_threads_log_and_outbox"),
    ]
    operations = []
