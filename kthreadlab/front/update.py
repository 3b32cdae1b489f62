"""``kthreadlab lab --update``: a folder of labs, brought to the present release without losing a word of the student's.

A notebook is read, carried into a fresh one (`grading.carried`) and kept beside it under another name before the fresh
one takes its place.  What can't be read is left alone, and said.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from kthreadlab.grading.carried import Carrying, same_work
from kthreadlab.grading.cells import BadInput, read_notebook
from kthreadlab.grading.gradable import unwritable
from kthreadlab.grading.handed_out import handed_out
from kthreadlab.trace.narrate import plain

from .doctor import read
from .labs import as_handed_out, copy_labs, files_of, own_folder, packaged_labs

OLD = ".old"
"""What the name of a notebook ends in that has been replaced: no grader and no command takes it for one."""


def updated(target: str) -> Iterator[str]:
    """Bring *target* to the present release, and say in lines what was done.

    :raises BadInput: if there is no such folder.
    """
    folder, source = own_folder(target), packaged_labs()
    if not folder.is_dir():
        raise BadInput(f"there is no folder {plain(folder)} to update; kthreadlab lab makes one.")
    names = [file.relative_to(source) for file in files_of(source)]
    yield from (line for name in names if name.suffix == ".ipynb" for line in _notebook(source / name, folder / name))
    yield from _others(folder, names)
    missing = [name for name in names if not os.path.lexists(folder / name)]
    yield from copy_labs(target).splitlines()[:1] if missing else ()


def _notebook(ours: Path, theirs: Path) -> Iterator[str]:
    """Bring one notebook to the present release."""
    name = plain(theirs)
    if not os.path.lexists(theirs):
        return
    if theirs.is_symlink():
        yield f"{name} is a link and is left alone: update the folder that it leads to."
        return
    fresh = read_notebook(as_handed_out(ours).decode(), str(ours))
    try:
        old = read(str(theirs))
    except BadInput as problem:
        yield f"{problem} It is left alone: move it away, and run this again for a fresh one."
        return
    if any(unwritable(old)):
        yield f"{name} holds what is no cell of a notebook, and is left alone: kthreadlab doctor {name} says more."
        return
    carrying = Carrying(old, fresh, handed_out(ours.stem, fresh))
    new = carrying.run()
    if same_work(old, new):
        yield f"{name} is of this release, and stays as it is."
        return
    kept = _replace(theirs, f"{json.dumps(new, indent=1, ensure_ascii=False)}\n".encode())
    yield f"{name} is of this release now; the old one is {plain(kept.name)}, beside it."
    yield from _row("  carried", carrying.moved)
    yield from _row("  without a place now, kept at the end of it", carrying.kept)


def _row(head: str, said: list[str]) -> Iterator[str]:
    if said:
        yield f"{head}: {', '.join(plain(one, 60) for one in said)}"


def _replace(path: Path, data: bytes) -> Path:
    """Write *data* to *path*; what was there before is kept beside it, under the name that is returned.

    :raises BadInput: if it can't be written; then nothing has changed.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        kept = _keep(path)
        try:
            new.write_bytes(data)
            new.chmod(path.stat().st_mode & 0o777)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            kept.unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise BadInput(f"{plain(path)} can't be updated: {problem.strerror}. It is as it was.") from None
    return kept


def _keep(path: Path) -> Path:
    """A copy of a file, beside it, under a name that nothing has yet."""
    for n in range(1, 1000):
        to = path.with_name(f"{path.name}{OLD}{n if n > 1 else ''}")
        try:
            file = to.open("xb")
        except FileExistsError:
            continue
        try:
            with file:
                file.write(path.read_bytes())
                file.flush()
                os.fsync(file.fileno())
            return to
        except OSError:
            to.unlink()
            raise
    raise BadInput(f"there are a thousand old copies of {plain(path)}: throw some away.")


def _others(folder: Path, names: list[Path]) -> Iterator[str]:
    """The notebooks beside ours, which are left alone."""
    beside = {path for name in names for path in (folder / name).parent.glob("*.ipynb")}
    strange = sorted(path.relative_to(folder) for path in beside if path.relative_to(folder) not in names)
    if strange:
        yield f"left alone: {', '.join(plain(path, 60) for path in strange)}"
