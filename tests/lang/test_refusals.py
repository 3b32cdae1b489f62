"""What is no kernel Python is refused with its line, a caret, the rule and the kernel's reason."""

import pytest

from kthreadlab.lang.api import CALLS
from kthreadlab.lang.module import load

DATA = """\
lock = DEFINE_SPINLOCK()
rw = DEFINE_RWLOCK()
queue = DECLARE_WAIT_QUEUE_HEAD()
n = u32(0)
ids = array(u32, 8)
text = char_array(16)
ev = struct("ev", id=u32, next=ptr("ev"))
"""
LINES = DATA.count("\n")


def complaints(text: str) -> list[str]:
    """line:column and message of each diagnostic of *text*, lines counted from it."""
    module = load(DATA + text + "\n")
    return [f"{d.pos.line - LINES}:{d.pos.col} {d.message}" for d in module.diagnostics]


def in_function(*lines: str) -> str:
    """The one complaint about a function with these lines, lines counted from them."""
    text = "def f(a):\n" + "\n".join(f"    {line}" for line in lines)
    (complaint,) = complaints(text)
    line, rest = complaint.split(":", 1)
    return f"{int(line) - 1}:{rest}"


IN_A_FUNCTION = [
    ("import os", "1:4 imports: not in a kernel"),
    ("from os import path", "1:4 imports: not in a kernel"),
    ("class A: pass", "1:4 classes: not in a kernel"),
    ("with lock: pass", "1:4 with blocks: not in a kernel"),
    ("raise ValueError", "1:4 exceptions: not in a kernel"),
    ("raise NotImplementedError from a", "1:4 exceptions: not in a kernel"),
    ("assert a", "1:4 assert statements: not in a kernel"),
    ("del a", "1:4 del statements: not in a kernel"),
    ("def g(): pass", "1:8 the function g inside another"),
    ("async def g(): pass", "1:4 async functions: not in a kernel"),
    ("a, b = 1, 2", "1:4 tuple assignment: not in a kernel"),
    ("return 1, 2", "1:11 tuples: not in a kernel"),
    ("return lambda: 1", "1:11 lambdas: not in a kernel"),
    ("return [i for i in a]", "1:11 comprehensions: not in a kernel"),
    ("return {1: 2}", "1:11 dicts: not in a kernel"),
    ("return {1}", "1:11 sets: not in a kernel"),
    ("return (a := 1)", "1:12 := in expressions: not in a kernel"),
    ("yield a", "1:4 generators: not in a kernel"),
    ("return f'{a}'", "1:11 f-strings: not in a kernel"),
    ("return b'a'", "1:11 byte strings: not in a kernel"),
    ("return 1.5", "1:11 floating-point numbers: not in a kernel"),
    ("return 1j", "1:11 complex numbers: not in a kernel"),
    ("return a / 2", "1:11 / between numbers: not in a kernel"),
    ("return a ** 2", "1:11 ** between numbers: not in a kernel"),
    ("a /= 2", "1:4 / between numbers: not in a kernel"),
    ("return a in ids", "1:11 in: not in a kernel"),
    ("return a not in ids", "1:11 not in: not in a kernel"),
    ("return a is 3", "1:11 is: only with None or NULL"),
    ("return ids[1:2]", "1:11 slices: not in a kernel"),
    ("return f(*a)", "1:13 starred expressions: not in a kernel"),
    ("return f(a=1)", "1:15 keyword arguments: not in a kernel"),
    ("return a.append(1)", "1:11 a call of .append"),
    ("return f()()", "1:11 only a name can be called"),
    ("return 'a' + text", "1:11 C can't compute with text"),
    ("return '%d' % a", "1:11 % with text"),
    ("return text == 'abc'", "1:11 texts are not compared like this"),
    ("return text[0] == ''", "1:22 an empty character"),
    ("return a < f(1) < 3", "1:15 the middle of a chained comparison must be a name or a number"),
    ("return f([1, 2])", "1:13 an array can't be made here"),
    ("return ...", "1:11 ... as a value: not in a kernel"),
    ("++a", "1:4 there is no ++ and no --"),
    ("break", "1:4 break statement not within a loop"),
    ("while a: break", None),
    ("for i in a + 1: pass", "1:13 a loop goes over range(...) or an array"),
    ("for i in range(0, 8, 0): pass", "1:25 a step of 0"),
    ("for i in range(): pass", "1:13 range takes one to three numbers"),
    ("for n in range(3): pass", "1:8 n is assigned without `global n`"),
    ("global nope; break", "1:17 break statement not within a loop"),
    ("global n\n    for n in range(3): break", "2:8 n as a loop variable"),
    ("n = 1", "1:4 n is assigned without `global n`"),
    ("n += 1", "1:4 n is assigned without `global n`"),
    ("spin_lock_irqsave(lock, n)", "1:28 n is assigned without `global n`"),
    ("_x = 1", "1:4 _x: a name that begins with _"),
    ("current = 1", "1:4 conflicting types for current"),
    ("schedule = 1\n    schedule()", "2:4 called object schedule is not a function"),
    ("f = 1", "1:4 f is redeclared as a variable"),
    ("ev = 1", "1:4 ev is redeclared as a variable"),
    ("x = f", "1:8 the function f as a value"),
    ("x = ev", "1:8 ev is a type, no value"),
    ("x = schedule", "1:8 schedule is not called"),
    ("x = u32", "1:8 u32 is no value"),
    ("x = TASK_INTERUPTIBLE", "1:8 TASK_INTERUPTIBLE undeclared (first use in this function)"),
    ("x = schedule()", "1:8 void value not ignored as it ought to be"),
    ("x = char_array(5000)", "1:19 a size of 5000"),
    ("x = array(u64, 4096)", "1:8 32768 bytes are too many for the stack"),
    ("x = array(u32, a)", "1:19 initializer element is not constant"),
    ('x = char_array(4, "abcd")', "1:22 initializer-string for array of chars is too long"),
    ("x = struct('x', id=u32)", "1:8 a struct is declared at module level"),
    ("a(1)", "1:4 called object a is not a function"),
    ("n(1)", "1:4 called object n is not a function"),
    ("x = a + u32(1, 2)", "1:12 u32() is no value"),
    ("EXPORT_SYMBOL(f)", "1:4 EXPORT_SYMBOL inside a function"),
]


@pytest.mark.parametrize(("line", "complaint"), IN_A_FUNCTION)
def test_refused_in_a_function(line, complaint):
    """Each with the place it is at."""
    if complaint is None:
        assert complaints(f"def f(a):\n    {line}") == []
    else:
        assert complaint == in_function(line)


AT_MODULE_LEVEL = [
    ("if n: pass", "1:0 a statement at module level"),
    ("for i in range(3): pass", "1:0 a statement at module level"),
    ("n += 1", "1:0 a statement at module level"),
    ("printk('x')", "1:0 a statement at module level"),
    ("x, y = 1, 2", "1:0 one name is declared at a time"),
    ("x = kmalloc(8, GFP_KERNEL)", "1:4 initializer element is not constant"),
    ("x = n + 1 // 0", "1:4 initializer element is not constant"),
    ("x = 1 << 64", "1:4 initializer element is not constant"),
    ("x = DECLARE_WAITQUEUE(current)", "1:4 initializer element is not constant"),
    ("x = DEFINE_SPINLOCK(3)", "1:4 DEFINE_SPINLOCK is not declared like this"),
    ("x = 5\nx = 6", "2:0 redefinition of x"),
    ("def n(): pass", "1:4 redefinition of n"),
    ("printk = 5", "1:0 conflicting types for printk"),
    ("def kfree(p): pass", "1:4 conflicting types for kfree"),
    ("def _f(): pass", "1:4 _f: a name that begins with _"),
    ("def f(a, a): pass", "1:9 redefinition of parameter a"),
    ("def f(n): pass", "1:6 n is assigned without `global n`"),
    ("def f(a=1): pass", "1:8 default arguments: not in a kernel"),
    ("def f(*a): pass", "1:7 *args and keyword arguments: not in a kernel"),
    ("def f(*, a): pass", "1:9 *args and keyword arguments: not in a kernel"),
    ("@d\ndef f(): pass", "1:1 decorators: not in a kernel"),
    ('x = ptr("nope")', "1:8 dereferencing pointer to incomplete type struct nope"),
    ('x = struct("y", id=u32)', "1:4 the struct x needs its own name first"),
    ('x = struct("x", id=u32, id=u8)', "1:27 duplicate member id"),
    ('x = struct("x", id=float)', "1:19 this is no type for a field"),
    ('x = struct("x")', "1:4 the struct x has no fields"),
    ("x = array(u32, 0)", "1:15 a size of 0"),
]


@pytest.mark.parametrize(("text", "complaint"), AT_MODULE_LEVEL)
def test_refused_at_module_level(text, complaint):
    """Data is laid out, not computed."""
    assert [complaint] == complaints(text)


OF_THE_WRONG_KIND = [
    ("spin_lock(5)", "spin_lock: a number where a spinlock_t is wanted (argument 1, lock)"),
    ("spin_lock(NULL)", "spin_lock: NULL where a spinlock_t is wanted (argument 1, lock)"),
    ("spin_lock(rw)", "spin_lock: rw, a rwlock_t, where a spinlock_t is wanted (argument 1, lock)"),
    ("spin_lock(n)", "spin_lock: n, a number (u32), where a spinlock_t is wanted (argument 1, lock)"),
    ("spin_lock()", "too few arguments to spin_lock(lock): lock is missing"),
    ("spin_lock(lock, a)", "too many arguments to spin_lock(lock): it takes 1, not 2"),
    ("printk()", "too few arguments to printk(fmt, ...): fmt is missing"),
    ('wake_up("queue")', "wake_up: a string literal where a wait queue is wanted (argument 1, q)"),
    ("wake_up(current)", "wake_up: current, a task, where a wait queue is wanted (argument 1, q)"),
    (
        "add_wait_queue(queue, queue)",
        "add_wait_queue: queue, a wait queue, where a wait-queue entry is wanted (argument 2, wait)",
    ),
    ("spin_lock_irqsave(lock, 5)", "spin_lock_irqsave: flags must be a local variable"),
    ("set_bit(1, 5)", "set_bit: a number where an integer variable is wanted (argument 2, addr)"),
    ("set_bit(1, lock)", "set_bit: lock, a spinlock_t, where an integer variable is wanted (argument 2, addr)"),
    ('allow_signal("KILL")', "allow_signal: a string literal where a number is wanted (argument 1, sig)"),
    ("signal_pending(5)", "signal_pending: a number where a task is wanted (argument 1, p)"),
    ("printk(5)", "printk: a number where text is wanted (argument 1, fmt)"),
    ('strcpy("a", "b")', "strcpy: a string literal where a char buffer to write to is wanted (argument 1, dest)"),
    ("kfree(5)", "kfree: a number where an address is wanted (argument 1, p)"),
    ("kernel_thread(f(1), NULL, 0)", "kernel_thread: f(1) where the name of a function is wanted (argument 1, fn)"),
    ("kernel_thread(n, NULL, 0)", "kernel_thread: n is not a function (argument 1, fn)"),
    ("kernel_thread(NULL, NULL, 0)", "kernel_thread: NULL is not a function (argument 1, fn)"),
    ("cast(5, a)", "cast: 5 names no type (argument 1, type)"),
    ("lock = 5", "lock can't be assigned"),
    ("text = 'abc'", "text can't be assigned"),
    ("lock += 5", "invalid operands to +="),
    ("lock.x = 5", "request for member x in something not a structure"),
]


@pytest.mark.parametrize(("line", "message"), OF_THE_WRONG_KIND)
def test_an_argument_of_the_wrong_kind_is_refused(line, message):
    """What can be seen without running anything is said without running anything."""
    text = f"def f(a):\n    global lock, text\n    {line}"
    (complaint,) = complaints(text)

    assert complaint.split(" ", 1)[1] == message


def test_a_wrong_count_quotes_the_prototype():
    """The message shows what the call takes."""
    diagnostic = load("def f(a):\n    schedule_timeout()\n").diagnostics[0]

    assert CALLS["schedule_timeout"].prototype in diagnostic.message


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["if (x && y):", "    pass"], "`&&` is written and"),
        (["if (x || y):", "    pass"], "`||` is written or"),
        (["if (!x):", "    pass"], "`!` is written not"),
        (["x->y = 3"], "`->` is written ."),
        (["x++"], "there is no ++ and no --"),
        (["int x = 5;"], "a declaration is an assignment here"),
        (["unsigned int event_id = 0;"], "a declaration is an assignment here"),
        (["add_wait_queue(&queue, &wait);"], "there is no & here"),
        (["for (;;) {"], "`for (;;)` is written while True:"),
        (["for (i = 0; i < 8; i++) {"], "a counting loop is written for i in range(n):"),
        (["if x:", "    pass", "else if y:", "    pass"], "`else if` is written elif"),
        (["if (a) {", "    a"], "blocks are indented, without braces"),
        (["/* comment */"], "a comment begins with #"),
        (["schedule() // give up the CPU"], "a comment begins with #"),
        (["x = a ? 1 : 2"], "`c ? a : b` is written a if c else b"),
        (['printk(KERN_ERR "text")'], "the log level is joined with +"),
        (["if a = 3:", "    pass"], "= assigns; == compares"),
        (["goto out"], "C has this statement, kernel Python has not"),
        (["x = 10UL"], "a number has no suffix here"),
    ],
)
def test_a_habit_from_c_is_understood(lines, message):
    """A C programmer's slip is answered with how it is written here."""
    module = load("def f(a):\n" + "\n".join(f"    {line}" for line in lines) + "\n")

    assert message == module.diagnostics[0].message
    assert module.diagnostics[0].look


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("def f(a):\nreturn 1", "write pass, or raise NotImplementedError(), until you know what goes here"),
        ("def f(a)\n    return 1", "if, while, for, else and def lines end with a colon"),
        ("def f(a):\n    g(1", "end"),
        ("def f(a):\n    f(1) = 2", "what stands left of = must be a variable, an element or a field"),
    ],
)
def test_other_syntax_errors_say_what_to_look_at(text, look):
    """Python's own words, with advice."""
    module = load(text + "\n")

    assert module.broken
    assert look in (module.diagnostics[0].look, "end")


def test_a_semicolon_does_no_harm():
    """`schedule();` is Python too."""
    assert complaints("def f(a):\n    schedule(); return 0;") == []


def test_every_statement_is_looked_at():
    """One refused statement does not hide the next; what follows from a mistake is not said again."""
    assert complaints("def f(a):\n    import os\n    n = 1\n    lock = 2\n    if 1.5:\n        del a") == [
        "2:4 imports: not in a kernel",
        "3:4 n is assigned without `global n`",
        "4:4 lock is assigned without `global lock`",
        "5:7 floating-point numbers: not in a kernel",
        "6:8 del statements: not in a kernel",
    ]


def test_no_warning_reaches_the_notebook(recwarn, capsys):
    """Python's SyntaxWarnings cost points where stderr is graded."""
    load('def f(a):\n    printk("\\d")\n    return a if 1is 2 else 0\n').diagnostics  # noqa: B018

    assert ([], "") == (list(recwarn), capsys.readouterr().err)


REFUSED = [
    *(f"def f(a):\n    {line}" for line, complaint in IN_A_FUNCTION if complaint),
    *(text for text, _ in AT_MODULE_LEVEL),
    *(f"def f(a):\n    global lock, text\n    {line}" for line, _ in OF_THE_WRONG_KIND),
]


@pytest.mark.parametrize("text", REFUSED)
def test_every_refusal_has_its_rule_and_says_where_to_look(text):
    """Nobody is told no without the reason, and what to do instead."""
    assert [] == [d.message for d in load(f"{DATA}{text}\n").diagnostics if not (d.rule and d.look and d.source)]
