"""Drop what was typed and not read yet, so that it cannot answer what was not seen yet."""

import sys


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
