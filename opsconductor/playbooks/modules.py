# SPDX-License-Identifier: Apache-2.0
"""The modules a rendered playbook may use: public ones, by their full names, and our own command over telnet."""

from typing import Any

#: Nothing here hands text to a shell; the two command modules take an argument vector only.
ALLOWED = frozenset(
    {
        "ansible.builtin.apt",
        "ansible.builtin.apt_repository",
        "ansible.builtin.assert",
        "ansible.builtin.command",
        "ansible.builtin.copy",
        "ansible.builtin.cron",
        "ansible.builtin.dnf",
        "ansible.builtin.fail",
        "ansible.builtin.fetch",
        "ansible.builtin.file",
        "ansible.builtin.find",
        "ansible.builtin.get_url",
        "ansible.builtin.getent",
        "ansible.builtin.git",
        "ansible.builtin.group",
        "ansible.builtin.hostname",
        "ansible.builtin.lineinfile",
        "ansible.builtin.package",
        "ansible.builtin.package_facts",
        "ansible.builtin.ping",
        "ansible.builtin.reboot",
        "ansible.builtin.replace",
        "ansible.builtin.service",
        "ansible.builtin.set_fact",
        "ansible.builtin.setup",
        "ansible.builtin.slurp",
        "ansible.builtin.stat",
        "ansible.builtin.systemd_service",
        "ansible.builtin.tempfile",
        "ansible.builtin.template",
        "ansible.builtin.unarchive",
        "ansible.builtin.uri",
        "ansible.builtin.user",
        "ansible.builtin.wait_for",
        "ansible.builtin.wait_for_connection",
        "ansible.builtin.yum_repository",
        "ansible.posix.authorized_key",
        "ansible.posix.firewalld",
        "ansible.posix.mount",
        "ansible.posix.sysctl",
        "ansible.windows.win_acl",
        "ansible.windows.win_acl_inheritance",
        "ansible.windows.win_command",
        "ansible.windows.win_copy",
        "ansible.windows.win_feature",
        "ansible.windows.win_file",
        "ansible.windows.win_find",
        "ansible.windows.win_firewall",
        "ansible.windows.win_get_url",
        "ansible.windows.win_group",
        "ansible.windows.win_group_membership",
        "ansible.windows.win_hostname",
        "ansible.windows.win_listen_ports_facts",
        "ansible.windows.win_optional_feature",
        "ansible.windows.win_owner",
        "ansible.windows.win_path",
        "ansible.windows.win_ping",
        "ansible.windows.win_powershell",
        "ansible.windows.win_reboot",
        "ansible.windows.win_reg_stat",
        "ansible.windows.win_regedit",
        "ansible.windows.win_service",
        "ansible.windows.win_service_info",
        "ansible.windows.win_share",
        "ansible.windows.win_stat",
        "ansible.windows.win_tempfile",
        "ansible.windows.win_template",
        "ansible.windows.win_timezone",
        "ansible.windows.win_updates",
        "ansible.windows.win_uri",
        "ansible.windows.win_user",
        "ansible.windows.win_wait_for",
        "chocolatey.chocolatey.win_chocolatey",
        "chocolatey.chocolatey.win_chocolatey_facts",
        "community.general.archive",
        "community.general.dnf_config_manager",
        "community.general.listen_ports_facts",
        "community.general.modprobe",
        "community.general.shutdown",
        "community.general.timezone",
        "community.general.ufw",
        "community.windows.win_firewall_rule",
        "community.windows.win_lineinfile",
        "community.windows.win_scheduled_task",
        "community.windows.win_scheduled_task_stat",
        "community.windows.win_unzip",
        "community.windows.win_zip",
        "opsconductor.core.telnet_command",
    }
)
#: What runs where only telnet leads: the command of our own collection, and what runs on the controller.
TELNET_COMMAND = "opsconductor.core.telnet_command"
OVER_TELNET = frozenset({TELNET_COMMAND, "ansible.builtin.assert", "ansible.builtin.set_fact"})

#: Modules that take a program as `argv`, never as free text, and what else they are told: without it the first
#: would put values of the target's environment into the arguments.
COMMANDS: dict[str, dict[str, Any]] = {
    "ansible.builtin.command": {"expand_argument_vars": False},
    "ansible.windows.win_command": {},
    TELNET_COMMAND: {},
}
#: What such a module may be given beside them: the standard input of the program, whether line ends are kept, the
#: folder it works in, and whether it needs a Unix shell.
COMMAND_INPUT = frozenset({"stdin", "stdin_add_newline", "strip_empty_ends", "chdir", "shell_only"})
#: Modules that take a script: it must stand in the template, word for word.
SCRIPTS = frozenset({"ansible.windows.win_powershell"})
SET_FACT = "ansible.builtin.set_fact"
END_MODULE = "ansible.builtin.fail"  #: ends a target

#: Modules that only look, whatever they are told. A step that only reads uses no others, except to ask in check mode.
READING = frozenset(
    {
        "ansible.builtin.assert",
        "ansible.builtin.fail",
        "ansible.builtin.find",
        "ansible.builtin.getent",
        "ansible.builtin.package_facts",
        "ansible.builtin.ping",
        "ansible.builtin.set_fact",
        "ansible.builtin.setup",
        "ansible.builtin.slurp",
        "ansible.builtin.stat",
        "ansible.builtin.wait_for",
        "ansible.windows.win_find",
        "ansible.windows.win_listen_ports_facts",
        "ansible.windows.win_ping",
        "ansible.windows.win_reg_stat",
        "ansible.windows.win_service_info",
        "ansible.windows.win_stat",
        "ansible.windows.win_wait_for",
        "community.general.listen_ports_facts",
        "community.windows.win_scheduled_task_stat",
    }
)
#: Modules that only look when they are told these arguments and no others: a page is asked for, a file is kept
#: with the job, the lists of what repositories offer are read anew.
READING_WITH: dict[str, frozenset[str]] = {
    "ansible.builtin.fetch": frozenset({"src", "dest", "flat", "fail_on_missing", "validate_checksum"}),
    "ansible.builtin.apt": frozenset({"update_cache", "cache_valid_time", "lock_timeout"}),
    "ansible.builtin.uri": frozenset(
        {"url", "return_content", "timeout", "validate_certs", "status_code", "follow_redirects", "headers"}
    ),
    "ansible.windows.win_uri": frozenset(
        {"url", "return_content", "timeout", "validate_certs", "status_code", "follow_redirects", "headers"}
    ),
}

#: What a task may have beside its module.
KEYWORDS = frozenset(
    {
        "name", "when", "register", "vars", "until", "retries", "delay", "changed_when", "failed_when", "check_mode",
        "diff", "timeout", "environment", "loop", "loop_control", "no_log", "block",
    }
)  # fmt: skip
