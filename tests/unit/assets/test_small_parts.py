# SPDX-License-Identifier: Apache-2.0
"""Ways through nested things, page cursors, host keys."""

import base64

import pytest

from opsconductor.domain.graphs import find_way
from opsconductor.domain.hostkeys import InvalidHostKey, make_host_key
from opsconductor.domain.pages import decode_cursor, encode_cursor, page_size
from opsconductor.errors import InvalidInput

ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def test_the_shortest_way_is_found_at_any_depth_and_circles_end() -> None:
    chain = {f"g{i}": [f"g{i + 1}"] for i in range(5000)}
    assert find_way("g0", "g5000", chain) == [f"g{i}" for i in range(5001)]
    assert find_way("g5000", "g0", chain) is None
    assert find_way("a", "d", {"a": ["b", "c"], "b": ["a", "c"], "c": ["d", "a"]}) == ["a", "c", "d"]
    assert find_way("a", "a", {}) == ["a"]


def test_a_cursor_comes_back_and_a_foreign_one_is_refused() -> None:
    assert decode_cursor(encode_cursor("web002", "ü"), 2) == ("web002", "ü")
    for foreign in ("", "abc", "!", encode_cursor("one"), base64.b64encode(b'{"a": 1}').decode(), "////"):
        with pytest.raises(InvalidInput, match="no page cursor"):
            decode_cursor(foreign, 2)


def test_page_sizes() -> None:
    assert (page_size(None), page_size(1), page_size(1000)) == (100, 1, 1000)
    for wrong in (0, -1, 1001):
        with pytest.raises(InvalidInput):
            page_size(wrong)


def test_a_host_key_has_the_fingerprint_openssh_prints() -> None:
    # The published key of a well-known host: the fingerprint is theirs, not computed by this code.
    key = make_host_key("ssh-ed25519", ED25519)
    assert key.fingerprint == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


@pytest.mark.parametrize(
    ("kind", "public"), [("ssh-rsa", ED25519), ("ssh-ed25519", "no base64"), ("ssh-ed25519", ""), ("", "AAAA")]
)
def test_a_damaged_host_key_is_refused(kind: str, public: str) -> None:
    with pytest.raises(InvalidHostKey):
        make_host_key(kind, public)
