# SPDX-License-Identifier: Apache-2.0
"""The language of the names that tasks of playbooks have: what decorates them, what names things in them."""

import re


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def _either(text: str) -> str:
    """The words of a text as alternatives."""
    return "|".join(text.split())


#: Systems that a name begins with: "Debian - ", "RHEL 8: ", "Windows | ".
SYSTEMS = _either(
    """debian ubuntu redhat rhel centos rocky almalinux alma fedora suse sles opensuse alpine archlinux amazon linux
    unix windows win macos darwin freebsd openbsd oracle oraclelinux gentoo raspbian el el7 el8 el9 all common"""
)
#: Endings of files, by which a bare name is one.
_ENDINGS = _either(
    """conf cfg cnf cf ini inf list php yml yaml json toml xml html htm css txt log csv sql sh bash zsh py pl rb js ts
    ps1 psm1 bat cmd env key pem crt cer csr pub asc gpg repo rules service timer socket target path war jar ear zip
    tar gz tgz bz2 xz rpm deb msi exe iso img j2 properties policy db bak pid sock lock old orig tmp template config
    reg so dll desktop pcre fact network netdev sudoers sources xsl md rst"""
)
#: A file that is named without its folder: "sources.list", ".zshrc", "sshd_config".
BARE_FILE = (
    rf"(?<![\w/\\.~$@:{{}}=-])(?:\.(?=[A-Za-z])[\w.-]*\w|[\w@][\w.@-]*\.(?:{_ENDINGS})"
    r"|(?!authorized_keys|ssh_keys)\w+_(?:config|passwd|keys|hosts|rsa|ed25519|rc|profile))(?![\w/\\-]|\.\w)"
)
#: A folder's name that is one by its look alone: "my_app folder", ".ssh directory", "releases-2 dir".
BARE_FOLDER = (
    r"(?<![\w/\\.~$@:{}=-])(?:\.?\w+(?:[._-]\w+)+|\.\w+|[a-z]*\d\w*)"
    r"(?=\s+(?:directory|directories|folders?|dir)\b)"
)
#: Verbs whose object may be a file that is named so.
ON_FILES = re.compile(
    r"(?i)^(?:remove|delete|rm|erase|unlink|purge|modify|edit|change|adjust|update|alter|tweak|fix|set|create|touch|make|"
    r"check|stat|verify|test|see|find out|backup|back up|link|symlink|write|generate|ensure|clean|clean up|add|append|"
    r"insert|get|does|is|truncate|empty|secure|restrict|protect|chmod|chown|replace|comment|uncomment|look|rename)\b"
)
#: What is said behind a bare file name shows that it is a service's or a package's.
NO_FILE = re.compile(
    r"(?i)\b(?:service|package|daemon|unit)s?\b|\b(?:installed|running|started|stopped|enabled|disabled)\b"
)
#: Verbs whose objects are packages, services or features, which display names of several words may have.
ON_NAMES = re.compile(
    r"(?i)^(?:(?:re)?install|uninstall|remove|(?:re)?start|stop|reload|enable|disable|upgrade|update|ensure|make sure|"
    r"verify|check|deploy|download|setup|set up|add)\b"
)
#: Words that are part of no display name, whatever letter they begin with.
GENERIC = words_of(
    """package packages service dependencies dependency requirements requirement prerequisites prerequisite latest
    required needed necessary version versions from for and or on in at of with without via using by to into the
    a an all any each if when unless is are be as after before that this it its feature features role roles
    module modules plugin plugins updates update patches patch repository repositories repo repos key keys file
    files folder directory directories user users group groups config configuration configs settings certificate
    certificates cert port ports rule rules traffic hosts hostname nodes boot startup systems os install
    installed installing installer remove restart reboot start started stop stopped running enable enabled
    disable disabled ensure make sure present absent not no up state status download downloaded script scripts
    site default old new common basic extra additional base essential some other missing important both
    following optional useful python pip npm apt yum dnf linux unix cache archive tarball zip image container
    containers daemon process software applications app apps binary binaries library libraries utility utilities
    task cron job timezone firewall line option options profile profiles registry value values variable
    variables path paths databases website interface then now only also just windows"""
)
#: Features of Windows by the names that they are installed by, and by those that are shown.
FEATURE = re.compile(
    r"(?:(?:Web|AD|ADCS|ADFS|ADLDS|NET|RSAT|FS|RDS|SNMP|SMTP|Telnet|TFTP|Hyper|WAS|MSMQ|Failover|Server|RPC|GPMC|NPAS|"
    r"Print|WDS|UpdateServices|Windows|DSC|DNS|DHCP|Remote|Storage|Multipath|Network|PowerShell)(?:-[A-Z0-9]\w*)+)\b"
)
SHOWN_FEATURE = re.compile(
    r"Active Directory(?: [A-Z][\w-]+)*|Windows (?:Identity Foundation|Process Activation(?: Service)?|Server Backup|"
    r"Internal Database|Deployment Services|Subsystem for Linux|Search Service)|\.NET Framework(?: [\d.]+)?|"
    r"(?:DNS|DHCP|Web|FTP|Telnet|SMTP|Print|TFTP) Server(?= (?:role|feature))|Failover Clustering|"
    r"Group Policy Management|(?:Telnet|TFTP) Client|Domain Services|Certificate Services"
)
#: What says why or when, and nothing about what: "to apply changes", "for the change to take effect", "if needed".
TAILS = re.compile(
    r"(?ix)\s*(?:"
    r"[,;]?\s+(?:only\s+)?(?:if|when|unless|where|whenever|in\s+case|so\s+that|so|because|since|until|while|even\s+if)\b.*"
    r"|\s+for\s+[^|]*\bto\s+(?:take|be|come|become|go|get|have)\b.*"
    r"|\s+(?:in\s+order\s+)?to\s+(?:apply|support|make|let|finish|complete|pick|avoid|prevent|activate|finali[sz]e|"
    r"ensure|take|get|be|have|allow|enable|help|speed|reduce|increase|improve|use|reflect|refresh|work|serve|store|hold|"
    r"keep|manage|access|build|compile|enforce|handle|perform|pull|provide|join|fix|load|verify|test|see|trigger|"
    r"work\s+around|comply|meet|force|resolve|host|run|connect|bootstrap|give)\b.*"
    r"|\s+(?:needed|required|necessary)\s+(?:for|by|to)\b.*|\s+(?:as\s+)?(?:required|needed|necessary|appropriate)"
    r"|\s+(?:prior\s+to|after|before|during|because\s+of|due\s+to|as\s+per|according\s+to|based\s+on|afer)\b.*"
    r"|\s+(?:and|with|plus|&|\+)\s+(?:its|all|the|related|other|their|associated)\b.*"
    r"|\s+and\s+(?:wait|register|save|store|verify|check|notify|report|reconnect|retry)\b.*"
    r")$"
)
#: What only says when: the work told before it is meant, and none told behind it.
LATER = re.compile(
    r"(?i)\s+(?:prior to|after|before|following|(?:and|with|plus) (?:its|related|other|their|associated))\b"
)
#: Words that qualify without bearing on what is done.
ADJECTIVES = re.compile(
    r"(?i)\b(?:default|basic|simple|custom|existing|initial|official|proper|properly|correct|correctly|own|sample|"
    r"example|generic|previous|specific|unused|unnecessary|temporary|temporarily|permanently|manually|automatically|"
    r"forcefully|securely|gracefully|silently|directly|locally|persistently|globally|recursively|successfully|actual|"
    r"appropriate|dedicated|desired|given|standard|legacy|obsolete|stale|outdated|conflicting|unwanted|leftover|"
    r"necessary|needed|required|useful|important|various|several|some|additional|extra|optional|recommended|latest|"
    r"newest|new|old|current|main|secure|insecure|privileged|unprivileged|remaining|all|any|every|both|other|"
    r"running|dedicated|empty|first|second|our|your|my|their|its|the)\s+|"
    r"\s+(?:properly|correctly|temporarily|permanently|manually|automatically|forcefully|securely|gracefully|silently|"
    r"directly|locally|persistently|globally|recursively|successfully|again|now|first|anyway|itself|only|exists?)\b"
)
#: Before these words a name may end, when no more of it is understood.
CUTS = re.compile(
    r"(?i)\s+(?:with|without|for|from|using|via|through|on|in|at|as|by|to|into|onto|inside|under|of|that|which|and|or|"
    r"between|across|per|against|like|including|except|containing|running|used|located|based|holding)(?=\s)|\s*[,;:(\[<]|"
    r"\s+[-\u2013\u2014&/]\s|\s*(?:->|=>)"
)
