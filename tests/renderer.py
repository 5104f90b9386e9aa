"""LHC-Forms, a public renderer of FHIR questionnaires, in headless Chromium.

https://lhncbc.github.io/lforms; its npm package is built files only, so it is fetched by name and
unpacked, and nothing of it is installed or run outside the page.
"""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from browser import Browser

RENDERER = "lforms@40.1.3"
#: It warns that it cannot look for other resources.
_NO_SERVER = "called before LForms.Util.setFHIRContext()"

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>renderer</title>
<link rel="stylesheet" href="{folder}/webcomponent/styles.css">
<div id="form"></div>
<script src="{folder}/webcomponent/assets/lib/zone.min.js"></script>
<script src="{folder}/webcomponent/runtime.js" defer></script>
<script src="{folder}/webcomponent/polyfills.js" defer></script>
<script src="{folder}/webcomponent/main.js" defer></script>
<script src="{folder}/fhir/R4/lformsFHIR.min.js" defer></script>
<script>
const pause = () => new Promise(resolve => setTimeout(resolve, 50));
// The id of an item that is drawn holds its link id: item-LINK_ID/1/1.
const drawn = () => [...document.querySelectorAll("#form [id^='item-']")]
  .filter(item => item.getClientRects().length)
  .map(item => item.id.slice("item-".length).split("/")[0]);
async function settled() {{
  let before = -1;
  for (let still = 0, waits = 0; still < 4 && waits < 400; waits++) {{
    await pause();
    const now = drawn().length;
    still = now && now === before ? still + 1 : 0;
    before = now;
  }}
  return drawn();
}}
async function show(questionnaire, response) {{
  await customElements.whenDefined("wc-lhc-form");
  let form = LForms.Util.convertFHIRQuestionnaireToLForms(questionnaire, "R4");
  if (response)
    form = LForms.Util.mergeFHIRDataIntoLForms("QuestionnaireResponse", response, form, "R4");
  await LForms.Util.addFormToPage(form, "form");
  return settled();
}}
async function click(item, coding) {{
  const options = [...document.querySelectorAll(`#form [id^="${{item}}/"]`)];
  const option = options.find(one => one.id.endsWith(`|${{coding.system}}|${{coding.code}}`));
  (option.querySelector("input") || option).click();
  await pause();
}}
const handIn = () => LForms.Util.getFormFHIRData("QuestionnaireResponse", "R4");
</script></html>
"""


def npm_package(name: str, folder: Path) -> Path:
    """The files of an npm package, kept in `folder`; the test is skipped where npm is not reached.

    The package is unpacked only: no dependency and no script of it comes along.
    """
    package = folder / name.replace("/", "-").replace("@", "-").strip("-")
    if package.is_dir():
        return package
    npm = which("npm")
    if not npm:
        pytest.skip(f"no npm here, so no {name}")
    with tempfile.TemporaryDirectory(dir=folder) as work:
        try:
            done = subprocess.run(
                [npm, "pack", "--silent", "--ignore-scripts", name],
                cwd=work, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm pack {name} did not answer within 120 seconds")
        if done.returncode:
            pytest.skip(f"npm cannot fetch {name}: {done.stderr.strip()[-200:]}")
        with tarfile.open(next(Path(work).glob("*.tgz"))) as archive:
            archive.extractall(work, filter="data")
        (Path(work) / "package").rename(package)
    return package


class Renderer:
    """A page with LHC-Forms that shows one questionnaire."""

    def __init__(self, browser: Browser, questionnaire: Mapping[str, Any], folder: Path) -> None:
        self._browser = browser
        self._questionnaire = json.dumps(questionnaire)
        package = npm_package(RENDERER, folder) / "dist" / "lforms"
        self._page = folder / "renderer.html"
        self._page.write_text(_PAGE.format(folder=package.as_uri()), encoding="utf-8")

    def show(self, response: Mapping[str, Any] | None = None) -> list[str]:
        """Show the form, with answers if given; the link ids of the items that are drawn."""
        self._browser.open(self._page)
        script = f"show({self._questionnaire}, {json.dumps(response)})"
        return [*self._browser.evaluate(script)]

    def click(self, item: str, coding: Mapping[str, str]) -> None:
        """Choose an option as a person does."""
        self._browser.evaluate(f"click({json.dumps(item)}, {json.dumps(coding)})")

    def drawn(self) -> list[str]:
        """The link ids of the items that are drawn now."""
        return [*self._browser.evaluate("settled()")]

    def hand_in(self) -> dict[str, Any]:
        """The QuestionnaireResponse that the renderer makes of what was chosen."""
        return dict(self._browser.evaluate("handIn()"))

    @property
    def noise(self) -> list[str]:
        """What the page complained of, but for its not being on a FHIR server."""
        return [said for said in self._browser.noise if _NO_SERVER not in said]
