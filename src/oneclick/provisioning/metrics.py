"""Jobs in numbers, from the tallies that are kept as jobs change: every process answers the same."""

from collections.abc import Iterable
from itertools import accumulate, groupby

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from oneclick.provisioning import tallies
from oneclick.provisioning.models import Measure


class JobMetrics:
    """Durations, states, failures and retries of jobs, by provider and kind."""

    def collect(self) -> Iterable[Metric]:
        """The metrics as they are now."""
        yield _durations()
        yield _states()
        yield _codes("oneclick_job_failures", "Jobs that failed, by error code.", Measure.FAILURE)
        yield _codes("oneclick_job_retries", "Further attempts after a transient error, by error code.", Measure.RETRY)


def _durations() -> Metric:
    family = HistogramMetricFamily(
        "oneclick_job_duration_seconds",
        "From the click to success, waiting in the queue included.",
        labels=["provider", "kind"],
    )
    bounds = [*(str(float(bound)) for bound in tallies.BUCKETS_S), tallies.BEYOND]
    for (provider, kind), rows in groupby(tallies.numbers(Measure.DURATION), key=lambda row: row[:2]):
        counted = {label: (count, seconds) for _, _, label, count, seconds in rows}
        within = accumulate(counted.get(bound, (0, 0.0))[0] for bound in bounds)
        family.add_metric(
            [provider, kind],
            buckets=list(zip(bounds, within, strict=True)),
            sum_value=sum(seconds for _, seconds in counted.values()),
        )
    return family


def _states() -> Metric:
    family = GaugeMetricFamily("oneclick_jobs", "Jobs by state.", labels=["provider", "kind", "state"])
    for provider, kind, state, count in tallies.unfinished():
        family.add_metric([provider, kind, state], count)
    for provider, kind, state, count, _ in tallies.numbers(Measure.ENDED):
        if count:
            family.add_metric([provider, kind, state], count)
    return family


def _codes(name: str, documentation: str, measure: Measure) -> Metric:
    family = CounterMetricFamily(name, documentation, labels=["provider", "kind", "code"])
    for provider, kind, code, count, _ in tallies.numbers(measure):
        family.add_metric([provider, kind, code], count)
    return family
