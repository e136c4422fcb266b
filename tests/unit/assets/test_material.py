# SPDX-License-Identifier: Apache-2.0
"""What a credential's value must be, and what is said when it is not."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from pydantic import SecretStr

from opsconductor.domain.credentials import CredentialKind
from opsconductor.errors import InvalidInput
from opsconductor.secrets.certificate import describe
from opsconductor.secrets.material import Material, prepare

PHRASE = "open sesame"
ED25519 = ed25519.Ed25519PrivateKey.generate()
P256 = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)


def pem(key: PrivateKeyTypes, form: PrivateFormat = PrivateFormat.OpenSSH, phrase: str | None = None) -> str:
    lock: KeySerializationEncryption = BestAvailableEncryption(phrase.encode()) if phrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, lock).decode()


def ssh(text: str, phrase: str | None = None) -> Material:
    return prepare(CredentialKind.SSH_KEY, SecretStr(text), passphrase=SecretStr(phrase) if phrase else None)


@pytest.mark.parametrize("key", [ED25519, P256, RSA], ids=["ed25519", "ecdsa", "rsa"])
@pytest.mark.parametrize("form", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
@pytest.mark.parametrize("phrase", [None, PHRASE])
def test_every_usual_key_loses_its_passphrase_and_gives_its_public_line(
    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    form: PrivateFormat,
    phrase: str | None,
) -> None:
    made = ssh(pem(key, form, phrase).replace("\n", "\r\n"), phrase)
    stored = load_ssh_private_key(made.secret.get_secret_value().encode(), None)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert stored.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) == public
    assert made.public == public.decode()


def test_a_passphrase_that_was_not_needed_does_no_harm() -> None:
    assert ssh(pem(ED25519), PHRASE).public == ssh(pem(ED25519)).public


@pytest.mark.parametrize(
    ("text", "phrase", "said"),
    [
        (pem(ED25519, phrase=PHRASE), None, "has a passphrase"),
        (pem(ED25519, PrivateFormat.PKCS8, PHRASE), None, "has a passphrase"),
        (pem(ED25519, phrase=PHRASE), "wrong", "passphrase is wrong"),
        (pem(ED25519, PrivateFormat.PKCS8, PHRASE), "wrong", "passphrase is wrong"),
        (pem(ED25519)[:120] + "\n-----END OPENSSH PRIVATE KEY-----", None, "damaged"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== me", None, "public key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\n", None, "PuTTY"),
        ("hello", None, "no private key"),
        (pem(dsa.generate_private_key(2048), PrivateFormat.PKCS8), None, "DSA"),
    ],
)
def test_a_bad_key_is_explained_without_being_shown(text: str, phrase: str | None, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        ssh(text, phrase)
    assert caught.value.remedy
    assert not [line for line in text.splitlines() if len(line) > 10 and line in str(caught.value)]


@pytest.mark.parametrize("kind", [CredentialKind.PASSWORD, CredentialKind.API_KEY])
def test_one_line_secrets(kind: CredentialKind) -> None:
    assert prepare(kind, SecretStr(" blanks stay ")).secret.get_secret_value() == " blanks stay "
    with pytest.raises(InvalidInput, match="empty"):
        prepare(kind, SecretStr(""))
    with pytest.raises(InvalidInput, match="line break") as caught:
        prepare(kind, SecretStr("one\ntwo"))
    assert "one" not in caught.value.message.split()


def certificate(key: rsa.RSAPrivateKey, name: str = "ops") -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=365))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("phrase", [None, PHRASE])
def test_certificate_and_key_belong_together(beside: bool, phrase: str | None) -> None:
    key = pem(RSA, PrivateFormat.PKCS8, phrase)
    made = prepare(
        CredentialKind.CERTIFICATE,
        SecretStr(key + certificate(RSA) if beside else key),
        passphrase=SecretStr(phrase) if phrase else None,
        certificate_pem=None if beside else certificate(RSA),
    )
    assert made.public == certificate(RSA)
    assert load_pem_private_key(made.secret.get_secret_value().encode(), None)
    assert describe(made.public or "") == {
        "subject": "CN=ops",
        "issuer": "CN=ops",
        "not_after": "2027-01-01T00:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (pem(RSA, PrivateFormat.PKCS8) + certificate(rsa.generate_private_key(65537, 2048)), "does not belong"),
        (pem(RSA, PrivateFormat.PKCS8), "no readable certificate"),
        (certificate(RSA), "no private key"),
        (certificate(RSA) + pem(RSA, PrivateFormat.PKCS8, PHRASE), "has a passphrase"),
    ],
)
def test_a_bad_certificate_is_explained(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        prepare(CredentialKind.CERTIFICATE, SecretStr(text))
    assert caught.value.remedy


@pytest.mark.parametrize("kind", [CredentialKind.PASSWORD, CredentialKind.API_KEY])
def test_a_secret_too_short_to_be_kept_out_of_logs_is_refused(kind: CredentialKind) -> None:
    with pytest.raises(InvalidInput, match="fewer than 4 characters") as caught:
        prepare(kind, SecretStr("abc"))
    assert "longer" in (caught.value.remedy or "")
    assert prepare(kind, SecretStr("abcd")).secret.get_secret_value() == "abcd"


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no UTF-8 text"):
        prepare(CredentialKind.PASSWORD, SecretStr("long enough\udcff"))
    with pytest.raises(InvalidInput, match="no UTF-8 text"):
        ssh(pem(ED25519), "open\udcff")
