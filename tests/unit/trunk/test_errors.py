# SPDX-License-Identifier: Apache-2.0
"""Errors as users and programs meet them."""

import inspect

import pytest

from opsconductor import errors
from opsconductor.errors import NotFound, OpsConductorError

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, OpsConductorError)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda c: c.__name__)
def test_every_error_is_a_complete_problem(kind: type[OpsConductorError]) -> None:
    problem = kind().problem()
    assert problem["status"] == kind.status
    assert problem["title"] == problem["detail"] == (kind.__doc__ or "").strip().splitlines()[0]
    assert problem["type"] == f"urn:opsconductor:problem:{kind.code}"


def test_codes_tell_the_kinds_apart() -> None:
    assert len({c.code for c in CLASSES}) == len(CLASSES)


def test_the_remedy_is_part_of_what_people_read() -> None:
    error = NotFound("There is no group 'CIS server'.", remedy="Did you mean 'CIS servers'?", near=["CIS servers"])
    assert str(error) == "There is no group 'CIS server'. Did you mean 'CIS servers'?"
    assert error.problem()["context"] == {"near": ["CIS servers"]}
