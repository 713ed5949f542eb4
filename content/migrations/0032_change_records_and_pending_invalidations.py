from django.db import migrations


class Migration(migrations.Migration):
    """Two models have other names; their tables keep theirs, and no row is touched."""

    dependencies = [("content", "0031_what_was_loaded")]

    operations = [
        migrations.AlterModelTable(name="housechange", table="content_housechange"),
        migrations.RenameModel(old_name="HouseChange", new_name="ChangeRecord"),
        migrations.AlterModelTable(name="announcement", table="content_announcement"),
        migrations.RenameModel(old_name="Announcement", new_name="PendingInvalidation"),
    ]
