"""What students write who think in Python or in C: each slip is answered with its place, the kernel's rule and the
kernel's own way."""

import re

import pytest

from kthreadlab.lang.api import CALLS, DECLARATIONS
from kthreadlab.lang.api.list import LOOPS
from kthreadlab.lang.diagnostics import Diagnostic
from kthreadlab.lang.module import load
from kthreadlab.lang.profile import PROFILES
from kthreadlab.lang.python_base import KERNEL_NAMES
from kthreadlab.lang.python_foreign import FOREIGN, METHODS, TYPES, foreign
from kthreadlab.lang.python_rules import _CISMS, _TABLE

DATA = """\
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
event_id = u32(0)
ids = array(u32, 8)
text = char_array(16)
ev = struct("ev", id=u32, next=ptr("ev"))

def helper(id):
    return 0

def worker(unused):
    return 0

def mykthread(n):
    wait = DECLARE_WAITQUEUE(current)
"""
LINE = DATA.count("\n") + 1


def said(*lines: str) -> Diagnostic:
    """The first error about these lines of a thread."""
    module = load(DATA + "".join(f"    {line}\n" for line in lines), "myevent")
    return (module.diagnostics or module.link_errors())[0]


SLIPS = [
    # ---- waiting, and time
    ("time.sleep(1)", 4, "time.sleep: not in a kernel", "schedule_timeout(HZ)"),
    ("sleep(1)", 4, "Unknown symbol sleep", "schedule_timeout(HZ)"),
    ("usleep(1000)", 4, "Unknown symbol usleep", "schedule_timeout(HZ)"),
    ("await asyncio.sleep(1)", 4, "async functions: not in a kernel", "schedule() waits"),
    ("asyncio.sleep(1)", 4, "asyncio.sleep: not in a kernel", "schedule_timeout(HZ)"),
    ("x = time.time()", 8, "time.time: not in a kernel", "jiffies"),
    ("x = time.monotonic_ns()", 8, "time.monotonic_ns: not in a kernel", "schedule_timeout(HZ)"),
    ("schedule_timeout(0.5)", 21, "floating-point numbers", "smaller units"),
    # ---- the world outside
    ('print("hello")', 4, "Unknown symbol print", "printk("),
    ('print("id", n, sep=" ")', 4, "print: not in a kernel", "printk("),
    ('print "hello"', 4, "print: not in a kernel", "printk("),
    ('logging.info("hello")', 4, "logging.info: not in a kernel", "printk("),
    ('sys.stdout.write("hello")', 4, "sys.stdout.write: not in a kernel", "printk("),
    ("x = input()", 8, "Unknown symbol input", "ctl_table"),
    ('x = open("/etc/passwd")', 8, "Unknown symbol open", "/proc/sys"),
    ('open("/tmp/x", "w").write("a")', 4, "open: not in a kernel", "/proc/sys"),
    ('x = os.environ["HOME"]', 8, "os.environ: not in a kernel", "/proc/sys"),
    ('os.system("/bin/alert")', 4, "os.system: not in a kernel", "call_usermodehelper(path, argv, envp, wait)"),
    ('subprocess.run(["/bin/alert"], check=True)', 4, "subprocess.run: not in a", "call_usermodehelper("),
    ("import time", 4, "imports: not in a kernel", "schedule_timeout(HZ)"),
    ("from threading import Thread", 4, "imports: not in a kernel", "kernel_thread("),
    ("import kthreadlab", 4, "imports: not in a kernel", "kthreadlab man"),
    ("x = random.randint(1, 6)", 8, "random.randint: not in a kernel", "left to chance"),
    ("x = math.sqrt(2)", 8, "math.sqrt: not in a kernel", "smaller units"),
    ("sys.exit(0)", 4, "sys.exit: not in a kernel", "do_exit(code)"),
    ("exit()", 4, "Unknown symbol exit", "do_exit(code)"),
    # ---- threads, locks, signals
    ("t = threading.Thread(target=worker)", 8, "threading.Thread: not in a kernel", "kernel_thread(function"),
    ("l = threading.Lock()", 8, "threading.Lock: not in a kernel", "DEFINE_SPINLOCK()"),
    ("pthread_create(worker)", 4, "pthread_create: not in a kernel", "kernel_thread(function"),
    ("x = os.getpid()", 8, "os.getpid: not in a kernel", "current"),
    ("lock.acquire()", 4, "a call of .acquire", "spin_lock(lock)"),
    ("lock.release()", 4, "a call of .release", "spin_unlock(lock)"),
    ("with lock: pass", 4, "with blocks: not in a kernel", "spin_lock(lock) ... spin_unlock(lock)"),
    ("lock.spin_lock()", 4, "a call of .spin_lock", "spin_lock(lock)"),
    ("queue.add_wait_queue(wait)", 4, "a call of .add_wait_queue", "add_wait_queue(queue, ...)"),
    ("queue.wait()", 4, "a call of .wait", "wait_event_interruptible(queue, condition)"),
    ("queue.notify()", 4, "a call of .notify", "wake_up_interruptible(queue)"),
    ("self.helper(1)", 4, "self: not in a kernel", "static"),
    ("wait.helper(1)", 4, "a call of .helper", "helper(wait)"),
    ("wait_event_interruptible(queue, lambda: n)", 36, "lambdas: not in a kernel", "def, at module level"),
    # ---- text
    ('s = "TROUBLED_DS=%d" % n', 8, "% with text", 'snprintf(buffer, sizeof(buffer), "TROUBLED_DS=%d", n)'),
    ('s = "%d of %d" % (n, 3)', 8, "% with text", 'snprintf(buffer, sizeof(buffer), "%d of %d", n, 3)'),
    ('s = f"id {event_id}"', 8, "f-strings: not in a kernel", 'snprintf(buffer, sizeof(buffer), "id %u", event_id)'),
    ('s = "id {}".format(n)', 8, "C can't compute with text", 'snprintf(buffer, sizeof(buffer), "id %d", n)'),
    ('s = "id " + str(n)', 8, "C can't compute with text", 'snprintf(buffer, sizeof(buffer), "id %d", n)'),
    ('s = text + ".log"', 8, "C can't compute with text", 'snprintf(buffer, sizeof(buffer), "%s.log", text)'),
    ('printk("id %d\\n" % n)', 11, "text is formatted by the call", 'printk("id %d\\n", n)'),
    ('printk(KERN_ERR + "id %d" % n)', 11, "text is formatted by the call", 'printk(KERN_ERR + "id %d", n)'),
    ('printk(f"{n:x}, {text}, 100%")', 11, "text is formatted by the call", 'printk("%x, %s, 100%%", n, text)'),
    ('snprintf(text, 16, "id " + str(n))', 23, "text is formatted by the call", 'snprintf(text, 16, "id %d", n)'),
    ('printk("id", n)', 4, "the format, which takes no arguments, not 1", "kthreadlab man printk"),
    ("x = str(n)", 8, "Unknown symbol str", "snprintf("),
    ("x = len(text)", 8, "Unknown symbol len", "strlen(text)"),
    ('x = text.startswith("a")', 8, "a call of .startswith", "strncmp(text, text, strlen(text)) == 0"),
    ('x = text == "a"', 8, "texts are not compared like this", "strcmp(a, b) == 0"),
    ('x = char_array("abc")', 19, "a text where a size is wanted (argument 1, n)", 'char_array(4, "abc")'),
    # ---- collections, and loops over them
    ("x = []", 8, "an array without elements", "array(u32, 8)"),
    ("x = {}", 8, "dicts: not in a kernel", "struct"),
    ("x = list()", 8, "Unknown symbol list", "array(u32, 8)"),
    ("x = set()", 8, "Unknown symbol set", "set_bit(nr, word)"),
    ("x = collections.deque()", 8, "collections.deque: not in a kernel", "list_add_tail("),
    ("ids.append(n)", 4, "a call of .append", "ids[n] = x"),
    ("x = ids.pop()", 8, "a call of .pop", "x = ids[n]"),
    ("for i, x in enumerate(ids): pass", 16, "enumerate: not in a kernel", "for i in range(n)"),
    ("for x in sorted(ids): pass", 13, "sorted: not in a kernel", "for i in range(n)"),
    ("for x in [1, 2]: pass", 13, "an array can't be made here", "give it a name first"),
    ("x = [i for i in ids]", 8, "comprehensions: not in a kernel", "array(u32, n)"),
    ("x = ids[1:3]", 8, "slices: not in a kernel", "loop over the elements"),
    # ---- types
    ("x = array(ptr, 2)", 14, "ptr names no type", "array(ptr(), 2)"),
    ("x = array(int, 8)", 14, "int names no type", "array(s32, 8)"),
    ("x = array(uint32_t, 8)", 14, "uint32_t names no type", "array(u32, 8)"),
    ("x = array(str, 2)", 14, "str names no type", 'array(ptr("text"), 2)'),
    ("x = array(char, 16)", 14, "char names no type", "char_array(16)"),
    ('x = array("u32", 8)', 14, '"u32" names no type', "array(u32, 8)"),
    ("x = array(8, u32)", 14, "8 names no type", "the type comes first: array(u32, 8)"),
    ("x = array(u32)", 8, "too few arguments to array(type, n): n is missing", "array(u32, 8)"),
    ("x = ptr", 8, "ptr is no value", "ptr()"),
    ('x = int("5")', 8, "Unknown symbol int", "u32(0)"),
    ("x = sizeof(int)", 15, "int names no type (argument 1, type)", "s32"),
    ("x = ev(id=3)", 8, "ev is not declared like this", "e.field = value"),
    ("x = isinstance(n, u32)", 8, "isinstance: not in a kernel", "what is declared is known"),
    # ---- conditions
    ("if n == 7 or 9: pass", 17, "9 is no condition", "n == 7 or n == 9"),
    ("if n == SIGKILL or SIGTERM: pass", 23, "SIGTERM is no condition", "n == SIGKILL or n == SIGTERM"),
    ("x = n or 5", 13, "5 is no condition", "n if n else 5"),
    ('x = n or "none"', 13, '"none" is no condition', 'n if n else "none"'),
    ("if n is 3: pass", 7, "is: only with None or NULL", "=="),
    ("if n in ids: pass", 7, "in: not in a kernel", "loop over the array"),
    ("while true: pass", 10, "Unknown symbol true", "True, or 1"),
    ("if n == null: pass", 12, "Unknown symbol null", "NULL"),
    # ---- numbers that have names
    ("p = kmalloc(32, True)", 20, "True where a number with a name is wanted (argument 2", "kthreadlab man"),
    ("p = kmalloc(GFP_KERNEL, 32)", 16, "GFP_KERNEL where size is wanted (argument 1, size)", "kmalloc(size, flags)"),
    ('set_current_state("TASK_RUNNING")', 22, "a string literal where a number", "without quotes: TASK_RUNNING"),
    ("set_current_state(True)", 22, "True where a number with a name", "TASK_INTERRUPTIBLE"),
    ('allow_signal("SIGKILL")', 17, "a string literal where a number is wanted", "without quotes: SIGKILL"),
    ("set_current_state(TASK_INTERRUPTABLE)", 22, "TASK_INTERRUPTABLE undeclared", "did you mean TASK_INTERRUPTIBLE?"),
    ('kernel_thread("worker", NULL, 0)', 18, '"worker" where the name of a function', "without quotes: worker"),
    ("kernel_thread(worker(n), NULL, 0)", 18, "worker(n) where the name of a function", "without brackets: worker"),
    # ---- statements
    ("raise ValueError", 4, "exceptions: not in a kernel", "if ret < 0"),
    ("assert n", 4, "assert statements: not in a kernel", "BUG_ON("),
    ("del n", 4, "del statements: not in a kernel", "kfree("),
    ("x = yield n", 8, "generators: not in a kernel", "yield()"),
    ("async def g(): pass", 4, "async functions: not in a kernel", "kernel_thread("),
    ("class Event: pass", 4, "classes: not in a kernel", "struct("),
    ("def g(): pass", 8, "the function g inside another", "module level"),
    ("x = lambda: 1", 8, "lambdas: not in a kernel", "def, at module level"),
    ("nonlocal n", 4, "nonlocal statements: not in a kernel", "global"),
    ("a, b = 1, 2", 4, "tuple assignment: not in a kernel", "one assignment a line"),
    ("event_id = 7", 4, "event_id is assigned without `global event_id`", "`global event_id` at the top"),
    ("x = schedule", 8, "schedule is not called", "schedule()"),
    ("unsigned long flags;", 13, "a declaration is an assignment here", "u32(0)"),
    ("int helper(void *unused) {", 29, "a function is defined with def", "def mykthread(unused):"),
    ("if (n == 3 && n): pass", 16, "`&&` is written and", "if a and b:"),
    ("x++", 7, "there is no ++ and no --", "n += 1"),
    ("x = n foo", 10, "the compiler doesn't understand", "what is missing"),
    ("add_wait_queue(quue, wait)", 19, "Unknown symbol quue", "did you mean queue (line 1)?"),
    ("x = os", 8, "Unknown symbol os", "call_usermodehelper("),
    ("kernel_thread(os.fork, NULL, 0)", 18, "os.fork: not in a kernel", "kernel_thread(function"),
    # ---- slips of the keyboard
    ("x = event_ib", 8, "Unknown symbol event_ib", "did you mean event_id (line 3)?"),
    ("helpr(1)", 4, "Unknown symbol helpr", "did you mean helper (line 8)?"),
    ("shedule()", 4, "Unknown symbol shedule", "did you mean schedule? See kthreadlab man schedule"),
    ("event_no = 1; x = event_mo", 22, "Unknown symbol event_mo", "did you mean event_no?"),
]  # fmt: skip


@pytest.mark.parametrize(("slip", "column", "what", "look"), SLIPS, ids=[slip[0] for slip in SLIPS])
def test_a_slip_is_answered(slip, column, what, look):
    """What, where, a rule, and what to write instead."""
    error = said(slip)

    assert (LINE, column) == (error.pos.line, error.pos.col)
    assert what in error.message
    assert look in f"{error.rule}\n{error.look}"
    assert error.rule and error.look and error.source.strip() == slip.strip()


@pytest.mark.parametrize(
    ("text", "what", "look"),
    [
        ("lock = threading.Lock()", "threading.Lock: not in a kernel", "DEFINE_SPINLOCK()"),
        ("queue = Queue()", "Queue: not in a kernel", "DECLARE_WAIT_QUEUE_HEAD()"),
        ("n = int(0)", "int: not in a kernel", "u32(0)"),
        ("ids = list()", "list: not in a kernel", "array(u32, 8)"),
        ('print("loaded")', "print: not in a kernel", "printk("),
        ("worker(0)\n\ndef worker(unused):\n    return 0", "a statement at module level", "leave it out"),
        ('if __name__ == "__main__":\n    x()', "__name__: not in a kernel", "a check starts mykthread by itself"),
        ('ev = struct("ev", id=int, next=ptr)', "this is no type for a field", "s32"),
        ("def mykthread:\n    return 0", "expected '('", "def mykthread(unused):"),
    ],
)
def test_a_slip_at_module_level_is_answered(text, what, look):
    """Where a Python program would begin to run."""
    error = load(text + "\n").diagnostics[0]

    assert what in error.message
    assert look in f"{error.rule}\n{error.look}"
    assert 1 == error.pos.line


def test_blocks_are_answered_too():
    """try and match take more than a line."""
    assert "if ret < 0: ..." == said("try:", "    helper(n)", "except OSError:", "    pass").look
    assert "if ... elif ... else" == said("match n:", "    case 1:", "        pass").look


# ---- the tables ------------------------------------------------------------------------------------------------------

ADVICE = [
    *((name, f"{one.rule}\n{one.look}") for name, one in FOREIGN.items()),
    *METHODS.items(),
    *((name, "\n".join(refusal)) for name, refusal in _TABLE.items()),
    *((message, look) for _, message, look in _CISMS),
]
OF_THE_LANGUAGE = {"range", "struct", "ptr", "printk", "u32", "s32", "u64", "init_module", "report_event", "mykthread"}


@pytest.mark.parametrize(("name", "text"), ADVICE, ids=[name for name, _ in ADVICE])
def test_advice_names_only_calls_that_the_articles_kernel_has(name, text):
    """Nobody is sent from one unknown name to the next."""
    calls = set(re.findall(r"(\b[a-z_A-Z]\w+)\(", text)) - OF_THE_LANGUAGE - {name, "NotImplementedError"}

    assert set() == calls - {*CALLS, *DECLARATIONS, *LOOPS}
    assert set() == calls & PROFILES["2.6.11"].missing


def test_no_name_of_the_kernels_is_foreign():
    """A name is looked up in one place."""
    assert set() == KERNEL_NAMES & {name for name in FOREIGN if "." not in name}


def test_every_type_from_elsewhere_has_one_here():
    """What a table of types offers can be declared."""
    for written in set(TYPES.values()):
        assert not load(f"x = array({written}, 2)\n").broken, written


def test_a_module_of_pythons_is_known_by_its_name_alone():
    """Whatever is taken from it."""
    assert foreign("os.whatever") is not None
    assert foreign("mymodule.whatever") is None


def test_what_a_module_defines_itself_is_not_foreign():
    """A static may be called as a module of Python's is, a function as one of its functions."""
    assert not load("random = u32(0)\ndef free(p):\n    return 0\ndef f(p):\n    free(random)\n").link_errors()


# ---- the same mistake again ------------------------------------------------------------------------------------------


def test_the_same_mistake_is_told_once():
    """With the other lines."""
    from kthreadlab.lang.diagnostics import joined, told

    module = load("import time\ndef f(a):\n    import time\n    time.sleep(1)\n    import time\n", "m")

    text = joined(told(module.diagnostics))
    assert 1 == text.count("imports: not in a kernel")
    assert "  also  lines 3 and 5" in text


def test_errors_in_short_are_the_first_and_how_many_more():
    """What and where; the rule stands elsewhere."""
    from kthreadlab.lang.diagnostics import joined, told

    module = load("import time\ndef f(a):\n    time.sleep(1)\n    kmalloc(1)\n", "m")

    assert [
        "m:1:1: error: imports: not in a kernel",
        "    import time",
        "    ^~~~~~~~~~~",
        "and 2 more errors",
    ] == joined(told(module.diagnostics, brief=True)).splitlines()
