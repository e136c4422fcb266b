# SPDX-License-Identifier: Apache-2.0
"""Files from a share of another machine, on a simulated Windows host."""

from pathlib import Path

from tests.fixtures.plain_run import step
from tests.fixtures.step_cases import Family
from tests.fixtures.step_windows import step_windows

SHARE = "\\\\files01\\pub\\tool.exe"
CLOSED = "\\\\files01\\closed\\tool.exe"
WORLD = {"files": {SHARE: {"content": "tool 2.1"}, CLOSED: {"content": "x"}, "C:/Station": {"directory": True}}}


def test_a_file_of_a_share_is_copied_and_a_refusal_names_the_double_hop(tmp_path: Path) -> None:
    with step_windows(tmp_path / "host", [Family(name="shares", world=WORLD)], "127.61.30.1") as host:
        host.process.client.fault("win01", "file_access", target="\\\\files01\\closed\\*", read=True)
        done = host.play(tmp_path / "done", step("file.duplicate", src=SHARE, dest="C:\\Station"))
        assert not done.failures(), done.failures()
        files = host.process.client.state("win01")["files"]
        assert files["C:\\Station\\tool.exe"]["sha256"] == files[SHARE]["sha256"]
        again = host.play(tmp_path / "again", step("file.duplicate", src=SHARE, dest="C:\\Station"))
        assert again.state("win01", 1) == "same"

        missing = "\\\\files01\\pub\\nothing.exe"
        for name, src in (("closed", CLOSED), ("missing", missing)):
            refused = host.play(tmp_path / name, step("file.duplicate", src=src, dest="C:\\Station\\new.exe"))
            told = refused.failures()["win01"]
            assert f"{src} cannot be read from this target." in told, told
            assert "double hop" in told
        assert "C:\\Station\\new.exe" not in host.process.client.state("win01")["files"]
