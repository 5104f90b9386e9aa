"""Save a file whole or not at all, for its owner's eyes only, and over nothing by accident.

A result is health data on a computer that others may use. So the folder is held open while the
file is made in it (POSIX openat), a link is never written through, nothing that is there is
replaced unless that is asked for, and a run that is broken off leaves no part behind: where the
system can, the file has no name until it is complete (O_TMPFILE, see open(2)). What no program can
catch, such as SIGKILL, can leave something under a hidden name: a complete file, in the moment
before it takes the place of another, which is still there; and a part on a system without nameless
files.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tpcheck.cli import files
from tpcheck.errors import DeliveryError, InputError, OutputError, reason
from tpcheck.render.characters import visible

#: Read and written by the owner, by nobody else.
_MODE = 0o600
#: Some systems have not all of them. Windows would change line ends.
_CLOSED = getattr(os, "O_CLOEXEC", 0)
_NEW = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | _CLOSED
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _CLOSED
#: Whether a folder can be held open, and names be looked up in it.
_HOLDS = os.open in os.supports_dir_fd
#: Makes a file without a name; only Linux has it, and not on every file system.
_NAMELESS: int = getattr(os, "O_TMPFILE", 0)
#: Where Linux names an open file, so that it can be given a name in a folder.
_OPEN_FILE = "/proc/self/fd/{}"
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class TakenError(OutputError):
    """Something has that name, and nobody said to replace it."""


def save(path: str, content: bytes, *, force: bool = False) -> None:
    """Make `content` the file at `path`. With `force` it replaces a file or a link that is there.

    A link is replaced itself; what it leads to is left alone. Raises OutputError where the file
    cannot be made, DeliveryError where it cannot be finished: what was there is there as before.
    Only where the folder was not written through to the disk at last, the new file is there.
    """
    name = visible(path)
    with _told(name, OutputError):
        folder = _Folder(path)
    with folder:
        with _told(name, OutputError):
            folder.refuse_what_is_there(force=force)
        folder.put(content, force=force, shown=name)


def rewrite(path: str, before: bytes, after: bytes) -> None:
    """Make `after` the content of the file at `path`, if it still is `before`.

    It keeps its permissions and, where that can be, its group and owner. Raises OutputError where
    that cannot begin, above all for a link, InputError where the file has changed, DeliveryError
    where it cannot be finished: the file is then the old one or the new one.
    """
    name = visible(path)
    with _told(name, OutputError):
        folder = _Folder(path)
    with folder:
        with _told(name, OutputError):
            there = folder.there()
        if stat.S_ISLNK(there.st_mode):
            raise OutputError(f"{name}: this is a link; name the file that it leads to")
        if not os.access(path, os.W_OK):
            raise OutputError(f"{name}: it may not be written to")

        def take_its_place(descriptor: int) -> None:
            with suppress(AttributeError):  # not every Windows has them
                # The owner can be kept by few, the group by more, and neither everywhere.
                for owner in ((-1, there.st_gid), (there.st_uid, -1)):
                    with suppress(OSError):
                        os.fchown(descriptor, *owner)
                # But for what lets others run it as its owner, who may be another now (setuid).
                os.fchmod(descriptor, stat.S_IMODE(there.st_mode) & 0o777)
            if files.read(path) != before:
                raise InputError(f"{name}: it has changed since it was read; run this again")

        folder.put(after, force=True, shown=name, ready=take_its_place)


def refuse_early(path: str, *, force: bool = False) -> None:
    """Raise OutputError where `save` could not begin: said before somebody answers questions."""
    with _told(visible(path), OutputError), _Folder(path) as folder:
        folder.refuse_what_is_there(force=force)


@contextmanager
def _told(name: str, kind: type[OutputError] | type[DeliveryError]) -> Iterator[None]:
    """Turn what the system says into one line about the file."""
    try:
        yield
    except FileExistsError as error:
        raise TakenError(f"{name}: there is a file of that name already") from error
    except OSError as error:
        raise kind(f"{name}: {reason(error)}") from error
    except ValueError as error:
        raise OutputError(f"{name}: {reason(error)}") from error


class _Folder:
    """The folder that a file goes to, held open so that nobody can swap it meanwhile.

    Where a system cannot do that, as Windows, names are looked up anew each time.
    """

    def __init__(self, path: str) -> None:
        folder, name = os.path.split(path)
        if not name or name in (os.curdir, os.pardir) or "\0" in path:
            raise ValueError("not a file name")
        self._held: int | None = None
        self._prefix = folder
        if _HOLDS:
            self._held = os.open(folder or os.curdir, _FOLDER)
            self._prefix = ""
        self._name = self._at(name)
        self._part = self._at(f".tpcheck-{os.urandom(8).hex()}.part")

    def __enter__(self) -> "_Folder":
        return self

    def __exit__(self, *_: object) -> None:
        if self._held is not None:
            # It was only read, so nothing can be lost.
            with suppress(OSError):
                os.close(self._held)

    def _at(self, name: str) -> str:
        return os.path.join(self._prefix, name) if self._prefix else name

    def there(self) -> os.stat_result:
        """What has the name, a link itself. Raises OSError where nothing has it."""
        return os.stat(self._name, dir_fd=self._held, follow_symlinks=False)

    def refuse_what_is_there(self, *, force: bool) -> None:
        """Raise OSError where something has the name that must stay, or that is no file."""
        try:
            there = self.there()
        except FileNotFoundError:
            return
        if not force:
            raise FileExistsError
        if stat.S_ISLNK(there.st_mode):
            # A link to a device, such as /dev/stdout, has a use that a file has not.
            with suppress(FileNotFoundError):
                there = os.stat(self._name, dir_fd=self._held)
        if not (stat.S_ISREG(there.st_mode) or stat.S_ISLNK(there.st_mode)):
            raise OSError(errno.EINVAL, "this is not a file that can be replaced")

    def put(
        self,
        content: bytes,
        *,
        force: bool,
        shown: str,
        ready: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Write a new file, and give it the name when it is complete and `ready` has passed it."""
        opened = -1
        nameless = False
        try:
            with _told(shown, OutputError):
                opened, nameless = self._create()
            with _told(shown, DeliveryError):
                _write(opened, content)
                ready(opened)
                if nameless:
                    # It takes the place of another only by a name of its own.
                    self._link(_OPEN_FILE.format(opened), self._part if force else self._name)
                descriptor, opened = opened, -1
                os.close(descriptor)
                if not nameless or force:
                    self._publish(force=force)
                self._settle()
        finally:
            if opened >= 0:
                with suppress(OSError):
                    os.close(opened)
            # It is there only where something went wrong, and that is what has to be told.
            with suppress(OSError):
                os.unlink(self._part, dir_fd=self._held)

    def _create(self) -> tuple[int, bool]:
        """A new file to write to, and whether it has no name yet."""
        if _NAMELESS and self._held is not None and os.path.isdir("/proc/self/fd"):
            # A file system without it says so in several ways; then the usual way tells.
            with suppress(OSError):
                flags = os.O_WRONLY | _NAMELESS | _CLOSED
                return os.open(os.curdir, flags, _MODE, dir_fd=self._held), True
        return os.open(self._part, _NEW, _MODE, dir_fd=self._held), False

    def _publish(self, *, force: bool) -> None:
        """Give the part its name: over what is there only if that is wanted."""
        if force:
            self._replace()
        elif os.name == "nt":
            os.rename(self._part, self._name)  # refuses a name that is taken
        else:
            try:
                self._link(self._part, self._name)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                # A file system without links: take the name first, then replace what is ours.
                taken = os.open(self._name, _NEW, _MODE, dir_fd=self._held)
                try:
                    os.close(taken)
                    self._replace()
                except BaseException:
                    os.unlink(self._name, dir_fd=self._held)
                    raise
                return
            os.unlink(self._part, dir_fd=self._held)

    def _replace(self) -> None:
        os.replace(self._part, self._name, src_dir_fd=self._held, dst_dir_fd=self._held)

    def _link(self, source: str, name: str) -> None:
        # The open file without a name is reached through a link of the system.
        os.link(source, name, src_dir_fd=self._held, dst_dir_fd=self._held, follow_symlinks=True)

    def _settle(self) -> None:
        """Write the new name through to the disk, where a folder can be."""
        if self._held is not None:
            _sync(self._held)


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it through to the disk."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]
    _sync(descriptor)


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems, above all those of a network, have no such thing.
        if error.errno not in _NO_SYNC:
            raise
