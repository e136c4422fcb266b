# SPDX-License-Identifier: Apache-2.0
"""How options of a plan are said: every form with the option it is of and how its value is read."""

import re
from collections.abc import Callable
from typing import Any

from planner.values import seconds_of
from planner.words import EMPHASIS, NUMBERS

#: Whole numbers only: a part of "12.5 %" is none.
_N = r"(?<![\d.,])(?P<n>\d+(?![\d.,]*\d|\s?%)|" + "|".join(NUMBERS) + r")"
_P = r"(?<![\d.,])(?P<p>\d+)\s?%"
_T = r"(?P<t>\d+(?:\.\d+)?\s?(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)|an? (?:second|minute|hour))"
_TH = r"(?P<t>\d+[ -]?(?:second|sec|minute|min|hour)s?)"
_HOSTS = r"(?:servers?|hosts?|machines?|systems?|boxes|box|nodes?|targets?)"
_EACH = r"(?: at a time| each)?"
_UNITS = rf"(?:batch(?:es)?|{_HOSTS}|ones?|them|of them|groups?|waves?|reboots?|restarts?|servers?)"
_OPEN_END = r"(?=\s?(?:$|[.,;!]))"
_BETWEEN = (
    rf"(?:(?:in )?(?:between|after) (?:each|every|the|batches|hosts|servers|machines|them|two)(?: (?:{_UNITS}))?|"
    rf"(?:in )?between{_OPEN_END})"
)
_BETWEEN_THEM = (
    rf"(?:(?:in )?between (?:the |each |every |two )*{_UNITS}|(?:in )?between(?: each| every)?{_OPEN_END}|"
    rf"after (?:each|every) {_UNITS})"
)
_IN_BATCHES = (
    r"(?:(?:with )?(?:in )?(?:batches|groups|chunks|waves|blocks|sets) of|(?:with )?(?:an? )?batch size(?: of)?)"
)
_STOP = r"(?:stop|abort|halt)"
_FAILS = r"(?:fails?|failures?|errors?)"


def _number(match: re.Match[str]) -> int:
    text = match["n"].casefold()
    return NUMBERS[text] if text in NUMBERS else int(text)


def _number_or_one(match: re.Match[str]) -> int:
    return _number(match) if match["n"] else 1


def _percent(match: re.Match[str]) -> str:
    return f"{int(match['p'])}%"


def _seconds(match: re.Match[str]) -> int | None:
    return seconds_of(re.sub(r"^an?\s", "1 ", match["t"].replace("-", " ")))


def _said(value: Any) -> Callable[[re.Match[str]], Any]:
    return lambda _: value


_SHARES = {
    "half": "50%",
    "a third": "33%",
    "one third": "33%",
    "a quarter": "25%",
    "one quarter": "25%",
    "a tenth": "10%",
}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}
_GOES_WRONG = (
    rf"(?:(?:any|an|one|a|something|anything|it|that|this|the|one of them|goes|single|step|"
    rf"check|verification|health|new|upgrade|update|"
    rf"deployment|copy|service|start|restart|of|them|doesn't|does not|come|up) )*(?:{_FAILS}|wrong|start|come up)"
)
_BACK = r"(?:roll(?:ing)? ?(?:it |everything |them |that |the changes? )?back|rollback|revert|undo)"
_WHAT = r"(?: (?:everything|it|all|them|that|(?:the )?(?:changes?|previous|old|former|original)(?: \w+)?))?"


def _share(match: re.Match[str]) -> str:
    return _SHARES[" ".join(match["share"].casefold().split())]


def _one_less(match: re.Match[str]) -> int:
    """ "after 3 failures" is when more than 2 have failed."""
    return max(0, (_NTH[match["nth"].casefold()] if match.groupdict().get("nth") else _number(match)) - 1)


#: Option, how it is said (a blank stands for any white space), how its value is read.
FORMS: tuple[tuple[str, str, Callable[[re.Match[str]], Any]], ...] = (
    (
        "",
        r"(?<=[.!?,])\s?(?:(?:kind|best|many|warm|with kind|with best|kindest) )?(?:regards|thanks|"
        r"thank you|cheers|greetings|sincerely|thx|rgds|br)\b"
        r"(?:[,.!]?\s?(?:(?-i:[A-Z])[\w.-]*|from \w+|in advance|a lot|so much|very much|team|the "
        r"\w+ team|\([^)]*\)|\+?[\d -]{4,}|ticket:? \S+|(?:ext|tel)\.? ?[\d -]+)){0,7}[.!,)\s]*$",
        _said(True),
    ),
    (
        "!",
        r"(?:no,? wait,?|wait,? no,?|no,? sorry,?|sorry,? (?:i mean(?:t)?|make (?:that|it)|no,?)"
        r"|or rather|i mean(?:t)?|no,? make (?:that|it)|"
        r"scratch that,?|actually,? no,?|no,? actually,?|actually,? make (?:it|that)|correction:?|"
        r"on second thoughts?,?|"
        r"no,(?= ))",
        _said(True),
    ),
    (
        "log",
        r"(?:log|logging|record|recording|document|documenting|write down) (?:(?:all|the|every|of) )*"
        r"(?:results?|outcomes?|outputs?|everything|it(?: all)?|what (?:was done|happened|happens))\b"
        r"(?: (?:for (?:each|every|all) \w+|to (?:the )?(?:database|log|file|audit log)))?",
        _said(True),
    ),
    (
        "log",
        r"(?:write|put|save|store) (?:(?:all|the|every) )*(?:results?|outcomes?|outputs?) (?:(?:in)?to|in) (?:the )?"
        r"(?:database|log|audit log)",
        _said(True),
    ),
    (
        "log",
        r"(?:with|keep(?:ing)?|enable) (?:a |full |detailed )*(?:log|logging|record)(?: of (?:it|"
        r"everything|the results?))?",
        _said(True),
    ),
    (
        "pause",
        rf"(?:(?:and|with|then|,) )*(?:(?:wait(?:ing)?|paus(?:e|ing)|sleep(?:ing)?|rest(?:ing)?)(?: for)?|(?:an? )?"
        rf"(?:pause|delay|break|gap|wait|rest)(?: of)?) (?:an? )?{_T},? {_BETWEEN}",
        _seconds,
    ),
    (
        "pause",
        rf"(?:with )?(?:an? )?{_T} (?:of )?(?:pause|delay|break|gap|wait|rest|sleep)?,? ?{_BETWEEN_THEM}",
        _seconds,
    ),
    ("pause", rf"(?:with )?(?:an? )?{_TH} (?:pause|delay|break|gap)(?: {_BETWEEN_THEM})?", _seconds),
    (
        "pause",
        rf"(?:with )?(?:an? )?(?:pause|delay|break|gap|wait) (?:in )?between (?:each |every |the |two )*(?:{_UNITS} )?"
        rf"(?:of|is|=) {_T}",
        _seconds,
    ),
    (
        "canary",
        rf"(?:with|as|using|on) (?:an? )?{_N} (?:{_HOSTS} )?(?:as (?:an? )?)?canar(?:y|ies)(?: "
        rf"{_HOSTS})?(?: first)?",
        _number,
    ),
    (
        "canary",
        rf"(?:first (?:on|with|do)|do|on) (?:only |just )?{_N}(?: (?:canary )?{_HOSTS})?(?: first)?,? (?:and |, )?then "
        rf"(?:on |do |with )?(?:all )?(?:of )?(?:the )?(?:rest|others?|remaining(?: \w+)?)",
        _number,
    ),
    (
        "canary",
        rf"(?:(?:starting )?with )?(?:an? |one )?canary(?: (?:of|on|with|size(?: of)?))? {_N}(?: {_HOSTS})?(?: first)?"
        rf"(?:,? (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: \w+)?))?",
        _number,
    ),
    (
        "canary",
        rf"(?:(?:start|begin) with|try(?: it| this)?(?: out)?(?: on)?|test(?: it)? on|do|first "
        rf"on|on) (?:only |just )?(?:an? (?:single )?)?{_N}? ?(?:single )?(?:canary )?{_HOSTS} "
        rf"first,?(?: (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: "
        rf"\w+)?))?",
        _number_or_one,
    ),
    (
        "canary",
        rf"(?:start|begin) with (?:only |just )?(?:an? (?:single )?)?{_N}?(?: (?:canary )?{_HOSTS})"
        rf"?,? (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: \w+)"
        rf"?)",
        _number_or_one,
    ),
    (
        "canary",
        rf"{_N} (?:{_HOSTS} )?first,?(?: and)? then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|"
        rf"remaining(?: \w+)?)",
        _number,
    ),
    (
        "canary",
        rf"(?:(?:on|do|with) )?(?:an? (?:single )?)?{_N}? ?canar(?:y|ies)(?: {_HOSTS})? first,?"
        rf"(?: (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: \w+)?))?",
        _number_or_one,
    ),
    ("canary", r"(?:with|using|as) an? canary(?: (?:host|server|machine|first))?|canary first", _said(1)),
    (
        "batch",
        rf"(?:(?:a single|one) (?:{_HOSTS} )?at a time|one (?:{_HOSTS} )?after (?:the other|another)|one by one|"
        rf"(?:each )?(?:{_HOSTS} )?(?:serially|sequentially)|in (?:sequence|series)|machine by "
        rf"machine|host by host|server by server)",
        _said(1),
    ),
    ("batch", rf"{_IN_BATCHES} {_P}(?: of (?:the |all )?{_HOSTS}| {_HOSTS})?{_EACH}", _percent),
    ("batch", rf"{_IN_BATCHES} {_N}\b(?: {_HOSTS})?{_EACH}", _number),
    ("batch", rf"(?:with )?batch(?: size)?(?:es)? (?:of |= ?|: ?)?{_N}\b(?! ?%)(?: {_HOSTS})?", _number),
    (
        "batch",
        rf"(?:with )?(?:at most|max(?:imum)?|no more than|not more than|up to|only|never more than)"
        rf"? ?{_P} (?:of (?:them|the {_HOSTS}|all {_HOSTS}|the group|the fleet) )?(?:at (?:a time|"
        rf"once|the same time)|in parallel|simultaneously|per batch|each time)",
        _percent,
    ),
    (
        "batch",
        rf"(?:with )?(?:at most |max(?:imum)?(?: of)? |no more than |not more than |never more "
        rf"than |up to |only )?{_N} (?:of (?:them|the {_HOSTS}) )?(?:{_HOSTS} )?(?:at (?:a time|"
        rf"once|the same time)|in parallel|simultaneously|per batch)",
        _number,
    ),
    (
        "batch",
        rf"(?P<share>half|(?:a|one) (?:third|quarter)|a tenth) (?:of (?:them|the {_HOSTS}|the group|"
        rf"the fleet|all {_HOSTS}) )?(?:at (?:a time|once)|in parallel|first)",
        _share,
    ),
    (
        "batch",
        rf"(?P<share>half|(?:a|one) (?:third|quarter)|a tenth) of (?:them|the {_HOSTS})(?=,? (?:no\b|"
        rf"sorry|wait|actually|rather|i mean))",
        _share,
    ),
    (
        "batch",
        rf"(?:with )?(?:an? )?(?:concurrency|parallelism|forks?|serial|max parallel)(?: of| =|=|:)? ?{_N}\b(?! ?%)",
        _number,
    ),
    ("batch", rf"(?:with )?{_N} forks", _number),
    (
        "batch",
        r"(?P<n>\d+|" + "|".join(NUMBERS) + r") by (?P=n)(?= |$|[.,;!])",
        _number,
    ),
    ("batch", r"in (?:two )?halves", _said("50%")),
    ("batch", r"in pairs|pairwise|two by two", _said(2)),
    (
        "batch",
        rf"(?:all (?:(?:of (?:them|the) ?)?(?:{_HOSTS} )?)?(?:at once|at the same time|in parallel|"
        rf"simultaneously)|in parallel|simultaneously|"
        r"(?:everything |everywhere )?(?:at once|at the same time))",
        _said("100%"),
    ),
    ("batch", r"(?:as an? |in an? )?rolling(?: (?:fashion|manner|way))?(?=\s|$|[.,;!])", _said(1)),
    (
        "max_fail",
        rf"(?:{_STOP} )(?:at|on|after|upon|with) (?:the )?(?:very )?(?:first|any|a single|a) (?:failure|"
        rf"error|failed \w+)",
        _said(0),
    ),
    (
        "max_fail",
        rf"{_STOP} (?:at|on|after) (?:the )?(?P<nth>second|third|fourth|fifth|tenth) (?:failure|"
        rf"error|failed \w+)",
        _one_less,
    ),
    (
        "max_fail",
        rf"{_STOP} (?:at once |immediately )?(?:if|when|as soon as|once) (?:any(?:thing| \w+)?|"
        rf"one(?: (?:of them|\w+))?|something|a single \w+|a \w+) (?:fails?|breaks?|goes wrong)",
        _said(0),
    ),
    ("max_fail", r"fail fast", _said(0)),
    (
        "max_fail",
        rf"{_STOP} (?:if|when|as soon as|once) (?:more than|over) {_P}(?: of (?:them|the \w+|all "
        rf"\w+))?(?: {_HOSTS})? (?:have )?fail(?:ed|s)?",
        _percent,
    ),
    (
        "max_fail",
        rf"{_STOP} (?:if|when|as soon as|once) (?:more than|over) {_N}(?: of (?:them|the \w+))?(?: "
        rf"{_HOSTS})? (?:have )?fail(?:ed|s)?",
        _number,
    ),
    (
        "max_fail",
        rf"{_STOP} (?:after|on|at|with) more than {_N} (?:{_HOSTS} )?(?:failures?|errors?|failed(?: "
        rf"\w+)?|have failed)",
        _number,
    ),
    (
        "max_fail",
        rf"{_STOP} (?:if|when|as soon as|once|after) {_N}(?: or more)?(?: of (?:them|the \w+))?(?: "
        rf"{_HOSTS})? (?:have )?(?:fail(?:ed|s|ures?)?|errors?)",
        _one_less,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?|with)? ?(?:at most|max(?:imum)?(?: "
        rf"of)?|up to|no more than|not more than) {_P} (?:of (?:them|the \w+) )?(?:{_HOSTS} )?(?:to "
        rf"fail|failures?|errors?|may fail|failing|failed)",
        _percent,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?|with)? ?(?:at most|max(?:imum)?(?: "
        rf"of)?|up to|no more than|not more than) {_N} (?:of (?:them|the \w+) )?(?:{_HOSTS} )?(?:to "
        rf"fail|failures?|errors?|may fail|failing|failed)",
        _number,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?) {_P} (?:of (?:them|the \w+) )?(?:{_HOSTS} "
        rf")?(?:to fail|failures?|errors?|failing|failed)",
        _percent,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?) {_N} (?:of (?:them|the \w+) )?(?:{_HOSTS} "
        rf")?(?:to fail|failures?|errors?|failing|failed)",
        _number,
    ),
    ("max_fail", rf"max[ _-]fail(?:ures?)?(?: of|=|:)? ?{_N}\b(?! ?%)", _number),
    (
        "max_fail",
        r"(?:keep going|keep on going|continue|carry on|go on|proceed)(?: (?:processing|anyway|"
        r"with the (?:rest|others)))?,? "
        rf"(?:even )?(?:if|when|on|despite|regardless of|in spite of|with the others if) (?:\w+ ){{0,4}}?{_FAILS}",
        _said("100%"),
    ),
    (
        "max_fail",
        r"(?:keep(?: on)? going|carry on|press on|keep at it)"
        r"(?: (?:whatever|no matter what|even if (?:something|anything|any|some|one|a \w+))"
        r"(?: (?:of them|hosts?|machines?|servers?))?(?: (?:fails?|happens|breaks|goes wrong))?)?",
        _said("100%"),
    ),
    (
        "max_fail",
        r"(?:ignor(?:e|ing)|regardless of|despite|don't stop (?:on|at|for)|do not stop (?:on|at|"
        r"for)|without stopping (?:on|at)) (?:all |any |single |individual )*(?:failures?|errors?|"
        r"failed \w+|failing \w+)",
        _said("100%"),
    ),
    ("max_fail", r"(?:don't|do not|never) stop(?: even)? (?:if|when) (?:\w+ ){0,4}?fails?", _said("100%")),
    (
        "verify_timeout",
        rf"(?<=wait\s)up to {_T}(?= for (?!it|them|verification|the (?:service|host|machine|server)"
        rf"))",
        _seconds,
    ),
    (
        "verify_timeout",
        r"(?:within|wait(?:ing)? up to|with(?: an?)? timeout(?: of)?|timeout(?: of| after|:|=)"
        r"?|wait(?:ing)? at most|wait(?:ing)? (?:a )?max(?:imum)?(?: of)?|"
        r"for at most|for up to|for max|give (?:it|them)(?: up to)?|allow(?:ing)?(?: up to)?|time "
        r"out after|in less than|in under) "
        rf"(?:the next )?{_T}\b(?: (?:for (?:each|every)(?: (?:one|of them|{_HOSTS}))?{_OPEN_END}|"
        rf"for (?:verification|(?:it|them|the \w+|each \w+) to (?:come "
        rf"(?:up|back)(?: up| online)?|start|answer|stop|be \w+))|"
        r"to (?:come (?:up|back)(?: up| online)?|start|boot|be \w+)|timeout))?",
        _seconds,
    ),
    (
        "verify_timeout",
        rf"(?:and |then )?wait(?:ing)? {_T} for (?:verification|(?:it|them) to (?:come (?:up|back)"
        rf"(?: up)?|start))",
        _seconds,
    ),
    ("verify_timeout", rf"with an? {_TH} timeout", _seconds),
    (
        "dry_run",
        r"(?:(?:as (?:an? )?|do an? |only an? |just an? |run an? )?dry[ -]?run(?: only| first)"
        r"?(?: (?:of|for))?|in (?:check|dry[ -]?run|test) mode|(?:just |only )?simulat(?:e|ion)"
        r"(?: only)?|"
        r"(?:don't|do not) (?:actually |really )?(?:change|touch|do|execute|apply) (?:anything|it)|"
        r"without (?:actually |really )?(?:changing|touching|doing|executing|applying) (?:anything|"
        r"it)|without (?:any |making (?:any )?)changes|"
        r"no changes|preview only|(?:just |only )?(?:a )?preview(?: of)?|what would happen if "
        r"(?:i|we|you)|(?:just |only )?show (?:me )?what would (?:happen|change|be (?:done|changed)"
        r")"
        r"(?: if (?:i|we|you))?|what would change if (?:i|we|you))\b ?:?",
        _said(True),
    ),
    ("rollback", rf"{_BACK}{_WHAT},? (?:automatically )?(?:if|on|when|in case of|should) {_GOES_WRONG}", _said(True)),
    (
        "rollback",
        rf"(?:(?:if|when|should|in case) {_GOES_WRONG}|on (?:any )?(?:error|failure)s?|in case "
        rf"of (?:an? |any )?(?:error|failure|problem)s?|otherwise),? (?:automatically |then |please "
        rf")?(?:restore|go back to|{_BACK}|put back){_WHAT}",
        _said(True),
    ),
    (
        "rollback",
        rf"restore (?:the )?(?:previous|old|former|original|last) \w+ (?:if|on|when|in case of)"
        rf" {_GOES_WRONG}",
        _said(True),
    ),
    (
        "rollback",
        r"with (?:an? )?(?:auto(?:matic)? )?(?:rollback|roll back|undo)(?: (?:on|if|in case of)"
        r" (?:any )?(?:error|failure|it fails)s?)?",
        _said(True),
    ),
    (
        "rollback",
        r"(?:auto(?:matic(?:ally)?)? ?(?:rollback|roll back)|rollback (?:on|enabled)(?: (?:error|"
        r"failure)s?)?)",
        _said(True),
    ),
    (
        "",
        r"(?:(?:see|ref(?:erence)?|re|as per|per|for|under|cf|regarding|according to)[.:]? )?(?:the "
        r"|our |my )?(?:(?:ticket|incident|change(?: request)?|case|issue|jira|task)"
        r"[ #:]*(?:number |no\.? |id )?#?(?:[a-z]{2,8}-?)?\d{3,}|(?:inc|chg|req|ritm|tkt|prb|sr|cr|rfc|jira)-?\d{3,})",
        _said(True),
    ),
    (
        "",
        r"(?:ext(?:ension)?|phone|tel(?:ephone)?|mobile|call me (?:on|at)|reach me (?:on|at))[.:]* "
        r"?[+\d][\d /-]{2,}\d",
        _said(True),
    ),
    (
        "",
        r"(?:this |it |which )?(?:was |is |has been |have been )?(?:already )?approved by (?:\w+ "
        r"){0,2}?\w+(?=$|[,.;:!]| (?:so|and|please)\b)",
        _said(True),
    ),
    (
        "",
        r"(?:when(?:ever)?|as soon as|if|once) (?:you|someone|somebody|anyone)(?: (?:guys|has|have|get|find|"
        r"gets|finds|an?|some|free|spare|quick|the))* "
        r"(?:minutes?|moments?|seconds?|time|chance|opportunity)(?: to spare)?",
        _said(True),
    ),
    (
        "",
        r"(?:^|(?<=[.!?,]))\s?"
        r"(?:(?:good (?:morning|afternoon|evening|day)|hi|hello|hey|hiya|dear|greetings|morning|howdy)"
        r"(?: (?:there|all|everyone|everybody|team|colleagues?|folks|guys|ops|admins?|both|again|dear|it|support|"
        r"desk|the))*"
        r"(?: (?-i:[A-Z])[a-z]+)?|(?:dear )?(?:team|colleagues|all|folks))\s?[,!.](?=\s)",
        _said(True),
    ),
    ("", "(?:" + "|".join(" ".join(words) for words in EMPHASIS) + ")", _said(True)),
)
