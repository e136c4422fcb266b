# SPDX-License-Identifier: Apache-2.0
"""`[System.IO.Compression.ZipFile]::OpenRead`: what a zip file holds."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile

from opsconductor.simulate.windows.failure import WindowsError
from opsconductor.simulate.windows.powershell.value import Thing


def open_read(data: bytes) -> Thing:
    """A ZipArchive with its entries. Raises WindowsError for what is no zip file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [_entry(member) for member in archive.infolist()]
    except zipfile.BadZipFile:
        message = "End of Central Directory record could not be found."
        raise WindowsError(message, "System.IO.InvalidDataException") from None
    thing = Thing("System.IO.Compression.ZipArchive", {"Entries": entries})
    thing.methods["dispose"] = lambda: None
    return thing


def _entry(member: zipfile.ZipInfo) -> Thing:
    # A zip file holds local time, and the clock of a simulated host is this machine's.
    written = dt.datetime.fromtimestamp(time.mktime((*member.date_time, 0, 0, -1)), dt.UTC)
    offset = Thing("System.DateTimeOffset", {"DateTime": written})
    values = {"FullName": member.filename, "Length": member.file_size, "LastWriteTime": offset}
    return Thing("System.IO.Compression.ZipArchiveEntry", values, text=member.filename)
