"""What messaging does by itself."""

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.jobs import schedule
from shangmai.modules.messaging.contract import ForgetNotices


@schedule("messaging.forget_notices", "50 4 * * *")
async def forget_old_notices(runner: Runner) -> None:
    """Remove notices that are too old to matter."""
    more = True
    while more:
        call = Call(action="messaging.forget_notices", input=ForgetNotices(), actor=SYSTEM, door="schedule")
        more = (await runner.run(call)).unwrap().more
