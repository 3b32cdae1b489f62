"""Binder: repo2docker takes the configuration, and what it would build works and is small enough."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kthreadlab.front.labs import SETTINGS

REPO = Path(__file__).resolve().parents[2]


def test_repo2docker_takes_the_configuration():
    """`jupyter-repo2docker --no-build` exits 0 with a Dockerfile that uses our Python, pins and postBuild."""

    beside = Path(sys.executable).with_name("jupyter-repo2docker")
    program = str(beside) if beside.exists() else "jupyter-repo2docker"
    command = [program, "--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan", "."]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    said = done.stdout + done.stderr

    assert 0 == done.returncode, said
    assert "binder/requirements.txt" in said
    assert "binder/postBuild" in said
    assert (REPO / "binder/runtime.txt").read_text().strip().removeprefix("python-") in said


def test_jupyterlab_has_the_labs_settings_there_too(tmp_path):
    """postBuild puts what the package holds where JupyterLab looks by itself."""

    script = (REPO / "binder/postBuild").read_text()
    (copying,) = re.findall(r"^python - <<'PYTHON'\n(.*?)^PYTHON$", script, re.M | re.S)
    environment = {**os.environ, "PYTHONPATH": str(REPO), "JUPYTERLAB_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", copying], env=environment, check=True)

    copied = {path.name: path.read_text() for path in (tmp_path / "settings").iterdir()}
    assert {path.name: path.read_text() for path in SETTINGS.iterdir()} == copied


@pytest.mark.long
def test_an_environment_from_the_pins_works_in_less_than_a_gigabyte(tmp_path, capsys):
    """Install, postBuild, extensions, JupyterLab, the notebooks; the figure is printed."""

    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("measures memory as Linux tells it")
    command = [sys.executable, str(Path(__file__).with_name("binder_trial.py")), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    with capsys.disabled():
        print(f"\n{done.stdout.rstrip()}")

    assert 0 == done.returncode, done.stdout + done.stderr
