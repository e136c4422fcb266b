# SPDX-License-Identifier: Apache-2.0
"""Kinds of task names that say things in an order of their own, each as the request that it stands for."""

import re
from collections.abc import Iterator

from planner.task_stand_ins import TaskReading, stand_in
from planner.task_words import FEATURE, GENERIC, SHOWN_FEATURE, words_of

_SERVICE = re.compile(r"(?i)((?:re)?start|stop|reload|enable|disable)\s.+\(([\w.$-]+)\)\s*")
_OPENED = re.compile(
    r"(?i)^(?:fire ?wall rule to allow|allow|open|permit|enable|accept|unblock|add|configure|ensure)\b"
)
_CLOSED = re.compile(r"(?i)^(?:block|deny|close|drop|reject)\b")
_PORT = re.compile(
    r"(?i)\b(?:(?P<first>tcp|udp)(?:\s+port)?[ /:]*(?P<port>\d{1,5})|(?P<number>\d{1,5})\s*/?\s*(?P<last>tcp|udp))\b"
)
_NARROWER = re.compile(r"(?i)\bfrom\b|\bzone\b|\bsource\b|\d+\.\d+\.\d+\.\d+|\bwait\b|\blisten")
_PROFILES = re.compile(r"(?i)\b(?:domain|private|public)\b")
_REMOVED = re.compile(r"(?i)^(?:remove|uninstall|disable|ensure\b.*\b(?:not|absent|removed|disabled)\b)")
_ADDED = re.compile(r"(?i)^(?:install|enable|add|activate|ensure|make sure|deploy|set ?up|configure)\b")
_NO_FEATURE = re.compile(
    r"(?i)\b(?:packages?|service|users?|group|config\w*|domain controller|started|running|firewall)\b"
)
_REGISTRY = re.compile(
    r"(?i)\b(?:registry|regedit|credssp|uac|nla|smb(?:v?1)?|llmnr|rdp|tls|schannel|lsa|wdigest|gpo)\b"
)
_SETS = re.compile(r"(?i)^(?:set|disable|enable|configure|change|turn on|turn off)\b")
_VALUE_NAME = re.compile(r"\b(?:[A-Z][a-z]+){2,}[A-Z]?\w*\b")
_CLONE = re.compile(
    r"(?i)^(?:git clone|clone|git checkout|check ?out|git pull|"
    r"pull)\s+(?:down\s+)?(?:the\s+)?(?:latest\s+)?(?P<name>[\w.-]+(?:/[\w.-]+)?)"
    r"(?:\s+(?:git|source|repo|repository|repos|code|project|sources))*(?P<to>\s+(?:to|into|in|under)\s+[/~]\S+)?"
    r"(?:\s+(?:to|into|in|from|using|via|with|for|on|at|as|if|repository|\().*)?$"
)
_KILL = re.compile(
    r"(?i)^(?:force )?(?:kill|terminate|stop)\s+(?:all\s+|any\s+|the\s+|old\s+|running\s+|"
    r"remaining\s+|existing\s+|stale\s+)*"
    r"(?P<name>[\w.-]+)\s+process(?:es)?\b"
)
_USER = re.compile(
    r"(?i)^(?:create|add|ensure|make sure|set ?up)\s+(?:(?:an?|the|new|local|system|linux|unix|default|that)\s+)*"
    r"(?P<name>[\w.$-]+)\s+(?:system\s+|service\s+|unix\s+|linux\s+|os\s+|shell\s+)?(?:user|account)s?\b"
    r"(?P<rest>(?:\s+(?:with|without|for|exists?|is|if|on|that|and|\(|having).*)?)$"
)
_FOR_USER = re.compile(r"(?i)^(?:create|add)\s+(?:an?\s+)?(?:\w+\s+)?(?:user|account)\s+for\s+(?P<name>[a-z_][\w.-]*)$")
_COPY = re.compile(
    r"(?i)^(?P<verb>copy|upload|push|deploy|transfer|send|put)\s+(?:the\s+|file\s+)*(?P<src>(?:/|"
    r"\.{0,2}/|[\w.-]+/|[A-Z]:\\)\S+)(?P<rest>\s.*)?$"
)
_EXISTS = re.compile(
    r"(?i)^(?:check|verify|test|see|confirm|ensure)\s+(?:if|whether|that|"
    r"for)?\s*(?P<name>program files.*|(?:\w+\s+){0,4}(?:directory|folder|dir|file|binary|symlink|"
    r"executable|script))\s+(?:already\s+)?(?:exists?|is present|is there)$"
)
_REPO = re.compile(
    r"(?i)^(?P<repo>(?:add|enable|install|configure|set ?up|import)\s.*\b(?:repo|repository|"
    r"repositories|ppa))\s+(?:for|to|on|from|containing)\s"
)
_REBOOT = re.compile(
    r"(?i)^(?:force |perform a |do a )?reboot(?:ing|s)?\b(?!.*\b(?:is|are) (?:required|"
    r"needed)$)(?![- ](?:required|flag|status))"
)
_SITE = re.compile(
    r"(?i)^(?P<verb>enable|activate|symlink|disable|deactivate|remove|delete|unlink)\b.*\b(?:sites?|"
    r"v-?hosts?|virtual ?hosts?|web ?sites?|server blocks?)\b"
)
_CONFIGURED = re.compile(
    r"(?i)^(?:create|generate|build|ensure|make)\b(?!.*(?:/|\\|\b(?:user|group|folders?|director(?:y|"
    r"ies)|dir|cron|map|permissions?|owner|readable|service is)\b)).*\b(?:config|configuration|conf|"
    r"template)(?: files?)?(?: (?:is|are) (?:present|in place)| exists?)?$"
)
_DAEMON = re.compile(
    r"(?i)^(?:ensure|disable|enable|deny|forbid|prevent|set|configure|harden|disallow|"
    r"allow)\b.*\b(?:password auth\w*|root (?:ssh )?log-?in|sshd? (?:hardening|config\w*|settings|"
    r"security)|x11 ?forwarding|empty passwords?|permitrootlogin)\b(?! files?)"
)
_MACHINE = re.compile(
    r"(?i)^(?:restart|reboot)\b(?!.*\bservices?\b).*\b(?:systems?|machines?|computers?|hosts?|vms?|pcs?)$"
)
_UPGRADES = re.compile(
    r"(?i)^(?:install|apply|perform|run)\s+(?:all\s+)?(?:apt|apt-get|yum|dnf|zypper|pacman)\s+(?:upgrades?|updates?)$"
)
_TOGGLED = re.compile(
    r"(?i)^(?:enable|disable|set|turn on|turn off|allow|configure)\b.*\b(?:NLA|UAC|"
    r"Network Level Authentication|User Account Control|LLMNR|auto-?logon|WDigest|CredSSP encryption|"
    r"registry)\b(?!.*[/\\])"
)
_KEYRING = re.compile(
    r"(?i)^(?:add|import|install|trust|ensure)\b(?!.*\bssh\b).*\b(?:(?:apt|gpg|pgp|rpm|yum|dnf|deb|"
    r"repo|repository|signing|release|dnf/yum)\b.*\bkeys?|keys?\s+(?:to|for|into)\s+(?:apt|yum|rpm|"
    r"dnf|\S+ repo\w*))\b"
)
_WALL = re.compile(
    r"(?i)^(?:disable|remove|deny|block|close)\b(?!.*\d).*\b(?:in|on|from|to|through|via|with) (?:the )?"
    r"(?:firewalld|ufw|firewall|iptables)$"
)
_WALL_OPEN = re.compile(
    r"(?i)^(?:(?:configure|set ?up)\b(?!.*\b(?:file|conf|config)\b).*\b(?:ufw|firewalld?|iptables)\b|"
    r"fire ?wall\b.*\b(?:open|allows?|permits?)\b|ensure\b.*\bfire ?wall\b.*\b(?:open|allows?|"
    r"permits?)\b)"
)
_PPA = re.compile(r"(?i)^(?:add|enable|install)\s+(?:the\s+)?(?P<name>[\w-]+)\b.*\bppa\b")
_SUDOERS = re.compile(
    r"(?i)^(?:add|allow|give|grant|enable|set ?up|configure|put|insert|"
    r"validate)\b(?!.*[/\\]).*\b(?:sudoers?|sudo|wheel)\b(?!.*\bgroup\b)(?!.*\bpackage\b)"
)
_ACCOUNTS = re.compile(r"(?i)^(?:install|create|add)\s(?!.*\b(?:for|to)\b).*\baccounts?$")
_PERMITTED = re.compile(
    r"(?i)^(?:ensure|verify|check)\s+(?:that\s+)?(?P<name>\S+)(?:\s+file)?\s+(?:has|have|is owned|"
    r"owner|permissions|file permissions)\b(?=.*\b(?:permissions?|ownership|mode|owned|owner)\b)"
)
_CHECKED = re.compile(
    r"(?i)^(?:check|verify|test|see|stat|look)\b(?!.*[/\\])(?!.*\b(?:permissions?|syntax|valid\w*|"
    r"config\w* test|running|checksum|contains?)\b).*\b(?:files?|director(?:y|ies)|folders?|symlinks?|"
    r"dir|binary|lock|marker|(?:reboot|restart) (?:is )?(?:required|needed|pending)|"
    r"reboot flag)\b(?:\s+(?:already\s+)?(?:exists?|is present|are present|is there))?(?:\s+(?:on|for|"
    r"in|after)\b.*)?$"
)
_KILL_ANY = re.compile(
    r"(?i)^(?:force )?(?:kill|terminate)\s+(?:whatever|what|anything|everything|"
    r"process(?:es)?\s+(?:using|on|that|which|with|by))\s"
)
_PATH = r"(?:/|[A-Za-z]:\\)[^\s\"'{}]+"
_TO_PATH = re.compile(
    r"(?i)^(?:copy|upload|push|deploy|send|transfer|put|place|unpack|extract|unzip|untar|unarchive)\b(?!.*"
    rf"(?<!\w){_PATH}.*\s(?:to|into|in|under)\s).+?\s(?:to|into|in|under)\s(?P<dest>{_PATH})$"
)
_UNPACKS = re.compile(r"(?i)^(?:unpack|extract|unzip|untar|unarchive)\b")
_PERMITTING = re.compile(
    r"(?i)^(?:set|change|fix|give|add|apply|adjust|grant)\b.*\b(?:permissions?|mode|ownership|owner|rights|bit)\b.*?"
    rf"\s(?:on|of|for|to)\s(?:the\s)?(?P<path>{_PATH})$"
)
_SCHEDULED = re.compile(r"(?i)^schedule\b(?!.*\btasks?\b)")
_WAIT = re.compile(r"(?i)^wait\b.*\bport (\d+)\b")
_INSTALLER = re.compile(r"(?i)^(?:pip3?|npm|gem|choco|snap|cargo|brew)\s+install\s+(?!-)([\w.@+-]+)$")
_CATEGORIES = re.compile(r"(?i)^(?:install|apply)\b.*\bupdates\b.*\bcategor(?:y|ies)\b")
_LABELLED_USER = re.compile(r"(?i)^(?:create|add)\b[^:]*\b(?:user|account)\b[^:]*:\s+(?P<name>[a-z_][\w.-]*)$")
#: What is no name before a noun: "the process", "a new user".
_NO_NAME = GENERIC | words_of(
    """existing using running remaining stale old new system service admin's normal regular non-root nonroot
    unprivileged privileged application deployment dedicated required local domain git source repo repository code
    project latest newest upstream stable release own forked public private
    repos branch standard custom additional multiple several sudo sftp superuser"""
)


def sure_kinds_of(text: str) -> Iterator[TaskReading]:
    """Readings of a name that tell more than its words in their order would."""
    if named := _SERVICE.fullmatch(text):
        yield TaskReading(f"{named[1]} service {named[2]}")
    yield from _ports(text)
    yield from _profiles(text)
    if (
        (_SETS.match(text) and _REGISTRY.search(text))
        and (found := _VALUE_NAME.search(text))
        and not re.search(r"[/\\]", text)
    ):
        yield TaskReading(f'set registry value "{found[0]}"')
    if added := _REPO.match(text):
        yield TaskReading(added["repo"])
    if waits := _WAIT.match(text):
        yield TaskReading(f"wait for port {waits[1]}")
    if asked := _INSTALLER.match(text):
        yield TaskReading(f"install {asked[1]}")
    if _CATEGORIES.match(text):
        yield TaskReading("install windows updates")
    if permitted := _PERMITTED.match(text):
        yield TaskReading(f"set permissions of {permitted['name']}")
    if _REBOOT.match(text):
        yield TaskReading("reboot")
    yield from _plain_kinds(text)
    word = stand_in(0)
    if (found := _CLONE.match(text)) and found["name"].casefold() not in _NO_NAME:
        url = f"https://{word}.invalid/{word}"
        yield TaskReading(f"clone {url}{found['to'] or ''}", {url: found["name"]})
    if _KILL_ANY.match(text):
        yield TaskReading("kill the process")
    if (found := _USER.match(text)) and re.search(
        r"(?i)\bwith(?:out)?\b(?!.*(?:/|\bshell\b|\bgroups?\b|\buid\b))", found["rest"]
    ):
        yield from _users(found)
    if found := _LABELLED_USER.match(text):
        yield TaskReading(f'create user "{word}"', {word: found["name"]})


#: Kinds that say one thing and no value of it.
_PLAIN = (
    (_CONFIGURED, "deploy the config template"),
    (_DAEMON, "edit the file"),
    (_MACHINE, "reboot"),
    (_UPGRADES, "install the updates"),
    (_TOGGLED, "set registry value"),
    (_KEYRING, "add repo"),
    (_WALL_OPEN, "open port"),
    (_SUDOERS, "edit the file"),
    (_ACCOUNTS, "create the user"),
)


def _plain_kinds(text: str) -> Iterator[TaskReading]:
    """What a text says by the kind of its words alone."""
    word = stand_in(0)
    if re.search(r"(?<!\w)[/\\]\S|\w:", text):
        return
    yield from (TaskReading(request) for pattern, request in _PLAIN if pattern.search(text))
    if site := _SITE.match(text):
        linked = site["verb"].casefold() in {"enable", "activate", "symlink"}
        yield TaskReading("create the symlink" if linked else "delete the file")
    if _WALL.match(text):
        yield TaskReading("close port")
    if added := _PPA.match(text):
        yield TaskReading(f'add repository "{word}"', {word: added["name"]})
    if _CHECKED.match(text):
        yield TaskReading(f"check if the file /srv/{word} exists", {f"/srv/{word}": None})


def kinds_of(text: str) -> Iterator[TaskReading]:
    """Readings of a name by the kind of its words, where the planner reads it no other way."""
    word = stand_in(0)
    if (found := _KILL.match(text)) and found["name"].casefold() not in _NO_NAME - {"node"}:
        yield TaskReading(f'kill process "{word}"', {word: found["name"]})
    if found := _USER.match(text) or _FOR_USER.match(text):
        yield from _users(found)
    if found := _COPY.match(text):
        name = f"{word}.conf"
        said = found["src"] if found["src"][0] in "/~" or ":" in found["src"] else found["src"].rpartition("/")[2]
        yield TaskReading(f"copy {name}{found['rest'] or ''}", {name: said})
        yield TaskReading(f"copy {name}", {name: said})
    if (found := _TO_PATH.match(text)) and "://" not in text:
        verb = "extract" if _UNPACKS.match(text) else "copy"
        yield TaskReading(f"{verb} {word}.zip to {found['dest']}", {f"{word}.zip": None})
    if found := _PERMITTING.match(text):
        yield TaskReading(f"set permissions of {found['path']}")
    if _SCHEDULED.match(text):
        yield TaskReading("create the cron job")
    if found := _EXISTS.match(text):
        shown = found["name"] if found["name"][0].isupper() else None
        yield TaskReading(f"check if the file /srv/{word} exists", {f"/srv/{word}": shown})


def _users(found: re.Match[str]) -> Iterator[TaskReading]:
    if found["name"].casefold() not in _NO_NAME:
        yield TaskReading(f'create user "{stand_in(0)}"', {stand_in(0): found["name"]})


def _ports(text: str) -> Iterator[TaskReading]:
    """ "Allow mesh traffic (UDP 41641)"."""
    ports = [(m["port"] or m["number"], (m["first"] or m["last"])) for m in _PORT.finditer(text)]
    if len(ports) != 1 or _NARROWER.search(text):
        return
    number, protocol = ports[0]
    if _OPENED.match(text) or _CLOSED.match(text):
        verb = "open" if _OPENED.match(text) else "close"
        yield TaskReading(f"{verb} port {number}/{protocol.lower()}", {protocol.lower(): protocol})


def _profiles(text: str) -> Iterator[TaskReading]:
    """ "Disable firewall for Domain, Public and Private profiles"."""
    profiles = _PROFILES.findall(text)
    if len(profiles) > 1 and re.search(r"(?i)\bfire ?wall\b", text) and re.match(r"(?i)(?:dis|en)able\b", text):
        yield TaskReading(text, {"all": profiles})


def features_of(text: str) -> Iterator[TaskReading]:
    """Readings of a name that holds the name of a feature of Windows: "Ensure IIS Web-Server is installed"."""
    shown = [m[0] for m in (*FEATURE.finditer(text), *SHOWN_FEATURE.finditer(text))]
    if not shown or _NO_FEATURE.search(text):
        return
    word = stand_in(0)
    said = shown[0] if len(shown) == 1 else shown
    if _REMOVED.match(text):
        yield TaskReading(f'remove windows feature "{word}"', {word: said})
    elif _ADDED.match(text):
        yield TaskReading(f'install windows feature "{word}"', {word: said})
