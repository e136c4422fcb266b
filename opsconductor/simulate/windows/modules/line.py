# SPDX-License-Identifier: Apache-2.0
"""win_lineinfile, without regular expressions."""

from __future__ import annotations

import codecs
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed, WindowsError
from opsconductor.simulate.windows.modules.run import Run, module

_ENDS = {"windows": "\r\n", "unix": "\n"}
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def _read(data: bytes) -> tuple[bytes, str, str]:
    """Byte order mark, encoding and text. What cannot be read is replaced, as .NET does."""
    mark = next((one for one in _MARKS if data.startswith(one)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    return mark, encoding, data[len(mark) :].decode(encoding, "replace")


@module("win_lineinfile", "path dest destfile name line state newline", invocation=False)
async def win_lineinfile(run: Run) -> dict[str, Any]:
    arguments, files = run.arguments, run.host.files
    path = arguments.required("path", "dest", "destfile", "name")
    state = arguments.choice("state", ("present", "absent"), "present")
    end = _ENDS[arguments.choice("newline", tuple(_ENDS), "windows") or "windows"]
    line = arguments.text("line")
    if not line:
        wanted = "line= is required with state=present"
        raise ModuleFailed(wanted if state == "present" else "one of line= or regexp= is required with state=absent")
    if files.is_directory(path):
        raise ModuleFailed(f"Path {path} is a directory")
    if not files.is_file(path):
        raise ModuleFailed(f"Path {path} does not exist !")
    mark, encoding, text = _read(files.read(path))
    lines = text.splitlines()
    kept = [one for one in lines if one != line] if state == "absent" else [*lines, *([] if line in lines else [line])]
    changed = kept != lines
    if changed and not run.check_mode:
        last = [""] if text.endswith(("\n", "\r")) else []
        try:
            files.write(path, mark + end.join([*kept, *last]).encode(encoding))
        except WindowsError as error:
            raise ModuleFailed(f"Cannot write to: {path} ({error})") from None
    result: dict[str, Any] = {"changed": changed, "backup": "", "encoding": encoding}
    if state == "absent":
        found = len(lines) - len(kept)
        return {**result, "found": found, "msg": f"{found} line(s) removed"}
    return {**result, "msg": "line added" if changed else ""}
