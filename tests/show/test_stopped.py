"""A stopped or traced task is neither asleep nor ready: it has a shape, a word and a letter of its own."""

import kthreadlab
from kthreadlab import Call, Config, Pause, Process, Scenario, Signal
from kthreadlab.show.film import film
from kthreadlab.show.lanes import SHAPES, lanes
from kthreadlab.show.picture import trace_svg

WORLD = Scenario(
    "stop", processes=(Process("bash", Pause()),), calls=(Call("ls", "look"),), signals=(Signal("bash", "SIGSTOP"),)
)


def test_a_stopped_process_is_drawn_as_one():
    """While somebody else goes on."""
    module = kthreadlab.load("def look():\n    printk('looks\\n')\n    printk('looks again\\n')\n")
    trace = kthreadlab.replay(module, WORLD, Config(), "bash SIGSTOP/bash bash ls*2")
    (lane,) = [one for one in lanes(trace) if one.name == "bash"]

    bash = next(task for task in trace.views[-1].tasks if task.name == "bash")

    assert "T" == bash.letter and not bash.on_runqueue
    assert ("stopped", "T") == (lane.runs[-1].shape, lane.runs[-1].label)
    assert "is stopped" == SHAPES[lane.runs[-1].shape]
    assert 'class="stopped"' in trace_svg(trace) and "outline: stopped, or traced" in trace_svg(trace)
    assert ["T", "stopped"] == [film(trace)["tasks"]["bash"]["values"][-1][n] for n in (0, 2)]
