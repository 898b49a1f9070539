"""Processes of this machine: which one this is, and whether another still lives."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

import psutil


@cache
def machine() -> str:
    """Name, boot and process space of this machine: where all three are the same, a pid means the same process."""
    boot, space = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    booted = boot.read_text("ascii").strip() if boot.exists() else str(psutil.boot_time())
    return f"{socket.gethostname()} {booted[:8]} {space.readlink() if space.exists() else ''}".strip()


def identity() -> tuple[int, float]:
    """Process id and time of birth of this process: a pid alone is used again."""
    pid = os.getpid()
    return pid, psutil.Process(pid).create_time()


def lives(pid: int, born: float) -> bool:
    """Whether the process that was born then under that pid is still there and at work."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - born) < 1
    except psutil.NoSuchProcess:
        return False
