"""A query that shows a table on a page is told from one that somebody wrote."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('queries', '0002_history_asked_by'),
    ]

    operations = [
        migrations.AddField(
            model_name='queryhistory',
            name='purpose',
            field=models.CharField(choices=[('asked', 'Somebody wrote it'), ('looked', 'Somebody looked at a table')], default='asked', max_length=20),
        ),
    ]
