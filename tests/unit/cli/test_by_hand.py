# SPDX-License-Identifier: Apache-2.0
"""Steps on the command line: the words behind --step are its own, and the order stays."""

import json
from typing import Any

import pytest

from opsconductor.cli.by_hand import document_from, gathered
from opsconductor.domain.documents import InvalidDocument
from opsconductor.errors import InvalidInput


def steps(args: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The gathered steps, and what is left of the arguments."""
    found, rest = [], []
    waiting = gathered(args)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--step":
            found.append(json.loads(waiting.pop(0)))
        else:
            rest.append(argument)
    return found, rest


@pytest.mark.parametrize(
    ("args", "told", "left"),
    [
        (
            ["--step", "service.stop", "service=nginx", "--on", "Web"],
            [("service.stop", ["service=nginx"], [])],
            ["--on", "Web"],
        ),
        (
            ["--step=file.copy", r"dest=C:\a b\c=d.exe", "src=x", "--step", "host.ping", "--json"],
            [("file.copy", [r"dest=C:\a b\c=d.exe", "src=x"], []), ("host.ping", [], [])],
            ["--json"],
        ),
        (
            ["--step", "service.stop", "--when", "not file_exists /x", "service=a", "--when=changed", "--batch", "5"],
            [("service.stop", ["service=a"], ["not file_exists /x", "changed"])],
            ["--batch", "5"],
        ),
        (["stop nginx on web=1"], [], ["stop nginx on web=1"]),
        (["--when", "changed", "--step"], [], ["--when", "changed"]),
        (["--", "--step", "x"], [], ["--"]),
    ],
)
def test_words_belong_to_the_step_before(args: list[str], told: list[Any], left: list[str]) -> None:
    if args[-1] == "--step":
        assert gathered(args) == args
        return
    if args[0] == "--":
        assert gathered(args) == args
        return
    found, rest = steps(args)
    assert [(s["intent"], s["words"], s["when"]) for s in found] == told
    assert rest == left


def test_a_word_said_twice_is_a_list() -> None:
    step = json.dumps({"intent": "package.install", "words": ["package=a", "package=b", "package=c"], "when": []})

    document = document_from([step], None, ["Web"], ["db-01"], False, {"batch": "10%", "canary": 1, "log": False})

    assert document.steps[0].params == {"package": ["a", "b", "c"]}
    assert (document.options.batch, document.options.canary, document.options.log) == ("10%", 1, False)
    assert (document.targets.on, document.targets.exclude) == (("Web",), ("db-01",))


def test_a_condition_without_a_step_is_told() -> None:
    with pytest.raises(InvalidInput, match="stands behind no step"):
        document_from(["{}"], ["changed"], None, None, False, {})


def test_a_wrong_option_is_named() -> None:
    step = json.dumps({"intent": "host.ping", "words": [], "when": []})
    with pytest.raises(InvalidDocument, match=r"options\.batch"):
        document_from([step], None, ["Web"], None, False, {"batch": "lots"})
