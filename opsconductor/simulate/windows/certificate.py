# SPDX-License-Identifier: Apache-2.0
"""The certificate of simulated hosts: self-signed, made at start, valid for every simulated address."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from opsconductor.simulate.windows.failure import DescriptionError
from opsconductor.simulate.windows.host import PRODUCT

_VALID = dt.timedelta(days=30)


def make_certificate(folder: Path, names: list[str], addresses: list[str]) -> Path:
    """Writes `certificate.pem` (public) and `private.pem` (key and certificate, 0600). Returns the public file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PRODUCT)])
    now = dt.datetime.now(dt.UTC)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    secret = folder / "private.pem"
    secret.touch(mode=0o600)
    secret.write_bytes(private + public)
    shown = folder / "certificate.pem"
    shown.write_bytes(public)
    return shown


def server_context(pem: Path) -> ssl.SSLContext:
    """TLS for a listener, from a PEM file with key and certificate. Raises DescriptionError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(pem)
    except (OSError, ssl.SSLError) as error:
        raise DescriptionError(
            f"The certificate file {pem} cannot be used: {error}.",
            remedy="It must be PEM with the private key and the certificate.",
        ) from None
    return context
