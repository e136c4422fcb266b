# SPDX-License-Identifier: Apache-2.0
"""The supervisor's end of the socket our Ansible plugins talk to: JSON lines, answered one by one.

`{"ask": "inventory"}` → the slice's inventory, `{"ask": "steps"}` → {line of the playbook: step},
`{"ask": "gate", "step": 3}` → `{"go": true}` as soon as the step may begin, or `{"go": false, "reason": …}`.
"""

import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class SliceSocket:
    """Listens while its context lasts; only this user may connect."""

    def __init__(self, path: Path, handlers: dict[str, Handler]) -> None:
        self.path = path
        self.handlers = handlers
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> "SliceSocket":
        self.path.unlink(missing_ok=True)
        self._listening.bind(str(self.path))
        self.path.chmod(0o600)
        self._listening.listen(16)
        threading.Thread(target=self._accept, name="slice socket", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.path.unlink(missing_ok=True)
        with self._lock:
            ends = [self._listening, *self._connections]
            self._connections.clear()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # closed
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            if struct.unpack("3i", peer)[1] != os.geteuid():
                connection.close()
                continue
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), name="plugin", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection.makefile("rb") as lines:
            for line in lines:
                answer = self._answer(line)
                connection.sendall(json.dumps(answer).encode() + b"\n")
        with self._lock:
            self._connections.discard(connection)
        connection.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            question = json.loads(line)
            handler = self.handlers[question["ask"]]
        except (ValueError, KeyError, TypeError):
            return {"error": "not a question"}
        return handler(question)
