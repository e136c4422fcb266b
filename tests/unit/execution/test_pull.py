# SPDX-License-Identifier: Apache-2.0
"""Who gets a file from the pull server, and which part of it."""

from pathlib import Path

import pytest

from opsconductor.execution.pull.ranges import NotSatisfiable, wanted
from opsconductor.execution.pull.tickets import Offer, Refused, TicketBook

OFFER = Offer(step=2, target="win-01", sha256="a" * 64, size=1000, path=Path("/nowhere"))


def refusal(book: TicketBook, path: str, peer: str = "10.0.0.5", now: float = 0.0) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        book.look(path, peer, now)
    return refused.value.status, str(refused.value)


def test_a_ticket_is_good_for_its_offer_until_it_is_used() -> None:
    book = TicketBook()
    path = book.issue(OFFER, expires=100.0)
    identity, offer = book.look(path, "10.0.0.5", 99.9)
    assert offer == OFFER
    assert book.look(path, "10.0.0.5", 99.9) == (identity, OFFER), "a transfer that was cut off goes on"
    book.end(identity)
    assert refusal(book, path) == (410, "the ticket was used")


def test_a_ticket_expires() -> None:
    book = TicketBook()
    assert refusal(book, book.issue(OFFER, expires=100.0), now=100.0) == (410, "the ticket has expired")


def test_what_one_address_began_no_other_goes_on_with() -> None:
    book = TicketBook()
    path = book.issue(OFFER, expires=100.0)
    book.look(path, "10.0.0.5", 0.0)
    assert refusal(book, path, peer="10.0.0.6") == (403, "another address began with this ticket")


def test_signatures_belong_to_one_ticket_of_one_book() -> None:
    book = TicketBook()
    one, other = book.issue(OFFER, expires=100.0), book.issue(OFFER, expires=100.0)
    mixed = f"/{one.split('/')[1]}/{other.split('/')[2]}"
    assert refusal(book, mixed) == (403, "the signature is wrong")
    assert refusal(book, one[:-1] + "ü") == (403, "the signature is wrong")
    assert refusal(book, "/") == (403, "there is no such ticket")
    assert refusal(TicketBook(), one) == (403, "there is no such ticket")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 1000)),
        ("bytes=400-", (400, 1000)),
        ("bytes=400-499", (400, 500)),
        ("bytes=400-9999", (400, 1000)),
        ("bytes=-5", None),  # kinds that nobody resumes with: the whole file is a right answer
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("bytes=9-3", None),
    ],
)
def test_ranges(header: str | None, part: tuple[int, int] | None) -> None:
    assert wanted(header, 1000) == part


def test_nothing_lies_behind_the_end() -> None:
    with pytest.raises(NotSatisfiable):
        wanted("bytes=1000-", 1000)
