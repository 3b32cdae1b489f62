"""What Binder would do, without Docker: a fresh environment from the pins, postBuild, JupyterLab, the notebooks run.

    python tests/repo/binder_trial.py FOLDER

builds everything below FOLDER, says what it finds, and ends with the peak memory of all that ran, in MB.  It needs
Linux and a package index.  Exit status 1 says that something is not as it should be.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
EXTENSIONS = ("@jupyter/nbgrader",)
LIMIT_MB = 1000


class Trial:
    """One trial: the home of a new user in *folder*/home, the environment in *folder*/environment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.binaries = folder / "environment" / "bin"
        self.home.mkdir(parents=True, exist_ok=True)
        self.peak = 0

    def environment(self) -> dict[str, str]:
        """Nothing of whoever runs the trial but the way to the package index."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER", "IPYTHON"))
        }
        path = os.pathsep.join([str(self.binaries), os.environ["PATH"]])
        return {**kept, "HOME": str(self.home), "PATH": path, "VIRTUAL_ENV": str(self.folder / "environment")}

    def run(self, *command: object, cwd: Path | None = None) -> str:
        words = [str(word) for word in command]
        done = subprocess.run(words, cwd=cwd or self.home, env=self.environment(), capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(
                f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
            )
        return done.stdout + done.stderr

    def install(self) -> None:
        """The pins, then postBuild, in the repository as Binder checks it out."""
        self.run(binders_python(), "-m", "venv", self.folder / "environment")
        self.run(self.binaries / "python", "-m", "pip", "install", "-q", "-r", REPO / "binder/requirements.txt")
        self.run("git", "clone", "-q", REPO, self.folder / "repository", cwd=self.folder)
        self.run("./binder/postBuild", cwd=self.folder / "repository")

    def check(self) -> None:
        """The extensions are enabled, pip is content, the labs are there, a new notebook knows %%kmod."""
        listing = self.run("jupyter", "labextension", "list")
        for name in EXTENSIONS:
            lines = [line for line in listing.splitlines() if f"{name} v" in line]
            if not lines or "OK" not in lines[0]:
                raise SystemExit(f"the extension {name} is not enabled and OK:\n{listing}")
        self.run("python", "-m", "pip", "check")
        if not list((self.home / "kthreadlab-labs").rglob("*.ipynb")):
            raise SystemExit("postBuild has copied no labs")
        self.run(
            "ipython", "-c", "get_ipython().run_cell_magic('kmod', 'm', 'def f(x):\\n    return 0\\n'); m.functions"
        )

    def notebooks(self) -> list[Path]:
        repository = self.folder / "repository"
        return sorted([*(repository / "solutions").glob("*/*.ipynb"), *(repository / "labs").glob("*.ipynb")])

    def use(self) -> None:
        """JupyterLab serves the labs while every solved notebook runs from top to bottom."""
        options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=18765"]
        options += ["--IdentityProvider.token=", "--ServerApp.password="]
        log = (self.folder / "jupyterlab.log").open("w")
        command = [str(self.binaries / "jupyter"), "lab", *options]
        with subprocess.Popen(command, cwd=self.home, env=self.environment(), stdout=log, stderr=log) as server:
            watched = threading.Thread(target=self.watch, args=(server,))
            watched.start()
            try:
                self.answers("http://127.0.0.1:18765/lab")
                for notebook in self.notebooks():
                    self.run("jupyter", "execute", notebook)
            finally:
                server.terminate()
                watched.join()

    def answers(self, address: str) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(address, timeout=5).close()
                return
            except OSError:
                time.sleep(0.2)
        raise SystemExit(f"JupyterLab does not answer:\n{(self.folder / 'jupyterlab.log').read_text()[-2000:]}")

    def watch(self, server: subprocess.Popen) -> None:
        """Note how much memory this trial's processes have, shared pages counted once."""
        while server.poll() is None:
            self.peak = max(self.peak, sum(memory_kb(pid) for pid in descendants(os.getpid())))
            time.sleep(0.25)


def binders_python() -> str:
    """The Python of binder/runtime.txt if this machine has it, else the one that runs this."""
    wanted = shutil.which((REPO / "binder/runtime.txt").read_text().strip().replace("python-", "python"))
    works = wanted and subprocess.run([wanted, "-c", ""], capture_output=True).returncode == 0
    return wanted if wanted and works else sys.executable


def descendants(pid: int) -> list[int]:
    """The processes below *pid*, without itself."""
    try:
        below = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:  # it has ended
        return []
    return [process for child in below for process in (child, *descendants(child))]


def memory_kb(pid: int) -> int:
    """The proportional share of a process in all memory."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main(folder: str) -> int:
    trial = Trial(Path(folder).resolve())
    trial.install()
    print("installed from the pins; postBuild ran")
    trial.check()
    print(f"enabled and OK: {', '.join(EXTENSIONS)}")
    trial.use()
    print(f"ran {', '.join(notebook.name for notebook in trial.notebooks())}")
    print(f"peak memory: {trial.peak // 1000} MB of {LIMIT_MB}")
    return int(not 0 < trial.peak // 1000 < LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
