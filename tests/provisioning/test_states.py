import itertools
from collections.abc import Callable

import pytest

from oneclick.provisioning import states
from oneclick.provisioning.errors import IllegalTransition
from oneclick.provisioning.models import ENDED, JobEvent, JobState, ProvisioningJob
from oneclick.provisioning.signals import JobEnded, job_ended

MakeJob = Callable[..., ProvisioningJob]

LEGAL = {
    ("pending", "running"),
    ("pending", "cancelled"),
    ("running", "waiting"),
    ("running", "success"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("waiting", "running"),
    ("failed", "pending"),
    ("cancelled", "pending"),
}
ALL = set(itertools.product([state.value for state in JobState], repeat=2))


@pytest.mark.parametrize(("origin", "to"), sorted(LEGAL))
def test_a_legal_transition_changes_state_and_writes_its_event(make_job: MakeJob, origin: str, to: str) -> None:
    job = make_job(JobState(origin))

    assert states.move(job, JobState(to))

    stored = ProvisioningJob.objects.get(id=job.id)
    assert stored.state == to == job.state
    assert list(JobEvent.objects.filter(job=job).values_list("sequence", "kind", "state")) == [(1, "state", to)]
    assert (stored.finished_at is not None) == (to in ENDED)


@pytest.mark.parametrize(("origin", "to"), sorted(ALL - LEGAL))
def test_an_illegal_transition_is_refused_and_changes_nothing(make_job: MakeJob, origin: str, to: str) -> None:
    job = make_job(JobState(origin))

    with pytest.raises(IllegalTransition):
        states.move(job, JobState(to))

    assert ProvisioningJob.objects.get(id=job.id).state == origin
    assert not JobEvent.objects.filter(job=job).exists()


def test_losing_the_race_is_a_normal_return(make_job: MakeJob) -> None:
    job = make_job()
    twin = ProvisioningJob.objects.get(id=job.id)

    assert states.move(job, JobState.RUNNING)
    assert not states.move(twin, JobState.RUNNING)

    assert JobEvent.objects.filter(job=job).count() == 1


def test_events_are_numbered_within_their_job(make_job: MakeJob) -> None:
    first, second = make_job(), make_job()

    for job in (first, second, first):
        states.append_event(job, "resource")

    assert list(JobEvent.objects.filter(job=first).values_list("sequence", flat=True)) == [1, 2]
    assert list(JobEvent.objects.filter(job=second).values_list("sequence", flat=True)) == [1]


def test_the_end_is_signalled_inside_the_transaction(make_job: MakeJob) -> None:
    job = make_job(JobState.RUNNING)

    def refuse(event: JobEnded) -> None:
        raise RuntimeError(event.state)

    job_ended.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="success"):
            states.move(job, JobState.SUCCESS)
    finally:
        job_ended._receivers.remove(refuse)

    assert ProvisioningJob.objects.get(id=job.id).state == JobState.RUNNING
