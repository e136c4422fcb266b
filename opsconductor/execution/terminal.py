# SPDX-License-Identifier: Apache-2.0
"""The terminal that ansible-runner gives Ansible, without its pause of a tenth of a second after the end."""

from typing import Any

import pexpect
from ptyprocess import PtyProcess


class Terminal(PtyProcess):  # type: ignore[misc]
    """Closed at once where the program has ended and its exit status is known: there is nothing to wait for."""

    def close(self, force: bool = True) -> None:
        """As ever, but for the pause."""
        if self.terminated:
            self.delayafterclose = 0.0
        super().close(force=force)


def use_terminal() -> None:
    """From now on every program that pexpect starts in this process has such a terminal."""
    pexpect.spawn._spawnpty = _spawn


def _spawn(_self: object, arguments: list[str], **options: Any) -> Any:
    return Terminal.spawn(arguments, **options)
