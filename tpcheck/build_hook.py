"""Put the compiled rule set into the wheel. Run by hatch when it builds one, and not shipped."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileRules(BuildHookInterface[Any]):
    """Reads the rule file, which has to be valid, as it will be read where there is no copy."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the copy. An editable install has none: there the file is meant to change."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from tpcheck import compiled, loader

        source = Path(self.root, "questions.yaml").read_bytes()
        self._folder = tempfile.TemporaryDirectory()
        copy = Path(self._folder.name, compiled.NAME)
        copy.write_bytes(compiled.write(loader.load(source, "questions.yaml"), source))
        build_data["force_include"][str(copy)] = f"tpcheck/{compiled.NAME}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind."""
        if version != "editable":
            self._folder.cleanup()
