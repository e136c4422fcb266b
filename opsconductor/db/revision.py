# SPDX-License-Identifier: Apache-2.0
"""Writing revisions from the tables, for developers.

python -m opsconductor.db.revision               writes the initial revision anew (before the first release)
python -m opsconductor.db.revision "Add runbooks"    adds the next one
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from opsconductor.db.engine import make_engine
from opsconductor.db.migrate import MIGRATIONS, make_config, revisions
from opsconductor.settings import Settings


def write(message: str | None) -> Path:
    """Write the revision that leads from the known ones (for None: from nothing) to the tables as they are."""
    versions = MIGRATIONS / "versions"
    if message is None:
        for path in versions.glob("[0-9]*_*.py"):
            path.unlink()
    number = f"{len(revisions()) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(Settings(home=Path(folder), database_url=None))
        with engine.begin() as connection:
            config = make_config(connection)
            command.upgrade(config, "head")
            config.attributes["batch"] = message is not None
            command.revision(config, message or "Initial tables", autogenerate=True, rev_id=number)
        engine.dispose()
    written = next(versions.glob(f"{number}_*.py"))
    lines = written.read_text(encoding="utf-8").splitlines(keepends=True)
    written.write_text("".join(line for line in lines if "### " not in line), encoding="utf-8")
    for arguments in (["format", "--quiet"], ["check", "--quiet", "--fix"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(written)], check=True)
    return written


def main() -> None:
    """The command."""
    written = write(sys.argv[1] if len(sys.argv) > 1 else None)
    sys.stdout.write(f"Wrote {written}. Read it before you commit it.\n")


if __name__ == "__main__":
    main()
