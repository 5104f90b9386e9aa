"""A file as it stood in a revision of the git repository that it lies in."""

import os
from pathlib import Path

from tpcheck.cli.rulesets import SHIPPED
from tpcheck.errors import InputError, reason
from tpcheck.render.characters import visible

#: What would point git at another repository than the one that the file lies in (git(1)).
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE")

#: Messages that can be shown as they are, nobody to be asked, and nothing fetched (git(1)).
_QUIET = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}


def read(revision: str, path: str) -> tuple[bytes, str]:
    """What `path` held in `revision`, and a name for it in messages.

    A file that the revision does not have is taken to be a changed copy of the rule file at the top
    of the repository. Raises InputError where git cannot give either.
    """
    try:
        file = Path(path).resolve()
    except OSError as error:  # the working folder is gone
        raise InputError(f"{visible(path)}: {reason(error)}") from error
    why = "it looks like an option"
    if not revision.startswith("-"):
        for place, name in ((f"./{file.name}", file.name), (SHIPPED, SHIPPED)):
            data, why = _blob(f"{revision}:{place}", file.parent)
            if data is not None:
                return data, f"{revision}:{name}"
    named = visible(revision)
    raise InputError(f"{named}: neither a file nor a git revision of {visible(path)} ({why})")


def _blob(name: str, folder: Path) -> tuple[bytes | None, str]:
    """The file that git has under `name`, or why it has none, on one line."""
    import subprocess

    # `cat-file blob` is `show` for files alone: no pager, no filters, never a commit or a folder.
    command = ["git", "-C", str(folder), "cat-file", "--end-of-options", "blob", name]
    kept = {key: value for key, value in os.environ.items() if key not in _ELSEWHERE}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=kept | _QUIET,
            check=False,
        )
    except (OSError, ValueError) as error:
        return None, f"git cannot be run: {getattr(error, 'strerror', None) or error}"
    if done.returncode == 0:
        return done.stdout, ""
    said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["git gave no reason"]
    return None, f"git: {said[-1].removeprefix('fatal: ')}"
