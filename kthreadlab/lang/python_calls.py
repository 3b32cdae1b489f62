"""Calls: which arguments the kernel's own calls take, and what can be said about them before anything runs."""

from __future__ import annotations

import ast
from typing import NoReturn

from kthreadlab.lang.api.kinds import ALSO, OBJECT_KINDS
from kthreadlab.lang.api.list import LOOPS

from . import ir
from .api import CALLS, CONSTANTS, LOG_LEVELS, OBJECTS, WORDS, KernelCall
from .diagnostics import Refused, manual_page, miscounted, quoted
from .ir import INTS, IntType, ObjType
from .python_base import KIND_WORDS, MACRO_DECLARATIONS, MODULE_MACROS, describe
from .python_data import called, usage
from .python_foreign import METHODS
from .python_text import Texts, conversions

_WORDS = {
    **{kind: KIND_WORDS[obj] for kind, obj in OBJECT_KINDS.items()},
    "int": "a number",
    "cond": "a condition",
    "ptr": "an address",
    "text": "a char buffer to write to",
    "str": "text",
    "task": "a task",
}
_NAMED_NUMBERS = {
    "state": "TASK_RUNNING, TASK_INTERRUPTIBLE or TASK_UNINTERRUPTIBLE",
    "sig": "a signal has a name: SIGKILL",
    "flags": "flags have names: see kthreadlab man {call}",
}
"""Parameters whose numbers have names of their own, by the parameter's name, with what to write."""
_NUMBERS = (ir.Binary, ir.Compare, ir.And, ir.Or, ir.Unary)


class Calls(Texts):
    """The part of the lowering that knows calls."""

    def call(self, node: ast.Call, unused: bool = False) -> ir.Expr:
        """A call; *unused*: as a statement of its own.  What is wrong with the arguments of a call that the kernel does
        not have is not said: that it does not have it is."""
        try:
            return self._call(node, unused)
        except Refused:
            self.check_foreign(node.func)
            raise

    def _call(self, node: ast.Call, unused: bool) -> ir.Expr:
        name = self._callee(node)
        if self.is_local(name):
            self._check_own(node, name)
        if name == "sizeof" and len(node.args) == 1:
            return ir.Call(self.pos(node), name, (self._sizeof(node.args[0]),))
        if name in CALLS:
            return self.kernel_call(node, CALLS[name], node.args, unused)
        self._check_own(node, name)
        args = tuple(self.expr(arg) for arg in node.args)
        if name in INTS:
            return ir.Call(self.pos(node), "cast", (ir.TypeRef(self.pos(node.func), INTS[name]), *args))
        if name not in self.symbols.functions:
            self.undefined.append((name, self.pos(node.func)))
        return ir.OwnCall(self.pos(node), name, args)

    def _callee(self, node: ast.Call) -> str:
        """The name that is called."""
        if isinstance(node.func, ast.Attribute):
            self._refuse_method(node, node.func)
        if not isinstance(node.func, ast.Name):
            self.refuse(
                node.func, "only a name can be called", "there are no pointers to functions here", "one call a line"
            )
        for keyword in node.keywords:
            place = keyword.value
            self.refuse(
                place, "keyword arguments: not in a kernel", "C passes arguments by their place", self.written(place)
            )
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                self.refuse_python(arg)
        return node.func.id

    def _refuse_method(self, parent: ast.Call, node: ast.Attribute) -> NoReturn:
        """``time.sleep(1)``, ``ids.append(7)``, ``lock.spin_lock()``: no struct has a function."""
        self.check_foreign(node)
        self.check_foreign(getattr(node.value, "func", node.value))
        self.check_formatted(parent)
        it, name = self.written(node.value), node.attr
        if name in CALLS or name in self.symbols.functions:
            look = f"{quoted(name)}({it}{', ...' * (name in CALLS and len(CALLS[name].params) > 1)})"
        elif name in METHODS:
            look = METHODS[name].replace("{it}", it)
        else:
            look = "function(object), not object.function()"
        self.refuse(node, f"a call of .{quoted(name)}", "a struct has data and no methods", look)

    def check_formatted(self, node: ast.expr, what: str = "C can't compute with text") -> None:
        """Refuse text that Python would put together, with the call that does it in C."""
        made = self.formatted(node)
        if made is not None:
            rule = "a text has a place in memory: who formats says into which buffer"
            self.refuse(node, what, rule, f"snprintf(buffer, sizeof(buffer), {', '.join(made)})")

    def _check_own(self, node: ast.Call, name: str) -> None:
        """Refuse what can be seen to be no call of a function."""
        if self.is_local(name):
            self.refuse(
                node.func, f"called object {quoted(name)} is not a function", "it is a variable here", "rename it"
            )
        if name in INTS:
            if len(node.args) != 1:
                self.refuse(
                    node, f"{name}() is no value", "a type takes one first value", f"declare a variable: x = {name}(0)"
                )
        elif name in self.symbols.statics:
            self.refuse(
                node.func,
                f"called object {quoted(name)} is not a function",
                "it is a static of the module",
                "rename it",
            )
        elif name in self.symbols.structs or name in MACRO_DECLARATIONS or usage(name) != f"x = {name}()":
            self.refuse(node, f"{quoted(name)}(...) is no expression", "a declaration stands alone", usage(name))
        elif name in LOOPS:
            look = f'for p in {name}(head, ev, "list"):'
            self.refuse(node, f"{name}(...) stands behind `for p in`", "it is the head of a loop", look)
        elif name in ("struct", "ptr", "range") or name in MODULE_MACROS:
            self.refuse(node, f"{name}(...) has no place here", "it is no call of a function", manual_page(name))
        elif name in self._declaring:
            self.refuse(node, f"{name}(...) is no expression", "a declaration stands alone", usage(name))

    _declaring = frozenset({"wait_queue_head_t", "wait_queue_t", "SPIN_LOCK_UNLOCKED", "spinlock_t", "RW_LOCK_UNLOCKED",
                            "rwlock_t", "atomic_t"})  # fmt: skip

    # ---- the kernel's calls ------------------------------------------------------------------------------------------

    def kernel_call(self, node: ast.expr, call: KernelCall, args: list[ast.expr], unused: bool) -> ir.Call:
        """A call of the kernel's API: as many arguments as its prototype has, each of its kind."""
        if call.result == "void" and not unused:
            self.refuse(
                node,
                "void value not ignored as it ought to be",
                f"{call.name} returns nothing",
                "call it on a line of its own",
            )
        if self.scope is None:
            self.refuse(
                node,
                "initializer element is not constant",
                "data is laid out when the module is compiled: nothing runs yet",
                "call it in a function",
            )
        if call.params[1:] == ("type", "any") and len(args) == 3:
            args = [*args[:2], self.member(args[1], args[2])]
        if call.name == "printk":
            args = self._log_level(args)
        wrong = miscounted(call.name, call.names, len(args), variadic=call.variadic, optional=call.optional)
        if wrong:
            self.refuse(node, wrong, call.brief, manual_page(call.name))
        if "fmt" in call.names:
            self._check_formatted_argument(call, args)
        values = tuple(self.argument(call, n, arg) for n, arg in enumerate(args))
        if "fmt" in call.names:
            self._check_format(node, call, values)
        made = ir.Call(self.pos(node), call.name, values)
        if call.name == "cast" and (inner := values[1]) and isinstance(inner, ir.Call) and inner.name == "cast":
            return ir.Call(made.pos, "cast", (values[0], inner.args[1]))
        return made if unused else self._as_made_for(made, call)

    @staticmethod
    def _as_made_for(made: ir.Call, call: KernelCall) -> ir.Call:
        """Memory that is asked for by the size of a struct is one: in C a pointer to nothing known is any."""
        size = made.args[0] if call.result == "ptr" and call.names[:1] == ("size",) else None
        if not isinstance(size, ir.Call) or size.name != "sizeof":
            return made
        (of,) = size.args
        if not isinstance(of, ir.TypeRef) or not isinstance(of.type, str):
            return made
        return ir.Call(made.pos, "cast", (of, made))

    def _check_format(self, node: ast.expr, call: KernelCall, values: tuple[ir.Expr, ...]) -> None:
        """Refuse arguments that the format does not ask for.  (A format that asks for more is a fault when it runs.)"""
        place = call.names.index("fmt")
        text, given = values[place], len(values) - place - 1
        asked = len(conversions(text.value)) if isinstance(text, ir.Str) else given
        if asked < given:
            takes = f"{asked or 'no'} argument{'s' * (asked != 1)}"
            message = f"{call.name}: too many arguments for the format, which takes {takes}, not {given}"
            rule = "each %d, %u or %s of a format takes the next argument, and nothing else does"
            self.refuse(node, message, rule, manual_page(call.name))

    def _check_formatted_argument(self, call: KernelCall, args: list[ast.expr]) -> None:
        """Refuse a text that Python would format: C's calls format, and take what goes into it as arguments."""
        place = call.names.index("fmt")
        made = self.formatted(args[place])
        if made is not None:
            before = [self.written(arg) for arg in args[:place]]
            look = f"{call.name}({', '.join([*before, *made, *map(self.written, args[place + 1 :])])})"
            self.refuse(args[place], "text is formatted by the call", "what goes into a text follows the format", look)

    def argument_of(self, name: str, kind: str, node: ast.expr, param: str) -> ir.Expr:
        """The argument *param* of a declaring macro, which has a kind but no prototype in the API."""
        brief = OBJECTS[name].brief if name in OBJECTS else WORDS[name].brief
        return self.argument(KernelCall(name, (kind,), False, "void", False, False, brief, (param,)), 0, node)

    def argument(self, call: KernelCall, n: int, node: ast.expr) -> ir.Expr:
        """Argument *n* of a kernel call, from 0."""
        kind = call.params[n] if n < len(call.params) else "rest"
        special = {"fn": self._function, "flags": self._flags, "word": self._word, "type": self._type}.get(kind)
        if special is not None:
            return special(call, n, node)
        if isinstance(node, ast.List) and kind in ("ptr", "any"):
            return ir.ListLit(self.pos(node), self.items(node))
        value = self.expr(node)
        if kind in _WORDS and not self._may_be(kind, value):
            what = f"{self._what(value)} where {_WORDS[kind]} is wanted"
            self._refuse_argument(call, n, node, what, self._unquoted(value))
        if kind == "int":
            self._check_number(call, n, node, value)
        return value

    def _refuse_argument(self, call: KernelCall, n: int, node: ast.expr, what: str, look: str = "") -> NoReturn:
        """Refuse argument *n*, saying which one it is."""
        rule = f"{call.prototype}: {call.brief}"
        message = f"{call.name}: {what} (argument {n + 1}, {call.names[n]})"
        self.refuse(node, message, rule, look or manual_page(call.name))

    def _unquoted(self, value: ir.Expr) -> str:
        """What to write instead of a name in quotes; "" if this is none."""
        name = value.value if isinstance(value, ir.Str) else ""
        known = name in CONSTANTS or name in self.symbols.names or (bool(name) and self.is_local(name))
        return f"without quotes: {quoted(name)}" if known else ""

    def _check_number(self, call: KernelCall, n: int, node: ast.expr, value: ir.Expr) -> None:
        """Refuse a number that can be seen to belong elsewhere: GFP_KERNEL as a size, True as a set of flags."""
        name, param = getattr(value, "name", ""), call.names[n]
        if name.startswith("GFP_") and param != "flags" and "flags" in call.names:
            self._refuse_argument(call, n, node, f"{name} where {param} is wanted", call.prototype)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool) and param in _NAMED_NUMBERS:
            look = _NAMED_NUMBERS[param].format(call=call.name)
            self._refuse_argument(call, n, node, f"{node.value} where a number with a name is wanted", look)

    def _may_be(self, kind: str, value: ir.Expr) -> bool:
        """Could *value* be of this kind, as far as it can be seen here?"""
        type_ = self.type_of(value.name) if isinstance(value, ir.Name) else None
        obj = type_.kind if isinstance(type_, ObjType) else None
        number = isinstance(value, _NUMBERS) or (isinstance(value, ir.Const) and value.name != "NULL")
        if kind in OBJECT_KINDS:
            if isinstance(value, ir.Const | ir.Str | ir.Current) or number or isinstance(type_, IntType):
                return False
            return obj is None or obj in (OBJECT_KINDS[kind], *ALSO.get(kind, ()))
        if kind in ("int", "cond"):
            return not isinstance(value, ir.Str) and (obj is None or kind == "cond")
        if kind == "task":
            return not (number or isinstance(value, ir.Str) or obj or isinstance(type_, IntType))
        if number or isinstance(type_, IntType) or isinstance(value, ir.Current):
            return kind == "ptr" and isinstance(value, ir.Current)
        if kind == "text":
            return not isinstance(value, ir.Str) and obj in (None, "text")
        return kind != "str" or obj in (None, "text")

    def _what(self, value: ir.Expr) -> str:
        """A value in words, for a message that says it is the wrong one."""
        if isinstance(value, ir.Str):
            return "a string literal"
        if isinstance(value, ir.Const):
            return value.name or "a number"
        if isinstance(value, ir.Current):
            return "current, a task,"
        if isinstance(value, ir.Name):
            return f"{quoted(value.name)}, {describe(self.type_of(value.name))},"
        return "a number" if isinstance(value, _NUMBERS) else "a value"

    def _log_level(self, args: list[ast.expr]) -> list[ast.expr]:
        """``printk(KERN_ERR, "text", n)``: the level and the format are one text."""
        first = args[0] if args else None
        if not (isinstance(first, ast.Name) and first.id in LOG_LEVELS and len(args) > 1):
            return args
        joined = ast.BinOp(first, ast.Add(), args[1])
        ast.copy_location(joined, first)
        joined.end_lineno, joined.end_col_offset = args[1].end_lineno, args[1].end_col_offset
        return [joined, *args[2:]]

    def member(self, struct: ast.expr, node: ast.expr) -> ast.Constant:
        """A field of a struct, as a text: C writes the bare name."""
        name = node.id if isinstance(node, ast.Name) else getattr(node, "value", "")
        if not isinstance(name, str) or not name.isidentifier():
            self.refuse(node, "this names no field", "a field has a name", 'list_entry(pos, ev, "list")')
        return ast.copy_location(ast.Constant(name), node)

    def _function(self, call: KernelCall, n: int, node: ast.expr) -> ir.Expr:
        """A function's name, as a value."""
        wanted = "where the name of a function is wanted"
        self.check_foreign(node)
        if not isinstance(node, ast.Name):
            name = called(node) or (node.value if isinstance(node, ast.Constant) else "")
            marks = "brackets" if isinstance(node, ast.Call) else "quotes"
            look = f"its name without {marks}: {quoted(name)}" if name in self.symbols.functions else ""
            self._refuse_argument(call, n, node, f"{self.written(node)} {wanted}", look)
        if self.is_local(node.id) or node.id in self.symbols.statics or node.id in self.symbols.structs:
            self._refuse_argument(call, n, node, f"{quoted(node.id)} is not a function")
        if node.id not in self.symbols.functions:
            if not isinstance(self.name(node), ir.Name):
                self._refuse_argument(call, n, node, f"{node.id} is not a function")
        return ir.FuncRef(self.pos(node), node.id)

    def _flags(self, call: KernelCall, n: int, node: ast.expr) -> ir.Expr:
        """A local variable that the call writes, or reads back."""
        if not isinstance(node, ast.Name) or not self.is_local(node.id):
            rule = f"{call.name} is a macro: it writes its argument, which belongs to the caller's stack"
            self.refuse(node, f"{call.name}: flags must be a local variable", rule, call.prototype)
        return ir.Name(self.pos(node), node.id, True)

    def _word(self, call: KernelCall, n: int, node: ast.expr) -> ir.Expr:
        """A variable that the call changes in place."""
        value = self.expr(node)
        type_ = self.type_of(value.name) if isinstance(value, ir.Name) else None
        if not isinstance(value, ir.Name | ir.Index | ir.Field) or (
            isinstance(type_, ObjType) and type_.kind != "array"
        ):
            self._refuse_argument(call, n, node, f"{self._what(value)} where an integer variable is wanted")
        return value

    def _type(self, call: KernelCall, n: int, node: ast.expr) -> ir.Expr:
        """A type's name: an integer type or a struct."""
        name = node.id if isinstance(node, ast.Name) else getattr(node, "value", "")
        if isinstance(node, ast.Name) and name in INTS:
            return ir.TypeRef(self.pos(node), INTS[name])
        if not isinstance(name, str) or name not in self.symbols.structs:
            meant = self.meant_type(node)
            look = meant if meant in INTS or meant in self.symbols.structs else "u32, or a struct of the module"
            self._refuse_argument(call, n, node, f"{self.written(node)} names no type", look)
        return ir.TypeRef(self.pos(node), name)

    def _sizeof(self, node: ast.expr) -> ir.Expr:
        """``sizeof(ev)`` of a type, or of a variable: its code is not run."""
        if isinstance(node, ast.Name) and not self.is_local(node.id) and node.id not in self.symbols.statics:
            return self._type(CALLS["sizeof"], 0, node)
        value = self.expr(node)
        if not isinstance(value, ir.Name | ir.Index | ir.Field):
            what = f"{self.written(node)} where a type or a variable is wanted"
            self._refuse_argument(CALLS["sizeof"], 0, node, what, "sizeof(ev)")
        return value
