# SPDX-License-Identifier: Apache-2.0
"""Every Linux template by plain ansible-playbook on real Debian hosts, judged from inside the hosts."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Origin, Step
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step
from tests.lab.lab import Lab
from tests.lab.linux_host import LinuxHost

pytestmark = pytest.mark.rotating

SERVICE = "dataprocessor"


@pytest.fixture(scope="module")
def host(module_linux_hosts: LinuxHostFactory) -> LinuxHost:
    [made] = module_linux_hosts("web-1")
    made.add_service(SERVICE)
    return made


def target_of(host: LinuxHost) -> BoundTarget:
    kind, public = host.host_key.split()
    return BoundTarget(
        asset_id=host.name,
        name=host.name,
        platform=Platform.LINUX,
        kind=ConnectionKind.SSH,
        address=host.address,
        port=host.port,
        user="root",
        host_keys=(make_host_key(kind, public),),
    )


def play(
    folder: Path, hosts: Sequence[LinuxHost], *steps: Step, check: bool = False, files: dict[str, bytes] | None = None
) -> PlainRun:
    targets = [target_of(h) for h in hosts]
    arguments = ["--private-key", str(hosts[0].key_path), *(["--check", "--diff"] if check else [])]
    return run_plain(folder, plan_of(steps, targets), targets, *arguments, files=files)


def undo(
    folder: Path, host: LinuxHost, done: PlainRun, *steps: Step, files: dict[str, bytes] | None = None
) -> PlainRun:
    """Take the steps back by what they left in `opsc_s<N>`."""
    kept = {f"opsc_s{n}": done.fact(host.name, n) for n in range(1, len(steps) + 1)}
    target = target_of(host)
    arguments = ["--private-key", str(host.key_path), "--extra-vars", json.dumps(kept)]
    return run_plain(folder, plan_of(steps, [target]), [target], *arguments, files=files, undo=True)


def states(done: PlainRun, name: str, steps: int) -> list[str | None]:
    assert not done.failures(), done.failures()
    return [done.state(name, n) for n in range(1, steps + 1)]


def test_services_are_read_stopped_started_and_restarted(host: LinuxHost, tmp_path: Path) -> None:
    done = play(
        tmp_path / "run",
        [host],
        step("service.status", service=SERVICE),
        step("service.stop", service=SERVICE),
        step("service.stop", service=SERVICE),
        step("service.status", service=SERVICE, expect="stopped", timeout=4),
        step("service.start", service=SERVICE, timeout=10),
        step("service.start", service=SERVICE),
        step("service.restart", service=SERVICE, timeout=10),
        step("service.status", service="nowhere-to-be-found"),
    )
    told = states(done, host.name, 8)
    assert told == ["running", "stopped", "already_stopped", "stopped", "started", "running", "restarted", "missing"]
    assert [done.ran(host.name, "main", n) for n in (2, 3, 6)] == [{"changed"}, {"skipped"}, {"skipped"}]
    assert host.service_state(SERVICE) == "active"
    stop = step("service.stop", service=SERVICE)
    back = undo(tmp_path / "undo", host, play(tmp_path / "stop", [host], stop), stop)
    assert back.ran(host.name, "undo", 1) == {"changed", "skipped"}  # the way without systemd is not taken
    assert host.service_state(SERVICE) == "active"


def test_a_service_that_dies_after_its_start_fails_the_step(host: LinuxHost, tmp_path: Path) -> None:
    host.add_service("shortlived", "#!/bin/sh\nsleep 1\n")
    done = play(tmp_path / "run", [host], step("service.restart", service="shortlived", timeout=4))
    assert "does not run 4 seconds after its restart" in done.failures()[host.name]


def test_an_unknown_service_fails_with_its_name(host: LinuxHost, tmp_path: Path) -> None:
    # One host under five names, so that each step fails on one of its own.
    steps = [
        step("service.stop", service="nowhere"),
        step("service.start", service="nowhere"),
        step("service.restart", service="nowhere"),
        step("service.status", service="nowhere", expect="running", timeout=2),
        step("file.backup", path_service="nowhere"),
        step("file.copy", src="x", dest_service="nowhere"),
    ]
    targets = [target_of(host).model_copy(update={"name": f"name-{n}"}) for n in range(1, len(steps) + 1)]
    own = [s.model_copy(update={"hosts": (t.name,)}) for s, t in zip(steps, targets, strict=True)]
    arguments = ["--private-key", str(host.key_path)]
    done = run_plain(tmp_path / "run", plan_of(own, targets), targets, *arguments, files={"x": b"x"})
    assert len(done.failures()) == len(steps)
    for message in done.failures().values():
        assert "This target has no service named 'nowhere'" in message
    assert not done.ran("name-1", "main", 1)


def test_reading_ones_and_commands(host: LinuxHost, tmp_path: Path) -> None:
    done = play(
        tmp_path / "run",
        [host],
        step("process.check", process="sshd"),
        step("process.check", process="no-such-one"),
        step("host.ping"),
        step("wait.port", port=22, timeout=10),
        step("command.run", command=["printf", "%s", "{{ 7 * 7 }} $HOME; `id`"]),
    )
    assert states(done, host.name, 5) == ["running", "stopped", "reachable", "open", "done"]
    [ran] = [result for name, _, result in done.results[host.name] if name == "Step 5: Run the command · main"]
    assert ran["stdout"] == "{{ 7 * 7 }} $HOME; `id`"
    failing = play(tmp_path / "failing", [host], step("command.run", command=["false"]))
    assert "Run the command" in failing.failures()[host.name]
    closed = play(tmp_path / "closed", [host], step("wait.port", port=9, timeout=2))
    assert "Wait until the port answers" in closed.failures()[host.name]


def test_a_file_is_kept_replaced_and_found_the_same(host: LinuxHost, tmp_path: Path) -> None:
    old, new = host.root / "etc/app.conf", b"new\n"
    host.run("sh", "-c", "echo old > /etc/app.conf; chown 7:8 /etc/app.conf; chmod 640 /etc/app.conf")
    steps = [step("file.backup", path="/etc/app.conf"), step("file.copy", src="new.conf", dest="/etc/app.conf")]
    preview = play(tmp_path / "preview", [host], *steps, check=True, files={"new.conf": new})
    assert not preview.failures(), preview.failures()
    assert "changed" in preview.ran(host.name, "main", 2)
    assert old.read_text() == "old\n"
    assert not list((host.root / "var/lib/opsconductor").rglob("app.conf"))

    done = play(tmp_path / "run", [host], *steps, files={"new.conf": new})
    assert states(done, host.name, 2) == ["saved", "copied"]
    assert host.run("stat", "-c", "%a %u %g", "/etc/app.conf").split() == ["640", "7", "8"]
    assert old.read_bytes() == new
    kept = done.fact(host.name, 1)
    assert kept["sha256"] == hashlib.sha256(b"old\n").hexdigest()
    assert kept["mode"] == "0640"
    assert (host.root / kept["kept"].lstrip("/")).read_text() == "old\n"
    assert host.run("stat", "-c", "%a %U", "/var/lib/opsconductor").split() == ["700", "root"]
    assert done.fact(host.name, 2)["backup"] == kept["kept"]

    again = play(tmp_path / "again", [host], steps[1], files={"new.conf": new})
    assert states(again, host.name, 1) == ["same"]
    assert again.ran(host.name, "main", 1) == {"skipped"}

    back = undo(tmp_path / "undo", host, done, *steps, files={"new.conf": new})
    assert not back.failures(), back.failures()
    assert old.read_text() == "old\n"
    assert host.run("stat", "-c", "%a %u %g", "/etc/app.conf").split() == ["640", "7", "8"]
    assert not (host.root / kept["kept"].lstrip("/")).exists()


def test_an_equal_file_gets_the_permissions_that_were_asked_for(host: LinuxHost, tmp_path: Path) -> None:
    host.run("sh", "-c", "printf same > /etc/equal.conf; chmod 644 /etc/equal.conf")
    steps = [
        step("file.backup", path="/etc/equal.conf"),
        step("file.copy", src="equal.conf", dest="/etc/equal.conf", mode="600"),
    ]
    done = play(tmp_path / "run", [host], *steps, files={"equal.conf": b"same"})
    assert states(done, host.name, 2) == ["saved", "copied"]
    assert host.run("stat", "-c", "%a", "/etc/equal.conf").strip() == "600"

    again = play(tmp_path / "again", [host], steps[1], files={"equal.conf": b"same"})
    assert states(again, host.name, 1) == ["same"]
    assert again.ran(host.name, "main", 1) == {"skipped"}

    back = undo(tmp_path / "undo", host, done, *steps, files={"equal.conf": b"same"})
    assert not back.failures(), back.failures()
    assert host.run("stat", "-c", "%a", "/etc/equal.conf").strip() == "644"


def test_a_file_for_a_folder_that_is_not_there_is_refused_before_it_is_sent(host: LinuxHost, tmp_path: Path) -> None:
    lost = step("file.copy", src="b.txt", dest="/srv/nowhere/deep/b.txt")
    done = play(tmp_path / "run", [host], lost, files={"b.txt": b"b"})
    assert "There is no folder /srv/nowhere/deep on this target: create it first." in done.failures()[host.name]
    assert not done.ran(host.name, "main", 1)
    assert not (host.root / "srv/nowhere").exists()
    made = [step("file.mkdir", path="/srv/nowhere/deep"), lost]
    preview = play(tmp_path / "preview", [host], *made, check=True, files={"b.txt": b"b"})
    assert not preview.failures(), preview.failures()


def test_folders_are_kept_and_files_go_into_them(host: LinuxHost, tmp_path: Path) -> None:
    host.run("sh", "-c", "mkdir -p /srv/app/sub; echo a > /srv/app/sub/a")
    done = play(
        tmp_path / "run",
        [host],
        step("file.backup", path="/srv/app/"),
        step("file.copy", src="b.txt", dest="/srv/app", mode="0600"),
        step("file.backup", path="/srv/none").model_copy(update={"origin": Origin.POLICY}),
        files={"b.txt": b"b"},
    )
    assert states(done, host.name, 3) == ["saved", "copied", "absent"]
    assert done.ran(host.name, "main", 3) == {"skipped"}
    assert (host.root / done.fact(host.name, 1)["kept"].lstrip("/") / "sub/a").read_text() == "a\n"
    assert host.run("stat", "-c", "%a", "/srv/app/b.txt").strip() == "600"


def test_what_a_file_replaced_in_a_folder_is_put_back(host: LinuxHost, tmp_path: Path) -> None:
    host.run("sh", "-c", "mkdir -p /srv/there; echo old > /srv/there/b.txt; echo other > /srv/there/c.txt")
    steps = [
        step("file.backup", path="/srv/there/").model_copy(update={"origin": Origin.POLICY}),
        step("file.copy", src="b.txt", dest="/srv/there/"),
    ]
    done = play(tmp_path / "run", [host], *steps, files={"b.txt": b"new"})
    assert states(done, host.name, 2) == ["saved", "copied"]
    kept = done.fact(host.name, 2)["backup"]
    assert (host.root / kept.lstrip("/")).read_text() == "old\n"
    back = undo(tmp_path / "undo", host, done, *steps, files={"b.txt": b"new"})
    assert not back.failures(), back.failures()
    assert (host.root / "srv/there/b.txt").read_text() == "old\n"
    assert sorted(path.name for path in (host.root / "srv/there").iterdir()) == ["b.txt", "c.txt"]


def test_what_the_user_wants_backed_up_must_be_there(host: LinuxHost, tmp_path: Path) -> None:
    done = play(tmp_path / "run", [host], step("file.backup", path="/srv/nowhere"))
    assert "There is no /srv/nowhere to back up on this target." in done.failures()[host.name]
    preview = play(tmp_path / "preview", [host], step("file.backup", path="/srv/nowhere"), check=True)
    assert not preview.failures(), preview.failures()


def test_the_program_of_a_service_is_found_by_its_service(host: LinuxHost, tmp_path: Path) -> None:
    program = (host.root / "usr/local/bin" / SERVICE).read_bytes()
    done = play(
        tmp_path / "run",
        [host],
        step("file.backup", path_service=SERVICE),
        step("file.copy", src="program", dest_service=SERVICE),
        files={"program": program + b"# new\n"},
    )
    assert states(done, host.name, 2) == ["saved", "copied"]
    assert done.fact(host.name, 2)["path"] == f"/usr/local/bin/{SERVICE}"
    assert (host.root / "usr/local/bin" / SERVICE).read_bytes().endswith(b"# new\n")
    host.run(
        "sh", "-c",
        "printf '[Service]\\nExecStart=/bin/sh -c \"sleep 1000\"\\n' > /etc/systemd/system/shelled.service",
    )  # fmt: skip
    refused = play(
        tmp_path / "refused", [host], step("file.copy", src="x", dest_service="shelled"), files={"x": b"not a shell"}
    )
    assert "name the path" in refused.failures()[host.name]


def test_a_package_is_updated_to_the_version_on_offer(host: LinuxHost, linux_lab: Lab, tmp_path: Path) -> None:
    versions = linux_lab.image.repository
    host.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "purge", "--yes", "-q", "nginx", "nginx-common")
    old = host.install_old_nginx()
    host.run("sh", "-c", "echo '# mine' >> /etc/nginx/nginx.conf")
    steps = [step("package.update", package="nginx"), step("service.restart", service="nginx", timeout=20)]
    preview = play(tmp_path / "preview", [host], steps[0], check=True)
    assert not preview.failures(), preview.failures()
    assert host.package_version("nginx") == old
    done = play(tmp_path / "run", [host], *steps)
    assert states(done, host.name, 2) == ["updated", "restarted"]
    assert host.package_version("nginx") == versions.latest("nginx")
    assert done.fact(host.name, 1)["before"] == {"nginx": old}
    assert done.fact(host.name, 1)["after"] == {"nginx": versions.latest("nginx")}
    assert "# mine" in (host.root / "etc/nginx/nginx.conf").read_text()
    again = play(tmp_path / "again", [host], steps[0], step("package.install", package="nginx"))
    assert states(again, host.name, 2) == ["current", "present"]
    assert again.ran(host.name, "main", 1) == {"skipped"}
    back = undo(tmp_path / "undo", host, done, *steps)
    assert not back.failures(), back.failures()
    assert host.package_version("nginx") == old
    # A later attempt is given what was found out, and does not find it out again.
    kept = json.dumps({"opsc_s1": done.fact(host.name, 1)})
    target, arguments = target_of(host), ["--private-key", str(host.key_path), "--extra-vars", kept]
    retried = run_plain(tmp_path / "retry", plan_of(steps[:1], [target]), [target], *arguments)
    assert not retried.failures(), retried.failures()
    assert retried.ran(host.name, "guard", 1) == {"skipped"}
    assert retried.status(host.name)["Step 1: Make sure that the versions are there · verify"] == "ok"
    assert host.package_version("nginx") == versions.latest("nginx")


def test_packages_that_are_not_there(host: LinuxHost, linux_lab: Lab, tmp_path: Path) -> None:
    host.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "purge", "--yes", "-q", "nginx", "nginx-common")
    missing = play(tmp_path / "missing", [host], step("package.update", package="nginx"))
    assert "Not installed on this target: nginx." in missing.failures()[host.name]
    unknown = play(tmp_path / "unknown", [host], step("package.install", package="no-such-package"))
    assert "do not offer no-such-package" in unknown.failures()[host.name]
    version = linux_lab.image.repository.oldest("nginx")
    wrong = play(tmp_path / "wrong", [host], step("package.install", package="nginx", version="9.9"))
    assert "in that version" in wrong.failures()[host.name]
    done = play(tmp_path / "old", [host], step("package.install", package="nginx", version=version.split("-")[0]))
    assert states(done, host.name, 1) == ["installed"]
    back = undo(tmp_path / "undo", host, done, step("package.install", package="nginx"))
    assert not back.failures(), back.failures()
    assert not (host.root / "usr/sbin/nginx").exists()


def test_a_changed_host_key_ends_it_before_anything_runs(host: LinuxHost, tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    kind, public = other.split()
    target = target_of(host).model_copy(update={"host_keys": (make_host_key(kind, public),)})
    plan = plan_of([step("host.ping")], [target])
    done = run_plain(tmp_path / "run", plan, [target], "--private-key", str(host.key_path))
    assert "Host key verification failed" in done.failures()[host.name]
