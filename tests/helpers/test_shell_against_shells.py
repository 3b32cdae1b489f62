"""The described shell against real ones: the same files and the same exit status."""

from __future__ import annotations

import shutil

import pytest

from kthreadlab.userland.helpers import HelperScript

SHELLS = [shell for shell in ("/bin/bash", "/bin/dash", "/bin/sh") if shutil.which(shell)]
pytestmark = pytest.mark.skipif(not SHELLS, reason="there is no shell here")

LINES = [
    "echo one two   three > OUT",
    "echo 'one  two' \"three  $TROUBLED_DS\" $NOTHING end > OUT",
    "A='x y'; echo $A \"$A\" '$A' ${A}z > OUT",
    "A=1 B=$A; echo $A$B > OUT; A=2 B=$A printenv B >> OUT; A=3 echo $A >> OUT",
    "A=x; A=y printenv A > OUT; echo $A >> OUT",
    "A=x; export A; printenv A > OUT",
    "export A=x B=y; printenv B > OUT; B=z; printenv B >> OUT",
    "A=x; printenv A > OUT; echo $? >> OUT",
    "A=' x  y '; echo a$A'b' > OUT; echo a\"$A\"b >> OUT",
    'A=; echo a $A b "$A" c > OUT',
    "echo a > OUT; echo b > OUT; echo c >> OUT; cat OUT OUT > OUT2",
    "echo hello | cat | cat > OUT",
    "echo hello | cat > OUT | cat > OUT2",
    "echo a > OUT && echo b >> OUT || echo c >> OUT",
    "false && echo a > OUT; true || echo b > OUT; echo c >> OUT",
    "echo $# $0x > /dev/null; echo $? > OUT; false; echo $? >> OUT",
    'echo a\\ b\\"c \\$A "\\$A \\\\ \\x" > OUT',
    "echo a # not this > OUT2\necho b > OUT",
    "echo a#b > OUT;echo c>>OUT",
    "echo -n a > OUT; echo b >> OUT",
    "printf '%s-%s\\n' a b > OUT",
    "[ a = a ] && echo y > OUT; [ a != a ] || echo n >> OUT; test -n '' || echo e >> OUT",
    "cat < /dev/null > OUT; echo x >> OUT; cat < OUT > OUT2",
    "cat < NOWHERE > OUT || echo failed > OUT2",
    "no-such-command > OUT 2> /dev/null; echo $? > OUT2",
    "cat NOWHERE > OUT 2> /dev/null; echo $? >> OUT",
    "echo hello; echo $? > OUT",
    "echo hello 2> /dev/null; echo $? > OUT",
    "echo hello > /dev/null; echo $? > OUT",
    "pwd > OUT; true > OUT2; exit 3",
    "echo ~ ~/x a~ > OUT",
    "exit 4; echo never > OUT",
    "false; exit",
    "exit 300",
    "true | false",
    "false | true",
    "echo a | tee OUT OUT2 > /dev/null",
    "echo 'a' > \"OUT\"; : > OUT2",
    "echo $HOME $PATH $TROUBLED_DS > OUT",
]
ENVP = ("HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", "TROUBLED_DS=7")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", LINES)
def test_the_described_shell_does_what_a_real_one_does(tmp_path, monkeypatch, line, shell):
    """Files written and exit status, for what it reads."""

    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    line = line.replace("OUT", f"{tmp_path}/out").replace("NOWHERE", f"{tmp_path}/nowhere")
    script = HelperScript("/bin/alert", f"#!{shell}\n{line}\n")
    described = script.described(("/bin/alert",), ENVP).deeds

    run = script.run_for_real(on_my_own_machine=True)

    assert "" == described.unread
    assert run.status == described.status
    written = {str(path): path.read_text() for path in tmp_path.iterdir()}
    assert written == described.files
