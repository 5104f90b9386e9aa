"""Look at a page in headless Chromium, driven over a pipe: no driver, no port, no package.

The protocol is the Chrome DevTools Protocol, messages of JSON that end in a NUL byte
(`--remote-debugging-pipe`: the browser reads descriptor 3 and writes descriptor 4).
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_AXE = "axe-core@4.14.1"
_PATIENCE = 60.0


def find_chromium() -> str:
    """The browser, or skip the test."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), "")
    if not found:
        pytest.skip("no Chromium here; on Debian: apt-get install chromium")
    return found


def fetch_axe(folder: Path) -> str:
    """The source of axe-core: that of AXE_CORE, else from npm; or skip the test."""
    if named := os.environ.get("AXE_CORE"):
        return Path(named).read_text(encoding="utf-8")
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("no npm here, so no axe-core; set AXE_CORE to the path of axe.min.js")
    done = subprocess.run(
        [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), _AXE],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm cannot fetch axe-core: {done.stderr.strip()[-200:]}")
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    return source.read_text(encoding="utf-8")


class Browser:
    """One page in one browser: `noise` is what it complained of, `requests` what it fetched."""

    def __init__(self, program: str, home: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        self._taken = b""
        self._number = 0
        self._session = ""
        self.noise: list[str] = []
        self.requests: list[str] = []
        self._loaded = False
        # The browser finds its ends of the pipes at descriptors 3 and 4; sh has no number above 9.
        self._process = subprocess.Popen(
            [
                "/bin/bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh",
                program, "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run", "--disable-extensions", "--hide-scrollbars",
                "--remote-debugging-pipe", f"--user-data-dir={home}",
            ],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)

    # --- the protocol -------------------------------------------------------------------------

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = memoryview(json.dumps(message).encode() + b"\0")
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._take()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    def _take(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._taken:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            part = os.read(self._read, 1 << 16) if ready else b""
            assert part, "the browser does not answer"
            self._taken += part
        data, self._taken = self._taken.split(b"\0", 1)
        message: dict[str, Any] = json.loads(data)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, about: dict[str, Any]) -> None:
        match method:
            case "Runtime.consoleAPICalled":
                self.noise.append(str([part.get("value") for part in about["args"]]))
            case "Runtime.exceptionThrown":
                self.noise.append(about["exceptionDetails"]["text"])
            case "Log.entryAdded":
                self.noise.append(about["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(about["request"]["url"])
            case "Page.loadEventFired":
                self._loaded = True

    # --- what a test does ---------------------------------------------------------------------

    def open(self, page: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> Self:
        """Show a file, as wide as given, in the light or the dark."""
        self.noise, self.requests, self._loaded = [], [], False
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Page.navigate", url=page.resolve().as_uri())
        while not self._loaded:
            self._take()
        return self

    def evaluate(self, script: str) -> Any:
        """The value of a script in the page; promises are waited for."""
        done = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def screenshot(self) -> bytes:
        """The whole page as PNG."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def pdf(self) -> bytes:
        """The page as it is printed on A4."""
        made = self._call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        return base64.b64decode(made["data"])
