"""Python runs this when it starts: note every socket, process and change of a file.

Each event is a line of JSON in the file that the variable TRACES names. Put this folder on
PYTHONPATH to have it run.
"""

import json
import os
import sys

_NOTED = (
    *("socket.", "subprocess.", "shutil.", "sqlite3.connect", "tempfile.", "webbrowser.", "pty."),
    *("ftplib.", "http.", "imaplib.", "poplib.", "smtplib.", "urllib.", "syslog.", "logging."),
    *("os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system"),
    *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.putenv", "os.remove", "os.rename"),
    *("os.rmdir", "os.setxattr", "os.symlink", "os.truncate", "os.utime"),
)
_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_TO = os.open(os.environ["TRACES"], os.O_WRONLY | os.O_APPEND)


def _note(event: str, about: tuple[object, ...]) -> None:
    is_noted = bool(about[2] & _CHANGES) if event == "open" else event.startswith(_NOTED)
    if is_noted:
        os.write(_TO, json.dumps([event, *map(repr, about)]).encode() + b"\n")


sys.addaudithook(_note)
