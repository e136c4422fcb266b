# SPDX-License-Identifier: Apache-2.0
"""What sort of work the name of a task begins with, where nothing more of it is understood."""

import re

#: An address that stands for one that is not said.
SOMEWHERE = "https://name.invalid/a"
_A = r"(?:\S+\s+){0,7}?"  #: words between a verb and what it is done to
_MAKE = r"(?:re-?)?(?:create|make|add|ensure|setup|set up|prepare|mkdir|provision|define|have)\b\s+"
_GONE = r"(?:remove|delete|rm|erase|drop|clean(?: ?up)?|purge|get rid of|unlink|wipe)\b\s+"
_WRITE = r"(?:copy|upload|push|transfer|deploy|put|place|send|distribute|install|add|create|provide)\b\s+"
_FILE = r"(?:files?|binar(?:y|ies)|archive|executables?|jar|war|scripts?|certificates?|certs?|keys?|units?)\b"
_RENDERED = r"(?:configs?|configurations?|templates?|conf|settings|vhosts?|virtual ?hosts?|unit files?|units?|motd)\b"


def _heads(table: dict[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(f"(?i){pattern}"), request) for pattern, request in table.items())


#: How a name begins, and the request it is one for at least; the first that fits counts.
HEADS = _heads(
    {
        r"^(?:force |perform a |do a |trigger |initiate )?(?:a )?reboot(?:ing)?\b(?!\w|[- ](?:required|"
        r"flag|needed))": "reboot",
        r"^restart\s+(?:the\s+|all\s+)?(?:\w+\s+)?(?:servers?|machines?|hosts?|computers?|nodes?|vms?|"
        r"instances?|pis?|system)\b": "reboot",
        r"^(?:git\s+)?clone\b|^git\s+(?:clone|checkout|pull)\b|^check ?out\b(?!.*\b(?:status|whether|"
        r"if)\b)|^(?:pull|checkout|update|get|fetch|download)\b.*\b(?:git|github)\s+(?:repo|repository|"
        r"repositories)\b": "clone the repository",
        r"^get\b.*\bfrom (?:the )?(?:master|server|remote|node|control plane|host|vm)\b": "fetch the file",
        r"^rename\b.*\b(?:computer|machine|host|server)\b|^ensure\b.*\bhost ?name\b": "set the hostname",
        r"^(?:block|deny)\b": "close port",
        r"^validate\b": "run command",
        r"^map\b.*\bdrive\b|^(?:remount|mount|automount)\b(?!\s+point)": "mount the volume",
        r"^(?:unmount|umount|dismount)\b": "unmount the volume",
        r"^(?:force[- ])?(?:kill|terminate)\b(?!.*\b(?:connections?|sessions?|containers?|quer(?:y|"
        r"ies))\b)": "kill the process",
        r"^(?:set|change|configure|update|define|rename|modify)\b.*\b(?:host ?name|computer name|"
        r"system name)\b(?!.*\bin\b)": "set the hostname",
        r"^(?:set|change|configure|update|ensure)\b.*\btime ?zone\b": "set the timezone",
        rf"^{_GONE}{_A}(?:users?|accounts?)\b(?!\s+(?:from|dir|home|file))": "delete the user",
        rf"^{_GONE}{_A}cron(?:tab|job)?s?\b": "remove the cron job",
        rf"^{_GONE}{_A}(?:registry|regkey)\b": "remove registry key",
        rf"^{_GONE}{_A}(?:windows )?(?:features?|server roles?)\b": "remove the windows feature",
        rf"^{_GONE}{_A}(?:packages?|software|rpms?)\b": "remove the package",
        rf"^{_GONE}{_A}(?:dir|directory|directories|folders?|files?|symlinks?|links?|site|vhost|tarball|"
        r"archive|zip|installer|"
        r"logs?|page|binary|binaries|artifacts?|leftovers?|cache files|contents?)\b": "delete the file",
        r"^(?:set|change|fix|ensure|adjust|correct|update|modify|configure|apply|grant|give|restrict|tighten|secure|"
        r"verify|harden)\b.*\b(?:permissions?|ownerships?|owners?|file modes?|mode bits|chmod|chown|acls?)\b|"
        r"^(?:chmod|chown|chgrp)\b|^(?:make|change|set|mark|ensure)\b.*\bexecutable\b": "set the permissions",
        rf"^{_MAKE}{_A}(?:dir|dirs|directory|directories|(?:sub)?folders?)\b|^mkdir\b": "create the folder",
        rf"^{_MAKE}{_A}(?:symlinks?|sym link|symbolic links?|soft ?links?|hard ?links?)\b|^(?:symlink|"
        r"link)\b": "create the symlink",
        rf"^{_MAKE}{_A}(?:to|into)\s+{_A}groups?\b": "add the user to the group",
        rf"^{_MAKE}{_A}(?:authorized|ssh|public|pub)[ _-]keys?\b": "add the ssh key",
        rf"^{_MAKE}(?!.*\b(?:database|db|mysql|postgres\w*|mongo\w*|rabbitmq|role|grafana)\b)"
        rf"{_A}(?:users?|accounts?|unix user|system user)\b(?!\s+(?:data|dir|home|to|in|config|file|"
        r"group))": "create the user",
        rf"^{_MAKE}(?!.*\b(?:security|resource|volume|auto ?scaling|target|consumer|placement|node) group)"
        rf"{_A}groups?\b(?!\s+(?:var|policy))": "create the group",
        rf"^{_MAKE}{_A}cron(?:tab| ?jobs?| entr\w+| tasks?)?\b": "create the cron job",
        rf"^{_MAKE}{_A}scheduled tasks?\b": "create scheduled task",
        rf"^{_MAKE}{_A}(?:smb|samba|network|windows|file) shares?\b": "create the share",
        rf"^(?:{_MAKE}|enable\s+|import\s+|install\s+|configure\s+){_A}(?:repos?|repositor(?:y|ies)|ppas?|"
        r"apt sources?)\b(?!.*\b(?:helm|git|docker registry)\b)": "add repo",
        rf"^(?:{_MAKE}|set\s+|update\s+|configure\s+|disable\s+|enable\s+).*\b(?:registry|regedit|HKLM|"
        r"HKCU)\b": "set registry value",
        rf"^(?:{_MAKE}|allow|open|permit|enable|configure|insert|accept|unblock)\b.*\b(?:fire ?wall|ufw|"
        r"firewalld|iptables|ports?|inbound|incoming|traffic|nsg)\b(?!.*\bforward)": "open port",
        r"^(?:block|deny|close|drop|reject)\b.*\b(?:fire ?wall|ufw|ports?|inbound|incoming|traffic)\b": "close port",
        r"^(?:disable|turn off|switch off|stop)\b.*\bfire ?walls?\b": "disable the firewall",
        r"^(?:enable|turn on|switch on|activate)\b.*\bfire ?walls?\b": "enable the firewall",
        r"^(?:install|enable|add|activate|ensure)\b.*\b(?:windows features?|server roles?|"
        r"optional features?)\b": "install the windows feature",
        r"^(?:(?:un|de)?tar|unzip|unpack|extract|unarchive|uncompress|decompress|untar)\b": "extract the archive",
        r"^(?:tar|zip|compress|archive|gzip)\b": "create an archive",
        r"^(?:pause|sleep)\b|^wait\b.*\b(?:seconds?|minutes?|secs?|mins?|moment|while)\b": "pause",
        r"^wait\b.*\bfiles?\b": "wait for the file",
        r"^wait\b": "wait for the port",
        r"^(?:download|wget|curl|get_url)\b(?!.*\b(?:docker|container|image|module|plugin|role|"
        r"collection)s?\b)|^get\b.*\b(?:installer|"
        r"tarball|archive|package|binary|zip|key|release|rpm|deb|"
        r"script)\b(?!.*\bversion\b)": f"download the file from {SOMEWHERE}",
        r"^(?:back ?up)\b(?!.*\b(?:database|db|etcd)\b)": "back up the file",
        r"^touch\b": "create the file",
        rf"^(?:template|render|generate|configure|write|deploy|set ?up|install)\b\s+"
        rf"{_A}{_RENDERED}": "deploy the config template",
        rf"^{_WRITE}{_A}(?:web ?pages?|html\b.*|index page|landing page|home ?page)": "copy the file",
        r"^(?:copy|upload|push|transfer|distribute|send|scp|place)\b\s+(?!.*\bdocker|.*\bimages?\b)\S": "copy the file",
        rf"^(?:deploy|put|add|install)\b\s+{_A}{_FILE}$": "copy the file",
        r"^(?:fetch|retrieve)\b.*\b(?:files?|logs?|config\w*|certificates?|keys?|kubeconfig)\b": "fetch the file",
        r"^(?:edit|modify|change|alter|adjust)\b.*\b(?:file|config|configuration|line|conf)\b": "edit the file",
        r"^(?:run|execute|launch)\b.*\b(?:scripts?|playbook\.sh|installer\.sh)\b": "run the script",
        r"^(?:update|refresh)\b.*\b(?:cache|package lists?|package index|apt lists?|"
        r"repositories)\b": "refresh the package cache",
        r"^(?:upgrade|update|patch|apply|install)\b.*\b(?:all packages|(?:os|system|windows|security|"
        r"software) (?:updates?|packages|patches)|everything|"
        r"operating system|the system|hotfix\w*)\b|^(?:ensure|make sure|keep)\b.*\b(?:windows|system|os|"
        r"server|host|everything|packages)\b.*\bup[- ]to[- ]date\b": "install the updates",
        r"^(?:install|ensure|make sure)\b.*\b(?:packages|dependencies|prerequisites|requirements|"
        r"libraries|utilities|tools|software)\b(?!.*\b(?:absent|removed|running)\b)": "install the required packages",
        r"^install\s+(?!.*\b(?:chart|plugin|role|collection|certificate|cert|crd|extension|hook|"
        r"script)s?\b)\S": "install the required packages",
        r"\bip(?:v4|v6)?[ _]forward\w*": "set sysctl",
        r"^(?:get|grab|obtain)\b(?!.*\b(?:status|info\w*|versions?|list|facts?|details|states?|names?|"
        r"ips?|output|tokens?|ids?|"
        r"hash|checksum|uptime|stats|contents?|passwords?|values?|current|rid|running|available|number|"
        r"all)\b)": f"download the file from {SOMEWHERE}",
        r"\bgit clone$": "clone the repository",
        r"^(?:ensure|install)\b.*\bupdates are installed$": "install the updates",
        r"^deploy\b.*\b(?:contents?|web ?sites?|applications?|apps?|code|artifacts?|assets|dashboards?|"
        r"pages?|jar|war|scripts?)\b": "copy the file",
        r"^(?:move|mv)\b": "copy the file",
        r"^(?:harden|secure|tweak|tune|enable|disable|set|configure|allow|permit|deny|prevent|"
        r"forbid)\b.*\b(?:sshd?|root login|password auth\w*)\b": "edit the file",
        r"\bswap ?off\b|^(?:disable|turn off) swap\b|"
        r"^(?:run|execute|invoke|initiali[sz]e|build|compile)\b": "run command",
        r"^(?:enable|disable|set|configure|allow)\b.*\b(?:ip(?:v[46])?[ _-]?forward\w*|sysctl|"
        r"kernel parameters?|swappiness|ip_forward|ipv6)\b": "set sysctl",
    }
)


def head_request(name: str) -> str | None:
    """The least that a name asks for by its first words; None where they tell nothing."""
    return next((request for pattern, request in HEADS if pattern.search(name)), None)
