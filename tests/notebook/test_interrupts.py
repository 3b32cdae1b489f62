"""A check that is interrupted, wherever and however often, changes nothing about the next one."""

import contextlib
import os
import queue
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.checks import labs
from kthreadlab.run import replay as replaying

REPO = Path(__file__).resolve().parents[2]
CORPUS = REPO / "tests/submissions"


@contextlib.contextmanager
def interrupted_after(seconds: float):
    """Ctrl-C after so much time, unless what is inside is done before."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def fresh() -> None:
    """Nothing is remembered of earlier checks."""
    labs._tally.cache_clear()
    replaying.machine_for.cache_clear()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that interrupts")
@pytest.mark.parametrize(
    ("lab", "answer"),
    [
        ("lab2", "lab2/wrong/listing_two.py"),
        ("lab6", "lab6/wrong/order_15_clears_after_the_helper.py"),
        ("lab6", "lab6/right/reference.py"),
    ],
)
def test_an_interrupted_check_changes_nothing_about_the_next(lab, answer):
    """Twelve interruptions at odd moments, and the report is the one of an undisturbed check, to the last count."""

    module = kthreadlab.load(str(CORPUS / answer))
    fresh()
    start = time.perf_counter()
    undisturbed = kthreadlab.check(lab, module)
    takes = time.perf_counter() - start

    fresh()
    for n in range(12):
        with interrupted_after(takes * (n % 5 + 0.3 + n / 12) / 8):
            kthreadlab.check(lab, module)
    again = kthreadlab.check(lab, module)

    assert replace(undisturbed, seconds=0) == replace(again, seconds=0)
    assert kthreadlab.report_text(undisturbed) == kthreadlab.report_text(again)


# ---- in a kernel -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A real IPython kernel that knows kthreadlab; `run(code)` gives what it prints and its error."""
    import jupyter_client

    scratch = str(tmp_path_factory.mktemp("kernel"))
    environment = {**os.environ, "PYTHONPATH": str(REPO), "IPYTHONDIR": scratch, "JUPYTER_RUNTIME_DIR": scratch}
    environment.pop("NBGRADER_EXECUTION", None)
    manager = jupyter_client.KernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(env=environment)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


class Kernel:
    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def run(self, code: str, interrupt_after: float | None = None) -> tuple[str, str]:
        """What a cell prints, and the name of its error."""
        message, said, error, deadline = self.client.execute(code), "", "", time.monotonic() + 120
        interrupt = None if interrupt_after is None else time.monotonic() + interrupt_after
        while time.monotonic() < deadline:
            if interrupt is not None and time.monotonic() > interrupt:
                self.manager.interrupt_kernel()
                interrupt = None
            try:
                heard = self.client.get_iopub_msg(timeout=0.02)
            except queue.Empty:
                continue
            if heard["parent_header"].get("msg_id") != message:
                continue
            content, kind = heard["content"], heard["msg_type"]
            said += content.get("text", "") if kind == "stream" else content.get("data", {}).get("text/plain", "")
            error = "\n".join([content["ename"], *content["traceback"]]) if kind == "error" else error
            if kind == "status" and content["execution_state"] == "idle":
                return said, error
        pytest.fail(f"the kernel did not come to rest: {said[-1000:]}")


def test_a_kernel_is_as_good_as_new_after_interruptions(kernel):
    """Run, interrupt, run again, five times: each says so in one line, and then the check is what it always is."""

    text = (CORPUS / "lab6/right/reference.py").read_text()
    kernel.run("%load_ext kthreadlab\nfrom kthreadlab import check")
    said, error = kernel.run(f"%%kmod myevent mykthread\n{text}")
    assert "linked" in said and "" == error
    calm = 0
    for n in range(5):
        said, error = kernel.run('check("lab6", myevent)', interrupt_after=0.05 + 0.1 * n)
        assert "kthreadlab/" not in error, error
        calm += "Stopped, as you asked" in error

    said, error = kernel.run('check("lab6", myevent)')

    assert calm >= 1
    assert "" == error
    assert kthreadlab.report_text(kthreadlab.check("lab6", kthreadlab.load(text))) == said


def test_a_kernel_completes_and_explains(kernel):
    """Complete and inspect requests, as JupyterLab sends them."""

    kernel.run("%load_ext kthreadlab")
    cell = "%%kmod m\ndef f(x):\n    wake_up_p"
    reply = kernel.client.complete(cell, len(cell), reply=True, timeout=60)["content"]
    assert ["wake_up_process"] == reply["matches"]
    assert cell.rindex("wake") == reply["cursor_start"]
    (kind,) = reply["metadata"]["_jupyter_types_experimental"]
    assert ("function", "(p)") == (kind["type"], kind["signature"])

    for code, at in ((cell.replace("wake_up_p", "min(1, 2)"), len(cell) - 8), ("schedule()", 4)):
        reply = kernel.client.inspect(code, at, reply=True, timeout=60)["content"]
        assert reply["found"]
        assert "(9)" in reply["data"]["text/plain"]
    assert not kernel.client.inspect("nonsense", 4, reply=True, timeout=60)["content"]["found"]
