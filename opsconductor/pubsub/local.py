# SPDX-License-Identifier: Apache-2.0
"""Wake-ups between the processes of one user on one machine: one datagram socket per listening process."""

import contextlib
import os
import socket
import threading
from pathlib import Path

from opsconductor.ids import new_id
from opsconductor.private_folder import private_folder
from opsconductor.pubsub.memory import MemoryBroker, MemorySubscription

#: A topic is longer than no name of ours.
_LONGEST = 256


class LocalBroker:
    """Publishes to every socket in `folder` (0700, on a tmpfs); listens from the first subscription on.

    The socket of a process that is gone refuses, and is removed by the next publisher.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._memory = MemoryBroker()
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._listening: socket.socket | None = None
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)

    def publish(self, topic: str) -> None:
        """Wake the topic's subscribers in every process; a full or dead mailbox is passed over."""
        self._memory.publish(topic)
        with contextlib.suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                if path != self._path:
                    self._send(topic, path)

    def subscribe(self, topic: str) -> MemorySubscription:
        """From now on hear this topic, whoever publishes it."""
        self._listen()
        return self._memory.subscribe(topic)

    def close(self) -> None:
        """Stop listening."""
        with self._lock:
            if self._listening is not None and self._path is not None:
                self._path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    self._listening.shutdown(socket.SHUT_RD)
                self._listening.close()
                self._listening = None
                self._path = None
        self._sender.close()

    def _send(self, topic: str, path: Path) -> None:
        try:
            self._sender.sendto(topic.encode(), str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        except OSError:
            return  # its mailbox is full: it has been woken often enough

    def _listen(self) -> None:
        with self._lock:
            if self._listening is not None:
                return
            for folder in (self.folder.parent, self.folder):
                private_folder(folder)
            self._path = self.folder / f"{os.getpid()}-{new_id()[-6:]}"
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listening.bind(str(self._path))
            self._listening = listening
            threading.Thread(target=self._read, args=(listening,), name="wake-ups", daemon=True).start()

    def _read(self, listening: socket.socket) -> None:
        while True:
            try:
                topic = listening.recv(_LONGEST)
            except OSError:
                return  # closed
            if not topic:
                return
            self._memory.publish(topic.decode(errors="replace"))
