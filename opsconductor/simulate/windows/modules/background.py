# SPDX-License-Identifier: Apache-2.0
"""async_status: looks after tasks that were started with `async`."""

from __future__ import annotations

from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.modules.run import Run, module


@module("async_status", "jid mode _async_dir", invocation=False)
async def async_status(run: Run) -> dict[str, Any]:
    identifier = run.arguments.required("jid")
    job = run.host.jobs.get(identifier)
    if job is None:
        raise ModuleFailed("could not find job", ansible_job_id=identifier, started=1, finished=1)
    if run.arguments.choice("mode", ("status", "cleanup"), "status") == "cleanup":
        del run.host.jobs[identifier]
        return {"ansible_job_id": identifier, "erased": job["results_file"]}
    return dict(job)
