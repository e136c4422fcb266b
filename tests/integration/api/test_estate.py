# SPDX-License-Identifier: Apache-2.0
"""Assets, groups, credentials and files over HTTP."""

import hashlib

from fastapi.testclient import TestClient

from opsconductor.wiring import Container

SECRET = "correct horse battery staple"


def test_assets_are_added_listed_by_page_changed_and_removed(client: TestClient) -> None:
    for n in (1, 2, 10, 3):
        body = {"name": f"web{n}", "platform": "linux", "address": f"10.0.0.{n}", "role": "web server"}
        assert client.post("/api/assets", json=body).status_code == 201
    first = client.get("/api/assets", params={"limit": 3}).json()
    rest = client.get("/api/assets", params={"limit": 3, "after": first["next"]}).json()
    assert [a["name"] for a in first["items"] + rest["items"]] == ["web1", "web2", "web3", "web10"]
    assert rest["next"] is None
    assert client.post("/api/assets", json=body).status_code == 409

    changed = client.patch("/api/assets/web3", json={"address": "10.0.0.33"}).json()
    assert (changed["address"], changed["role"]) == ("10.0.0.33", "web server")
    assert client.delete("/api/assets/web3").json()["name"] == "web3"
    assert client.get("/api/assets/web3").status_code == 404


def test_a_name_with_a_slash_has_an_address(client: TestClient) -> None:
    assert client.post("/api/groups", json={"name": "DMZ / outer"}).status_code == 201
    assert client.get("/api/groups/DMZ%20%2F%20outer").json()["group"]["name"] == "DMZ / outer"


def test_groups_hold_assets_and_page_by_name(client: TestClient, here: list[str]) -> None:
    for name in ("G10", "G2", "G1"):
        client.post("/api/groups", json={"name": name, "parents": ["Here"]})
    first = client.get("/api/groups", params={"limit": 2}).json()
    rest = client.get("/api/groups", params={"limit": 2, "after": first["next"]}).json()
    assert [g["name"] for g in first["items"] + rest["items"]] == ["G1", "G2", "G10", "Here"]
    assert client.get("/api/groups/Here").json()["assets"] == here
    assert client.patch("/api/groups/Here", json={"add_parents": ["G1"]}).status_code == 409


def test_a_credential_goes_in_and_never_comes_out(client: TestClient, services: Container) -> None:
    body = {"name": "root", "kind": "password", "user": "root", "value": SECRET}
    answers = [
        client.post("/api/credentials", json=body),
        client.get("/api/credentials"),
        client.get("/api/credentials/root"),
        client.patch("/api/credentials/root", json={"user": "admin"}),
        client.put("/api/credentials/root", json={"value": SECRET + "!"}),
        client.post("/api/credentials", json=body),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 409]
    assert not [answer.text for answer in answers if SECRET in answer.text or "value" in answer.json()]
    assert services.credentials.open("root").value.get_secret_value() == SECRET + "!"


def test_an_asset_tells_which_credential_is_used_and_why(client: TestClient) -> None:
    client.post("/api/credentials", json={"name": "web admin", "kind": "password", "user": "a", "value": SECRET})
    client.post("/api/groups", json={"name": "Web", "credential": "web admin"})
    client.post("/api/assets", json={"name": "w1", "platform": "linux", "address": "10.0.0.1", "groups": ["Web"]})
    (connection,) = client.get("/api/assets/w1").json()["connections"]
    assert connection["used_by_jobs"]
    assert connection["effective_port"] == 22
    assert connection["use"]["credential"] == "web admin"
    assert "Web" in connection["use"]["reason"]
    assert client.get("/api/credentials/web admin").json()["users"] == ["asset group 'Web'"]

    # A second group of the same depth: undecided, and told so.
    client.post("/api/credentials", json={"name": "other", "kind": "password", "user": "b", "value": SECRET})
    client.post("/api/groups", json={"name": "Other", "credential": "other", "assets": ["w1"]})
    (connection,) = client.get("/api/assets/w1").json()["connections"]
    assert connection["use"]["credential"] is None
    assert "other" in connection["use"]["reason"]


def test_files_are_uploaded_in_versions(client: TestClient) -> None:
    first = client.post("/api/files", files={"file": ("app.exe", b"one")}, data={"label": "1.0"})
    same = client.post("/api/files", files={"file": ("app.exe", b"one")}, data={"label": "1.0"})
    second = client.post("/api/files", files={"file": ("else.bin", b"two")}, data={"name": "app.exe"})
    assert [answer.status_code for answer in (first, same, second)] == [201, 201, 201]
    assert [answer.json()["version"] for answer in (first, same, second)] == [1, 1, 2]
    assert first.json()["sha256"] == hashlib.sha256(b"one").hexdigest()
    assert [file["version"] for file in client.get("/api/files/app.exe").json()] == [2, 1]
    assert [file["name"] for file in client.get("/api/files").json()["items"]] == ["app.exe"]


def test_an_upload_may_not_name_a_folder(client: TestClient) -> None:
    answer = client.post("/api/files", files={"file": ("x", b"one")}, data={"name": "../../etc/passwd"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid-name"
    assert client.get("/api/files").json()["items"] == []
