# SPDX-License-Identifier: Apache-2.0
"""SSH private keys: read in OpenSSH or PEM form, kept in OpenSSH form without the passphrase."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from opsconductor.errors import InvalidInput

_OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"
#: OpenSSH refuses shorter RSA keys itself.
_SHORTEST_RSA = 1024
Key = RSAPrivateKey | Ed25519PrivateKey | EllipticCurvePrivateKey


class BadKey(InvalidInput):
    """The private key cannot be used."""

    code = "bad-private-key"


class PassphraseNeeded(BadKey):
    """The private key has a passphrase."""

    code = "passphrase-needed"


def read(text: str, passphrase: bytes | None) -> tuple[str, str]:
    """The private key (OpenSSH PEM, no passphrase) and its public line. Raises BadKey, PassphraseNeeded."""
    text = text.strip().replace("\r\n", "\n") + "\n"
    _refuse_other_forms(text)
    key = _load(text.encode(), passphrase)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _refuse_other_forms(text: str) -> None:
    if text.startswith("PuTTY-User-Key-File"):
        raise BadKey(
            "This is a PuTTY key.",
            remedy="Turn it into an OpenSSH key first: `puttygen KEY -O private-openssh -o NEW`.",
        )
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        raise BadKey("This is a public key.", remedy="Give the private key, the file without .pub.")
    if "PRIVATE KEY-----" not in text:
        raise BadKey(
            "This is no private key.", remedy="Give a file that begins with -----BEGIN OPENSSH PRIVATE KEY-----."
        )


def _load(pem: bytes, passphrase: bytes | None) -> Key:
    load = load_ssh_private_key if pem.startswith(_OPENSSH.encode()) else load_pem_private_key
    try:
        key = load(pem, passphrase)
    except TypeError:
        if passphrase is not None:  # given, and not needed
            return _load(pem, None)
        raise PassphraseNeeded("The private key has a passphrase.", remedy=_GIVE_PASSPHRASE) from None
    except UnsupportedAlgorithm:
        raise BadKey(
            "Keys of this type cannot be used without a person, or are not supported.",
            remedy="Make a key for OpsConductor: `ssh-keygen -t ed25519`.",
        ) from None
    except ValueError:
        if passphrase is not None:
            raise BadKey(
                "The private key cannot be read: the passphrase is wrong or the file is damaged.",
                remedy="Try the passphrase with `ssh-keygen -y -f KEY`.",
            ) from None
        if b"ENCRYPTED" in pem:
            raise PassphraseNeeded("The private key has a passphrase.", remedy=_GIVE_PASSPHRASE) from None
        raise BadKey(
            "The private key is damaged or incomplete.",
            remedy="Give the whole file, from the BEGIN line to the END line.",
        ) from None
    return _usable(key)


_GIVE_PASSPHRASE = "Give the passphrase too; the key is stored without it, encrypted by the master key."


def _usable(key: object) -> Key:
    if isinstance(key, DSAPrivateKey):
        raise BadKey("DSA keys are not accepted by SSH servers any more.", remedy="Make one: `ssh-keygen -t ed25519`.")
    if isinstance(key, RSAPrivateKey) and key.key_size < _SHORTEST_RSA:
        raise BadKey(
            f"An RSA key of {key.key_size} bits is refused by OpenSSH.", remedy="Make one: `ssh-keygen -t ed25519`."
        )
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise BadKey("SSH does not know keys of this type.", remedy="Make one: `ssh-keygen -t ed25519`.")
    return key
