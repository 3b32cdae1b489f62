"""The students' notebooks as they ship: copying them into a folder of one's own, and opening JupyterLab there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path, PurePath, PureWindowsPath

from kthreadlab.grading.cells import BadInput
from kthreadlab.trace.narrate import plain

START_PAGES = ("index.ipynb", "index.md", "lab2/lab2.ipynb")
"""What JupyterLab opens: the first of these that is in the student's folder."""

SETTINGS = Path(__file__).resolve().with_name("jupyterlab")
"""JupyterLab's defaults for the labs: no news, and of nbgrader what a student needs.  A user's own settings win."""

_WINDOWS = sys.platform == "win32"
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}


def packaged_labs() -> Path:
    """Where the labs are: inside the installed package, or beside it in a clone of the repository."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_labs", package.parent / "labs"):
        if any(folder.rglob("*.ipynb")):
            return folder
    raise BadInput("the labs' notebooks are missing from this installation; install kthreadlab again.")


def own_folder(target: str) -> Path:
    """The folder that *target* names.

    :raises BadInput: if no folder can have that name here.
    """
    trouble = windows_trouble(target) if _WINDOWS else ""
    if not target.strip() or "\0" in target or trouble:
        raise BadInput(f"{target!r} can't be a folder here{trouble}; choose another name.")
    return Path(target).expanduser()


def windows_trouble(target: str) -> str:
    """What Windows has against a path, in words that can follow its name; "" if nothing."""
    path = PureWindowsPath(target)
    for part in path.relative_to(path.anchor).parts:
        if PurePath(part).name.split(".")[0].rstrip().upper() in _RESERVED:
            return f": {part} is a device of Windows"
        if part not in (".", "..") and (part != part.rstrip(". ") or any(c in '<>:"|?*' or c < " " for c in part)):
            return ': on Windows a name holds none of <>:"|?* and ends in no blank or full stop'
    return ""


def copy_labs(target: str) -> str:
    """Copy every lab file that *target* has not got yet, and say what was done.  What is there is never touched.

    :raises BadInput: if the folder can't be made or written.
    """
    source, folder = packaged_labs(), own_folder(target)
    where = plain(folder)
    copied: list[str] = []
    kept: list[str] = []
    for file in files_of(source):
        name = file.relative_to(source)
        (copied if _copy_new(file, folder / name) else kept).append(name.as_posix())
    lines = [f"{where}: copied {', '.join(copied)}."] if copied else []
    are = "is there already and stays" if len(kept) == 1 else "are there already and stay"
    lines += [f"{where}: {', '.join(kept)} {are} as you left {'it' if len(kept) == 1 else 'them'}."] if kept else []
    return "\n".join(lines)


def files_of(source: Path) -> list[Path]:
    """The labs' files, in order."""
    return sorted(path for path in source.rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts)


def as_handed_out(file: Path) -> bytes:
    """A lab's file as a student gets it: a notebook that has been run loses what it printed, for it asks first."""
    raw = file.read_bytes()
    if file.suffix != ".ipynb":
        return raw
    notebook = json.loads(raw)
    run = [cell for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count") is not None]
    for cell in run:
        cell.update(outputs=[], execution_count=None)
    return f"{json.dumps(notebook, indent=1, ensure_ascii=False)}\n".encode() if run else raw


def _copy_new(file: Path, to: Path) -> bool:
    """Copy *file* unless something has its name already; was it copied?"""
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("xb") as new:
            new.write(as_handed_out(file))
        return True
    except FileExistsError:
        if to.parent.is_dir():
            return False
        raise BadInput(f"{plain(to.parent)} is a file; the labs need a folder of that name.") from None
    except OSError as problem:
        raise BadInput(f"the labs can't be copied to {plain(to.parent)}: {problem.strerror}.") from None


def open_jupyterlab(folder: str, options: Sequence[str] = ()) -> int:
    """Run JupyterLab on *folder* until it is closed; returns its exit status.

    :raises BadInput: if JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise BadInput(
            f"the labs are in {plain(folder)}, but JupyterLab is not installed here. "
            "pip install 'kthreadlab[lab]' brings it, or open the folder with a Jupyter of your own."
        )
    root = own_folder(folder).resolve()
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", *_start_page(root)]
    command += [f"--LabApp.app_settings_dir={SETTINGS}", *_as_root(options), *options]
    with subprocess.Popen(command) as jupyterlab:
        while True:
            try:
                return jupyterlab.wait()
            except KeyboardInterrupt:
                pass  # JupyterLab got it too, and asks what is meant


def _start_page(root: Path) -> list[str]:
    """The option that makes JupyterLab open the first page there is to read."""
    pages = [page for page in START_PAGES if (root / page).is_file()]
    return [f"--LabApp.default_url=/lab/tree/{pages[0]}"] if pages else []


def _as_root(options: Sequence[str]) -> list[str]:
    """The option without which JupyterLab refuses to run as root, unless *options* speak of that."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not root or any("allow_root" in option.replace("-", "_") for option in options):
        return []
    print("You are root, as one is in a container: JupyterLab is started with --allow-root.", flush=True)
    return ["--allow-root"]
