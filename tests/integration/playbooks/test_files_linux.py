# SPDX-License-Identifier: Apache-2.0
"""Templates of files and archives by plain ansible-playbook on one real Debian host, judged from inside it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.hostkeys import make_host_key
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Origin, Step
from tests.fixtures.linux_hosts import LinuxHostFactory
from tests.fixtures.plain_run import PlainRun, plan_of, run_plain, step
from tests.fixtures.step_samples import sampled
from tests.lab.linux_host import LinuxHost

WORLD = r"""
set -e
rm -rf /srv/w /srv/old /srv/site
useradd --system app
mkdir -p /srv/w/old "/srv/w/gone with ü" /srv/w/v1 /srv/w/v2 /srv/w/tree/sub /srv/w/into/sub /srv/site /srv/old/deep
chmod 0711 /srv/w/old
echo there > /srv/w/there; chmod 640 /srv/w/there; chown app:app /srv/w/there
echo a > "/srv/w/gone with ü/it's \"a\".txt"; chown app "/srv/w/gone with ü/it's \"a\".txt"
ln -s /etc "/srv/w/gone with ü/etc"
chmod 2750 "/srv/w/gone with ü"
for n in 1 2; do echo $n > /srv/w/$n.tmp; done; echo hidden > /srv/w/.3.tmp; mkdir /srv/w/4.tmp
ln -s /etc /srv/w/to-etc
echo '#!/bin/sh' > "/srv/w/run it.sh"; chmod 4600 "/srv/w/run it.sh"
ln -s v1 /srv/w/current; chown -h app /srv/w/current
echo old > /srv/w/text; chown app:app /srv/w/text; chmod 604 /srv/w/text
printf 'one\ntwo=DEBUG\nthree\n' | tee /srv/w/add /srv/w/replace > /srv/w/remove
ln -s add /srv/w/add-link
echo x > /srv/w/tree/x; echo y > /srv/w/tree/sub/y; chown app /srv/w/tree/sub/y; ln -s x /srv/w/tree/link
echo kept > /srv/w/into/kept; echo 'old y' > /srv/w/into/sub/y; chmod 600 /srv/w/into/sub/y
echo 'served' > /srv/site/served.bin; echo 'old download' > /srv/w/downloaded; chmod 600 /srv/w/downloaded
tar -C /srv/w -czf /srv/site/pack.tgz tree; mkdir -p /srv/w/unpacked/tree; echo 'old x' > /srv/w/unpacked/tree/x
chown app /srv/w/unpacked/tree/x
tar -C /srv -cf /srv/w/packed.tar site/served.bin
echo fresh > /srv/old/fresh; echo stale > /srv/old/deep/stale; touch -d '30 days ago' /srv/old/deep/stale
find /srv/w -depth -exec touch -h -d '2024-05-06 07:08:09.123456789' {} +
(cd /srv/site && exec setsid python3 -m http.server 8099 >/dev/null 2>&1 &)
"""
#: Everything of each file and link: kind, mode, owner, group, target, time of the content, hash; of folders no times.
SNAPSHOT = r"""
import hashlib, os, stat, sys
for top, folders, files in sorted(os.walk(sys.argv[1])):
    for name in sorted([*folders, *files, '.']):
        path = os.path.join(top, name)
        seen = os.lstat(path)
        kind = stat.filemode(seen.st_mode)
        more = os.readlink(path) if stat.S_ISLNK(seen.st_mode) else ''
        if stat.S_ISREG(seen.st_mode):
            more = f'{seen.st_mtime_ns} {hashlib.sha256(open(path, "rb").read()).hexdigest()}'
        print(path, kind, seen.st_uid, seen.st_gid, more, sep='|')
"""
W = "/srv/w"
GONE = f"{W}/gone with ü"
TEMPLATE = b"{{ inventory_hostname }} has {{ ansible_facts.hostname | length > 0 }}\n"


def backed_up(path: str) -> Step:
    return step("file.backup", path=path).model_copy(update={"origin": Origin.POLICY})


STEPS: list[tuple[Step, str, str]] = [
    # step, its state after the first run, and after the second
    (step("file.mkdir", path=f"{W}/new dir/-sub/", mode="0750", owner="app:app"), "created", "exists"),
    (step("file.mkdir", path=f"{W}/old", mode="0700", owner="app", group="adm"), "changed", "exists"),
    (step("file.touch", path=f"{W}/-new 'flag'", mode="0600", owner="app"), "created", "touched"),
    (step("file.touch", path=f"{W}/there"), "touched", "touched"),
    (step("file.delete", path=f"{GONE}/"), "deleted", "absent"),
    (step("file.delete", path=f"{W}/*.tmp"), "deleted", "absent"),
    (step("file.delete", path=f"{W}/to-etc"), "deleted", "absent"),
    (step("file.permissions", path=f"{W}/run it.sh", mode="u+x", owner="app:app"), "changed", "same"),
    (step("file.link", path=f"{W}/current", src=f"{W}/v2"), "linked", "same"),
    (step("file.link", path=f"{W}/-fresh link", src=f"{W}/v1"), "linked", "same"),
    (backed_up(f"{W}/text"), "saved", "saved"),
    (step("file.write", path=f"{W}/text", content="{{ 7 * 7 }} $HOME `id` ü"), "written", "same"),
    (backed_up(f"{W}/add-link"), "saved", "saved"),
    (step("file.edit", path=f"{W}/add-link", line=r"10.0.0.1 b\1 'q' \"d\""), "changed", "same"),
    (backed_up(f"{W}/replace"), "saved", "saved"),
    (step("file.edit", path=f"{W}/replace", match="DEBUG", line=r"DEBUG\nx"), "changed", "same"),
    (backed_up(f"{W}/remove"), "saved", "saved"),
    (step("file.edit", path=f"{W}/remove", line="three", remove=True), "changed", "same"),
    (backed_up(f"{W}/templated"), "absent", "saved"),
    (step("file.template", src="t.j2", dest=f"{W}/templated"), "written", "same"),
    (step("file.duplicate", src=f"{W}/there", dest=f"{W}/into"), "copied", "same"),
    (step("file.duplicate", src=f"{W}/tree", dest=f"{W}/into"), "copied", "same"),
    (step("file.download", url="http://127.0.0.1:8099/served.bin", dest=f"{W}/downloaded"), "downloaded", "same"),
    (step("archive.create", src=f"{W}/tree", dest=f"{W}/fresh.tar.gz"), "packed", "same"),
    (step("archive.create", src="/srv/site", dest=f"{W}/packed.tar"), "packed", "same"),
    (step("archive.extract", src="/srv/site/pack.tgz", dest=f"{W}/unpacked"), "unpacked", "same"),
]  # fmt: skip
#: Seconds for one run, on a machine that is busy with other things.
LIMIT = 900
FILES = {"t.j2": TEMPLATE}


def target_of(host: LinuxHost, name: str = "") -> BoundTarget:
    kind, public = host.host_key.split()
    return BoundTarget(
        asset_id=host.name,
        name=name or host.name,
        platform=Platform.LINUX,
        kind=ConnectionKind.SSH,
        address=host.address,
        port=host.port,
        user="root",
        host_keys=(make_host_key(kind, public),),
    )


def play(
    folder: Path, host: LinuxHost, *steps: Step, check: bool = False, facts: Mapping[int, object] | None = None
) -> PlainRun:
    """Run the steps, or with their facts undo them."""
    target = target_of(host)
    given = {"opsc_job": folder.name} | {f"opsc_s{n}": fact for n, fact in (facts or {}).items()}
    arguments = ["--private-key", str(host.key_path), "--extra-vars", json.dumps(given)]
    arguments += ["--check", "--diff"] if check else []
    plan, undo = plan_of(steps, [target]), facts is not None
    return run_plain(folder, plan, [target], *arguments, files=FILES, undo=undo, timeout=LIMIT)


def seen(host: LinuxHost, folder: str = W) -> list[str]:
    return host.run("python3", "-c", SNAPSHOT, folder).splitlines()


@pytest.fixture(scope="module")
def host(module_linux_hosts: LinuxHostFactory) -> LinuxHost:
    [made] = module_linux_hosts("web-1")
    made.run("sh", "-c", WORLD)
    return made


def done_as_asked(host: LinuxHost) -> list[str]:
    """What is there after the steps, but for the file whose time a touch sets; checked from inside."""
    entries = {line.split("|")[0]: line.split("|")[1:] for line in seen(host)}
    content = {path: (host.root / path.lstrip("/")).read_text() for path in (f"{W}/text", f"{W}/add", f"{W}/replace")}
    assert entries[f"{W}/new dir/-sub/."][0] == "drwxr-x---"
    assert entries[f"{W}/old/."][:3] == [
        "drwx------",
        *host.run("sh", "-c", "id -u app; getent group adm | cut -d: -f3").split(),
    ]
    assert entries[f"{W}/-new 'flag'"][0] == "-rw-------"
    assert not [path for path in entries if path.startswith(GONE) or path.endswith(("/1.tmp", "/4.tmp", "to-etc"))]
    assert f"{W}/.3.tmp" in entries
    assert (host.root / "etc/hostname").exists()
    assert entries[f"{W}/run it.sh"][0] == "-rwx------"
    assert entries[f"{W}/current"][3] == f"{W}/v2"
    assert content[f"{W}/text"] == "{{ 7 * 7 }} $HOME `id` ü\n"
    assert entries[f"{W}/text"][0] == "-rw----r--"
    assert content[f"{W}/add"] == "one\ntwo=DEBUG\nthree\n10.0.0.1 b\\1 'q' \\\"d\\\"\n"
    assert entries[f"{W}/add-link"][0][0] == "l"
    assert content[f"{W}/replace"] == "one\ntwo=DEBUG\\nx\nthree\n"
    assert (host.root / "srv/w/remove").read_text() == "one\ntwo=DEBUG\n"
    assert (host.root / "srv/w/templated").read_text() == f"{host.name} has True\n"
    assert entries[f"{W}/into/there"][:3] == entries[f"{W}/there"][:3]
    assert entries[f"{W}/into/sub/y"] == entries[f"{W}/tree/sub/y"]
    assert f"{W}/into/kept" in entries
    assert (host.root / "srv/w/downloaded").read_text() == "served\n"
    packed = host.run("tar", "-tzf", f"{W}/fresh.tar.gz").split()
    assert sorted(packed) == ["tree/link", "tree/sub/", "tree/sub/y", "tree/x"]
    assert (host.root / "srv/w/unpacked/tree/x").read_text() == "x\n"
    return untouched(host)


def untouched(host: LinuxHost) -> list[str]:
    """What is there but for the files whose time a touch sets."""
    return [line for line in seen(host) if not line.startswith((f"{W}/there|", f"{W}/-new"))]


#: Steps of the sample; all of them are for the long run.
SAMPLE = 6
WHOLE = pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.soak)])


@WHOLE
def test_steps_are_foreseen_done_found_done_and_undone(host: LinuxHost, tmp_path: Path, whole: bool) -> None:
    table = STEPS if whole else sampled(STEPS, SAMPLE)
    steps = [entry[0] for entry in table]
    numbers = range(1, len(steps) + 1)
    before = seen(host)
    preview = play(tmp_path / "preview", host, *steps, check=True)
    assert not preview.failures(), preview.failures()
    assert seen(host) == before
    to_do = [n for n in numbers if table[n - 1][1] != "absent"]
    assert not [steps[n - 1] for n in to_do if "changed" not in preview.ran(host.name, "main", n)]

    done = play(tmp_path / "run", host, *steps)
    assert not done.failures(), done.failures()
    assert [done.state(host.name, n) for n in numbers] == [entry[1] for entry in table]
    after = done_as_asked(host) if whole else untouched(host)

    again = play(tmp_path / "again", host, *steps)
    assert not again.failures(), again.failures()
    assert [again.state(host.name, n) for n in numbers] == [entry[2] for entry in table]
    settled = [n for n in numbers if table[n - 1][0].intent not in ("file.backup", "file.touch")]
    assert not [steps[n - 1] for n in settled if "changed" in again.ran(host.name, "main", n)]
    assert (done_as_asked(host) if whole else untouched(host)) == after

    back = play(tmp_path / "undo", host, *steps, facts={n: done.fact(host.name, n) for n in numbers})
    assert not back.failures(), back.failures()
    assert seen(host) == before


@pytest.mark.soak
def test_what_is_not_undone_or_only_read(host: LinuxHost, tmp_path: Path) -> None:
    host.run("sh", "-c", "printf '1\\n2\\n3\\n' > /srv/numbered; touch /srv/numbered.time")
    steps = [
        backed_up("/srv/numbered"),
        step("file.edit", path="/srv/numbered", number=2, remove=True),
        step("file.cleanup", path="/srv/old", age=604800),
        step("file.cleanup", path="/srv/old", age=604800),
        step("file.fetch", src="/srv/site/served.bin"),
        step("file.fetch", src="/srv/site/nothing"),
    ]
    preview = play(tmp_path / "preview", host, *steps, check=True)
    assert not preview.failures(), preview.failures()
    assert (host.root / "srv/old/deep/stale").exists()
    assert "changed" in preview.ran(host.name, "main", 3)
    done = play(tmp_path / "run", host, *steps)
    assert not done.failures(), done.failures()
    states = [done.state(host.name, n) for n in range(1, 7)]
    assert states == ["saved", "changed", "cleaned", "clean", "fetched", "absent"]
    assert (host.root / "srv/numbered").read_text() == "1\n3\n"
    assert sorted(path.name for path in (host.root / "srv/old").rglob("*")) == ["deep", "fresh"]
    assert done.fact(host.name, 3)["files"] == 1
    fetched = tmp_path / "run" / done.fact(host.name, 5)["place"]
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == done.fact(host.name, 5)["sha256"]


UNHAPPY: list[tuple[Step, str]] = [
    (step("file.mkdir", path="/srv/site/served.bin/x"), "/srv/site/served.bin is no folder on this target."),
    (step("file.mkdir", path="/srv/u/new", owner="nobody-here"), "This target has no account nobody-here."),
    (step("file.mkdir", path="/srv/u/ro/new"), "Read-only file system"),
    (step("file.touch", path="/srv/nowhere/x"), "There is no folder /srv/nowhere on this target: create it first."),
    (step("file.delete", path="/srv/u/root/etc"), "/etc belongs to the system itself and is never deleted."),
    (step("file.delete", path="/srv/u/*"), "/srv/u/full is a file system of its own: unmount it first."),
    (step("file.permissions", path="/srv/u/root", mode="0777"), "/ belongs to the system itself and is never changed."),
    (step("file.permissions", path="/srv/nowhere", mode="0777"), "There is no /srv/nowhere on this target."),
    (step("file.link", path="/srv/u/dir", src="/etc/hosts"), "/srv/u/dir is there and is no link"),
    (step("file.write", path="/srv/u/dir", content="x"), "/srv/u/dir is a folder: name the file in it."),
    (step("file.write", path="/srv/u/kernel", content="x"), "/proc/version belongs to the system itself"),
    (step("file.edit", path="/srv/u/text", line="wo", remove=True), "name the whole line"),
    (step("file.edit", path="/srv/u/text", number=9, remove=True), "/srv/u/text has no line 9."),
    (step("file.edit", path="/srv/u/text", match="no", line="yes"), "holds neither the old text nor the new one"),
    (step("file.template", src="evil.j2", dest="/srv/u/t"), "reaches for secrets or for files of the controller"),
    (step("file.duplicate", src="/srv/u/big", dest="/srv/u/full/big"), "No space left on device"),
    (step("file.duplicate", src="/srv/u", dest="/srv/u/dir"), "/srv/u/dir lies in /srv/u, or is it."),
    (step("file.download", url="http://127.0.0.1:8099/no", dest="/srv/u/no"), "404"),
    (step("archive.create", src="/srv/u/dir", dest="/srv/u/x.rar"), "tells no kind of archive"),
    (step("archive.extract", src="/srv/u/text.tar", dest="/srv/u/dir"), "cannot be read as an archive"),
    (step("archive.extract", src="/srv/u/out.tar", dest="/srv/u/dir"), "names that lead out of the folder"),
    (step("file.fetch", src="/srv/u"), "/srv/u is a folder: pack it into an archive first."),
]
BROKEN = r"""
set -e
mkdir -p /srv/u/ro /srv/u/full /srv/u/dir; ln -s / /srv/u/root; ln -s /proc/version /srv/u/kernel
printf 'one\ntwo\n' > /srv/u/text; cp /srv/u/text /srv/u/text.tar; tar -C /srv/u -Pcf /srv/u/out.tar ../u/text
mount -t tmpfs -o size=64k none /srv/u/full; mount -t tmpfs -o ro none /srv/u/ro
dd if=/dev/zero of=/srv/u/big bs=1k count=200 status=none
"""


@pytest.mark.soak
def test_what_cannot_be_done_says_why_and_changes_nothing(host: LinuxHost, tmp_path: Path) -> None:
    host.run("sh", "-c", BROKEN)
    before = seen(host, "/srv/u")
    # One host under many names, so that each step fails on one of its own.
    targets = [target_of(host, f"name-{n}") for n in range(len(UNHAPPY))]
    steps = [entry[0].model_copy(update={"hosts": (f"name-{n}",)}) for n, entry in enumerate(UNHAPPY)]
    files = {"evil.j2": b"{{ lookup('pipe', 'id') }}"}
    arguments = ["--private-key", str(host.key_path)]
    done = run_plain(tmp_path / "run", plan_of(steps, targets), targets, *arguments, files=files, timeout=LIMIT)
    told = done.failures()
    assert [
        (says, told.get(f"name-{n}")) for n, (_, says) in enumerate(UNHAPPY) if says not in told.get(f"name-{n}", "")
    ] == []
    left = [line for line in seen(host, "/srv/u") if not line.startswith("/srv/u/full/big|")]
    assert left == before
