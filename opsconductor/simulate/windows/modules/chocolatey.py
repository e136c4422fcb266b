# SPDX-License-Identifier: Apache-2.0
"""win_chocolatey, win_chocolatey_facts, against the package source of the host's description."""

from __future__ import annotations

import ntpath
from typing import Any

from opsconductor.simulate.windows.failure import ModuleFailed
from opsconductor.simulate.windows.fault import FaultKind
from opsconductor.simulate.windows.modules.run import Run, module
from opsconductor.simulate.windows.software import Offer, newer

_STATES = ("absent", "downgrade", "upgrade", "latest", "present", "reinstalled")
_CHOCO = r"C:\ProgramData\chocolatey\bin\choco.exe"


def _offer(run: Run, name: str, version: str | None) -> tuple[Offer, str]:
    """The package and the version to install. Raises ModuleFailed as choco would."""
    offer = run.host.chocolatey.offers.get(name.lower())
    if offer is None or (version is not None and version not in offer.versions):
        shown = f"{name} {version}" if version else name
        raise ModuleFailed(
            f"Error installing {name}",
            rc=1,
            command=f"{_CHOCO} install {name} --yes",
            stdout=f"{shown} not installed. The package was not found with the source(s) listed.\r\n",
            stderr="",
        )
    return offer, version or offer.latest


def _install(run: Run, offer: Offer, version: str) -> None:
    """Program files are replaced; configuration that is there stays as it is."""
    host = run.host
    for path, content in offer.files.items():
        host.files.make_directory(ntpath.dirname(path))
        host.files.write(path, content.replace("{version}", version).encode())
    for path, content in offer.configuration.items():
        if not host.files.is_file(path):
            host.files.make_directory(ntpath.dirname(path))
            host.files.write(path, content.replace("{version}", version).encode())
    host.chocolatey.installed[offer.name.lower()] = version


def _remove(run: Run, name: str) -> None:
    offer = run.host.chocolatey.offers.get(name.lower())
    for path in offer.files if offer else ():
        if run.host.files.is_file(path):
            run.host.files.remove(path)
    del run.host.chocolatey.installed[name.lower()]


def _target(run: Run, name: str, state: str, version: str | None) -> str | None:
    """The version to bring in; None if nothing is to be done."""
    chocolatey = run.host.chocolatey
    have = chocolatey.installed.get(name.lower())
    if have is None:
        return _offer(run, name, version)[1]
    if state == "present":
        if version is not None and version != have and not run.arguments.flag("force"):
            raise ModuleFailed(
                f"Chocolatey package '{name}' is already installed with version(s) '{have}' but was expecting "
                f"'{version}'. Either change the expected version, set state=latest or state=downgrade, or set "
                "allow_multiple=yes to continue",
                rc=0,
            )
        return _offer(run, name, version)[1] if run.arguments.flag("force") else None
    if chocolatey.pinned.get(name.lower()) == have and state in ("latest", "upgrade"):
        return None
    wanted = _offer(run, name, version)[1]
    match state:
        case "reinstalled":
            return version or have
        case "downgrade":
            return wanted if newer(have, wanted) else None
    return wanted if newer(wanted, have) else None


def _one(run: Run, name: str, state: str, version: str | None) -> dict[str, Any]:
    """Brings one package into its state."""
    chocolatey, low = run.host.chocolatey, name.lower()
    if fault := run.host.faults.strikes(FaultKind.PACKAGE, name):
        raise ModuleFailed(
            f"Error installing {name}", rc=fault.rc, command=f"{_CHOCO} {name}", stdout=fault.message or ""
        )
    if state == "absent":
        if low not in chocolatey.installed:
            return {}
        if not run.check_mode:
            _remove(run, name)
        return {"changed": True, "command": f"{_CHOCO} uninstall {name} --yes", "stdout": f"{name} uninstalled.\r\n"}
    target = _target(run, name, state, version)
    result: dict[str, Any] = {}
    if target is not None:
        offer, _ = _offer(run, name, target)
        verb = "upgrade" if low in chocolatey.installed else "install"
        if not run.check_mode:
            _install(run, offer, target)
        command = f"{_CHOCO} {verb} {name} --version {target} --yes"
        result = {
            "changed": True,
            "command": command,
            "stdout": f"{name} v{target} [Approved]\r\n {verb} successful.\r\n",
        }
    return {**result, **_pin(run, name, bool(result))}


def _pin(run: Run, name: str, changed: bool) -> dict[str, Any]:
    if not run.arguments.given("pinned"):
        return {}
    pinned, low = run.host.chocolatey.pinned, name.lower()
    wanted = run.arguments.flag("pinned")
    differs = (low in pinned) != wanted
    if differs and not run.check_mode:
        if wanted:
            pinned[low] = run.host.chocolatey.installed[low]
        else:
            del pinned[low]
    return {"changed": changed or differs}


@module(
    "win_chocolatey",
    "name state version source source_username source_password pinned force allow_prerelease install_args "
    "package_params params timeout execution_timeout ignore_checksums validate_certs architecture "
    "allow_empty_checksums ignore_dependencies choco_args",
)
async def win_chocolatey(run: Run) -> dict[str, Any]:
    names = [str(name) for name in run.arguments.items("name") or []]
    if not names:
        raise ModuleFailed("missing required arguments: name")
    state, version = run.arguments.choice("state", _STATES, "present") or "present", run.arguments.text("version")
    if len(names) > 1 and version is not None:
        raise ModuleFailed("Cannot specify a version when multiple packages are defined")
    result: dict[str, Any] = {"rc": 0, "choco_cli_version": run.host.chocolatey.version}
    for name in names:
        for key, value in _one(run, name, state, version).items():
            joined = key == "stdout" and key in result
            result[key] = result[key] + value if joined else (result.get(key) or value if key == "changed" else value)
    return result


@module("win_chocolatey_facts", "filter gather_subset")
async def win_chocolatey_facts(run: Run) -> dict[str, Any]:
    if not run.host.description.chocolatey.available:
        raise ModuleFailed("Failed to find Chocolatey, make sure it is added to the PATH environment variable.")
    chocolatey = run.host.chocolatey
    packages = [{"package": name, "version": version} for name, version in sorted(chocolatey.installed.items())]
    source = {"name": "simulated", "source": "https://packages.example/simulated", "disabled": False, "priority": 0}
    gathered = set(run.arguments.items("filter") or run.arguments.items("gather_subset") or ["all"])
    every: dict[str, Any] = {
        "config": {},
        "feature": {},
        "sources": [source],
        "packages": packages,
        "outdated": _outdated(run),
    }
    facts = {name: value for name, value in every.items() if gathered & {"all", name}}
    return {"ansible_facts": {"ansible_chocolatey": facts}}


def _outdated(run: Run) -> list[dict[str, Any]]:
    chocolatey = run.host.chocolatey
    return [
        {
            "package": name,
            "current_version": have,
            "available_version": offer.latest,
            "pinned": name in chocolatey.pinned,
        }
        for name, have in sorted(chocolatey.installed.items())
        if (offer := chocolatey.offers.get(name)) and newer(offer.latest, have)
    ]
