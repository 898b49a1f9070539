"""The certificate that films are signed with: the one of the settings, or a development one of our own making.

The development certificate says so by its name: it proves that a film was not changed since, not who made it.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.domain.errors import Broken

SIGNER = "Reprise development certificate (not trusted)"
ROOT = "Reprise development root (not trusted)"
FILE = "development-certificate.pem"
"""Key, certificate and root in one file, so that they can never be of two makings."""
YEARS = 10
CURVES = {"secp256r1": b"es256", "secp384r1": b"es384", "secp521r1": b"es512"}
"""C2PA's names of signatures, by the curve of the key."""
LEAST_RSA = 2048
REMEDY = "Correct REPRISE_CERTIFICATE and REPRISE_CERTIFICATE_KEY; without both, the development certificate signs."


@dataclass(frozen=True)
class Certificate:
    """What signs."""

    chain: bytes
    """PEM, the signer's own first."""
    key: bytes
    """PEM, without a password."""
    algorithm: bytes
    name: str
    """Who it says that it is."""
    until: dt.datetime

    @property
    def is_development(self) -> bool:
        """Whether it is one of our own making, which nobody trusts."""
        return self.name == SIGNER


def certificate(folder: Path, chain: str = "", key: str = "") -> Certificate:
    """The certificate whose files are named, else the development one of `folder`, which is made on first use.

    Broken, with what is wrong, when the named one cannot sign.
    """
    if chain or key:
        return _own(chain, key)
    pem, certificates = _development(folder)
    leaf = x509.load_pem_x509_certificate(certificates)
    return Certificate(certificates, pem, b"es256", SIGNER, leaf.not_valid_after_utc)


def _own(chain: str, key: str) -> Certificate:
    """A certificate of the person's, looked at closely: a film that is signed in vain is worse than none."""
    if not chain or not key:
        raise Broken("A certificate is only half set: it needs its file and that of its key.", REMEDY)
    try:
        pem, secret = Path(chain).read_bytes(), Path(key).read_bytes()
        leaf = x509.load_pem_x509_certificates(pem)[0]
        private = serialization.load_pem_private_key(secret, password=None)
    except OSError as error:
        raise Broken(f"The certificate cannot be read: {error.filename}: {error.strerror}.", REMEDY) from error
    except TypeError as error:
        raise Broken("The key of the certificate has a password.", "Take the password off, and guard it.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Broken("The certificate or its key is no PEM file.", REMEDY) from error
    if _public(leaf.public_key()) != _public(private.public_key()):
        raise Broken("The key does not belong to the first certificate of its file.", REMEDY)
    now = dt.datetime.now(dt.UTC)
    if not leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
        told = f"{leaf.not_valid_before_utc:%-d %B %Y} to {leaf.not_valid_after_utc:%-d %B %Y}"
        raise Broken(f"The certificate is valid from {told} only.", "Have it renewed.")
    return Certificate(pem, secret, _algorithm(private), _called(leaf), leaf.not_valid_after_utc)


def _public(key: object) -> bytes:
    return key.public_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _algorithm(key: PrivateKeyTypes) -> bytes:
    """C2PA's name of the signatures that a key makes."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA:
        return b"ps256"
    raise Broken(
        "Films cannot be signed with a key of that kind.",
        "Use one of P-256, Ed25519 or RSA of 2048 bits.",
    )


def _called(leaf: x509.Certificate) -> str:
    """Who a certificate says that it is; never the name of ours."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        names = leaf.subject.get_attributes_for_oid(kind)
        if names and names[0].value != SIGNER:
            return str(names[0].value)
    return "a certificate without a name"


def _development(folder: Path) -> tuple[bytes, bytes]:
    """Key and chain of the development certificate, made on first use and when it has run out."""
    file = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        if file.exists():
            key, chain = _split(file.read_bytes())
            if x509.load_pem_x509_certificate(chain).not_valid_after_utc > dt.datetime.now(dt.UTC):
                return key, chain
            file.unlink(missing_ok=True)
        _place(file, _made())
    return _split(file.read_bytes())


def _split(pem: bytes) -> tuple[bytes, bytes]:
    key, mark, rest = pem.partition(b"-----BEGIN CERTIFICATE-----")
    if not mark:
        raise Broken("The development certificate is damaged.", f"Delete the file {FILE}; it is made again.")
    return key, mark + rest


def _place(file: Path, pem: bytes) -> None:
    """Puts the file there whole and for its owner only; whoever was there first, stays."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".certificate-")
    try:
        with os.fdopen(handle, "wb") as fresh:
            fresh.write(pem)
        try:
            os.link(name, file)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()


def _made() -> bytes:
    """A new key, its certificate and the root that signed it, as PEM."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _named(ROOT, ROOT, root_key).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    root = root.add_extension(_usage(signs_certificates=True), critical=True)
    leaf = _named(SIGNER, ROOT, key).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(_usage(signs_certificates=False), critical=True)
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf = leaf.add_extension(issuer, critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signed = (builder.sign(root_key, hashes.SHA256()) for builder in (leaf, root))
    return private + b"".join(c.public_bytes(serialization.Encoding.PEM) for c in signed)


def _named(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Reprise (self-issued, not trusted)")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
