"""Kernel Python becomes the tree of `ir`: nothing of Python is left, every name is resolved."""

import pytest

from kthreadlab.lang import ir
from kthreadlab.lang.ir import INTS, S64, U32, ObjType, PtrType
from kthreadlab.lang.module import KernelModule, load

DATA = """\
lock = DEFINE_SPINLOCK()
queue = DECLARE_WAIT_QUEUE_HEAD()
myevent_id = u32(0)
ids = array(u32, 8)
handler = char_array(256, "/bin/alert")
ev = struct("ev", id=u32, next=ptr("ev"))
head = ptr("ev")
def g(b): return b
"""


def module_of(text: str) -> KernelModule:
    """A module that compiles."""
    module = load(DATA + text + "\n")
    assert not module.diagnostics, "\n".join(map(str, module.diagnostics))
    assert not module.undefined, module.undefined
    return module


def body_of(*lines: str, params: str = "a") -> tuple[ir.Stmt, ...]:
    """The statements of one function."""
    return module_of(f"def f({params}):\n" + "\n".join(f"    {line}" for line in lines)).functions["f"].body


def expr_of(text: str) -> ir.Expr:
    """One expression, as a return value."""
    (statement,) = body_of(f"return {text}")
    return statement.value


def short(e: object) -> object:
    """An expression as nested tuples, without places."""
    if isinstance(e, ir.Const | ir.Str):
        return e.value
    if isinstance(e, ir.Name):
        return f"{e.name}" if e.local else f"static {e.name}"
    if isinstance(e, tuple):
        return tuple(short(part) for part in e)
    if isinstance(e, ir.Node):
        parts = [short(part) for name, part in vars(e).items() if name not in ("pos", "type")]
        return (type(e).__name__, *parts)
    return e


# ---- statics ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "type_", "make", "args"),
    [
        ("x = u32(0)", U32, "u32", (0,)),
        ("x = u8()", INTS["u8"], "u8", (0,)),
        ("x: u32 = 0", U32, "u32", (0,)),
        ("x: u32", U32, "u32", (0,)),
        ("x: int = 7", S64, "s64", (7,)),
        ("x = 5", S64, "s64", (5,)),
        ("x = -1", S64, "s64", (-1,)),
        ("x = 1 << 5", S64, "s64", (32,)),
        ("x = -7 // 2", S64, "s64", (-3,)),
        ("x = -7 % 3", S64, "s64", (-1,)),
        ("x = CLONE_FS | CLONE_FILES", S64, "s64", (0x600,)),
        ("x = TASK_RUNNING", S64, "s64", (0,)),
        ("x = NULL", PtrType(), "ptr", (0,)),
        ("x = None", PtrType(), "ptr", (0,)),
        ('x = ptr("ev")', PtrType("ev"), "ptr", (0,)),
        ("x = ptr()", PtrType(), "ptr", (0,)),
        ("x = ev()", ObjType("struct", of="ev"), "struct", ()),
        ("x = array(u32, 8)", ObjType("array", 8, U32), "array", (8,)),
        ("N = 4\nx = array(u8, N * 2)", ObjType("array", 8, INTS["u8"]), "array", (8,)),
        ('x = array(ptr("ev"), 4)', ObjType("array", 4, PtrType("ev")), "array", (4,)),
        ("x = [1, 2, 3]", ObjType("array", 3, S64), "list", (1, 2, 3)),
        ('x = ["a", NULL]', ObjType("array", 2, PtrType("text")), "list", ("a", 0)),
        ("x = char_array(16)", ObjType("text", 16), "char_array", (16,)),
        ('x = char_array(4, "abc")', ObjType("text", 4), "char_array", (4, "abc")),
        ('x = "/bin/alert"', PtrType("text"), "ptr", ("/bin/alert",)),
        ("x = DEFINE_RWLOCK()", ObjType("rwlock"), "DEFINE_RWLOCK", ()),
        ("x = RW_LOCK_UNLOCKED", ObjType("rwlock"), "RW_LOCK_UNLOCKED", ()),
        ("x = SPIN_LOCK_UNLOCKED()", ObjType("spinlock"), "SPIN_LOCK_UNLOCKED", ()),
        ("x = rwlock_t()", ObjType("rwlock"), "rwlock_t", ()),
        ("x = wait_queue_t()", ObjType("wait_queue"), "wait_queue_t", ()),
        ("x = ATOMIC_INIT(3)", ObjType("atomic"), "ATOMIC_INIT", (3,)),
        ("DEFINE_SPINLOCK(x)", ObjType("spinlock"), "DEFINE_SPINLOCK", ()),
        ("DECLARE_WAIT_QUEUE_HEAD(x)", ObjType("wait_queue_head"), "DECLARE_WAIT_QUEUE_HEAD", ()),
    ],
)
def test_statics(line, type_, make, args):
    """Each way to declare a static gives its type, the declaring name and constant arguments."""
    static = module_of(line).statics["x"]

    assert (type_, make, args) == (static.type, static.make, short(static.args))


def test_structs():
    """Fields keep their order and their types; a struct is not a static."""
    module = module_of('node = struct("node", id=u32, next=ptr("node"), name=char_array(8))')

    assert (("id", U32), ("next", PtrType("node")), ("name", ObjType("text", 8))) == module.structs["node"].fields
    assert "node" not in module.statics


def test_statements_about_the_module_are_accepted():
    """The macros around a module change nothing; what is exported, what insmod and what rmmod calls is remembered."""
    module = module_of('"""Doc."""\nMODULE_LICENSE("GPL")\nEXPORT_SYMBOL(f)\nmodule_init(f)\npass\ndef f():\n    pass')

    assert ("f",) == module.exported
    assert {"module_init": "f"} == module.entries


# ---- functions -------------------------------------------------------------------------------------------------------


def test_a_function_has_its_parameters_first():
    """Parameters carry declared types; locals are what the function assigns, flags too."""
    f = module_of(
        "def f(p, event_id: u32, e: ev, q: ptr(ev)):\n    x = 1\n    spin_lock_irqsave(lock, flags)\n"
        "    for i in range(3):\n        x += i\n    DEFINE_WAIT(w)\n    spin_unlock_irqrestore(lock, flags)"
    ).functions["f"]

    assert [None, U32, PtrType("ev"), PtrType("ev")] == [param.type for param in f.params]
    assert ("p", "event_id", "e", "q", "x", "flags", "i", "w") == f.locals
    assert ("myevent", 9, 4, 5) == (f.pos.file, f.pos.line, f.pos.col, f.pos.end)


@pytest.mark.parametrize("line", ["raise NotImplementedError", 'raise NotImplementedError("later")'])
def test_a_stub_compiles(line):
    """A function that begins with raise NotImplementedError is not written yet; elsewhere it is a statement."""
    module = module_of(f'def f():\n    """Doc."""\n    {line}\ndef h(a):\n    if a:\n        {line}\n    return 0')

    assert (True, False) == (module.functions["f"].stub, module.functions["h"].stub)
    assert isinstance(module.functions["h"].body[0].body[0], ir.NotWritten)


@pytest.mark.parametrize(
    ("line", "declared"),
    [
        ("x = u32(a + 1)", ("Declare", "x", "u32", (("Binary", "+", "a", 1),))),
        ("x: u32 = a", ("Declare", "x", "u32", ("a",))),
        ("x: u32", ("Declare", "x", "u32", ())),
        ("x = DECLARE_WAITQUEUE(current)", ("Declare", "x", "DECLARE_WAITQUEUE", (("Current",),))),
        ("DECLARE_WAITQUEUE(x, current)", ("Declare", "x", "DECLARE_WAITQUEUE", (("Current",),))),
        ("x = DEFINE_WAIT()", ("Declare", "x", "DEFINE_WAIT", ())),
        ("DEFINE_WAIT(x)", ("Declare", "x", "DEFINE_WAIT", ())),
        ("DECLARE_WAIT_QUEUE_HEAD(x)", ("Declare", "x", "DECLARE_WAIT_QUEUE_HEAD", ())),
        ("DEFINE_SPINLOCK(x)", ("Declare", "x", "DEFINE_SPINLOCK", ())),
        ("x = array(u8, 4)", ("Declare", "x", "array", (4,))),
        ("x = char_array(32)", ("Declare", "x", "char_array", (32,))),
        ("x = [handler, a, NULL]", ("Declare", "x", "list", ("static handler", "a", 0))),
        ("x = ev()", ("Declare", "x", "struct", ())),
        ("x = ptr(ev)", ("Declare", "x", "ptr", (0,))),
        ("x: ptr(ev) = head", ("Declare", "x", "ptr", ("static head",))),
        ("x = a", ("Assign", "x", "a")),
        ('x = "text"', ("Assign", "x", "text")),
    ],
)
def test_locals(line, declared):
    """A declaring call declares a local; any other expression is assigned to it."""
    (statement,) = body_of(line)

    assert declared == short(statement)


def test_an_array_of_addresses_holds_addresses():
    """argv's elements are pointers to text."""
    (statement,) = body_of("argv = [handler, NULL]")

    assert ObjType("array", 2, PtrType("text")) == statement.type


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ids[a] = 3", ("Assign", ("Index", "static ids", "a"), 3)),
        ("head.id = a", ("Assign", ("Field", "static head", "id"), "a")),
        ("handler[0] = 'x'", ("Assign", ("Index", "static handler", 0), 120)),
        ("ids[0] |= 1 << a", ("AugAssign", ("Index", "static ids", 0), "|", ("Binary", "<<", 1, "a"))),
        ("a //= 2", ("AugAssign", "a", "/", 2)),
        ("schedule()", ("ExprStmt", ("Call", "schedule", ()))),
        ("yield()", ("ExprStmt", ("Call", "yield", ()))),
        ("return", ("Return", None)),
        ("while True: break", ("While", 1, (("Break",),))),
        ("for i in range(a): continue", ("ForRange", "i", 0, "a", 1, (("Continue",),))),
        ("for i in range(8, 0, -2): pass", ("ForRange", "i", 8, 0, -2, ())),
        ("for i in ids: pass", ("ForEach", "i", "static ids", ())),
        ("kernel_thread(f, NULL, SIGCHLD)", ("ExprStmt", ("Call", "kernel_thread", (("FuncRef", "f"), 0, 17)))),
        ("lock = SPIN_LOCK_UNLOCKED", ("ExprStmt", ("Call", "spin_lock_init", ("static lock",)))),
    ],
)
def test_statements(line, expected):
    """Statements keep C's meaning under Python's grammar."""
    statements = body_of("global lock", line)

    assert (expected,) == short(statements)


def test_an_elif_is_an_if_in_the_else():
    """As in C."""
    (statement,) = body_of("if a: return 1", "elif a > 1: return 2", "else: return 3")

    assert (
        "If",
        "a",
        (("Return", 1),),
        (("If", ("Compare", ">", "a", 1), (("Return", 2),), (("Return", 3),)),),
    ) == short(statement)


def test_a_chain_of_assignments_goes_from_right_to_left():
    """As in C, and only with a constant."""
    assert (("Assign", "y", 0), ("Assign", "x", 0)) == short(body_of("x = y = 0"))


# ---- expressions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("True", 1),
        ("False", 0),
        ("None", 0),
        ("NULL", 0),
        ("-5", -5),
        ("+a", "a"),
        ("-EINVAL", ("Unary", "-", 22)),
        ("~a", ("Unary", "~", "a")),
        ("not a", ("Unary", "not", "a")),
        ("a // 2 % 3", ("Binary", "%", ("Binary", "/", "a", 2), 3)),
        ("a and not a or 1", ("Or", (("And", ("a", ("Unary", "not", "a"))), 1))),
        ("1 if a else 2", ("Cond", "a", 1, 2)),
        ("0 < a <= 3", ("And", (("Compare", "<", 0, "a"), ("Compare", "<=", "a", 3)))),
        ("a is None", ("Compare", "==", "a", 0)),
        ("a is not NULL", ("Compare", "!=", "a", 0)),
        ("a == None", ("Compare", "==", "a", 0)),
        ("handler[0] == '\\0'", ("Compare", "==", ("Index", "static handler", 0), 0)),
        ("'/' != handler[a]", ("Compare", "!=", 47, ("Index", "static handler", "a"))),
        ("head.next.id", ("Field", ("Field", "static head", "next"), "id")),
        ("current", ("Current",)),
        ("current.pid", ("Field", ("Current",), "pid")),
        ("g(1)", ("OwnCall", "g", (1,))),
        ("xchg(myevent_id, 0)", ("Call", "xchg", ("static myevent_id", 0))),
        ("sizeof(ev)", ("Call", "sizeof", (("TypeRef",),))),
        ("sizeof(handler)", ("Call", "sizeof", ("static handler",))),
        ("cast(ev, a)", ("Call", "cast", (("TypeRef",), "a"))),
        ("u8(a)", ("Call", "cast", (("TypeRef",), "a"))),
        ('printk("a" "b" + "c")', ("Call", "printk", ("abc",))),
        ('printk(KERN_ERR + "%d", a)', ("Call", "printk", ("<3>%d", "a"))),
        ('printk(KERN_ERR, "%d", a)', ("Call", "printk", ("<3>%d", "a"))),
        ('printk(KERN_WARNING + "a" + "b")', ("Call", "printk", ("<4>ab",))),
        (
            "wait_event_interruptible(queue, myevent_id != 0)",
            ("Call", "wait_event_interruptible", ("static queue", ("Compare", "!=", "static myevent_id", 0))),
        ),
        (
            "call_usermodehelper(handler, [handler, NULL], NULL, 0)",
            ("Call", "call_usermodehelper", ("static handler", ("ListLit", ("static handler", 0)), 0, 0)),
        ),
    ],
)
def test_expressions(text, expected):
    """Operators are C's; literals are joined; a character beside an element is a number."""
    assert expected == short(expr_of(text))


def test_constants_keep_their_names():
    """Narration says TASK_INTERRUPTIBLE, not 1."""
    assert ("TASK_INTERRUPTIBLE", 1) == (expr_of("TASK_INTERRUPTIBLE").name, expr_of("TASK_INTERRUPTIBLE").value)
    assert ["NULL", "NULL", ""] == [expr_of(text).name for text in ("NULL", "None", "0")]


def test_places_are_characters_of_the_students_text():
    """Every node points at its own text."""
    call = expr_of("g( a )")

    assert ("myevent", 10, 11, 17) == (call.pos.file, call.pos.line, call.pos.col, call.pos.end)


@pytest.mark.parametrize("name", ["complete", "up", "down", "freezing", "timer", "mutex", "list_add", "schedule"])
def test_a_local_may_be_called_as_a_kernel_function_is(name):
    """As in C, where a local hides a function; a parameter may, too."""

    one = f"def one({name}):\n    {name} += 1\n    return {name}\n\n\n"

    module_of(one + f"def two():\n    {name} = u32(3)\n    return one({name})")


@pytest.mark.parametrize("text", ["def {}(x):\n    return x", "{} = u32(0)", '{} = struct("{}", id=u32)'])
@pytest.mark.parametrize("name", ["complete", "up", "down", "freezing", "list_add", "schedule"])
def test_nothing_of_the_module_may(name, text):
    """A function, a static or a struct of that name would be a second one."""

    (problem,) = load(text.format(name, name) + "\n").diagnostics

    assert f"conflicting types for {name}" == problem.message
