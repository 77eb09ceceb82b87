"""What was asked for says by whom in one word."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('queries', '0001_initial'),
    ]

    operations = [
        migrations.RenameField(model_name='queryhistory', old_name='principal', new_name='asked_by'),
    ]
