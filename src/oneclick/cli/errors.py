"""What only the command line says.

::

    OneClickError
    ├── JobFailed        the job that a command watched failed
    ├── JobCancelled     … or was cancelled
    ├── UpdateFailed     the update of a data flow failed, or was stopped
    └── OutputProblem    the result can't be written there
"""

from typing import TYPE_CHECKING

from oneclick.cli.jobs import short
from oneclick.core.errors import OneClickError

if TYPE_CHECKING:
    from oneclick.pipelines.models import FlowRun
    from oneclick.provisioning.models import ProvisioningJob


class JobFailed(OneClickError):
    """The job failed."""

    code = "job_failed"

    def __init__(self, job: "ProvisioningJob") -> None:
        cure = f"{job.error_hint} " if job.error_hint else ""
        super().__init__(job.error_message, hint=f"{cure}Then try again from there: oneclick job retry {short(job)}")


class JobCancelled(OneClickError):
    """The job was cancelled; what was made by then stays."""

    code = "job_cancelled"

    def __init__(self, job: "ProvisioningJob") -> None:
        super().__init__(
            hint=f"Go on with: oneclick job retry {short(job)} "
            f"Or remove what was made: oneclick warehouse destroy {job.warehouse.name}"
        )


class UpdateFailed(OneClickError):
    """The update failed; the tables are as they were."""

    code = "update_failed"

    def __init__(self, run: "FlowRun") -> None:
        super().__init__(run.error_message, hint=run.error_hint)


class OutputProblem(OneClickError):
    """The result can't be written there."""

    code = "output_problem"
    hint = "Choose another place with --output."
