# SPDX-License-Identifier: Apache-2.0
"""The certificate of a slice's pull server: made at its start, its keys never on a disk, trusted by nobody else."""

import datetime as dt
import ipaddress
import os
import ssl
from contextlib import suppress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: Clocks of targets may be wrong by so much.
_SLACK = dt.timedelta(hours=24)


def make_identity(address: str, lifetime: dt.timedelta, now: dt.datetime) -> tuple[str, ssl.SSLContext]:
    """The PEM of an authority of its own, handed to targets, and TLS for a server named `address`."""
    began, ends = now - _SLACK, now + lifetime + _SLACK
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("OpsConductor pull authority")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), began, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _builder(_name("OpsConductor pull server"), authority_name, key.public_key(), began, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(address)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return authority.public_bytes(Encoding.PEM).decode(), _context(private + certificate.public_bytes(Encoding.PEM))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, began: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(ends)
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    """Of the server's own key (`sign`), or of the authority's."""
    return x509.KeyUsage(
        digital_signature=sign,
        key_cert_sign=not sign,
        crl_sign=not sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(address: str) -> list[x509.GeneralName]:
    """An IP address as a name, too: the curl of Windows has compared names only for long."""
    names: list[x509.GeneralName] = [x509.DNSName(address)]
    with suppress(ValueError):
        names.append(x509.IPAddress(ipaddress.ip_address(address)))
    return names


def _context(pem: bytes) -> ssl.SSLContext:
    """OpenSSL reads keys from files only: this one exists in memory."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    descriptor = os.memfd_create("opsconductor", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
