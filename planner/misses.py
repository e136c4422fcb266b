# SPDX-License-Identifier: Apache-2.0
"""Operators who say that they were misunderstood: "no, that's not what I meant", and what they meant instead."""

import re
from dataclasses import dataclass

_THAT = r"(?:that|this|it|which)"
_MEANT = (
    r"(?:meant|mean|wanted|want|intended|asked|was asking|needed|need|said|had in mind|was after|was looking for|"
    r"told you)"
)
_OBJECT = r"(?:me|it|that|this|my request|the request)"
_FOR = r"(?:\s+(?:you\s+)?(?:for|to do|to say|you|at all|here|there|with (?:that|this|it)))*"
_LEAD = r"(?:(?:no+|nope|nah|hm+|hmm|sorry|stop|wait|hey|well|please|but|oh|argh|ugh)\b[\s,.!:;-]*)*"
_NOT = r"(?:'s|’s|\s+is|\s+was)?(?:\s+(?:really|definitely|clearly|simply|so|just|actually))*\s*(?:\bnot|n't|n’t)"
_DENIALS = (
    # that is not what I meant, this wasn't quite what we asked for, not at all what I wanted
    rf"(?:{_THAT}{_NOT}|not)(?:\s+(?:at all|quite|really|exactly|even))*\s+(?:what|the thing|the one|how)\s+(?:i|we)\s*"
    rf"(?:'d|’d|'ve|’ve|\s+had|\s+have)?\s*(?:just\s+|really\s+|actually\s+)*{_MEANT}{_FOR}",
    # you misunderstood me, you have misread that, you got it wrong, you did not understand
    r"(?:i think |i guess |looks like |it seems )?you(?:'ve|’ve| have| had)?\s+"
    r"(?:completely |totally |clearly |quite )*(?:misunderst(?:ood|and)|misread|misinterpreted|mistook)"
    rf"(?:\s+(?:what i said|{_OBJECT}))?",
    rf"you(?:'ve|’ve| have)?\s+(?:got|read|understood|took)\s+{_OBJECT}\s+(?:all |completely )?wrong(?:ly)?",
    r"you\s+(?:did not|didn't|didn’t|do not|don't|don’t)\s+(?:understand|get)(?:\s+(?:me|it|that|this|what i \w+))?",
    # I didn't mean that, I did not ask for this
    rf"i\s+(?:did not|didn't|didn’t|never)\s+(?:mean|want|ask(?:ed)? for|say|said|meant)\s+(?:to do\s+)?{_THAT}",
    # that is wrong, this was a misunderstanding
    rf"{_THAT}(?:'s|’s|\s+is|\s+was)\s+(?:all |completely |totally |just )*(?:wrong|incorrect|not right|not it|"
    r"a misunderstanding|misunderstood|a mistake)",
    r"(?:wrong|misunderstood|misread|incorrect)(?:\s+(?:plan|reading|guess|again|groups?|machines?|hosts?|servers?|targets?|"
    r"services?|steps?|ones?|things?))?",
    r"i\s+(?:meant|wanted)\s+(?:something|anything)\s+(?:else|different|other)",
)
_INSTEAD = (
    r"(?:(?:i|we)\s+(?:really\s+|actually\s+|just\s+)?"
    r"(?:meant|mean|said|intended|(?:wanted|was asking|asked|needed|need|want)(?:\s+you)?)"
    r"(?:\s+(?:to|was|is|for|you to|to say))?(?=[\s:,])|"
    r"what\s+(?:i|we)\s+(?:meant|mean|wanted|want|asked for|intended)\s+(?:was|is)(?:\s+to)?|"
    r"it\s+(?:should|was supposed to|was meant to)\s+(?:be|have been|say)|rather|instead|please|correct is|"
    r"the right one is)"
)
_SEPARATOR = r"[\s,.!;:–—-]*"
_SHAPE = re.compile(
    rf"{_LEAD}(?P<denied>{'|'.join(_DENIALS)})?(?P<gap>{_SEPARATOR})"
    rf"(?:(?P<instead>{_INSTEAD})[\s:,]*)?(?P<meant>.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’"}
#: Words of the shortest correction: a verb and what it is about.
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Denial:
    """The request before was misread; `meant` is the correction in the same breath, if there is one."""

    meant: str | None = None


def read_denial(text: str) -> Denial | None:
    """What a request says about the one before; None where it speaks of machines and not of the plan."""
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        return None
    meant = _unquoted(match["meant"])
    if match["denied"] is None:
        # "I meant restart nginx" says it as well; a lead alone ("no, restart nginx") does not.
        return Denial(meant) if _says_meant(match["instead"]) and len(meant.split()) >= _SHORTEST else None
    if not meant:
        return Denial()
    if not match["instead"] and not match["gap"].strip():
        return None  # "wrong permissions on /etc/hosts": the word goes on
    return Denial(meant) if len(meant.split()) >= _SHORTEST else Denial()


def _says_meant(words: str | None) -> bool:
    return bool(re.match(r"(?:i|we|what)\b.*\bmeant\b", words or "", re.IGNORECASE))


def _unquoted(text: str) -> str:
    text = text.strip()
    inner = text.rstrip(".!")
    if len(inner) > 1 and _QUOTES.get(inner[0]) == inner[-1] and inner[-1] not in inner[1:-1]:
        return inner[1:-1].strip()
    return text
