"""Jobs in numbers, kept as they change; those of before are counted here once."""

from django.db import migrations, models

STRIPE = 0
BOUNDS = ("0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "30.0", "60.0", "120.0", "300.0", "600.0", "1800.0", "3600.0")

_INTO = "INSERT INTO provisioning_jobtally (provider, kind, measure, label, stripe, count, seconds) "
_OF_JOBS = "FROM provisioning_provisioningjob j JOIN warehouses_warehouse w ON w.id = j.warehouse_id "
_OF_EVENTS = (
    "FROM provisioning_jobevent e JOIN provisioning_provisioningjob j ON j.id = e.job_id "
    "JOIN warehouses_warehouse w ON w.id = j.warehouse_id "
)
COUNT_ENDS = (
    _INTO + f"SELECT w.provider, j.kind, 'ended', j.state, {STRIPE}, count(*), 0 " + _OF_JOBS
    + "WHERE j.state IN ('success', 'failed', 'cancelled') GROUP BY 1, 2, 4"
)
COUNT_DURATIONS = (
    _INTO + f"SELECT w.provider, j.kind, 'duration', coalesce(b.label, '+Inf'), {STRIPE}, count(*), sum(s.seconds) "
    + _OF_JOBS
    + "CROSS JOIN LATERAL (SELECT extract(epoch FROM j.finished_at - j.created_at)::float8 AS seconds) s "
    "LEFT JOIN LATERAL ("
    f"SELECT label FROM unnest(ARRAY{list(BOUNDS)}) label WHERE s.seconds <= label::float8 ORDER BY label::float8 LIMIT 1"
    ") b ON TRUE WHERE j.state = 'success' AND j.finished_at IS NOT NULL GROUP BY 1, 2, 4"
)
COUNT_FAILURES = (
    _INTO + "SELECT w.provider, j.kind, 'failure', left(coalesce(e.detail ->> 'error_code', 'unknown'), 50), "
    f"{STRIPE}, count(*), 0 " + _OF_EVENTS + "WHERE e.kind = 'state' AND e.state = 'failed' GROUP BY 1, 2, 4"
)
COUNT_RETRIES = (
    _INTO + "SELECT w.provider, j.kind, 'retry', left(coalesce(e.detail ->> 'code', 'unknown'), 50), "
    f"{STRIPE}, count(*), 0 " + _OF_EVENTS
    + "WHERE e.kind = 'state' AND e.state = 'waiting' AND e.detail ? 'retry' GROUP BY 1, 2, 4"
)


class Migration(migrations.Migration):

    dependencies = [
        ('provisioning', '0001_initial'),
        ('warehouses', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobTally',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('create', 'Set up'), ('update', 'Change'), ('rotate', 'Rotate credentials'), ('destroy', 'Delete'), ('check', 'Check')], max_length=20)),
                ('measure', models.CharField(choices=[('ended', 'Jobs that stand at this end now'), ('duration', 'Successes that took at most so many seconds and longer than the bound before'), ('failure', 'Failures with this error code'), ('retry', 'Further attempts after this error code')], max_length=20)),
                ('label', models.CharField(max_length=50)),
                ('stripe', models.PositiveSmallIntegerField()),
                ('count', models.BigIntegerField()),
                ('seconds', models.FloatField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('measure', 'provider', 'kind', 'label', 'stripe'), name='job_tally_number')],
            },
        ),
        *(
            migrations.RunSQL(statement, migrations.RunSQL.noop)
            for statement in (COUNT_ENDS, COUNT_DURATIONS, COUNT_FAILURES, COUNT_RETRIES)
        ),
    ]
