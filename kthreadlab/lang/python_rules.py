"""What kernel Python refuses of Python, with the reason a kernel has; and what C programmers write instead of it."""

from __future__ import annotations

import ast
import re

from .python_foreign import imported

Refusal = tuple[str, str, str]
"""What (``imports are refused``), the rule, where to look."""

_EXCEPTIONS = (
    "exceptions",
    "nothing is thrown in a kernel: a call that fails returns a negative errno",
    "if ret < 0: ...",
)
_COMPREHENSION = ("comprehensions", "memory in a kernel has an owner and a size", "declare an array(u32, n) and loop")
_ASYNC = (
    "async functions",
    "a kernel thread waits by going to sleep",
    "kernel_thread(function, argument, flags) starts a thread, schedule() waits",
)
_FSTRING = ("f-strings", "the kernel formats as C does", 'printk("id %d\\n", event_id)')

_TABLE: dict[str, Refusal] = {
    "ClassDef": (
        "classes",
        "the kernel is written in C: data is a struct",
        'ev = struct("ev", id=u32, next=ptr("ev"))',
    ),
    "With": (
        "with blocks",
        "a kernel lock is given back by hand, on every path",
        "spin_lock(lock) ... spin_unlock(lock)",
    ),
    "Try": _EXCEPTIONS,
    "TryStar": _EXCEPTIONS,
    "Raise": _EXCEPTIONS,
    "Assert": ("assert statements", "a kernel that finds itself wrong stops", "BUG_ON(a condition that must not hold)"),
    "Delete": ("del statements", "memory is given back by the one who took it", "kfree(pointer)"),
    "Match": ("match statements", "each case costs a comparison, and it shows", "if ... elif ... else"),
    "Nonlocal": (
        "nonlocal statements",
        "there are no functions inside functions",
        "global names a static of the module",
    ),
    "TypeAlias": ("type statements", "types are u8 ... u64, s8 ... s64 and structs", "write the type itself"),
    "AsyncFunctionDef": _ASYNC,
    "AsyncFor": _ASYNC,
    "AsyncWith": _ASYNC,
    "Await": _ASYNC,
    "Lambda": ("lambdas", "a function has a name, so that an oops can say where it was", "def, at module level"),
    "ListComp": _COMPREHENSION,
    "SetComp": _COMPREHENSION,
    "DictComp": _COMPREHENSION,
    "GeneratorExp": _COMPREHENSION,
    "Yield": ("generators", "a kernel function returns once", "yield() without a value is the kernel's call"),
    "YieldFrom": ("generators", "a kernel function returns once", "yield() without a value is the kernel's call"),
    "NamedExpr": (":= in expressions", "an assignment is a statement here", "assign on a line of its own, then test"),
    "Dict": ("dicts", "there is no dictionary in the kernel", "an array(u32, n), or a struct"),
    "Set": ("sets", "there is no set in the kernel", "a bitmap: set_bit(nr, word), test_bit(nr, word)"),
    "Tuple": ("tuples", "C has no tuples: one value, one name", "one assignment a line"),
    "Starred": ("starred expressions", "C has no *args, and there is no * for pointers here", "name the object itself"),
    "JoinedStr": _FSTRING,
    "TemplateStr": _FSTRING,
    "FormattedValue": _FSTRING,
    "Slice": ("slices", "C takes one element at a time", "a loop over the elements, or strncpy(to, from_, n)"),
    "Div": ("/ between numbers", "the kernel leaves the FPU to user space: no fractions", "// divides as C does"),
    "Pow": ("** between numbers", "C has no power operator", "1 << n is two to the n"),
    "MatMult": ("@ between numbers", "C has no matrices", "* multiplies two numbers"),
    "In": ("in", "C has no membership test", "loop over the array and compare"),
    "NotIn": ("not in", "C has no membership test", "loop over the array and compare"),
    "float": (
        "floating-point numbers",
        "the kernel leaves the FPU to user space",
        "count in smaller units: jiffies, bytes",
    ),
    "complex": ("complex numbers", "the kernel leaves the FPU to user space", "two integers"),
    "bytes": ("byte strings", "text in the kernel is bytes already", 'a plain "text"'),
    "ellipsis": ("... as a value", "the compiler wants to know what is meant", "pass, or raise NotImplementedError()"),
}


def refusal(node: ast.AST) -> Refusal | None:
    """Why this node is no kernel Python; None if the table does not know it."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        from_ = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        known = imported(from_ or "")
        return "imports", known.rule, known.look
    if isinstance(node, ast.Constant):
        return _TABLE.get(type(node.value).__name__)
    return _TABLE.get(type(node).__name__)


_C_TYPES = r"static|inline|extern|const|volatile|unsigned|signed|int|long|short|char|void|bool|[us](8|16|32|64)|\w+_t"
_CISMS: list[tuple[str, str, str]] = [
    (r"\belse\s+if\b", "`else if` is written elif", "elif condition:"),
    (r"&&", "`&&` is written and", "if a and b:"),
    (r"\|\|", "`||` is written or", "if a or b:"),
    (r"!(?!=)", "`!` is written not", "if not pending:"),
    (r"->(?!.*:\s*$)", "`->` is written .", "p.next"),
    (
        r"/\*|\*/|//\s*(?!\w+\s+(?:if|and|or|else|is|in|not)\b)[A-Za-z]\w*\s+[A-Za-z]|^\s*//",
        "a comment begins with #",
        "# like this",
    ),
    (r"^\s*\w[\w.\[\]]*\s*(\+\+|--)|(\+\+|--)\s*\w", "there is no ++ and no --", "n += 1"),
    (r"\bfor\s*\(\s*;", "`for (;;)` is written while True:", "while True:"),
    (r"\bfor\s*\(", "a counting loop is written for i in range(n):", "for i in range(8):"),
    (
        r"^\s*do\s*[:{]?\s*$|^\s*(switch|case|goto|typedef|enum|union)\b",
        "C has this statement, kernel Python has not",
        "while, if, elif and else say it too",
    ),
    (r"^\s*struct\s+\w+", "a struct is declared as a value", 'ev = struct("ev", id=u32, next=ptr("ev"))'),
    (
        rf"^\s*({_C_TYPES})\b[\w\s*]*\([^()]*\)\s*\{{?\s*$",
        "a function is defined with def",
        "def mykthread(unused):",
    ),
    (
        rf"^\s*({_C_TYPES})\s+[\w*]",
        "a declaration is an assignment here",
        "event_id = u32(0), or: def mykthread(unused):",
    ),
    (r"[{}]", "blocks are indented, without braces", "a colon, and four spaces before each line of the block"),
    (r"(^|[=(,])\s*&\s*[A-Za-z_]", "there is no & here", "objects are passed by address already: name the object"),
    (r"\bKERN_[A-Z]+\s+[\"']", "the log level is joined with +", 'printk(KERN_ERR + "text\\n")'),
    (r"\?", "`c ? a : b` is written a if c else b", "x = a if condition else b"),
    (r"\b(if|while)\b[^=!<>]*[^=!<>]=[^=]", "= assigns; == compares", "if myevent_id == 0:"),
    (r"\b(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]+\b", "a number has no suffix here", "u64(1) declares a width"),
]
_STRINGS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*")


def c_habit(line: str) -> tuple[str, str] | None:
    """What a C programmer meant by a line that is no Python: (message, look)."""
    code = _STRINGS.sub(lambda found: "" if found.group()[0] == "#" else '""', line)
    return next(((message, look) for pattern, message, look in _CISMS if re.search(pattern, code)), None)
