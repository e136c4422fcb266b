# SPDX-License-Identifier: Apache-2.0
"""How options of a plan are said: every form with the option it is of and how its value is read."""

import re

from planner.failures import FAILURES
from planner.manner_parts import (
    BETWEEN,
    BETWEEN_THEM,
    COUNT,
    EACH,
    HOSTS,
    IN_BATCHES,
    OPEN_END,
    PERCENT,
    SPAN,
    SPAN_BEFORE,
    THE_REST,
    UNITS,
    Form,
    number,
    number_or_one,
    percent,
    said,
    seconds,
    share,
)
from planner.words import EMPHASIS, NUMBERS

_WHAT_IT_DOES = re.compile(r"\bwhat \w+ing\b[^.;!?]*\Z", re.IGNORECASE)


def _after_what(match: re.Match[str]) -> bool | None:
    """ "… would do" counts only behind "what installing …"."""
    return True if _WHAT_IT_DOES.search(match.string, 0, match.start()) else None


#: Option, how it is said (a blank stands for any white space), how its value is read.
FORMS: tuple[Form, ...] = (
    (
        "",
        r"(?<=[.!?,])\s?(?:(?:kind|best|many|warm|with kind|with best|kindest) )?(?:regards|thanks|"
        r"thank you|cheers|greetings|sincerely|thx|rgds|br)\b"
        r"(?:[,.!]?\s?(?:(?-i:[A-Z])[\w.-]*|from \w+|in advance|a lot|so much|very much|team|the "
        r"\w+ team|\([^)]*\)|\+?[\d -]{4,}|ticket:? \S+|(?:ext|tel)\.? ?[\d -]+|[/|\u0000])){0,7}[.!,)\s]*$",
        said(True),
    ),
    (
        "!",
        r"(?:no,? wait,?|wait,? no,?|no,? sorry,?|sorry,? (?:i mean(?:t)?|make (?:that|it)|no,?)"
        r"|or rather|i mean(?:t)?|no,? make (?:that|it)|"
        r"scratch that,?|actually,? no,?|no,? actually,?|actually,? make (?:it|that)|correction:?|"
        r"on second thoughts?,?|"
        r"(?:hm+|uh+|u+m+|er+m?|oops|ah|oh|well|wait),? "
        r"(?:(?:no|wait|better|rather),? )*(?:make (?:that|it)|let'?s (?:say|make it))|"
        r"no,(?= ))",
        said(True),
    ),
    (
        "log",
        r"(?:with|keep(?:ing)?|enable) (?:a |full |detailed )*(?:log|logging|record)(?: of (?:it(?: all)?|"
        r"everything|what (?:was done|happened|happens)|(?:all |the )*(?:results?|outcomes?)))?",
        said(True),
    ),
    (
        "log",
        r"(?:log|logging|record|recording|document|documenting|write down) (?:(?:all|the|every|of) )*"
        r"(?:results?|outcomes?|outputs?|everything|it(?: all)?|what (?:was done|happened|happens))\b"
        r"(?: (?:for (?:each|every|all) \w+|to (?:the )?(?:database|log|file|audit log)))?",
        said(True),
    ),
    (
        "log",
        r"(?:write|put|save|store) (?:(?:all|the|every) )*(?:results?|outcomes?|outputs?) (?:(?:in)?to|in) (?:the )?"
        r"(?:database|log|audit log)",
        said(True),
    ),
    (
        "pause",
        rf"(?:(?:and|with|then|,) )*(?:(?:wait(?:ing)?|paus(?:e|ing)|sleep(?:ing)?|rest(?:ing)?)(?: for)?|(?:an? )?"
        rf"(?:pause|delay|break|gap|wait|rest)(?: of)?) (?:an? )?{SPAN},? {BETWEEN}",
        seconds,
    ),
    (
        "pause",
        rf"(?:with )?(?:an? )?{SPAN} (?:of )?(?:pause|delay|break|gap|wait|rest|sleep)?,? ?{BETWEEN_THEM}",
        seconds,
    ),
    ("pause", rf"(?<=(?:rest|hers)\s){SPAN} later", seconds),
    ("pause", rf"(?:(?<=,)\s?(?:with )?|with )(?:an? )?{SPAN} (?:pause|delay|gap|break)(?=\s*[.!]?\s*$)", seconds),
    (
        "pause",
        rf"(?:(?<=,)\s?(?:with )?|with )(?:an? )?(?:pause|delay|gap|break) (?:of )?{SPAN}(?=\s*[.!]?\s*$)",
        seconds,
    ),
    ("pause", rf"(?:with )?(?:an? )?{SPAN_BEFORE} (?:pause|delay|break|gap)(?: {BETWEEN_THEM})?", seconds),
    (
        "pause",
        rf"(?:with )?(?:an? )?(?:pause|delay|break|gap|wait) (?:in )?between (?:each |every |the |two )*(?:{UNITS} )?"
        rf"(?:of|is|=) {SPAN}",
        seconds,
    ),
    (
        "canary",
        rf"(?:first )?(?:try|test|do|start with|begin with|start on) (?:it |this )?(?:on )?{COUNT} of "
        rf"(?:them|these|those|the {HOSTS})(?: first)?,? as (?:an? |the )?canar(?:y|ies){THE_REST}?",
        number,
    ),
    (
        "canary",
        rf"(?:and )?(?:first )?(?:try|test|run|do|apply)(?: it| this| that| them)?(?: out)? (?:on|with) "
        rf"(?:only |just )?{COUNT} (?:single )?canar(?:y|ies)(?: {HOSTS})?(?: first)?{THE_REST}?",
        number,
    ),
    (
        "canary",
        rf"(?:(?:first )?(?:do|try|take|use|run) |with |on )?{COUNT} {HOSTS}(?: first,?)? (?:as |for )?(?:an? |the )?"
        rf"canar(?:y|ies)(?: first)?{THE_REST}?",
        number,
    ),
    ("canary", rf"canar(?:y|ies) first,? \({COUNT}(?: {HOSTS})?\)", number),
    (
        "canary",
        rf"(?:start|begin|first)(?: on| with| to)? (?:only |just )?"
        rf"(?:an? (?:single )?|(?:a )?(?:{COUNT} )?)canar(?:y|ies)(?: {HOSTS})?{THE_REST}",
        number_or_one,
    ),
    (
        "canary",
        rf"(?:first (?:with |on |to |onto )?|with |on )?{COUNT} (?:single )?canar(?:y|ies)(?: {HOSTS})?(?: first)?"
        rf"(?:{THE_REST}|"
        r"(?=\s?(?:$|[.,;:!)]|(?:and |but )?then\b)))",
        number,
    ),
    (
        "canary",
        rf"(?:with|as|using|on) (?:an? )?{COUNT} (?:{HOSTS} )?(?:as (?:an? )?)?canar(?:y|ies)(?: "
        rf"{HOSTS})?(?: first)?",
        number,
    ),
    (
        "canary",
        rf"(?:first (?:on|with|do)|do|on) (?:only |just )?{COUNT}(?: (?:canary )?{HOSTS})?(?: first)?,? "
        rf"(?:and |, )?then (?:on |do |with )?(?:all )?(?:of )?(?:the )?(?:rest|others?|remaining(?: \w+)?)",
        number,
    ),
    (
        "canary",
        rf"(?:(?:starting )?with )?(?:an? |one )?canary(?: (?:of|on|with|size(?: of)?))? {COUNT}"
        rf"(?: {HOSTS})?(?: first)?"
        rf"(?:,? (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: \w+)?))?",
        number,
    ),
    (
        "canary",
        rf"(?:(?:start|begin) with|(?:and )?(?:try|test)(?: it| this| that)?(?: out)?(?: on| with)?|do|first "
        rf"on|on) (?:only |just )?(?:an? (?:single )?)?{COUNT}? ?(?:single )?(?:canary )?{HOSTS} "
        rf"first,?(?: (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: "
        rf"\w+)?))?",
        number_or_one,
    ),
    (
        "canary",
        rf"(?:start|begin) with (?:only |just )?(?:an? (?:single )?)?{COUNT}?(?: (?:canary )?{HOSTS})"
        rf"?,? (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: \w+)"
        rf"?)",
        number_or_one,
    ),
    (
        "canary",
        rf"{COUNT} (?:{HOSTS} )?first,?(?: and)? then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|"
        rf"remaining(?: \w+)?)",
        number,
    ),
    (
        "canary",
        rf"(?:(?:on|do|with) )?(?:an? (?:single )?)?{COUNT}? ?canar(?:y|ies)(?: {HOSTS})? first,?"
        rf"(?: (?:and |, )?then (?:on |do )?(?:all )?(?:the )?(?:rest|others?|remaining(?: \w+)?))?",
        number_or_one,
    ),
    ("canary", r"(?:with|using|as) an? canary(?: (?:host|server|machine|first))?|canary first", said(1)),
    (
        "batch",
        rf"(?:(?:a single|one) (?:{HOSTS} )?at a time|one (?:{HOSTS} )?after (?:the other|another)|one by one|"
        rf"(?:each )?(?:{HOSTS} )?(?:serially|sequentially)|in (?:sequence|series)|machine by "
        rf"machine|host by host|server by server)",
        said(1),
    ),
    ("batch", rf"{IN_BATCHES} {PERCENT}(?: of (?:the |all )?{HOSTS}| {HOSTS})?{EACH}", percent),
    ("batch", rf"{IN_BATCHES} {COUNT}\b(?: {HOSTS})?{EACH}", number),
    ("batch", rf"(?:with )?batch(?: size)?(?:es)? (?:of |= ?|: ?)?{COUNT}\b(?! ?%)(?: {HOSTS})?", number),
    (
        "batch",
        rf"(?:with )?(?:at most|max(?:imum)?|no more than|not more than|up to|only|never more than)"
        rf"? ?{PERCENT} (?:of (?:them|the {HOSTS}|all {HOSTS}|the group|the fleet) )?(?:at (?:a time|"
        rf"once|the same time)|in parallel|simultaneously|per batch|each time)",
        percent,
    ),
    (
        "batch",
        rf"(?:with )?(?:at most |max(?:imum)?(?: of)? |no more than |not more than |never more "
        rf"than |up to |only )?{COUNT} (?:of (?:them|the {HOSTS}) )?(?:{HOSTS} )?(?:at (?:a time|"
        rf"once|the same time)|in parallel|simultaneously|per batch)",
        number,
    ),
    (
        "batch",
        rf"(?P<share>half|(?:a|one) (?:third|quarter)|a tenth) (?:of (?:them|the {HOSTS}|the group|"
        rf"the fleet|all {HOSTS}) )?(?:at (?:a time|once)|in parallel|first)",
        share,
    ),
    (
        "batch",
        rf"(?P<share>half|(?:a|one) (?:third|quarter)|a tenth) of (?:them|the {HOSTS})(?=,? (?:no\b|"
        rf"sorry|wait|actually|rather|i mean))",
        share,
    ),
    (
        "batch",
        rf"(?:with )?(?:an? )?(?:concurrency|parallelism|forks?|serial|max parallel)(?: of| =|=|:)? ?{COUNT}\b(?! ?%)",
        number,
    ),
    ("batch", rf"(?:with )?{COUNT} forks", number),
    (
        "batch",
        rf"(?P<n>\d+|{'|'.join(NUMBERS)}) by (?P=n)(?= |$|[.,;!])",
        number,
    ),
    ("batch", r"in (?:two )?halves", said("50%")),
    ("batch", r"in pairs|pairwise|two by two", said(2)),
    (
        "batch",
        rf"(?:all (?:(?:of (?:them|the) ?)?(?:{HOSTS} )?)?(?:at once|at the same time|in parallel|"
        rf"simultaneously)|in parallel|simultaneously|"
        r"(?:everything |everywhere )?(?:at once|at the same time))",
        said("100%"),
    ),
    ("batch", r"(?:as an? |in an? )?rolling(?: (?:fashion|manner|way))?(?=\s|$|[.,;!])", said(1)),
    ("batch", rf"(?<=batches\s)of {COUNT}\b(?: {HOSTS})?(?: each)?", number),
    ("batch", rf"(?<=batches\s)of {PERCENT}(?: each)?", percent),
    *FAILURES,
    (
        "verify_timeout",
        rf"(?<=wait\s)up to {SPAN}(?= for (?!it|them|verification|the (?:service|host|machine|server)"
        rf"))",
        seconds,
    ),
    (
        "verify_timeout",
        r"(?:(?:(?:and |then )?verify(?: (?:it|that|this|them))? )?within|wait(?:ing)? up to|"
        r"(?:with (?:an? )?)?(?:the )?verif(?:y|ication) timeout(?: of|:|=)?|"
        r"with(?: an?)? timeout(?: of)?|timeout(?: of| after|:|=)"
        r"?|wait(?:ing)? at most|wait(?:ing)? (?:a )?max(?:imum)?(?: of)?|"
        r"for at most|for up to|for max|"
        r"give (?:it|them|each(?: of them| one| \w+)?|every \w+|all of them)"
        r"(?: up to| at most| no more than| a maximum of)?|allow(?:ing)?(?: up to)?|time "
        r"out after|in less than|in under) "
        rf"(?:the next )?{SPAN}\b(?: (?:for (?:each|every)(?: (?:one|of them|{HOSTS}))?{OPEN_END}|"
        rf"for (?:verification|(?:it|them|the \w+|each \w+) to (?:come "
        rf"(?:up|back)(?: up| online)?|start|answer|stop|be \w+))|"
        r"to (?:come (?:up|back)(?: up| online| healthy)?|start|boot|be \w+)|timeout|"
        r"(?:till|until) (?:it|they|each|each \w+|every \w+|the \w+) (?:is|are|has|have|comes?)(?: come)?"
        r"(?: \w+)?(?: (?:up|back|healthy|running|online|again))?(?=\s?(?:$|[.,;:!)]))))?",
        seconds,
    ),
    (
        "verify_timeout",
        rf"(?:and |then )?wait(?:ing)? {SPAN} for (?:verification|(?:it|them) to (?:come (?:up|back)"
        rf"(?: up)?|start))",
        seconds,
    ),
    ("verify_timeout", rf"with an? {SPAN_BEFORE} timeout", seconds),
    (
        "dry_run",
        r"(?:(?:(?:do|run|make|perform|start with|only|just|as|for)(?: me)? )?an? "
        r"(?:test|trial|practice|mock|simulated)[ -]run"
        r"(?: only| first)?(?: (?:of|for|with)|(?=\s?(?:$|[.,;:!)])))|"
        r"(?:but |and )?(?:please )?(?:chang(?:e|ing)|touch(?:ing)?) nothing(?: (?:yet|else|at all|for real))*|"
        r"(?:but |and )?mak(?:e|ing) no(?: actual| real)? changes|"
        r"(?:just |only )?(?:show|tell|explain to) (?:me|us) what (?:you|it|this|that) would (?:do|change)"
        r"(?=\s?(?:$|[.,;:!)]))|"
        r"(?:show|tell)(?: me| us)? what(?= \w+ing\b[^.;!?]*\bwould (?:do|change|mean|cause)\b)|"
        r"(?:as (?:an? )?|do an? |only an? |just an? |run an? )?dry[ -]?run(?: only| first)"
        r"?(?: (?:of|for)| (?:it|this|that)(?: all| first| only)?(?=\s?(?:$|[.,;:!)])))?|"
        r"in (?:check|dry[ -]?run|test) mode|(?:check|dry[ -]?run|test) mode (?:only|please)|"
        r"(?:just |only )?simulat(?:e|ion)"
        r"(?: only)?|"
        r"(?:don't|do not) (?:actually |really )?(?:change|touch|do|execute|apply) (?:anything|it)|"
        r"without (?:actually |really )?(?:changing|touching|doing|executing|applying) (?:anything|"
        r"it)|without (?:any |making (?:any )?)changes|"
        r"(?:and |but )?no (?:real |actual )?changes(?: please)?|"
        r"preview only|(?:just |only )?(?:a )?preview(?: of)?|what would happen if "
        r"(?:i|we|you)|(?:just |only )?show (?:me )?what would (?:happen|change|be (?:done|changed)"
        r")"
        r"(?: if (?:i|we|you))?|what would change if (?:i|we|you))\b ?:?",
        said(True),
    ),
    (
        "",
        r"(?:(?:see|ref(?:erence)?|re|as per|per|for|under|cf|regarding|according to)[.:]? )?(?:the "
        r"|our |my )?(?:(?:ticket|incident|change(?: request)?|case|issue|jira|task)"
        r"[ #:]*(?:number |no\.? |id )?#?(?:[a-z]{2,8}-?)?\d{3,}|(?:inc|chg|req|ritm|tkt|"
        r"prb|sr|cr|rfc|jira|cab|crq|itsm|sd)-?\d{3,})",
        said(True),
    ),
    (
        "",
        r"(?:ext(?:ension)?|phone|tel(?:ephone)?|mobile|call me (?:on|at)|reach me (?:on|at))[.:]* "
        r"?[+\d][\d /-]{2,}\d",
        said(True),
    ),
    (
        "",
        r"(?:this |it |which )?(?:was |is |has been |have been )?(?:already )?approved by (?:\w+ "
        r"){0,2}?\w+(?=\s?(?:$|[,.;:!(])| (?:so|and|please)\b)",
        said(True),
    ),
    (
        "",
        r"(?:when(?:ever)?|as soon as|if|once) (?:you|someone|somebody|anyone)(?: (?:guys|has|have|get|find|"
        r"gets|finds|an?|some|free|spare|quick|the))* "
        r"(?:minutes?|moments?|seconds?|time|chance|opportunity)(?: to spare)?",
        said(True),
    ),
    (
        "",
        r"(?:(?:i'm |i am |we're |we are )?(?:so |very |really )?sorry|apologies|my apologies) (?:to (?:bother|trouble|"
        r"disturb|bug|ask)(?: (?:you|this))?|for (?:the |all the )?(?:bother|trouble|noise|hassle|short notice|"
        r"inconvenience|delay|disturbance|late \w+))(?: (?:again|all|guys|everyone|once more|so late))*,?(?: but)?",
        said(True),
    ),
    (
        "",
        r"for (?:our|my|the|a|an) (?:(?:new|next|fellow|young) )*(?:colleague|trainee|intern|employee|starter|joiner|"
        r"hire|team ?mate|team ?member|co-?worker|boss|apprentice|contractor)s?(?: (?-i:[A-Z])[a-z]+)?",
        said(True),
    ),
    (
        "",
        r"(?:^|(?<=[.!?,]))\s?"
        r"(?:(?:good (?:morning|afternoon|evening|day)|hi|hello|hey|hiya|dear|greetings|morning|howdy)"
        r"(?: (?:there|all|everyone|everybody|team|colleagues?|folks|guys|ops|admins?|both|again|dear|it|support|"
        r"desk|the))*"
        r"(?: (?-i:[A-Z])[a-z]+)?|(?:dear )?(?:team|colleagues|all|folks))\s?[,!.](?=\s)",
        said(True),
    ),
    ("", r",? ?(?:i\.e\.?|that is to say|namely|viz\.?),?(?= )", said(True)),
    ("", "(?:" + "|".join(" ".join(words) for words in EMPHASIS) + ")", said(True)),
    ("", r"would (?:do|change|mean|cause)(?: there| to (?:it|them))?(?=\s?(?:$|[.,;!?)]|but\b|and\b))", _after_what),
)
