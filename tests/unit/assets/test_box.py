# SPDX-License-Identifier: Apache-2.0
"""The box: a sealed secret opens with its master key in its own row only."""

import base64
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconductor.secrets.box import Box, Place, SealBroken

KEY, OTHER = bytes(range(32)), bytes(32)
PLACE = Place(table="sealed_secrets", row="r1", field="sealed")
SECRET = "correct horse battery staple"


@given(st.text())
def test_what_goes_in_comes_out(secret: str) -> None:
    assert Box(KEY).open(Box(KEY).seal(secret, PLACE), PLACE) == secret


def test_the_sealed_text_tells_nothing_and_is_never_the_same() -> None:
    box = Box(KEY)
    one, two = box.seal(SECRET, PLACE), box.seal(SECRET, PLACE)
    assert one != two
    assert SECRET.encode() not in base64.b64decode(one.split(":")[2])
    assert one.startswith(f"1:{box.key_id}:")


@pytest.mark.parametrize(
    "place",
    [
        PLACE.model_copy(update={"row": "r2"}),
        PLACE.model_copy(update={"table": "other"}),
        PLACE.model_copy(update={"field": "other"}),
        Place(table="sealed_secret", row="sr1", field="sealed"),
    ],
    ids=str,
)
def test_a_sealed_secret_moved_elsewhere_does_not_open(place: Place) -> None:
    with pytest.raises(SealBroken, match="changed or damaged"):
        Box(KEY).open(Box(KEY).seal(SECRET, PLACE), place)


def test_another_master_key_is_named_as_the_reason() -> None:
    with pytest.raises(SealBroken, match=f"master key {Box(KEY).key_id}, in use is {Box(OTHER).key_id}") as caught:
        Box(OTHER).open(Box(KEY).seal(SECRET, PLACE), PLACE)
    assert "Put back the master key" in (caught.value.remedy or "")
    assert SECRET not in str(caught.value)


def test_every_changed_bit_is_noticed() -> None:
    form, key_id, body = Box(KEY).seal("x", PLACE).split(":")
    raw = base64.b64decode(body)
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        with pytest.raises(SealBroken):
            Box(KEY).open(f"{form}:{key_id}:{base64.b64encode(changed).decode()}", PLACE)


def test_a_key_id_written_over_does_not_open() -> None:
    _, _, body = Box(OTHER).seal(SECRET, PLACE).split(":")
    with pytest.raises(SealBroken, match="changed or damaged"):
        Box(KEY).open(f"1:{Box(KEY).key_id}:{body}", PLACE)


@pytest.mark.parametrize("sealed", ["", "x", "1:abc", "1:abc:!!!", "1:abc:AAAA", "a:b:c:d"])
def test_what_was_never_sealed_is_damaged(sealed: str) -> None:
    with pytest.raises(SealBroken, match="changed or damaged"):
        Box(KEY).open(sealed, PLACE)


def test_a_form_of_a_later_version_says_so() -> None:
    sealed = Box(KEY).seal(SECRET, PLACE)
    with pytest.raises(SealBroken, match="does not know"):
        Box(KEY).open("2" + sealed[1:], PLACE)


def test_every_sealing_derives_a_key_of_its_own() -> None:
    derived: list[bytes] = []

    def derive(_box: Box, salt: bytes, _info: bytes) -> bytes:
        derived.append(salt)
        return KEY

    with patch.object(Box, "_derive", derive):
        box = Box(KEY)
        for _ in range(3):
            box.seal(SECRET, PLACE)
    assert len(set(derived)) == 4  # one for the key id
