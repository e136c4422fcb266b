# SPDX-License-Identifier: Apache-2.0
"""Connections: the one-argument form of the CLI, and what a connection may say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconductor.cli.connection_text import connection_text, parse_connection
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.specs import ConnectionSpec
from opsconductor.errors import InvalidInput, OpsConductorError, Refused
from opsconductor.services.connection_rules import (
    InvalidConnection,
    check_login_kinds,
    check_variables,
    make_connections,
)

CASES = Path(__file__).parents[2] / "cases" / "connections"


def load(file: str) -> Any:
    return yaml.safe_load((CASES / file).read_text("utf-8"))


@pytest.mark.parametrize("case", load("texts.yml"), ids=lambda case: repr(case["text"]))
def test_text(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(InvalidInput) as caught:
            parse_connection(case["text"])
        assert case["refused"] in caught.value.message
        assert caught.value.remedy
    else:
        spec = parse_connection(case["text"])
        assert spec == ConnectionSpec.model_validate(case["spec"])


@pytest.mark.parametrize("case", [c for c in load("texts.yml") if "spec" in c], ids=lambda case: repr(case["text"]))
def test_text_comes_back_the_same(case: dict[str, Any]) -> None:
    platform = Platform.WINDOWS if case["spec"]["kind"] == "winrm" else Platform.LINUX
    (made,) = make_connections([parse_connection(case["text"])], platform)
    (again,) = make_connections([parse_connection(connection_text(made))], platform)
    same = {"id": "", "preference": 0}
    assert again.model_copy(update=same) == made.model_copy(update=same)


@pytest.mark.parametrize("case", load("rules.yml"), ids=str)
def test_rules(case: dict[str, Any]) -> None:
    spec, platform = ConnectionSpec.model_validate(case["spec"]), Platform(case["platform"])
    if "refused" in case:
        with pytest.raises(OpsConductorError, match=case["refused"]):
            make_connections([spec], platform)
    else:
        assert len(make_connections([spec], platform)) == 1


def test_preference_follows_the_order_given_unless_it_is_said() -> None:
    specs = [
        ConnectionSpec(kind=ConnectionKind.TELNET),
        ConnectionSpec(kind=ConnectionKind.SSH),
        ConnectionSpec(kind=ConnectionKind.LOCAL, preference=5),
    ]
    kinds = [(c.kind, c.preference) for c in make_connections(specs, Platform.LINUX)]
    assert kinds == [("telnet", 0), ("local", 5), ("ssh", 10)]


@pytest.mark.parametrize(
    ("connection", "kind", "refused"),
    [
        ("ssh credential=x", CredentialKind.SSH_KEY, None),
        ("ssh credential=x", CredentialKind.CERTIFICATE, "cannot log in with the certificate 'x'"),
        ("winrm credential=x", CredentialKind.SSH_KEY, "cannot log in with the SSH key 'x'"),
        ("ssh become=sudo become-credential=x", CredentialKind.SSH_KEY, "Become cannot use the SSH key 'x'"),
    ],
)
def test_a_credential_fits_its_connection(connection: str, kind: CredentialKind, refused: str | None) -> None:
    platform = Platform.WINDOWS if connection.startswith("winrm") else Platform.LINUX
    made = make_connections([parse_connection(connection)], platform)
    if refused is None:
        check_login_kinds(made, {"x": kind})
        return
    with pytest.raises(InvalidConnection, match=refused):
        check_login_kinds(made, {"x": kind})


@pytest.mark.parametrize("name", ["ansible_password", "ansible_become_pass", "API_KEY", "my_token", "secret"])
def test_variables_that_look_like_secrets_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="seems to hold a secret"):
        check_variables({name: "x"})


def test_other_variables_are_kept_sorted() -> None:
    kept = check_variables({"http_port": "80", "bypass": "1", "ansible_python_interpreter": "/usr/bin/python3"})
    assert list(kept) == ["ansible_python_interpreter", "bypass", "http_port"]
    with pytest.raises(InvalidInput, match="name of a host variable"):
        check_variables({"a-b": "1"})
