# SPDX-License-Identifier: Apache-2.0
"""The grammar of conditions: how states, versions, numbers and results are said, and what each form makes."""

import re
from collections.abc import Callable
from typing import Any

from planner.tokens import Kind, Token

#: Of every comparison, what holds where it does not.
OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_OPS = {
    "<": r"under|below|less than|lower than|fewer than|smaller than|older than|before|<",
    "<=": r"at most|no more than|not more than|up to|< =",
    ">": r"over|above|more than|greater than|higher than|larger than|bigger than|newer than|exceeds|"
    r"exceeding|longer than|>",
    ">=": r"at least|no less than|not less than|> =",
    "==": r"exactly|equal to|equals|= =|=",
}
_SIGNS = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<", "eq": "=="}
_OP = "(?:" + "|".join(f"(?P<{name}>{_OPS[sign]})" for name, sign in _SIGNS.items()) + ")"
_KIND = (
    r"(?:the |a |an |any |that |its )*(?P<kind>service|daemon|process|program|package|file|"
    r"folder|directory|path|unit|software|application|user|account|group)? ?(?:called |named )?"
)
_NAME = (
    r"(?P<s>⟨(?:quoted|path)\d*⟩|(?!(?:is|are|the|a|an|it|there|not|disk|memory|port|reboot|and|or|"
    r"exists?|runs?|works?|needs?|version|he|she|him|her|they|them|these|those|this|that|one|ones|none|no|nobody|"
    r"someone|somebody|anyone|anybody|something|anything|nothing|everything|i|you|we|user|account|group|line)\b)[^\s⟨⟩,;]+)"
)
_IT = (
    r"(?P<it>it|he|she|him|her|they|them|that|this|these|those|one|(?:the|that|this|said|such a|such an|a|an) "
    r"(?:same )?(?:ssh |cron )?(?:service|process|package|file|daemon|software|program|folder|directory|machine|host|"
    r"server|system|box|user|account|group|line|entry|setting|key|feature|module|repo|repository|share|job)|"
    r"user|account|group|line)"
)
_SUBJECT = rf"(?:{_IT}|{_KIND}{_NAME}(?: (?P<kind2>service|daemon|process|program|package|file|folder|directory))?)"
#: What points back at the thing the step is about.
_PRONOUNS = frozenset(["it", "he", "she", "him", "her", "they", "them", "that", "this", "these", "those", "one"])
_IS = r"(?:is|are|was|were|'s|it's|seems to be) ?(?:currently |still |already |indeed |actually |even |now )*"
_NOT = r"(?P<no>not|n't|isn't|aren't|no longer|never)? ?(?:currently |still |already |yet |even )*"
_ISNT = rf"(?:{_IS}{_NOT}|(?P<no2>isn't|aren't|wasn't) ?(?:currently |already |yet )*)"
_UP = r"(?P<up>running|up and running|up|active|started|alive|online)"
_DOWN = r"(?P<down>stopped|down|inactive|dead|offline|halted|disabled)"
_HERE = (
    r"(?P<here>(?P<put>installed)|present|there|available|existing|in place|in it|in there|in the file|"
    r"a member(?: of it)?)"
)
_GONE = r"(?P<gone>missing|absent|gone|uninstalled)"
_STATE = rf"(?:{_UP}|{_DOWN}|{_HERE}|{_GONE})(?: there| yet| already| at all| anymore)?"
_NUMBER = r"⟨(?P<vk>percent|size|duration|number)(?P<v>\d+)⟩"
_FREE = r"(?:free |available |left )"
_THE = r"(?:the |there is |there's |they have |it has |its |their |have |has |is |are |having |a |an )*"
_DISK = r"(?:disk(?: space| usage| utili[sz]ation)?|storage|drive|file ?system|partition|root disk|space|c drive)"
_MEMORY = r"(?:memory|ram)"
#: Parts of a form by their names.
Groups = dict[str, str | None]
#: Makes the fields of a condition from the parts of a form; None where it is none after all.
Making = Callable[..., dict[str, Any] | None]


def _token(match: Groups, name: str, values: dict[str, Token]) -> Token | None:
    text = _named(match, name)
    return values.get(text) if text else None


def _named(match: Groups, name: str) -> str | None:
    return match.get(name)


def _fact(fact: str, *, negate: bool = False) -> Callable[[Groups, dict[str, Token]], dict[str, Any]]:
    def make(match: Groups, values: dict[str, Token]) -> dict[str, Any]:
        del values
        return {"fact": fact, "negate": negate ^ bool(_named(match, "no") or _named(match, "no2"))}

    return make


def _compared(fact: str, default: str = "") -> Callable[[Groups, dict[str, Token]], dict[str, Any] | None]:
    def make(match: Groups, values: dict[str, Token]) -> dict[str, Any] | None:
        op = next((sign for name, sign in _SIGNS.items() if _named(match, name)), default)
        token = values[f"⟨{match['vk']}{match['v']}⟩"]
        value = _number(token, fact)
        if not op or value is None:
            return None
        return {"fact": fact, "op": OPPOSITE[op] if _named(match, "no") else op, "value": value}

    return make


def _number(token: Token, fact: str) -> int | float | None:
    match = re.match(r"(\d+(?:\.\d+)?)\s?([A-Za-z]*)", token.text)
    if match is None:
        return None
    number, unit = float(match[1]), match[2][:1].casefold()
    if fact == "mem_free_mb":
        number *= {"g": 1024, "t": 1024 * 1024, "k": 1 / 1024}.get(unit, 1)
    if fact == "uptime_days":
        number *= {"h": 1 / 24, "m": 1 / 1440, "w": 7}.get(unit, 1)
    return int(number) if number == int(number) else number


def _running(match: Groups, values: dict[str, Token]) -> dict[str, Any] | None:
    """A subject and the state it is in."""
    negate = bool(_named(match, "no") or _named(match, "no2"))
    negate ^= bool(_named(match, "down") or _named(match, "gone"))
    kind = _named(match, "kind") or _named(match, "kind2") or ""
    if (it := _named(match, "it")) and it.split()[-1] not in _PRONOUNS:
        kind = it.split()[-1]
    if _named(match, "put") and not kind:
        kind = "package" if _named(match, "s") else ""
    about = "up" if _named(match, "up") or _named(match, "down") else "here"
    token = _token(match, "s", values)
    if token is None and _named(match, "s"):
        return None
    return {"fact": "service_running", "negate": negate, "token": token, "kind": kind, "state": about}


def _either(match: Groups, values: dict[str, Token]) -> dict[str, Any]:
    """What was looked at before, as far as the step is about it: "check if nginx is running, if not start it"."""
    del values
    return {"fact": "service_running", "negate": bool(_named(match, "no")), "state": "either"}


def _needed(match: Groups, values: dict[str, Token]) -> dict[str, Any]:
    """What is needed is said by the step: "reboot if needed"."""
    del match, values
    return {"fact": "reboot_required", "state": "needed"}


def _port(match: Groups, values: dict[str, Token]) -> dict[str, Any] | None:
    negate = bool(_named(match, "no") or _named(match, "no2") or _named(match, "shut"))
    return {"fact": "port_open", "negate": negate, "subject": values[f"⟨{match['vk']}{match['v']}⟩"].text}


def _its_port(match: Groups, values: dict[str, Token]) -> dict[str, Any]:
    """The port that the step names: "open port 8080 unless it is open"."""
    del values
    negate = bool(_named(match, "no") or _named(match, "no2")) ^ bool(_named(match, "shut"))
    return {"fact": "port_open", "negate": negate, "state": "port"}


_MEASURES = frozenset({Kind.PERCENT, Kind.SIZE, Kind.DURATION})


def _version(match: Groups, values: dict[str, Token]) -> dict[str, Any] | None:
    op = next((sign for name, sign in _SIGNS.items() if _named(match, name)), "==")
    token, version = _token(match, "s", values), values.get(match["version"] or "")
    if version is None or version.kind in _MEASURES or not re.match(r"v?\d", version.text):
        return None
    return {
        "fact": "package_version",
        "op": op,
        "value": version.text,
        "token": token,
        "kind": "package",
        "state": "as",
    }


def _system(match: Groups, values: dict[str, Token]) -> dict[str, Any]:
    del values
    system = "windows" if (match["os"] or "").startswith("win") else "linux"
    return {"fact": "os_family", "op": "==", "value": system, "negate": bool(_named(match, "no"))}


#: Forms of conditions, and what makes a condition of each.
GRAMMAR: tuple[tuple[str, Making], ...] = (
    (
        rf"{_THE}(?P<no>no )?(?:pending )?(?:reboot|restart)s? {_ISNT}(?:required|needed|pending|"
        rf"necessary|outstanding|due)",
        _fact("reboot_required"),
    ),
    (
        r"(?:has |have |with )?(?:a |any )?(?:reboot|restart) (?:required|needed|pending|"
        r"outstanding|due)|(?:there is |they have |it has |have |has |is )?a (?:pending|required) "
        r"(?:reboot|restart)(?: pending)?",
        _fact("reboot_required"),
    ),
    (
        r"(?:it|they|that|which|the (?:host|machine|server|system)s?)? ?(?:(?P<no>do not|does "
        r"not|don't|doesn't) )?(?:needs?|requires?)(?: to be)? (?:a |an )?(?:reboot(?:ed|ing)?|"
        r"restart(?:ed)?)",
        _fact("reboot_required"),
    ),
    (
        rf"{_THE}{_FREE}?{_MEMORY}(?: free| left| available)? ?(?:is |are |falls |drops )?{_OP} "
        rf"{_NUMBER}(?: free| left)?",
        _compared("mem_free_mb"),
    ),
    (
        rf"{_THE}{_OP} {_NUMBER} (?:of )?(?:{_FREE}{_MEMORY}|{_MEMORY}(?: is)?(?: free| left| available)"
        rf"?)",
        _compared("mem_free_mb"),
    ),
    (
        rf"{_THE}{_DISK}(?: usage| utili[sz]ation| use)? (?:(?:on|of) (?:⟨path\d+⟩|[a-z]:|the root)"
        rf" )?(?:is |are |being )?{_OP} {_NUMBER}(?: (?:full|used))",
        _compared("disk_used_pct"),
    ),
    (
        rf"{_THE}(?:disk|storage|drive|file ?system|partition|root|space) ?(?:usage|utili[sz]ation|"
        rf"use|used|fill level)(?: (?:on|of|for) (?:⟨path\d+⟩|[a-z]:|the root))? ?(?:is |are )?{_NOT}{_OP} "
        rf"{_NUMBER}",
        _compared("disk_used_pct"),
    ),
    (
        rf"{_THE}(?:disk|drive|file ?system|partition|root disk|c drive) ?(?:on (?:⟨path\d+⟩|[a-z]:|the root) )?"
        rf"(?:is |are |gets )?(?P<gt>{_OPS['>']}) {_NUMBER}(?! free| left| available)",
        _compared("disk_used_pct"),
    ),
    (rf"{_THE}(?:used disk space|disk space used) ?(?:is )?{_OP} {_NUMBER}", _compared("disk_used_pct")),
    (
        rf"{_THE}(?:used|uses|use) {_OP} {_NUMBER} (?:of )?(?:the |its |their )?(?:disk|storage)"
        rf"(?: space)?",
        _compared("disk_used_pct"),
    ),
    (
        rf"{_THE}{_OP} {_NUMBER} (?:of )?(?:the |its |their )*(?:root |system |local )?{_DISK}(?: space)?(?: is| are)? "
        rf"(?:used|in use|full|taken|occupied|filled)",
        _compared("disk_used_pct"),
    ),
    (
        rf"{_THE}{_FREE}?(?:disk space|disk|space|storage)(?: free| left| available)? ?(?:on (?:⟨path\d+⟩|"
        rf"[a-z]:|the root) )?(?:is |are |falls |drops |gets |has |have )?{_NOT}{_OP} {_NUMBER}(?: free| left)"
        rf"?",
        _compared("disk_free_pct"),
    ),
    (
        rf"{_THE}{_OP} {_NUMBER} (?:of )?(?:the |its |their )?(?:{_FREE}{_DISK}|{_DISK}(?: is| are)? (?:free|"
        rf"left|available)|(?:free|left|available)|{_DISK})",
        _compared("disk_free_pct"),
    ),
    (
        rf"{_THE}(?:cpu|processor)(?: usage| load| utili[sz]ation| use)? ?(?:is |are )?{_OP} {_NUMBER}",
        _compared("cpu_pct"),
    ),
    (rf"{_THE}uptime ?(?:is |of )?{_OP} {_NUMBER}(?: days?)?", _compared("uptime_days")),
    (
        rf"(?:it |they |that |which )?(?:has been |have been |is |are |been |was )?(?:up|running)"
        rf"(?: for)? {_OP} {_NUMBER}(?: days?)?",
        _compared("uptime_days"),
    ),
    (
        rf"(?:it |they |that |which )?(?:has |have |was |were )?not (?:been )?(?:rebooted|restarted)"
        rf" (?:for|in) (?:the last |more than |over )?{_NUMBER}(?: days?)?",
        _compared("uptime_days", ">"),
    ),
    (
        rf"(?:the |tcp |udp )*(?:port )?{_NUMBER} {_ISNT}(?:open|listening|reachable|answering|in use|"
        rf"used|(?P<shut>closed|free|unused|shut|blocked))(?: there| on it| on them)?",
        _port,
    ),
    (rf"{_IT} {_ISNT}(?:open|allowed|(?P<shut>closed|blocked|shut))(?: there| yet| already)?", _its_port),
    (
        rf"(?:(?:it|something|anything) (?:is listening|listens)|(?P<no>nothing) (?:is listening|"
        rf"listens)|listening|it answers) on (?:tcp |the )?(?:port )?{_NUMBER}",
        _port,
    ),
    (
        rf"(?:the |its |their )?(?:(?:installed |current )?version (?:of {_KIND}{_NAME} )?|{_KIND}{_NAME}(?: version)"
        rf"? )(?:is |has )?(?:version )?{_OP}(?: version)? (?P<version>⟨\w+⟩|\S+)",
        _version,
    ),
    (rf"{_IT} {_IS}?(?:at |on )?(?:the )?version (?P<version>⟨\w+⟩|\S+)(?: already)?", _version),
    (rf"{_IT} {_IS}?(?:version )?{_OP}(?: version)? (?P<version>⟨\w+⟩|\S+)", _version),
    (
        r"(?:it|they|the (?:host|machine|server|system)) (?:is|are|runs?|'s) (?P<no>not )?(?:an? "
        r"|on )?(?P<os>windows|linux)(?: (?:hosts?|machines?|servers?|boxe?s?|systems?))?",
        _system,
    ),
    (
        rf"(?:it|they|that|which|who)? ?(?:(?P<no>don't|do not|doesn't|does not)(?: already)? "
        rf"(?:have|has)|(?P<no>lacks?))(?: already)? (?:{_IT}|{_KIND}{_NAME})(?: installed| yet| already| there)*",
        _running,
    ),
    (
        rf"(?:it|they|that|which)? ?(?:already |still |currently )?(?:have|has)(?: already| still)? "
        rf"(?:{_IT}|{_KIND}{_NAME}) (?:installed|already)(?: already)?",
        _running,
    ),
    (
        rf"(?:there is |there's )?(?P<no>no ){_KIND}{_NAME}(?: service| process| package)?(?: (?:{_UP}|"
        rf"{_HERE}))?",
        _running,
    ),
    (
        r"(?P<no>no one|nobody|none|no such (?:user|account|group|line|entry|file|folder|package|service)) "
        r"?(?:is |are )?(?P<here>exists?|there|present)",
        _running,
    ),
    (
        rf"there (?:is|are) ?(?:already )?(?:(?P<no>none|no such (?:user|account|group|line|entry))|one|{_IT})"
        rf"(?P<here>)(?: there| yet| already)?(?= [,.;]| on | in | at |$)",
        _running,
    ),
    (rf"{_SUBJECT} {_ISNT}{_STATE}", _running),
    (
        rf"{_SUBJECT} (?:(?P<no>doesn't|does not|do not|don't) )?(?:already |still |currently )"
        rf"?(?:(?P<up>runs?)|(?P<here>exists?))(?: there| yet| already)?",
        _running,
    ),
    (rf"(?P<no>not )?(?:already |currently |still )?{_STATE}", _running),
    (r"(?:(?:one|it|that|this) (?:is|was) )?(?:actually |really |indeed )?(?:necessary|needed|required)", _needed),
    (r"(?P<no>not)(?: so| the case)?(?= [,.;]| [a-z]|$)", _either),
    (r"(?:so|that is the case)(?= ,)", _either),
    (rf"{_IT} (?P<no>isn't|is not|aren't|are not|doesn't|does not|don't|do not)(?= [,.;]|$)", _either),
    (r"(?P<no>nothing )(?:has |was |is )?(?:been )?changed", _fact("changed")),
    (
        r"(?:(?:the |a |its |any )?(?:\S+ )?(?:file|config|configuration|content|template|package|version|it|something|"
        r"anything|that) )?(?:(?:has|have|was|were|is|did) )?(?P<no>not |n't )?(?:actually |really "
        r")?(?:been )?(?:changed?|modified)(?: (?:it|something|anything|the (?:file|config|configuration)"
        r"))?",
        _fact("changed"),
    ),
    (
        r"(?P<no>(?:that|it|this|the \w+|any of (?:them|that)|something)? ?(?:fails?|failed|is "
        r"not (?:ok|okay|fine)|does not (?:work|succeed)|doesn't (?:work|succeed)|goes wrong|was "
        r"not successful|didn't (?:work|succeed)))",
        _fact("previous_ok"),
    ),
    (
        r"(?:(?:it|that|this|all|everything|the (?:previous )?\w+|that's|all's)(?: (?:is|was|looks|"
        r"goes|went|are|turns out))? ?(?:all )?)?(?:fine|ok|okay|good|successful|well|healthy|"
        r"green|clean|(?:has |have )?(?:worked|succeeded|passed)|works|succeeds|passes)",
        _fact("previous_ok"),
    ),
    (r"(?:there (?:are|were|is) |it gives )?(?:no (?:errors?|failures?|problems?|issues?))", _fact("previous_ok")),
)
_BUT = r"(?:(?:but|and|though|although|yet|however|albeit) )*(?:then )?(?:only )?"
#: Words that open a condition, and whether it is what must not hold. The last ones only where a condition follows.
TRIGGERS: tuple[tuple[str, bool], ...] = (
    (rf"{_BUT}unless", True),
    (
        rf"{_BUT}(?:if|when|where|wherever|whenever|once|in case|assuming(?: that)?|provided(?: "
        r"that)?|providing|as long as|given that|on condition that)",
        False,
    ),
    (
        r"(?:(?:but|and|though|although|yet|however) )*(?:then )?only (?:after|once|upon|when) (?:you |we |it )?"
        r"(?:have |has |having |was |is |been )*(?:first )?(?:check(?:ing|ed)?|verif(?:ying|y|ied)|confirm(?:ing|ed)?|"
        r"ensur(?:ing|ed?)|test(?:ing|ed)?|mak(?:ing|e) sure|made sure|seeing|seen)(?: first)?(?: that| whether| if)?",
        False,
    ),
    (r"(?:but |and )*(?:only )?(?:on |for )?(?:those |the ones )?(?:of them )?(?:that|which|whose|having)", False),
    (r"(?:but |and )*(?:only )?(?:on |for )?(?:those|the ones)(?: of them)? with", False),
    (r"with", False),
    (r"(?:but |and )*(?:only )?(?:on |for )?(?:those|the ones)(?: of them)? where", False),
)
