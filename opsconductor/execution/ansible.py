# SPDX-License-Identifier: Apache-2.0
"""The one place that calls ansible-runner."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opsconductor.execution.slice_folder import SliceFolder

#: Return codes: all well, targets have failed, targets could not be reached (or nothing could be read at all).
_WHOLE = frozenset({0, 2, 4})


@dataclass(frozen=True)
class RunEnd:
    """How ansible-runner ended."""

    status: str  #: successful, failed, canceled, timeout, error
    return_code: int | None

    @property
    def whole(self) -> bool:
        """Whether Ansible came to its own end: what its tasks left running was meant to. One that was killed has no
        return code; one of which a worker was killed, or that failed itself, has another than these."""
        return self.status in ("successful", "failed") and self.return_code in _WHOLE


def run_ansible(
    folder: SliceFolder,
    environment: Mapping[str, str],
    job_id: str,
    forks: int,
    on_event: Callable[[dict[str, Any]], bool],
    cancelled: Callable[[], bool],
    *,
    dry_run: bool = False,
) -> RunEnd:
    """Run the staged playbook; `on_event` gets every event and may change it before it is kept.

    The environment of this process is handed to Ansible whole, with `environment` on top: it must be
    `environment.allowed` already. No secret is among the arguments, because ansible-runner writes them to disk.
    """
    import ansible_runner  # slow to import, and only supervisors need it

    from opsconductor.execution.terminal import use_terminal

    use_terminal()
    runner = ansible_runner.interface.init_runner(
        private_data_dir=str(folder.disk),
        artifact_dir=str(folder.artifacts),
        ident="run",
        playbook="playbook.yml",
        inventory=str(folder.inventory),
        forks=forks,
        cmdline="--check --diff" if dry_run else None,
        envvars=dict(environment),
        # The folder of undo data is named after the job, and a slice is one batch already. What is fetched stays.
        extravars={"opsc_job": job_id, "opsc_serial": "100%", "opsc_fetched": str(folder.fetched)},
        fact_cache_type="memory",
        suppress_env_files=True,
        quiet=True,
        event_handler=on_event,
        cancel_callback=cancelled,
    )
    runner.remove_partials = False  # ours to remove: killed before it has written its own file, it would lose the event
    status, return_code = runner.run()
    return RunEnd(status=status, return_code=return_code)
