# SPDX-License-Identifier: Apache-2.0
"""How other programs start simulated Windows hosts, look at them and break them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from opsconductor.errors import Broken, Unreachable
from opsconductor.simulate.windows.socket_name import socket_name

#: Seconds a lab may take to come up.
_START_LIMIT = 30.0


class SimulatorClient:
    """The control channel from outside. One connection a request; safe to use from several threads."""

    def __init__(self, control: Path, *, timeout: float = 10.0) -> None:
        self._control, self._timeout = control, timeout

    def _ask(self, command: str, **more: Any) -> Any:
        try:
            with socket.socket(socket.AF_UNIX) as connection, socket_name(self._control) as name:
                connection.settimeout(self._timeout)
                connection.connect(name)
                connection.sendall(json.dumps({"command": command, **more}).encode() + b"\n")
                with connection.makefile("rb") as stream:
                    answer = json.loads(stream.readline() or b"{}")
        except (OSError, json.JSONDecodeError) as error:
            raise Unreachable(
                f"The simulator does not answer on {self._control}: {error}.", remedy="Is it running?"
            ) from None
        if not answer.get("ok"):
            raise Broken(answer.get("error", "The simulator gave no answer."))
        return answer["value"]

    def hosts(self) -> list[dict[str, Any]]:
        """name, address, port and scheme of each host."""
        found: list[dict[str, Any]] = self._ask("hosts")
        return found

    def state(self, host: str) -> dict[str, Any]:
        """Everything about one host, from its own side: services, processes, files, programs, …"""
        found: dict[str, Any] = self._ask("state", host=host)
        return found

    def requests(self, host: str, module: str | None = None) -> list[dict[str, Any]]:
        """What the host was asked to do, oldest first, secrets masked."""
        found: list[dict[str, Any]] = self._ask("requests", host=host, module=module)
        return found

    def fault(self, host: str, kind: str, **fault: Any) -> None:
        """Arms a fault on a host, or on all with `*`."""
        self._ask("fault", host=host, fault={"kind": kind, **fault})

    def clear_faults(self, host: str = "*") -> None:
        self._ask("clear-faults", host=host)

    def stop(self) -> None:
        """Ends the simulator."""
        self._ask("stop")


class SimulatorProcess:
    """A lab in a process of its own, for a `with` block. Options are those of the command line.

    `folder` takes the control socket, the password file, the certificate and the log. When this process dies, however
    it dies, the lab ends by itself: our end of its standard input is closed.
    """

    def __init__(self, folder: Path, *options: str, password: str | None = None) -> None:
        self.folder = folder
        self._options, self._password = options, password
        self._process: subprocess.Popen[bytes] | None = None
        #: The content of the ready file: hosts, user, password_file, certificate, control, pid.
        self.ready: dict[str, Any] = {}
        self.client = SimulatorClient(folder / "control.sock")

    @property
    def password(self) -> str:
        return Path(self.ready["password_file"]).read_text(encoding="utf-8").strip()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when all hosts listen. Raises Broken with the simulator's own message if it ends before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ready, password_file = self.folder / "ready.json", self.folder / "password"
        ready.unlink(missing_ok=True)
        if self._password is not None:
            password_file.touch(mode=0o600)
            password_file.write_text(self._password, encoding="utf-8")
        command = [sys.executable, "-m", "opsconductor.simulate.windows", *self._options]
        command += ["--control", str(self.folder / "control.sock"), "--ready-file", str(ready)]
        command += ["--password-file", str(password_file), "--until-input-ends"]
        with (self.folder / "simulator.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        end = time.monotonic() + _START_LIMIT
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                said = (self.folder / "simulator.log").read_text(encoding="utf-8", errors="replace").strip()
                raise Broken(f"The simulated Windows hosts did not start: {said}", remedy="See the message.")
            time.sleep(0.02)
        self.ready = json.loads(ready.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """Ends the process and waits for it."""
        if self._process is None:
            return
        self._process.terminate()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
