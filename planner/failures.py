# SPDX-License-Identifier: Apache-2.0
"""How the options about failures are said: how many are borne, and what is taken back."""

from planner.manner_parts import (
    BACK,
    COUNT,
    FAILS,
    GOES_WRONG,
    HAVE_FAILED,
    HOSTS,
    PERCENT,
    STOP,
    WHAT,
    Form,
    number,
    one_less,
    percent,
    said,
)

#: Said behind the number that is borne.
_BORNE = (
    r"(?: (?:(?:are|is|will be|may be|can be) )?(?:allowed|tolerated|accepted|permitted|borne|ok|okay|acceptable|fine)"
    r"(?=\s?(?:$|[.,;:!)]|and\b|but\b)))?"
)
#: What is stopped where the words that say so stand behind.
_STOPPED = (
    rf"(?:,? (?:then )?(?:please )?{STOP}(?: (?:there|everything|it all|at once|immediately))*(?=\s?(?:$|[.,;:!)])))"
)
#: As the other forms of options.
FAILURES: tuple[Form, ...] = (
    (
        "max_fail",
        rf"(?:(?:keep(?: on)? going|continue|carry on|go on) )?(?:no matter|regardless of|whatever|irrespective of)"
        rf"(?: how many| which| what| who| whether any| if any)(?: of (?:them|the \w+))?(?: {HOSTS})? {HAVE_FAILED}"
        r"(?: (?:afterwards|then|after that|on the way))?",
        said("100%"),
    ),
    (
        "max_fail",
        rf"(?:{STOP} )(?:at|on|after|upon|with) (?:the )?(?:very )?(?:first|any|a single|a) (?:failure|"
        rf"error|failed \w+)",
        said(0),
    ),
    (
        "max_fail",
        rf"{STOP} (?:at|on|after) (?:the )?(?P<nth>second|third|fourth|fifth|tenth) (?:failure|"
        rf"error|failed \w+)",
        one_less,
    ),
    (
        "max_fail",
        rf"{STOP} (?:at once |immediately )?(?:if|when|as soon as|once) (?:any(?:thing| \w+)?|"
        rf"one(?: (?:of them|\w+))?|something|a single \w+|a \w+|the first(?: (?:one|\w+))?) "
        r"(?:fails?|breaks?|goes wrong)",
        said(0),
    ),
    ("max_fail", r"fail fast", said(0)),
    (
        "max_fail",
        r"(?:with |and )?(?:no|zero) (?:failures?|errors?|failed \w+) (?:are |is )?(?:tolerated|allowed|accepted|"
        r"acceptable|permitted)|(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?) (?:no|zero) (?:failures?|errors?)",
        said(0),
    ),
    (
        "max_fail",
        rf"(?:if|when|as soon as|once|should) (?:more than|over) {COUNT}(?: of (?:them|the \w+))?(?: {HOSTS})? "
        rf"{HAVE_FAILED}{_STOPPED}",
        number,
    ),
    (
        "max_fail",
        rf"(?:if|when|as soon as|once|should) (?:more than|over) {PERCENT}(?: of (?:them|the \w+|all \w+))?"
        rf"(?: {HOSTS})? {HAVE_FAILED}{_STOPPED}",
        percent,
    ),
    (
        "max_fail",
        rf"(?:if|when|as soon as|once|should) {COUNT}(?P<more> or more)?(?: of (?:them|the \w+))?(?: {HOSTS})? "
        rf"{HAVE_FAILED}{_STOPPED}",
        one_less,
    ),
    (
        "max_fail",
        rf"(?:if|when|as soon as|once|should) (?:any(?:thing| \w+)?|something|a single \w+|an? (?!lot)\w+) "
        rf"{HAVE_FAILED}{_STOPPED}",
        said(0),
    ),
    (
        "max_fail",
        rf"{STOP} (?:if|when|as soon as|once) (?:more than|over) {PERCENT}(?: of (?:them|the \w+|all "
        rf"\w+))?(?: {HOSTS})? {HAVE_FAILED}",
        percent,
    ),
    (
        "max_fail",
        rf"{STOP} (?:if|when|as soon as|once) (?:more than|over) {COUNT}(?: of (?:them|the \w+))?(?: "
        rf"{HOSTS})? {HAVE_FAILED}",
        number,
    ),
    (
        "max_fail",
        rf"{STOP} (?:after|on|at|with) more than {COUNT} (?:{HOSTS} )?(?:failures?|errors?|failed(?: "
        rf"\w+)?|have failed)",
        number,
    ),
    (
        "max_fail",
        rf"{STOP} (?:if|when|as soon as|once|after) {COUNT}(?: or more)?(?: of (?:them|the \w+))?(?: "
        rf"{HOSTS})? (?:have )?(?:fail(?:ed|s|ures?)?|errors?)",
        one_less,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?|with)? ?(?:at most|max(?:imum)?(?: "
        rf"of)?|up to|no more than|not more than) {PERCENT} (?:of (?:them|the \w+) )?(?:{HOSTS} )?(?:to "
        rf"fail|failures?|errors?|may fail|failing|failed){_BORNE}",
        percent,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?|with)? ?(?:at most|max(?:imum)?(?: "
        rf"of)?|up to|no more than|not more than) {COUNT} (?:of (?:them|the \w+) )?(?:{HOSTS} )?(?:to "
        rf"fail|failures?|errors?|may fail|failing|failed){_BORNE}",
        number,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?) {PERCENT} (?:of (?:them|the \w+) )?(?:{HOSTS} "
        rf")?(?:to fail|failures?|errors?|failing|failed)",
        percent,
    ),
    (
        "max_fail",
        rf"(?:tolerat(?:e|ing)|allow(?:ing)?|accept(?:ing)?) {COUNT} (?:of (?:them|the \w+) )?(?:{HOSTS} "
        rf")?(?:to fail|failures?|errors?|failing|failed)",
        number,
    ),
    ("max_fail", rf"max[ _-]fail(?:ures?)?(?: of|=|:)? ?{COUNT}\b(?! ?%)", number),
    (
        "max_fail",
        r"(?:keep going|keep on going|continue|carry on|go on|proceed)(?: (?:processing|anyway|"
        r"with the (?:rest|others)))?,? "
        rf"(?:even )?(?:if|when|on|despite|regardless of|in spite of|with the others if) (?:\w+ ){{0,4}}?{FAILS}",
        said("100%"),
    ),
    (
        "max_fail",
        r"(?:keep(?: on)? going|carry on|press on|keep at it)"
        r"(?: (?:whatever|no matter what|even if (?:something|anything|any|some|one|a \w+))"
        r"(?: (?:of them|hosts?|machines?|servers?))?(?: (?:fails?|happens|breaks|goes wrong))?)?",
        said("100%"),
    ),
    (
        "max_fail",
        r"(?:ignor(?:e|ing)|regardless of|despite|don't stop (?:on|at|for)|do not stop (?:on|at|"
        r"for)|without stopping (?:on|at)) (?:all |any |single |individual )*(?:failures?|errors?|"
        r"failed \w+|failing \w+)",
        said("100%"),
    ),
    ("max_fail", r"(?:don't|do not|never) stop(?: even)? (?:if|when) (?:\w+ ){0,4}?fails?", said("100%")),
    (
        "rollback",
        rf"(?:with (?:an? )?(?:auto(?:matic)? )?)?{BACK}{WHAT},? "
        rf"(?:automatically )?(?:if|on|when|whenever|in case of|should) {GOES_WRONG}",
        said(True),
    ),
    (
        "rollback",
        rf"(?:(?:if|when|should|in case) {GOES_WRONG}|on (?:any )?(?:error|failure)s?|in case "
        rf"of (?:an? |any )?(?:error|failure|problem)s?|otherwise),? (?:automatically |then |please "
        rf")?(?:restore|go back to|{BACK}|put back){WHAT}",
        said(True),
    ),
    (
        "rollback",
        rf"restore (?:the )?(?:previous|old|former|original|last) \w+ (?:if|on|when|in case of)"
        rf" {GOES_WRONG}",
        said(True),
    ),
    (
        "rollback",
        r"with (?:an? )?(?:auto(?:matic)? )?(?:rollback|roll back|undo)(?: (?:on|if|in case of)"
        r" (?:any )?(?:error|failure|it fails)s?)?",
        said(True),
    ),
    (
        "rollback",
        r"(?:auto(?:matic(?:ally)?)? ?(?:rollback|roll back)|rollback (?:on|enabled)(?: (?:error|"
        r"failure)s?)?)",
        said(True),
    ),
)
