"""Jobs: calls to the outside world and work at set times, after the commit that asked for them, at least once.

    @job("payments.call_refund", attempts_max=8, timeout_s=20)
    async def call_refund(runner: Runner, do: CallRefund) -> None: ...

    await enqueue(tx, "payments.call_refund", CallRefund(...), dedupe_key=f"refund:{refund_id}")

    @schedule("inventory.expire_holds", "* * * * *")
    async def expire_holds(runner: Runner) -> None: ...

A job is enqueued in the caller's transaction, so it exists exactly if what asked for it was committed. The handler gets
the process's Runner (`runner.db` is the database) and the payload. It is tried again, later each time and with jitter,
until it succeeds, has failed `attempts_max` times or fails for good (a 4xx answer, a refusal of ours, `FinalFailure`);
then it is parked, where a person sees it and can replay it. A job whose worker dies is taken again within seconds, so
whatever a handler calls must get an idempotency key of ours.
"""

from shangmai.kernel.jobs.contract import (
    JOBS,
    SCHEDULES,
    FinalFailure,
    JobNotParked,
    JobSpec,
    ParkedJob,
    ScheduleSpec,
    job,
    schedule,
)
from shangmai.kernel.jobs.queue import drop_parked, enqueue, enqueue_many, list_parked

__all__ = [
    "JOBS",
    "SCHEDULES",
    "FinalFailure",
    "JobNotParked",
    "JobSpec",
    "ParkedJob",
    "ScheduleSpec",
    "drop_parked",
    "enqueue",
    "enqueue_many",
    "job",
    "list_parked",
    "schedule",
]
