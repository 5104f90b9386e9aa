"""What was typed and not read yet: let it wait, or drop it where it would answer the unseen."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def drop_typed(descriptor: int) -> None:
    """Drop what waits in the terminal at `descriptor`; nothing happens where it is no terminal."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios

        try:
            termios.tcflush(descriptor, termios.TCIFLUSH)
        except termios.error:
            return


@contextmanager
def waiting(descriptor: int) -> Iterator[None]:
    """Let each key that is pressed wait in the terminal at `descriptor` for what will read it.

    It is not shown, and none does anything but Ctrl-C. Nothing changes where it is no terminal, and
    on Windows, where keys always wait so.
    """
    if sys.platform == "win32":
        yield
        return
    import os
    import termios

    try:
        before = termios.tcgetattr(descriptor)
        nothing = bytes([os.fpathconf(descriptor, "PC_VDISABLE")])
    except (termios.error, OSError):
        yield
        return
    input_, output, control, local, ispeed, ospeed, keys = before
    keys = [*keys]
    keys[termios.VMIN], keys[termios.VTIME] = 1, 0
    keys[termios.VQUIT] = keys[termios.VSUSP] = nothing
    local &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(
        descriptor, termios.TCSANOW, [input_, output, control, local, ispeed, ospeed, keys]
    )
    try:
        yield
    finally:
        # The terminal may be gone.
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
