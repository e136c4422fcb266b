# SPDX-License-Identifier: Apache-2.0
"""Who may log in to a run's hosts: one client key and two passwords per run, one host key per host."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.lab.tool import run

# Where the image has put the two accounts.
HOMES = {"root": ("root", 0), "ops": ("home/ops", 1000)}


@dataclass(frozen=True)
class Access:
    """root and ops log in by key; ops has sudo with its password; deploy logs in by its password."""

    key_path: Path
    public_key: str
    root_password: str = field(repr=False)
    ops_password: str = field(repr=False)
    deploy_password: str = field(repr=False)

    def save(self, path: Path) -> None:
        """Write this to *path*, readable by its owner only."""
        write_private(path, json.dumps({**asdict(self), "key_path": str(self.key_path)}))

    @classmethod
    def load(cls, path: Path) -> "Access":
        """Read what save wrote."""
        fields = json.loads(path.read_text())
        return cls(**{**fields, "key_path": Path(fields["key_path"])})


@dataclass(frozen=True)
class HostKey:
    """A host's ed25519 key pair in OpenSSH's formats."""

    private: str
    public: str


def new_key(comment: str) -> HostKey:
    """Make a key pair."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return HostKey(private.decode(), f"{public.decode()} {comment}")


def write_private(path: Path, text: str) -> None:
    """Write *text* to *path* with mode 0600 from the first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def create(folder: Path) -> Access:
    """Make the run's client key in *folder* and its passwords."""
    key = new_key("lab")
    key_path = folder / "id_ed25519"
    write_private(key_path, key.private)
    return Access(key_path, key.public, secrets.token_urlsafe(9), secrets.token_urlsafe(9), secrets.token_urlsafe(9))


def write_layer(access: Access, image_root: Path, layer: Path) -> None:
    """Write the files that let the run's clients in: *layer* lies between the image and each host's own files."""
    passwords = {"root": access.root_password, "ops": access.ops_password, "deploy": access.deploy_password}
    hashes = {user: run(["openssl", "passwd", "-6", "-stdin"], stdin=text).strip() for user, text in passwords.items()}
    lines = [line.split(":") for line in (image_root / "etc/shadow").read_text().splitlines()]
    shadow = "\n".join(":".join([user, hashes.get(user, old), *rest]) for user, old, *rest in lines) + "\n"
    (layer / "etc").mkdir(parents=True)
    write_private(layer / "etc/shadow", shadow)
    for home, owner in HOMES.values():
        folder = layer / home
        (folder / ".ssh").mkdir(parents=True)
        write_private(folder / ".ssh/authorized_keys", access.public_key + "\n")
        for path, mode in ((folder, 0o700), (folder / ".ssh", 0o700), (folder / ".ssh/authorized_keys", 0o600)):
            path.chmod(mode)
            os.chown(path, owner, owner)
