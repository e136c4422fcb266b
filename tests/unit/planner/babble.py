# SPDX-License-Identifier: Apache-2.0
"""Seeded requests that go deep into the planner: real phrases taken apart, mixed, mistyped and strewn with noise."""

import random
from collections.abc import Callable, Iterator
from functools import cache

from opsconductor.domain.templates import Catalogue
from tests.unit.planner.conftest import load_cases

_JOINTS = (
    " and ", ", ", ", then ", "; ", ". ", " then ", ", and ", "\n", " after that ", " before ", " or ", " but ", " ",
    " & ", ", wait 30 seconds, ", " while ", " unless ", " if ", "? ", ": ", " - ", " with ", "/", "…", "\t",
)  # fmt: skip
_WHERE = (
    "on shop-01", "on all servers", "in group 'CIS servers'", "on prod web", "on the first 2 servers of Production Web",
    "on shop-[01:03]", "on shop-*", "except toy-02", "on half of the Linux servers", "on everything but the labs",
    "on shop-01..shop-03 and sql-2", "on web-1..99999999", "on SHOP1", "on all Windows Server 2019 machines",
    "on nobody-77", "across the whole company", "in Hall South", "on shop-04..shop-01", "on the db servers", "there",
)  # fmt: skip
_HOW = (
    "two at a time", "10% at a time", "stop when more than 3 fail", "tonight at 10pm", "every day at 3am", "dry run",
    "roll back if it fails", "wait 5 minutes between batches", "one canary first", "at 99:99", "on 31 February",
    "in batches of 0", "within 5 seconds", "and log the results", "every 5 minutes on weekdays", "next friday",
)  # fmt: skip
_IF = (
    "if nginx is running", "unless /etc/motd exists", "only where disk usage is over 90%", "if the port 8080 is closed",
    "if it fails", "when the service is stopped", "if postgresql is older than 14", "only on Linux", "if not", "if",
)  # fmt: skip
_LITERALS = (
    "'C:\\Program Files\\A b\\c.exe'", "C:\\Temp\\x y\\z.txt", "\\\\srv\\share\\a", "/etc/nginx/nginx.conf",
    "https://example.org/a?b=c&d=e", "HKLM:\\SOFTWARE\\Acme", "0 3 * * *", "5 GB", "80%", "u=rwX,g=rX", "fe80::1", "'",
    '"', "`df -h`", "“nginx”", "1.24.0-2ubuntu7", "stationcontroller.exe", "web-[01:", "[", "((", "{{ x }}",
    "$(id)", "--now", "-y", "CORP\\alice", "git@example.org:a/b.git", "server:/export", "UUID=1-2", "@daily", "*", "''",
)  # fmt: skip
_NOISE = (
    "\u200b", "\u202e", "\u0301", "\x00", "\x1b[31m", "\ufeff", "\u00a0", "\u2028", "😀", "重启", "إعادة", "ß",
    "İ", "ǅ", "²", "٣",
    "\U0010ffff", "\ufffe", "ﬁ", "\r\n", "\x85", "Ⅷ", "½", "ﷺ", "\u1160", "e\u0301\u0302\u0303", "\udc80", "\ud83d",
)  # fmt: skip
_TALK = (
    "please", "could you", "thanks", "hi team,", "asap", "it", "them", "the service", "same", "again", "instead", "no,",
    "not", "all", "every", "the", "which", "is", "how much", "why", "do not", "undo", "retry", "as root", "first", "1.",
)  # fmt: skip


@cache
def _phrases() -> tuple[str, ...]:
    rows = [row["text"] for name in ("tasks", "questions", "refusals") for row in load_cases(name) if "text" in row]
    return tuple(rows)


def requests(seed: int, catalogue: Catalogue) -> Iterator[str]:
    """Requests without end; the same ones for the same seed."""
    dice = random.Random(seed)
    examples = tuple(example.text for template in catalogue for example in template.examples)
    words = tuple(sorted({word for text in (*examples, *_phrases()) for word in text.split()}))
    makers: tuple[Callable[[], str], ...] = (
        lambda: dice.choice(examples),
        lambda: dice.choice(_phrases()),
        lambda: " ".join(dice.choices(words, k=dice.randint(1, 7))),
        lambda: dice.choice(_WHERE),
        lambda: dice.choice(_HOW),
        lambda: dice.choice(_IF),
        lambda: dice.choice(_LITERALS),
        lambda: dice.choice(_TALK),
        lambda: "".join(chr(dice.choice((dice.randint(32, 126), dice.randint(0, 0x10FFFF)))) for _ in range(6)),
    )
    while True:
        if dice.random() < 0.4:
            yield _sentence(examples, dice)
            continue
        parts = [maker() for maker in dice.choices(makers, (8, 3, 3, 6, 3, 3, 3, 3, 1), k=dice.randint(1, 6))]
        text = "".join(part + dice.choice(_JOINTS) for part in parts)
        for _ in range(dice.choice((0, 0, 0, 1, 2, 5))):
            text = _spoiled(text, dice)
        if dice.random() < 0.01:
            text *= dice.randint(2, 40)
        yield text


def _sentence(examples: tuple[str, ...], dice: random.Random) -> str:
    """A request that may well be right: one to three things to do, where, and perhaps how and when."""
    text = dice.choice((", then ", " and ", ", ", "; ", ". ")).join(
        dice.choices(examples, k=dice.choice((1, 1, 1, 2, 3)))
    )
    more = [_WHERE, *([_HOW] if dice.random() < 0.3 else []), *([_IF] if dice.random() < 0.3 else [])]
    dice.shuffle(more)
    text = " ".join([text.rstrip("?."), *(dice.choice(part) for part in more)])
    return _spoiled(text, dice) if dice.random() < 0.4 else text


def _spoiled(text: str, dice: random.Random) -> str:
    """The text with one thing done to it that fingers, clipboards and attackers do."""
    at = dice.randrange(len(text) + 1)
    match dice.randrange(9):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + dice.choice(_NOISE) + text[at:]
        case 2:
            return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        case 3:
            return text[:at] + dice.choice(_LITERALS) + text[at:]
        case 4:
            return text.upper() if dice.random() < 0.5 else text.title()
        case 5:
            return text[:at] + text[at:].replace(" ", "", 1)
        case 6:
            words = text.split(" ")
            dice.shuffle(words)
            return " ".join(words)
        case 7:
            return text[:at] + text[max(0, at - 20) : at] + text[at:]
        case _:
            return text[:at] + dice.choice("'\"`()[]{}<>\\/|;:,.!?*%$#@~^&-_=+") + text[at:]
