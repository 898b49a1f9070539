"""Files in a bucket of S3, R2 or MinIO, with a bounded cache of them on this machine's disk."""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import mimetypes
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from boto3.session import Session
from botocore import exceptions as refusals
from botocore.config import Config

from core.domain.errors import BadInput, Broken, DiskFull, NotFound, RepriseError

BLOB = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})(\.[^/]*)?", re.DOTALL)
"""The names we give. Whatever else lies in the bucket is not ours: not listed, so never swept."""
IN_USE = 3600.0
"""Seconds after its last use in which a cached file stays: a step may be reading it."""
FRESH = 3600.0
"""Seconds in which a stored object is not uploaded again; later it is, so that a sweep sees that it is wanted."""
MULTIPART = 32 * 2**20
"""Bytes from which a file goes up in parts."""
TRANSFER = TransferConfig(
    multipart_threshold=MULTIPART,
    multipart_chunksize=16 * 2**20,
    max_concurrency=4,
    num_download_attempts=3,
    preferred_transfer_client="classic",  # the other one ignores our timeouts
)
GONE = {"404", "NoSuchKey", "NotFound"}
REFUSED = {
    *("403", "Forbidden", "AccessDenied", "Unauthorized", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    *("ExpiredToken", "InvalidToken", "InvalidArgument"),
}  # R2 says InvalidArgument to a key id of the wrong length, and Unauthorized
ELSEWHERE = {"301", "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect"}
FULL = {"XMinioStorageFull", "QuotaExceeded", "InsufficientStorage", "507"}
NO_KEYS = (
    refusals.NoCredentialsError,
    refusals.PartialCredentialsError,
    refusals.CredentialRetrievalError,
    refusals.ProfileNotFound,
    refusals.TokenRetrievalError,
)
BADLY_SET = (refusals.ParamValidationError, refusals.EndpointProviderError, refusals.ConfigParseError, ValueError)
KEYS_REMEDY = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; they must list, read, write and delete in the bucket."


class _Held(NamedTuple):
    """An object's bytes, and since when the bucket has it, in seconds since 1970."""

    size: int
    since: float


@dataclass(frozen=True, slots=True)
class _Connection:
    """A client, and the locks of the downloads through it: sockets and locks do not survive a fork."""

    client: Any
    downloads: tuple[threading.Lock, ...]
    """One for each first byte of a digest: two blobs rarely wait for each other."""


class S3Storage:
    """Blobs as objects `prefix/ab/ab12….mp4`, copies of them under `root/cache`, scratch under `root/scratch`.

    Bucket and prefix belong to one database: its sweep removes blobs that it does not know. The keys
    are boto3's own (AWS_ACCESS_KEY_ID and so on). A blob that another machine removed may still be
    answered by `path` from this machine's cache until it is the least recently used.
    """

    def __init__(
        self, *, bucket: str, prefix: str, root: Path, endpoint_url: str | None, region: str | None, cache_mb: int
    ) -> None:
        """Asks the storage once whether it lets us in: BadInput when not, Broken when it is away."""
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.endpoint_url, self.region = endpoint_url or None, region or None
        self.host = _host(self.endpoint_url, bucket)
        self.scratch_root = root / "scratch"
        self.scratch_root.mkdir(parents=True, exist_ok=True)
        self.cache = Cache(root / "cache", cache_mb * 1_000_000)
        self._connections: dict[int, _Connection] = {}
        self.ping()

    def ping(self) -> None:
        """See Storage; one listing of one object."""
        with self._in_words():
            self._here().client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)

    def put(self, path: Path) -> str:
        """See Storage; the same content is kept once, and the copy on this machine too."""
        digest = _digest(path)
        blob, size = f"{digest[:2]}/{digest}{path.suffix.lower()}", path.stat().st_size
        held = self._held(blob)
        if held is None or held.size != size or time.time() - held.since > FRESH:
            self._upload(path, blob, size)
            held = self._found(blob)
        with self._in_words():
            self.cache.keep(path, blob, held.since)
        return blob

    def path(self, blob: str) -> Path:
        """See Storage; fetched when it is not in the cache. Broken when it cannot be, DiskFull without room."""
        if not BLOB.fullmatch(blob):
            raise _gone()
        if cached := self.cache.use(blob):
            return cached
        with self._here().downloads[int(blob[:2], 16)]:
            return self.cache.use(blob) or self._download(blob)

    def has(self, blob: str) -> bool:
        """See Storage; asks the bucket, since every worker must be able to fetch it."""
        return self._held(blob) is not None

    def size(self, blob: str) -> int:
        """See Storage."""
        return self._found(blob).size

    def modified(self, blob: str) -> float:
        """See Storage."""
        return self._found(blob).since

    def remove(self, blob: str) -> None:
        """See Storage."""
        if BLOB.fullmatch(blob):
            with self._in_words():
                self._here().client.delete_object(Bucket=self.bucket, Key=self.prefix + blob)
            self.cache.drop(blob)

    def names(self) -> list[str]:
        """See Storage."""
        with self._in_words():
            pages = (
                self._here().client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            )
            keys = [item["Key"].removeprefix(self.prefix) for page in pages for item in page.get("Contents", ())]
        return sorted(key for key in keys if BLOB.fullmatch(key))

    def scratch(self, name: str) -> Path:
        """See Storage."""
        folder = self.scratch_root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def free_mb(self) -> float:
        """See Storage; the disk of the cache and the scratch."""
        return shutil.disk_usage(self.cache.folder).free / 1e6

    def _here(self) -> _Connection:
        """This process's connection; a forked worker makes its own."""
        pid = os.getpid()
        if pid not in self._connections:
            self._connections = {pid: _Connection(self._client(), tuple(threading.Lock() for _ in range(256)))}
        return self._connections[pid]

    def _client(self) -> Any:
        """A client of boto3 that waits and tries again within bounds.

        Checksums that boto3 adds by itself are off, because R2 refuses them as trailers, and SHA-256 in
        parts altogether (501); instead each body is signed with its SHA-256, which all servers check.
        """
        config = Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=32,
            tcp_keepalive=True,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",  # we check what came against its name
            s3={"payload_signing_enabled": True, "addressing_style": "path" if self.endpoint_url else "auto"},
        )
        return Session().client("s3", endpoint_url=self.endpoint_url, region_name=self.region, config=config)

    def _held(self, blob: str) -> _Held | None:
        """The blob as the bucket has it; None when it has not."""
        try:
            return self._found(blob)
        except NotFound:
            return None

    def _found(self, blob: str) -> _Held:
        if not BLOB.fullmatch(blob):
            raise _gone()
        with self._in_words():
            answer = self._here().client.head_object(Bucket=self.bucket, Key=self.prefix + blob)
        return _Held(answer["ContentLength"], answer["LastModified"].timestamp())

    def _upload(self, path: Path, blob: str, size: int) -> None:
        """Writes the object; the server refuses it when the bytes that came have another SHA-256."""
        client, key = self._here().client, self.prefix + blob
        kind = mimetypes.guess_type(blob)[0] or "application/octet-stream"
        with self._in_words():
            if size >= MULTIPART:
                extra = {"ContentType": kind}
                client.upload_file(str(path), self.bucket, key, ExtraArgs=extra, Config=TRANSFER)
                return
            checksum = base64.b64encode(bytes.fromhex(_digest_in(blob))).decode()
            with path.open("rb") as body:
                client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=kind, ChecksumSHA256=checksum)

    def _download(self, blob: str) -> Path:
        """Fetches the blob into the cache; Broken when what came is not what its name says."""
        since = self._found(blob).since
        part = self.cache.part(blob)
        try:
            with self._in_words():
                part.parent.mkdir(parents=True, exist_ok=True)
                self._here().client.download_file(self.bucket, self.prefix + blob, str(part), Config=TRANSFER)
                if _digest(part) != _digest_in(blob):
                    raise Broken(
                        f"A file came damaged from the storage at {self.host}.",
                        "Press Retry; when it happens again, the stored file is damaged: remove it and make it anew.",
                    )
                return self.cache.keep(part, blob, since)
        finally:
            part.unlink(missing_ok=True)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Errors of boto3 and of the disk become ours; no key, and no address with one, is in the message."""
        try:
            yield
        except refusals.ClientError as error:
            raise self._answered(error) from error
        except Boto3Error as error:
            inner = error.__context__  # an upload in parts hides the answer in there
            raise (self._answered(inner) if isinstance(inner, refusals.ClientError) else self._away()) from error
        except NO_KEYS as error:
            raise BadInput(f"There are no keys for the storage at {self.host}.", KEYS_REMEDY) from error
        except BADLY_SET as error:
            raise BadInput(
                f"The bucket “{self.bucket}” at {self.host} cannot be used as it is set.",
                "Check its name, its region and the address of the storage.",
            ) from error
        except (refusals.BotoCoreError, ConnectionError, TimeoutError) as error:
            raise self._away() from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("The disk is full.") from error
            raise

    def _away(self) -> Broken:
        return Broken(
            f"The storage at {self.host} cannot be reached.",
            "Check the network and the address of the storage, then press Retry; finished parts are kept.",
        )

    def _answered(self, error: Any) -> RepriseError:
        """Our error for what the storage answered."""
        code = str(error.response.get("Error", {}).get("Code", "no code"))
        if code in GONE:
            return _gone()
        if code == "NoSuchBucket":
            return BadInput(f"There is no bucket “{self.bucket}” at {self.host}.", "Create it, or correct its name.")
        if code in REFUSED:
            return BadInput(f"The storage at {self.host} refuses our keys for “{self.bucket}” ({code}).", KEYS_REMEDY)
        if code in ELSEWHERE:
            return BadInput(f"The bucket “{self.bucket}” lies in another region ({code}).", "Set its region.")
        if code == "RequestTimeTooSkewed":
            return BadInput("The clock of this machine is wrong, so the storage refuses it.", "Set the clock.")
        if code in FULL:
            return DiskFull(f"The storage at {self.host} is full.")
        return Broken(f"The storage at {self.host} failed ({code}).", "Press Retry later; finished parts are kept.")


class Cache:
    """Copies of blobs on this disk, the least recently used of which go when they are too many.

    A file's access time is when it was last used; its modification time is when the bucket got it, the
    same on every machine, because web servers make an ETag of it. Processes share the folder.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self._checked: dict[str, tuple[int, int, int]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def use(self, blob: str) -> Path | None:
        """The copy, marked as in use; None when there is none, or it is damaged (it is then removed).

        Its SHA-256 is computed when this process has not seen the file as it is now.
        """
        path = self.folder / blob
        try:
            with self._hold(fcntl.LOCK_SH):
                os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
            stamp = _stamp(path)
            if self._checked.get(blob) != stamp:
                if _digest(path) != _digest_in(blob):
                    if _stamp(path) == stamp:  # else somebody has just put a good one there
                        self.drop(blob)
                    return None
                self._checked[blob] = stamp
        except FileNotFoundError:
            return None
        return path

    def part(self, blob: str) -> Path:
        """Where the blob may be written until it is whole."""
        return self.folder / f"{blob}.{secrets.token_hex(4)}.part"

    def keep(self, path: Path, blob: str, since: float) -> Path:
        """Moves a file with that content in, at once and whole; then makes room for it."""
        target, part = self.folder / blob, self.part(blob)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.move(path, part)  # on another disk it is copied, which takes a while
            os.utime(part, (time.time(), since))
            self._checked[blob] = _stamp(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        self.trim()
        return target

    def drop(self, blob: str) -> None:
        """Forgets the copy."""
        self._checked.pop(blob, None)
        (self.folder / blob).unlink(missing_ok=True)

    def trim(self) -> None:
        """Removes what was not used for longest until the rest fits, but nothing that may be in use."""
        found = [(used, size, path) for path in self.folder.glob("*/*") for used, size in _use_and_size(path)]
        surplus = sum(size for _, size, _ in found) - self.most_bytes
        for _, size, path in sorted(found):
            if surplus <= 0:
                return
            with self._hold(fcntl.LOCK_EX):  # nobody marks it as in use between the look and the removal
                if all(time.time() - used < IN_USE for used, _ in _use_and_size(path)):
                    continue
                self.drop(str(path.relative_to(self.folder)))
            surplus -= size

    @contextmanager
    def _hold(self, how: int) -> Iterator[None]:
        """Holds the folder, shared or alone, against other threads and processes."""
        with (self.folder / ".lock").open("a") as file:
            fcntl.flock(file, how)
            yield


def _host(endpoint_url: str | None, bucket: str) -> str:
    """The storage's name for messages; BadInput when the address cannot be one."""
    if endpoint_url is None:
        return "Amazon S3"
    found = re.fullmatch(r"https?://([^/@\s]+)(/\S*)?", endpoint_url)
    if not found:
        raise BadInput(
            "The address of the storage cannot be used.",
            "It looks like https://storage.example, without any key in it.",
        )
    if (found[2] or "").strip("/") == bucket:
        raise BadInput(
            "The address of the storage ends with the bucket.", f"Leave “/{bucket}” out: the bucket is set by itself."
        )
    return found[1]


def _gone() -> NotFound:
    return NotFound("That file is no longer stored.", "Make it again.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_in(blob: str) -> str:
    return blob[3:67]


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written to."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _use_and_size(path: Path) -> list[tuple[float, int]]:
    """When a file was last used or written, and its size; empty when it has just gone."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return []
    return [(max(stat.st_atime, stat.st_mtime), stat.st_size)]
