# SPDX-License-Identifier: Apache-2.0
"""The web console's files as they are served."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.console import install_console
from api.problems import install_problems


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>console</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc.js").write_text("void 0")
    (tmp_path / "secret").write_text("not yours")
    return folder


def served(static: Path) -> TestClient:
    app = FastAPI()
    install_problems(app)
    install_console(app, static)
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/plans/0193", "/jobs/0193", "/no/such/page"])
def test_every_page_is_the_application(static: Path, path: str) -> None:
    answer = served(static).get(path)
    assert answer.text == "<title>console</title>"
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_files_are_kept_for_ever(static: Path) -> None:
    answer = served(static).get("/assets/index-abc.js")
    assert "immutable" in answer.headers["cache-control"]
    assert served(static).get("/assets/index-other.js").status_code == 404
    assert served(static).get("/favicon.svg").text == "<svg/>"


@pytest.mark.parametrize("path", ["/../secret", "/..%2fsecret", "/%2e%2e/secret", "/assets/..%2f..%2fsecret"])
def test_nothing_beside_the_console_is_served(static: Path, path: str) -> None:
    assert "not yours" not in served(static).get(path).text


def test_an_unknown_address_of_the_api_is_a_problem_not_a_page(static: Path) -> None:
    answer = served(static).get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_build_it_says_how_to_make_one(tmp_path: Path) -> None:
    answer = served(tmp_path / "none").get("/")
    assert answer.status_code == 404
    assert "npm" in answer.json()["remedy"]
