# SPDX-License-Identifier: Apache-2.0
"""One line for people out of what a module returned."""

from typing import Any

import pytest

from opsconductor.execution import messages


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ({"msg": "non-zero return code", "rc": 3, "stderr": "a\nno such file\n"}, "return code 3: no such file"),
        ({"msg": "non-zero return code", "rc": 1, "stdout": "said it here"}, "return code 1: said it here"),
        ({"msg": "non-zero return code", "rc": 1}, "return code 1"),
        ({"msg": "MODULE FAILURE: see stdout", "module_stderr": "pwsh: not found"}, "pwsh: not found"),
        ({"msg": "Task failed: Module failed: Access to the path is denied."}, "Access to the path is denied."),
        (
            {"msg": "failed to copy file /a b/c.exe: Unhandled exception while executing module: Access is denied."},
            "Access is denied.",
        ),
        (
            {"msg": "ntlm: HTTPConnectionPool(host='127.0.0.9', port=5985): Max retries … Connection refused"},
            "the connection to 127.0.0.9 port 5985 was refused: nothing listens there (see opsc assets check)",
        ),
        (
            {"msg": "ntlm: the specified credentials were rejected by the server"},
            "the user name or password was refused (replace it: opsc credentials replace)",
        ),
        (
            {"msg": "Failed to connect to the host via ssh: ops@127.0.0.9: Permission denied (publickey,password)."},
            "the login was refused for publickey,password (see opsc assets check, opsc credentials replace)",
        ),
        (
            {
                "msg": "Task failed: Data could not be sent to remote host '127.0.0.9'."
                " Make sure this host can be reached over SSH: [Errno 32] Broken pipe"
            },
            "the SSH session to 127.0.0.9 ended as it began: another host key than the recorded one, a refused login,"
            " or a host that hung up (opsc assets check tells which)",
        ),
        (
            {"msg": "Task failed: Module failed: The module interpreter '/o/python3' was not found."},
            "there is no Python at /o/python3 (opsc assets check looks for it anew, unless the asset names it itself)",
        ),
        (
            {"msg": "EOF on stream; last 100 lines received: /bin/sh: 1: /o/python3: not found"},
            "there is no Python at /o/python3 (opsc assets check looks for it anew, unless the asset names it itself)",
        ),
        ({}, "failed without a message"),
        ({"msg": "All items", "results": [{"msg": "fine"}, {"failed": True, "msg": "not this one"}]}, "not this one"),
        ({"msg": "\x1b[31mred\x1b[0m\n  text"}, "red text"),
        ({"msg": "a\x1b]0;owned\x07b \x1b]52;c;cm0=\x1b\\c \x9d0;x\x9cd"}, "ab c d"),
        ({"msg": "a\x1bP+q544e\x1b\\b\x1bc\x1b(Bc\x9b2Jd\x00\x08\x7f\x85e"}, "abcde"),
        ({"msg": "open \x1b]0;never closed"}, "open 0;never closed"),
        ({"msg": "line\rover it\tand \u202eback"}, "line over it and back"),
        ({"msg": "non-zero return code", "rc": 1, "stderr": "x\x1b]0;t\x07y"}, "return code 1: xy"),
    ],
)
def test_failure(result: dict[str, Any], line: str) -> None:
    assert messages.failure(result) == line


def test_a_novel_is_cut() -> None:
    line = messages.failure({"msg": "x" * 5000})
    assert len(line) == messages.LONGEST
    assert line.endswith("…")


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ({"rc": 0, "stdout": "\nfirst\nsecond"}, "first"),
        ({"rc": 0, "stdout": ""}, None),
        ({"msg": "All assertions passed"}, "All assertions passed"),
        ({"msg": ["a", "list"]}, None),
        ({"censored": "hidden", "msg": "x"}, None),
        ({}, None),
    ],
)
def test_success(result: dict[str, Any], line: str | None) -> None:
    assert messages.success(result) == line


def test_the_first_and_the_last_line_are_found_in_a_very_long_output() -> None:
    text = "\n \n  the first\n" + "one of many\n" * 100_000 + "\n the last \n\n"
    assert messages.success({"rc": 0, "stdout": text}) == "the first"
    assert messages.failure({"msg": "non-zero return code", "rc": 1, "stderr": text}) == "return code 1: the last"
    assert messages.success({"rc": 0, "stdout": " \n" * 100_000}) is None
