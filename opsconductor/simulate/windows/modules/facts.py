# SPDX-License-Identifier: Apache-2.0
"""setup, win_ping, win_whoami, win_product_facts."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from opsconductor.simulate.windows.failure import WindowsError
from opsconductor.simulate.windows.host import PRODUCT
from opsconductor.simulate.windows.modules.run import Run, module

_GIGABYTES = 8


@module("win_ping", "data")
async def win_ping(run: Run) -> dict[str, Any]:
    data = run.arguments.text("data") or "pong"
    if data == "crash":
        raise WindowsError("boom")
    return {"ping": data}


def _system(run: Run) -> dict[str, Any]:
    host, now = run.host, dt.datetime.now(dt.UTC)
    booted = dt.datetime.fromtimestamp(host.booted, dt.UTC)
    return {
        "os_family": "Windows",
        "system": "Win32NT",
        "distribution": "Microsoft Windows Server 2022 Standard",
        "distribution_version": "10.0.20348.0",
        "distribution_major_version": "10",
        "kernel": "10.0.20348.0",
        "os_name": "Microsoft Windows Server 2022 Standard (simulated)",
        "os_product_type": "server",
        "os_installation_type": "Server",
        "architecture": "64-bit",
        "architecture2": "x86_64",
        "hostname": host.computer_name,
        "fqdn": host.name,
        "nodename": host.name,
        "netbios_name": host.name.upper()[:15],
        "domain": "",
        "windows_domain": "WORKGROUP",
        "windows_domain_member": False,
        "windows_domain_role": "Stand-alone server",
        "system_vendor": PRODUCT,
        "product_name": PRODUCT,
        "product_serial": host.machine_id,
        "machine_id": host.accounts.machine_sid,
        "bios_version": PRODUCT,
        "bios_date": "01/01/2026",
        "virtualization_role": "guest",
        "virtualization_type": "simulated",
        "powershell_version": 5,
        "reboot_pending": False,
        "uptime_seconds": int(time.time() - host.booted),
        "lastboot": booted.strftime("%Y-%m-%d %H:%M:%SZ"),
        "date_time": {
            "date": now.strftime("%Y-%m-%d"),
            "time": now.strftime("%H:%M:%S"),
            "year": now.strftime("%Y"),
            "month": now.strftime("%m"),
            "day": now.strftime("%d"),
            "epoch": str(int(now.timestamp())),
            "epoch_int": int(now.timestamp()),
            "iso8601": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tz": "UTC",
            "tz_offset": "+00:00",
        },
    }


def _hardware(run: Run) -> dict[str, Any]:
    host = run.host
    interface = {
        "connection_name": "Ethernet0",
        "interface_name": PRODUCT,
        "interface_index": 4,
        "macaddress": host.mac,
        "default_gateway": None,
        "dns_domain": None,
        "ipv4": {"address": host.address, "prefix": "24"},
    }
    return {
        "memtotal_mb": _GIGABYTES * 1024,
        "memfree_mb": _GIGABYTES * 512,
        "swaptotal_mb": 0,
        "pagefiletotal_mb": 1280,
        "pagefilefree_mb": 1200,
        "processor": ["0", PRODUCT, f"{PRODUCT} CPU"],
        "processor_count": 1,
        "processor_cores": 4,
        "processor_threads_per_core": 1,
        "processor_vcpus": 4,
        "interfaces": [interface],
        "ip_addresses": [host.address],
        "env": dict(host.environment),
        "user_id": run.user.rpartition("\\")[2],
        "user_dir": host.environment["USERPROFILE"],
        "user_gecos": "",
        "user_sid": f"{host.accounts.machine_sid}-500",
        "owner_name": "",
        "owner_contact": "",
        "win_rm_certificate_expires": None,
    }


@module("setup", "gather_subset gather_timeout filter fact_path")
async def setup(run: Run) -> dict[str, Any]:
    facts = {**_system(run), **_hardware(run), **run.host.description.facts}
    named = {f"ansible_{name}": value for name, value in facts.items() if value is not None}
    named |= {"module_setup": True, "gather_subset": run.arguments.items("gather_subset") or ["all"]}
    return {"ansible_facts": named}


@module("win_whoami")
async def win_whoami(run: Run) -> dict[str, Any]:
    host = run.host
    name = run.user.rpartition("\\")[2]
    user = host.accounts.get(name)
    sid = host.accounts.sid(user) if user else "S-1-5-18"
    account = {"account_name": name, "domain_name": host.name.upper(), "sid": sid, "type": "User"}
    groups = [
        {
            "account_name": group,
            "domain_name": "BUILTIN",
            "sid": "S-1-5-32-544",
            "type": "Alias",
            "attributes": ["Enabled"],
        }
        for group in (user.groups if user else ["Administrators"])
    ]
    return {
        "account": account,
        "authentication_package": "NTLM",
        "user_flags": "",
        "upn": "",
        "logon_type": "Network",
        "privileges": {"SeChangeNotifyPrivilege": "enabled-by-default"},
        "label": {
            "account_name": "High Mandatory Level",
            "domain_name": "Mandatory Label",
            "sid": "S-1-16-12288",
            "type": "Label",
        },
        "impersonation_level": "SecurityAnonymous",
        "login_time": None,
        "dns_domain_name": "",
        "login_domain": host.name.upper(),
        "groups": groups,
        "rights": [],
        "token_type": "TokenPrimary",
    }


@module("win_product_facts")
async def win_product_facts(run: Run) -> dict[str, Any]:
    return {
        "ansible_facts": {
            "ansible_os_license_channel": "Volume:GVLK",
            "ansible_os_license_edition": "Windows(R) ServerStandard edition (simulated)",
            "ansible_os_license_status": "Licensed",
            "ansible_os_product_id": run.host.machine_id,
            "ansible_os_product_key": None,
        }
    }
