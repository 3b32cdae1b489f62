"""Helper scripts as described programs: what exec says of the file, and what its commands would do."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Helper, HelperScript, Scenario, load, replay
from kthreadlab.userland.helpers import ENVP, HelperMagic, HelperRefused, parse_magic_line

ALERT = "#!/bin/bash\necho Kernel data structure $TROUBLED_DS is in trouble | mail -s Alert root\n"
HANDLER = """
myevent_handler = char_array(256, "/bin/alert")


def run_umode_handler(event_id: u32):
    text = char_array(32)
    snprintf(text, 32, "TROUBLED_DS=%u", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", text, NULL]
    call_usermodehelper(myevent_handler, argv, envp, 0)
"""


def script(text: str, mode: int = 0o755) -> HelperScript:
    return HelperScript("/bin/alert", text, mode)


def does(text: str, *envp: str) -> object:
    """What a script of these lines does; *envp* defaults to the usual environment."""
    return script(f"#!/bin/sh\n{text}\n").described(("/bin/alert",), envp or ENVP).deeds


def recorded(text: str = HANDLER) -> object:
    """A trace in which event 7 has a helper executed."""
    scenario = Scenario("one", calls=[Call("sensor", "run_umode_handler", 7)])
    for steps in range(2, 9):
        trace = replay(load(text), scenario, Config(), f"sensor*{steps}")
        if trace.events[-1].op == "call_usermodehelper":
            return replay(load(text), scenario, Config(), f"sensor*{steps} khelper*2")
    raise AssertionError("no helper was called")


# ---- exec ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mode", "error"),
    [
        (ALERT, 0o755, 0),
        (ALERT, 0o100, 0),
        (ALERT, 0o644, -13),
        ("#!/bin/bashecho Kernel data structure $TROUBLED_DS is in trouble | mail -s Alert root\n", 0o755, -2),
        ("#!/bin/sh\r\necho hello\r\n", 0o755, -2),
        ("#! \t /bin/sh \t\nexit 0\n", 0o755, 0),
        ("#!bin/sh\n", 0o755, -2),
        ("#!\n", 0o755, -8),
        ("", 0o755, -8),
        ("echo hello\n", 0o755, -8),
        (" #!/bin/sh\n", 0o755, -8),
        ("\ufeff#!/bin/sh\n", 0o755, -8),
        ("#!" + "/" * 200 + "bin/sh\n", 0o755, -2),
    ],
)
def test_exec_says_what_the_kernel_says(text: str, mode: int, error: int) -> None:
    """No permission, no #!, no interpreter: -EACCES, -ENOEXEC, -ENOENT (KERNEL 6.2, E-23)."""

    assert error == script(text, mode).error


def test_a_script_is_a_scenarios_helper() -> None:
    """With the errno of its exec, or the exit status that its commands come to."""

    assert Helper() == script(ALERT).helper
    assert Helper(error=-13) == script(ALERT, 0o644).helper
    assert Helper(exit=3) == script("#!/bin/sh\nexit 3\n").helper
    assert Helper(exit=127) == script("#!/bin/sh\nno-such-command\n").helper
    assert Helper(ends=False) == script("#!/bin/sh\nsleep infinity\n").helper


# ---- commands --------------------------------------------------------------------------------------------------------


def test_the_articles_script_sends_its_mail() -> None:
    """One mail to root, with the id out of the environment."""

    (run,) = script(ALERT).run(recorded())

    (mail,) = run.deeds.mails
    assert (("root",), "Alert", "Kernel data structure 7 is in trouble\n") == (mail.to, mail.subject, mail.body)
    assert 0 == run.deeds.status


def test_a_dash_that_is_no_dash_is_a_recipient() -> None:
    """E-13: the typographic dash of the printed page makes two recipients more, and no subject."""

    (mail,) = does("echo hello | mail \u2013s Alert root").mails

    assert (("\u2013s", "Alert", "root"), "") == (mail.to, mail.subject)


def test_without_path_no_program_is_found() -> None:
    """What the shell has built in still works; the rest is 'command not found', status 127 (KERNEL 10 row 23)."""

    done = does("echo hello | mail root", "HOME=/", "TROUBLED_DS=7")

    assert 127 == done.status
    assert [] == done.mails
    assert ["/bin/alert: line 2: mail: command not found"] == done.complained
    assert "nobody's promise" in repr(script(ALERT).described(("/bin/alert",), ("HOME=/",)))


def test_another_path_finds_other_programs() -> None:
    """mail is in /usr/bin of the described machine."""

    assert [] == does("echo hello | mail root", "PATH=/bin").mails
    assert 1 == len(does("echo hello | mail root", "PATH=/bin:/usr/bin/").mails)
    assert 1 == len(does("echo hello | /usr/bin/mail root", "PATH=").mails)


def test_the_environment_is_exactly_envp() -> None:
    """Nothing is inherited: no HOME, no TERM, unless it was handed over."""

    assert "A=1\nTROUBLED_DS=7\n" == does("/usr/bin/env > /out", "A=1", "TROUBLED_DS=7").files["/out"]
    assert "[]\n" == does('echo "[$HOME]" > /out', "A=1").files["/out"]


def test_what_is_printed_without_a_redirection_is_lost() -> None:
    """No descriptor is open: the write fails, and so does the complaint about it (KERNEL 6.4)."""

    done = does("echo hello")

    assert (["hello"], 1) == (done.printed, done.status)
    assert ["/bin/alert: line 2: echo: write error: Bad file descriptor"] == done.complained


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("exit 256", 0),
        ("exit -1", 255),
        ("exit abc", 2),
        ("false; exit", 1),
        ("true && false || exit 4", 4),
        ("false | true", 0),
        ("true | exit 5", 5),
        ("exit 5 | true", 0),
        ("A=1", 0),
        (": > /out", 0),
        ("[ $TROUBLED_DS = 7 ] && exit 9", 9),
        ("[ -z $NOTHING ] && exit 9", 9),
        ("/no/such/file", 127),
        ("mail", 1),
    ],
)
def test_statuses_are_a_shells(line: str, said: int) -> None:
    """exit, pipes, lists, missing commands."""

    assert said == does(line).status


@pytest.mark.parametrize(
    "line",
    ["for x in 1; do echo $x; done", "if true; then exit 3; fi", "f() { exit 3; }", "echo $(id)", "echo `id`"]
    + [
        "cat << END",
        "echo *",
        "sleep 9 &",
        "exec /bin/sh",
        "echo ${A:-x}",
        "echo $((1+1))",
        "echo 'open",
        "/bin/sh -c x",
    ]
    + ["while true; do true; done", "! true", "{ echo; }", "echo hello \\", "| cat", "mail --help", "tee -a /out"],
)
def test_what_it_cannot_read_it_says_and_does_not_run(line: str) -> None:
    """Nothing of such a script is described but the exit status at its end."""

    done = does(f"echo before | mail root\n{line}\nexit 6")

    assert done.unread
    assert (6, []) == (done.status, done.mails)


def test_another_interpreter_is_not_pretended_to_be_a_shell() -> None:
    """And neither is a shell with options."""

    for head in ("#!/usr/bin/env", "#!/bin/sh -e"):
        run = script(f"{head}\nexit 2\n").described(("/bin/alert",), ENVP)
        assert run.deeds.unread
        assert 0 == run.deeds.status


# ---- traces ----------------------------------------------------------------------------------------------------------


def test_vectors_without_an_end_reach_no_program() -> None:
    """-EFAULT: the script never begins."""

    (run,) = script(ALERT).run(recorded(HANDLER.replace("text, NULL]", "text]")))

    assert -14 == run.error
    assert "exec fails" in repr(run)


def test_a_trace_without_this_program_is_refused_in_words() -> None:
    """It names what the trace does execute."""

    with pytest.raises(HelperRefused, match="/bin/page nowhere, but /bin/alert"):
        HelperScript("/bin/page", ALERT).run(recorded())


def test_names_and_strings_cannot_paint_the_terminal() -> None:
    """Control characters in scripts, subjects and paths are shown, not obeyed."""

    hostile = HelperScript("/bin/\x1b[31m<b>", "#!/bin/sh\necho '\x1b[31m' | mail -s '\x1b]0;x\x07' root\n")
    run = hostile.described(("\x1b[2J",), (*ENVP, "X=\x9b31m"))

    for text in (repr(hostile), repr(run), repr(HelperScript("/bin/x", "#!/bin/\x1b[31m\n"))):
        assert all(c.isprintable() or c == "\n" for c in text)


# ---- the magic -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("/bin/alert", ("/bin/alert", "alert", 0o755)),
        ("/bin/alert page", ("/bin/alert", "page", 0o755)),
        ("/bin/alert --mode 0644", ("/bin/alert", "alert", 0o644)),
        ("--mode 644 '/opt/my alert' alert", ("/opt/my alert", "alert", 0o644)),
        ("/bin/send-mail", ("/bin/send-mail", "send_mail", 0o755)),
    ],
)
def test_the_magic_line(line: str, parsed: tuple) -> None:
    """PATH, a name in the notebook, and a mode."""

    assert parsed == parse_magic_line(line)


@pytest.mark.parametrize(
    "line", ["", "/a b c", "-x", "/bin/7up", "/bin/x --mode", "/bin/x --mode 999", "'/bin/x", "/x class+"]
)
def test_a_magic_line_that_is_none_says_what_would_be(line: str) -> None:
    """No exception but ours."""

    with pytest.raises(HelperRefused):
        parse_magic_line(line)


@pytest.mark.parametrize("path", ["alert", "", "/" + "x" * 255, "/bin/a\0b"])
def test_a_path_no_file_can_have_is_refused(path: str) -> None:
    """Relative, too long, with a NUL."""

    with pytest.raises(HelperRefused):
        HelperScript(path, ALERT)


def test_the_magic_binds_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    """To its name; and a refusal is printed, on stdout, and binds nothing."""

    class Shell:
        user_ns: dict = {}

    magic = HelperMagic(Shell())
    magic.cell("/bin/alert", ALERT)
    magic.cell("relative other", ALERT)

    said = capsys.readouterr()
    assert {"alert": script(ALERT)} == Shell.user_ns
    assert "a script for /bin/bash" in said.out and "begins with /" in said.out
    assert "" == said.err
