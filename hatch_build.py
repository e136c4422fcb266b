# SPDX-License-Identifier: Apache-2.0
"""What a build needs beyond the packages: the built web console, the templates and the collections.

A wheel without the web console would install and then answer every address with an error, so it is not built.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: In the checkout → in the wheel. Neither is a package: an `__init__.py` in them would break imports.
DATA = {
    "playbook_templates": "opsconductor/_data/playbook_templates",
    "collections": "opsconductor/_data/collections",
    "api/static": "api/static",
}
CONSOLE = Path("api") / "static" / "index.html"


class ConsoleMissing(Exception):
    """The web console is not built."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the data folders to a wheel; an editable install uses the checkout's own."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before the build."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        if not (root / CONSOLE).is_file():
            raise ConsoleMissing(
                f"{CONSOLE} is not there. Build the web console first: cd ui && npm ci && npm run build"
            )
        for source, place in DATA.items():
            for path in sorted((root / source).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    build_data["force_include"][str(path)] = f"{place}/{path.relative_to(root / source).as_posix()}"
