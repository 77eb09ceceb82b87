"""What was asked for says by whom in one word."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('provisioning', '0002_job_tallies'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='idempotencykey', name='idempotency_key_scope'),
        migrations.RenameField(model_name='idempotencykey', old_name='principal', new_name='asked_by'),
        migrations.AddConstraint(
            model_name='idempotencykey',
            constraint=models.UniqueConstraint(fields=('organisation', 'asked_by', 'route', 'key'), name='idempotency_key_scope'),
        ),
    ]
