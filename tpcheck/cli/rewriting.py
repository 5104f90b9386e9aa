"""Put new content in the place of a file's, whole or not at all."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from tpcheck.cli import files
from tpcheck.errors import DeliveryError, InputError, OutputError


def rewrite(path: str, before: bytes, after: bytes) -> None:
    """Make `after` the content of the file, if it still is `before`. It keeps its mode.

    It is written beside the file and then takes its name, so that a reader finds the one or the
    other. Raises OutputError where that cannot begin, DeliveryError where it cannot be finished;
    the file is then as it was.
    """
    if Path(path).is_symlink():
        raise OutputError(f"{path}: this is a link; name the file that it leads to")
    try:
        kept = os.stat(path)
        descriptor, beside = tempfile.mkstemp(dir=Path(path).parent, prefix=f".{Path(path).name}.")
    except OSError as error:
        raise OutputError(f"{path}: {_reason(error)}") from error
    try:
        _fill(descriptor, after)
        os.chmod(beside, stat.S_IMODE(kept.st_mode))
        with suppress(OSError, AttributeError):  # only its owner can be kept, and not everywhere
            os.chown(beside, kept.st_uid, kept.st_gid)
        if files.read(path) != before:
            raise InputError(f"{path}: it has changed since it was read; run this again")
        os.replace(beside, path)
    except OSError as error:
        raise DeliveryError(f"{path}: {_reason(error)}; the file is as it was") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)
    _settle(Path(path).parent)


def _fill(descriptor: int, content: bytes) -> None:
    """Write all of it through to the disk, and close."""
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _settle(folder: Path) -> None:
    """Write the new name through to the disk, where a folder can be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or "it cannot be written").lower()
