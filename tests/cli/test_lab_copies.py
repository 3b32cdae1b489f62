"""`kthreadlab lab` gives everybody a copy of the labs, and never touches work that is there."""

import json
import re
import sys
from pathlib import Path

import pytest

from kthreadlab.front import labs
from kthreadlab.grading.cells import BadInput

REPO = Path(__file__).resolve().parents[2]


def test_a_new_folder_gets_every_lab(tmp_path):
    """The files are the students' versions, byte by byte."""

    said = labs.copy_labs(str(tmp_path / "mine"))

    assert "copied" in said and "lab2/lab2.ipynb" in said
    assert (REPO / "labs/lab2/lab2.ipynb").read_bytes() == (tmp_path / "mine/lab2/lab2.ipynb").read_bytes()


def test_work_that_is_there_stays(tmp_path):
    """A second time copies what is missing and nothing else."""

    mine = tmp_path / "lab2" / "lab2.ipynb"
    mine.parent.mkdir()
    mine.write_text("an evening's work")

    said = labs.copy_labs(str(tmp_path))

    assert "an evening's work" == mine.read_text()
    assert "stays as you left it" in said


def test_a_link_to_nowhere_is_somebodys_work_too(tmp_path):
    """What has the name keeps it."""

    (tmp_path / "lab2").mkdir()
    (tmp_path / "lab2" / "lab2.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")

    labs.copy_labs(str(tmp_path))

    assert not (tmp_path / "elsewhere.ipynb").exists()


def test_a_file_where_the_folder_should_be(tmp_path):
    """Is left alone, and said."""

    (tmp_path / "mine").write_text("a letter")

    with pytest.raises(BadInput, match="mine"):
        labs.copy_labs(str(tmp_path / "mine"))

    assert "a letter" == (tmp_path / "mine").read_text()


def test_without_jupyterlab_it_says_how_to_get_it(tmp_path, monkeypatch):
    """No ImportError: a sentence."""

    monkeypatch.setattr(labs, "find_spec", lambda name: None)

    with pytest.raises(BadInput, match=r"pip install 'kthreadlab\[lab\]'"):
        labs.open_jupyterlab(str(tmp_path))


# ---- folders of all kinds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["my labs", "Übung – Kernel", "课程/实验", "'quoted' $HOME & co", "-dash", "a" * 200])
def test_any_folder_that_the_system_takes_will_do(tmp_path, name):
    """Blanks, letters of any script, characters that a shell would read."""

    assert "lab2/lab2.ipynb" in labs.copy_labs(str(tmp_path / name))
    assert (tmp_path / name / "lab2" / "lab2.ipynb").is_file()


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "a" * 300])
def test_a_name_that_no_folder_can_have_is_said(name):
    """As bad input, not as an error of ours."""

    with pytest.raises(BadInput):
        labs.copy_labs(name)


@pytest.mark.parametrize(
    "path", ["con", "C:\\work\\NUL", "labs\\com1.old", "LPT9", "a?b", 'a"b', "labs.", "labs ", "C:\\a|b\\c", "a\tb"]
)
def test_names_that_windows_refuses_are_told_from_others(path):
    """Devices, and characters that no name may hold."""

    assert labs.windows_trouble(path)


@pytest.mark.parametrize(
    "path",
    ["kthreadlab-labs", "C:\\Users\\Ann Lee\\labs", "..\\labs", ".", "D:", "\\\\host\\share\\x", "console", "Übung"],
)
def test_names_that_windows_takes_are_left_alone(path):
    """Drives, shares, blanks inside, letters of any script."""

    assert "" == labs.windows_trouble(path)


def test_on_windows_such_a_name_is_refused(tmp_path, monkeypatch):
    """Before anything is made."""

    monkeypatch.setattr(labs, "_WINDOWS", True)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadInput, match="device of Windows"):
        labs.copy_labs("aux")
    assert [] == list(tmp_path.iterdir())


def test_every_file_that_ships_has_a_name_that_every_system_takes():
    """Also where upper and lower case are one, and paths are short."""

    names = [path.relative_to(REPO / "labs").as_posix() for path in (REPO / "labs").rglob("*")]

    assert [] == [name for name in names if labs.windows_trouble(name.replace("/", "\\")) or len(name) > 100]
    assert len(names) == len({name.lower() for name in names})


# ---- JupyterLab ----------------------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch) -> list[str]:
    """What `open_jupyterlab` has started, instead of a JupyterLab; nobody is root."""
    words: list[str] = []

    class Started:
        def __init__(self, command):
            words.extend(command)

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda self, *_: None  # noqa: E731
        wait = lambda self: 0  # noqa: E731

    monkeypatch.setattr(labs, "find_spec", lambda name: True)
    monkeypatch.setattr(labs.subprocess, "Popen", Started)
    monkeypatch.setattr(labs.os, "geteuid", lambda: 1000, raising=False)
    return words


@pytest.mark.parametrize(
    ("there", "opened"),
    [
        (["index.ipynb", "lab2/lab2.ipynb"], ["--LabApp.default_url=/lab/tree/index.ipynb"]),
        (["lab2/lab2.ipynb"], ["--LabApp.default_url=/lab/tree/lab2/lab2.ipynb"]),
        ([], []),
    ],
)
def test_jupyterlab_opens_on_the_start_page(tmp_path, started, there, opened):
    """The index, or Lab 2 while there is none; what the student adds comes last and wins."""

    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    assert 0 == labs.open_jupyterlab(str(tmp_path), ["--no-browser"])
    settings = f"--LabApp.app_settings_dir={labs.SETTINGS}"
    assert [f"--ServerApp.root_dir={tmp_path.resolve()}", *opened, settings, "--no-browser"] == started[3:]


def test_root_needs_no_second_try(tmp_path, started, monkeypatch, capsys):
    """In a container one is root: JupyterLab is told that this is meant, and the student why, in one line."""

    monkeypatch.setattr(labs.os, "geteuid", lambda: 0, raising=False)

    labs.open_jupyterlab(str(tmp_path), ["--no-browser"])

    assert ["--allow-root", "--no-browser"] == started[-2:]
    (line,) = capsys.readouterr().out.splitlines()
    assert "root" in line and "--allow-root" in line


@pytest.mark.parametrize(
    "option", ["--allow-root", "--ServerApp.allow_root=True", "--ServerApp.allow_root=False", "--allow-root=False"]
)
def test_root_who_has_spoken_of_it_is_left_alone(tmp_path, started, monkeypatch, capsys, option):
    """The option is not given twice, and a no stays one."""

    monkeypatch.setattr(labs.os, "geteuid", lambda: 0, raising=False)

    labs.open_jupyterlab(str(tmp_path), [option])

    assert [option] == [word for word in started if "allow" in word]
    assert "" == capsys.readouterr().out


@pytest.mark.parametrize("system", ["another user", "Windows"])
def test_who_is_not_root_hears_nothing_of_it(tmp_path, started, monkeypatch, capsys, system):
    """Nor where there is no root."""

    if system == "Windows":
        monkeypatch.delattr(labs.os, "geteuid")

    labs.open_jupyterlab(str(tmp_path))

    assert "--allow-root" not in started
    assert "" == capsys.readouterr().out


# ---- the labs' own settings of JupyterLab --------------------------------------------------------------------------

STAYS = {"@jupyter/nbgrader:assignment-list", "@jupyter/nbgrader:validate-assignment", "@jupyter/nbgrader:menu"}


def setting(name: str) -> dict:
    return json.loads((labs.SETTINGS / name).read_text(encoding="utf-8"))


def test_of_nbgrader_a_student_has_validate_and_submit():
    """The other plugins, the Create Assignment side bar among them, are off: the names are those that nbgrader has."""

    scripts = Path(sys.prefix, "share/jupyter/labextensions/@jupyter/nbgrader/static").glob("*.js")
    plugins = {name for path in scripts for name in re.findall(r"@jupyter/nbgrader:[a-z-]+", path.read_text("utf-8"))}

    off = {name for name, disabled in setting("page_config.json")["disabledExtensions"].items() if disabled}
    assert plugins == off | STAYS
    assert "@jupyter/nbgrader:create-assignment" in off - STAYS


def test_no_news_and_no_updates_are_asked_for():
    """The settings exist in JupyterLab, with such values."""

    schemas = Path(sys.prefix, "share/jupyter/lab/schemas")
    for plugin, values in setting("overrides.json").items():
        known = json.loads((schemas / f"{plugin.replace(':', '/')}.json").read_text("utf-8"))["properties"]
        assert {name: type(known[name]["default"]) for name in values} == {n: type(v) for n, v in values.items()}

    notification = setting("overrides.json")["@jupyterlab/apputils-extension:notification"]
    assert {"fetchNews": "false", "checkForUpdates": False} == notification


@pytest.mark.parametrize(
    ("own", "off"), [(None, True), ({"@jupyter/nbgrader:create-assignment": False}, False), ({"other": True}, True)]
)
def test_what_a_user_has_configured_wins(tmp_path, monkeypatch, own, off):
    """The labs' settings are JupyterLab's lowest: a user's configuration adds to them and overrules them."""

    from jupyterlab_server import config

    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    if own:
        (tmp_path / "labconfig").mkdir()
        (tmp_path / "labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": own}))

    page = config.get_page_config([], app_settings_dir=str(labs.SETTINGS))

    assert off == ("@jupyter/nbgrader:create-assignment" in page["disabledExtensions"])
    assert "@jupyter/nbgrader:formgrader" in page["disabledExtensions"]
