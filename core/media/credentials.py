"""Content Credentials (C2PA): says inside the film that it was generated, by what, and signs it.

The certificate is one of our own making and says so by its name: it proves that the film was not
changed since, not who made it. Nothing here touches the network.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.domain.errors import Broken, DiskFull

SIGNER = "Reprise development certificate (not trusted)"
ROOT = "Reprise development root (not trusted)"
FILE = "development-certificate.pem"
"""Key, certificate and root in one file, so that they can never be of two makings."""
YEARS = 10
KINDS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""The IPTC's words for how a picture came to be."""
SAMPLE = "sha256:"
"""What the sample's name begins with; the rest is its hash."""
UNTRUSTED = "signingCredential.untrusted"
"""What a reader says of our certificate, rightly."""
OFFLINE = {"verify": {"verify_trust": False, "ocsp_fetch": False, "remote_manifest_fetch": False}}


def sign(
    *,
    path: str,
    out: str,
    title: str,
    scenes: list[dict[str, str]],
    sample_sha256: str | None,
    certificate_dir: str,
    report: Callable[[float], None],
) -> dict[str, Any]:
    """Writes the film at `path` to `out` with signed credentials inside; both may be the same file.

    `scenes` tells for each scene its {"model", "vendor"}. The sample is named by its hash, no byte
    of it is kept. Returns {"signer", "development", "verified"}; raises `Broken` when it cannot be signed.
    """
    key, chain = _certificate(Path(certificate_dir))
    report(0.1)
    beside = Path(out).with_name(f".{os.getpid()}.{Path(out).name}")
    beside.parent.mkdir(parents=True, exist_ok=True)
    try:
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
        with signer, c2pa.Builder(manifest(title, scenes, sample_sha256)) as builder:
            builder.sign_file(path, str(beside), signer)
        report(0.7)
        found = read(str(beside))
        beside.replace(out)
    except c2pa.C2paError as error:
        if "No space left" in str(error):
            raise DiskFull("The disk is full.") from error
        raise Broken("The Content Credentials could not be written.", "Export the film without them.") from error
    finally:
        beside.unlink(missing_ok=True)
    report(1.0)
    return {"signer": SIGNER, "development": True, "verified": bool(found and found["verified"])}


def read(path: str) -> dict[str, Any] | None:
    """The credentials of a file: None when it has none.

    {"title", "signer", "development", "verified", "problems", "kind", "scenes", "sample_sha256"};
    `verified` says that nothing was changed since it was signed, whoever signed it.
    """
    try:
        with c2pa.Context.from_dict(OFFLINE) as context, c2pa.Reader(path, context=context) as reader:
            store = json.loads(reader.json())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in type(error).__name__ + str(error) or "no JUMBF data" in str(error):
            return None
        raise Broken("The Content Credentials could not be read.") from error
    active = store["manifests"][store["active_manifest"]]
    failures = store.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    problems = sorted({failure["code"] for failure in failures} - {UNTRUSTED})
    signer = active.get("signature_info", {}).get("common_name")
    action = _created(active)
    samples = [ingredient.get("instance_id", "") for ingredient in active.get("ingredients", [])]
    return {
        "title": active.get("title"),
        "signer": signer,
        "development": signer == SIGNER,
        "verified": not problems,
        "problems": problems,
        "kind": action.get("digitalSourceType", "").removeprefix(KINDS),
        "scenes": action.get("parameters", {}).get("app.reprise.scenes", []),
        "sample_sha256": next((name.removeprefix(SAMPLE) for name in samples if name.startswith(SAMPLE)), None),
    }


def _created(active: dict[str, Any]) -> dict[str, Any]:
    """The action that tells how the film came to be."""
    actions = [
        action
        for assertion in active.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    return next((action for action in actions if action["action"] == "c2pa.created"), {})


def manifest(title: str, scenes: list[dict[str, str]], sample_sha256: str | None) -> dict[str, Any]:
    """What is claimed of a film, as C2PA's builder takes it."""
    created = {
        "action": "c2pa.created",
        "digitalSourceType": KINDS + source_kind([scene["vendor"] for scene in scenes]),
        "softwareAgent": {"name": "Reprise"},
        "parameters": {
            "app.reprise.scenes": [
                {"scene": number, "vendor": scene["vendor"], "model": scene["model"]}
                for number, scene in enumerate(scenes, 1)
            ]
        },
    }
    claim: dict[str, Any] = {
        "claim_generator_info": [{"name": "Reprise"}],
        "title": title,
        "format": "video/mp4",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}, "created": True}],
    }
    if sample_sha256:
        sample = {"title": "Sample (analysed, not shown)", "relationship": "inputTo", "format": "video/mp4"}
        claim["ingredients"] = [{**sample, "instance_id": SAMPLE + sample_sha256}]
    return claim


def source_kind(vendors: list[str]) -> str:
    """IPTC's word: the local renderer draws by rules and was trained on nothing; vendors' models were."""
    trained = [vendor != "local" for vendor in vendors]
    if not any(trained):
        return "algorithmicMedia"
    return "trainedAlgorithmicMedia" if all(trained) else "compositeWithTrainedAlgorithmicMedia"


def _certificate(folder: Path) -> tuple[bytes, bytes]:
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
