"""A file of the user's is never replaced unasked: not in the end either, and whatever its form."""

import gc
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.helpers.video import write_clip

import stylekit
from stylekit.errors import InputError
from stylekit.files import flock, locks
from stylekit.files.atomic import atomic_write, check_writable
from stylekit.files.draft import Draft, Taken, draft_name
from stylekit.files.ownership import OwnFiles
from stylekit.inputs.syntax import short_name


@pytest.fixture(scope="module")
def host():
    return stylekit.Host()


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((24, 32, 3), 90, np.uint8)).save(tmp_path / "me.png")
    return tmp_path


@pytest.fixture
def start(host, here):
    """Return a function that prepares a run with `identity`."""

    def call(**keys):
        layer = {"method": "identity", "content": ["me.png"], "out": "out.png", **keys}
        return host.start(host.plan(layer), quiet=True)

    return call


@pytest.fixture
def without_locks(monkeypatch):
    """Runs on two machines, or on a file system without locks, do not see each other."""

    def refuse(_):
        raise flock.Unlockable("no locks")

    monkeypatch.setattr(locks, "lock", refuse)


def names(folder):
    return {path.name for path in folder.iterdir()}


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def record(image):
    path = image.with_name(image.stem + ".stylekit.json")
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_file_that_appears_meanwhile_stays_and_the_result_gets_another_name(start, here, warned):
    run = start()
    steps = iter(run)
    next(steps)
    (here / "out.png").write_bytes(b"precious")
    list(steps)
    assert (here / "out.png").read_bytes() == b"precious"
    assert [artifact.path.name for artifact in run.result.artifacts] == ["out-2.png"]
    assert record(here / "out-2.png")["artifact"]["file"] == "out-2.png"
    assert names(here) == {"me.png", "out.png", "out-2.png", "out-2.stylekit.json"}
    assert run.result.image.width == 32
    assert any("out.png" in line and "out-2.png" in line for line in warned)


def test_a_record_that_appears_meanwhile_stays_too(start, here):
    steps = iter(start())
    next(steps)
    (here / "out.stylekit.json").write_bytes(b"precious")
    list(steps)
    assert (here / "out.stylekit.json").read_bytes() == b"precious"
    assert names(here) >= {"out-2.png", "out-2.stylekit.json"}
    assert not (here / "out.png").exists()


@pytest.mark.usefixtures("without_locks")
def test_two_runs_to_one_target_end_with_both_results(start, here):
    first, second = start(), start()
    one, other = iter(first), iter(second)
    next(one)
    next(other)
    list(one)
    list(other)
    assert first.result.artifacts[0].path.name == "out.png"
    assert second.result.artifacts[0].path.name == "out-2.png"
    for name in ("out.png", "out.stylekit.json", "out-2.png", "out-2.stylekit.json"):
        assert (here / name).exists()


def test_what_appears_meanwhile_is_replaced_with_overwrite(start, here):
    steps = iter(start(overwrite=True))
    next(steps)
    (here / "out.png").write_bytes(b"not needed")
    list(steps)
    assert Image.open(here / "out.png").size == (32, 24)
    assert not (here / "out-2.png").exists()


def test_a_folder_that_appears_meanwhile_costs_no_work(start, here):
    run = start(overwrite=True)
    steps = iter(run)
    next(steps)
    (here / "out.png").mkdir()
    list(steps)
    assert run.result.artifacts[0].path.name == "out-2.png"


def test_a_file_that_appears_while_resuming_stays(start, here):
    steps = iter(start(resume=True))
    next(steps)
    (here / "out.png").write_bytes(b"precious")
    list(steps)
    assert (here / "out.png").read_bytes() == b"precious"
    assert (here / "out-2.png").exists()


def test_names_are_claimed_where_there_are_no_hard_links(start, here, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    steps = iter(start())
    next(steps)
    (here / "out.png").write_bytes(b"precious")
    list(steps)
    assert (here / "out.png").read_bytes() == b"precious"
    assert Image.open(here / "out-2.png").size == (32, 24)
    assert names(here) == {"me.png", "out.png", "out-2.png", "out-2.stylekit.json"}


def test_overwriting_a_link_keeps_the_link(start, here):
    (here / "album").mkdir()
    (here / "album/real.png").write_bytes(b"not needed")
    (here / "out.png").symlink_to("album/real.png")
    start(overwrite=True).to_end()
    assert (here / "out.png").is_symlink()
    assert Image.open(here / "album/real.png").size == (32, 24)
    assert names(here / "album") == {"real.png"}
    assert (here / "out.stylekit.json").exists()


def test_a_link_that_leads_nowhere_is_not_replaced_unasked(start, here):
    (here / "out.png").symlink_to("elsewhere.png")
    with pytest.raises(InputError, match="exists already"):
        start().to_end()
    assert not (here / "elsewhere.png").exists()


def test_a_link_at_the_place_of_the_state_leads_to_nothing_that_is_written(here):
    (here / "precious").write_text("mine")
    (here / "out.stylekit.state").symlink_to("precious")
    with atomic_write(here / "out.stylekit.state") as temporary:
        temporary.write_text("state")
    assert (here / "precious").read_text() == "mine"
    assert not (here / "out.stylekit.state").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_private_image_stays_private(start, here, mode):
    (here / "out.png").write_bytes(b"not needed")
    (here / "out.png").chmod(mode)
    start(overwrite=True).to_end()
    assert Image.open(here / "out.png").size == (32, 24)
    assert mode_of(here / "out.png") == mode
    # Its record is as private.
    assert mode_of(here / "out.stylekit.json") == mode


def test_what_replaces_a_private_file_is_private_from_the_beginning(here):
    (here / "out.png").write_bytes(b"")
    (here / "out.png").chmod(0o600)
    with atomic_write(here / "out.png") as temporary:
        assert mode_of(temporary) == 0o600
    with atomic_write(here / "out.stylekit.state", like=here / "out.png") as temporary:
        assert mode_of(temporary) == 0o600


def test_the_umask_is_left_alone(start, here, monkeypatch):
    def changed(mask):
        raise AssertionError("the umask of the whole process was changed")

    monkeypatch.setattr(os, "umask", changed)
    start().to_end()


def test_a_file_system_without_permissions_is_written_to(start, here, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    for name in ("chmod", "fchmod", "chown"):
        monkeypatch.setattr(os, name, refuse)
    start().to_end()
    start(overwrite=True).to_end()
    assert Image.open(here / "out.png").size == (32, 24)


def test_the_folder_is_safe_on_the_disk_before_the_state_is_removed(start, here, monkeypatch):
    done = []
    sync, unlink = os.fsync, type(here).unlink

    def synced(handle):
        done.append(("sync", os.path.realpath(f"/proc/self/fd/{handle}")))
        sync(handle)

    def unlinked(path, **options):
        done.append(("unlink", path.name))
        unlink(path, **options)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(type(here), "unlink", unlinked)
    start().to_end()
    last = max(k for k, each in enumerate(done) if each == ("sync", str(here)))
    assert last < done.index(("unlink", "out.stylekit.state"))


@pytest.mark.parametrize("name", ["out.png", "out.gif", "out.mkv", "out.webp"])
def test_nobody_reads_a_file_that_is_renamed(start, here, monkeypatch, name):
    """Windows renames no file that is open."""
    if name != "out.png":
        write_clip(here / "clip.mp4", width=32, height=32)
    content = "me.png" if name == "out.png" else "clip.mp4"
    place, held = Draft.place, []

    def placed(self, path, replace):
        handles = [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()]
        held.append(handles.count(str(self.path.absolute())))
        place(self, path, replace)

    monkeypatch.setattr(Draft, "place", placed)
    # It must not be open until somebody collects the garbage.
    gc.disable()
    try:
        start(content=[content], out=name, size=32).to_end()
    finally:
        gc.enable()
    assert held
    # The one is the lock, which is opened and closed here.
    assert set(held) == {1}


def test_nothing_that_windows_lacks_is_needed(start, here, monkeypatch):
    monkeypatch.setattr(flock, "fcntl", None)
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "pathconf", "chown"):
        monkeypatch.delattr(os, name)
    steps = iter(start())
    next(steps)
    (here / "out.png").write_bytes(b"precious")
    list(steps)
    assert names(here) == {"me.png", "out.png", "out-2.png", "out-2.stylekit.json"}
    with pytest.raises(InputError, match="255"):
        start(out="a" * 260 + ".png").to_end()


def test_a_clip_that_is_only_returned_needs_no_place(host, here):
    write_clip(here / "clip.mp4", width=32, height=32)
    run = host.start(host.plan({"method": "identity", "content": ["clip.mp4"]}), write=False)
    assert len(run.to_end().clips[0].frames) == 6
    assert names(here) == {"me.png", "clip.mp4"}


# -- what killed runs leave -----------------------------------------------------------------------

KILLED = """
import os, sys, pathlib
from stylekit.files.draft import Draft
with Draft(pathlib.Path(sys.argv[1])) as draft:
    draft.path.write_bytes(b"half")
    print("ready", flush=True)
    sys.stdin.read()
    os.kill(os.getpid(), 9)
"""


def writer(path):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    return process


def killed(path):
    process = writer(path)
    process.communicate()
    assert process.returncode == -9


def test_what_killed_runs_left_of_a_target_is_gone_when_it_is_done(start, here):
    for name in ("out.png", "out.stylekit.json", "out.stylekit.state"):
        first, second = writer(here / name), writer(here / name)
        first.communicate()
        second.communicate()
    assert len(names(here)) == 7
    start().to_end()
    assert names(here) == {"me.png", "out.png", "out.stylekit.json"}


def test_what_another_run_is_writing_is_left_alone(start, here):
    other = writer(here / "out.png")
    start().to_end()
    left = draft_name(here / "out.png")
    assert left.read_bytes() == b"half"
    other.communicate()


def test_hidden_files_of_the_user_are_left_alone(start, here):
    mine = (".out.20240101.png", ".out.backup12.png", ".out.png", ".out.stylekit.png")
    for name in mine:
        (here / name).write_bytes(b"mine")
    start().to_end()
    for name in mine:
        assert (here / name).read_bytes() == b"mine"


def test_a_link_in_the_place_of_a_draft_leads_to_nothing_that_is_written(start, here):
    (here / "precious").write_text("mine")
    draft_name(here / "out.png").symlink_to("precious")
    start().to_end()
    assert (here / "precious").read_text() == "mine"


def test_a_draft_is_found_to_be_taken_only_at_its_end(here):
    with Draft(here / "a.txt") as new:
        new.path.write_text("new")
        (here / "a.txt").write_text("old")
        with pytest.raises(Taken):
            new.place(here / "a.txt", replace=False)
    assert (here / "a.txt").read_text() == "old"
    assert names(here) == {"me.png", "a.txt"}


def test_a_work_replaces_its_own_files_again_and_again(here, warned):
    own = OwnFiles(lambda _: False)
    (here / "a.json").write_text("mine")
    for text in ("1", "2"):
        with own.writing(here / "a.json") as temporary:
            temporary.write_text(text)
    assert (here / "a.json").read_text() == "mine"
    assert (here / "a-2.json").read_text() == "2"
    assert own.where(here / "a.json") == here / "a-2.json"
    assert len(warned) == 1


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["長" * 80, "é" * 70, "a" * 200, "x" * 59 + "字", "𠀀" * 40])
def test_names_are_cut_by_bytes_in_whole_characters(name):
    made = short_name(f"photos/{name}.jpg")
    assert len(made.encode()) <= 60
    assert len(made.encode()) > 55
    assert "�" not in made


def test_long_names_of_many_bytes_are_done(start, here):
    for name in ("長い" * 20, "名前" * 20):
        (here / f"{name}.png").write_bytes((here / "me.png").read_bytes())
    contents = [f"{name * 20}.png" for name in ("長い", "名前")]
    start(content=contents, out="made/").to_end()
    assert len(list((here / "made").glob("*.png"))) == 2


@pytest.mark.parametrize("length", [245, 250, 252, 255])
def test_a_name_that_leaves_no_room_for_those_beside_it_is_refused_at_once(start, here, length):
    with pytest.raises(InputError, match="at most 255"):
        start(out="a" * (length - 4) + "é.jpg").to_end()
    assert names(here) == {"me.png"}


def test_the_longest_name_works(start, here):
    name = "a" * (255 - len(".stylekit.frames")) + ".png"
    start(out=name).to_end()
    assert (here / name).exists()


def test_a_path_that_is_too_long_is_refused_at_once(start, here):
    folder = "/".join(["d" * 200] * 30)
    with pytest.raises(InputError, match="too long"):
        start(out=f"{folder}/out.png").to_end()
    assert names(here) == {"me.png"}


def test_a_folder_name_that_is_too_long_is_refused_at_once(start, here):
    with pytest.raises(InputError, match="255"):
        start(out=f"{'d' * 300}/out.png").to_end()


def test_looking_whether_a_folder_can_be_written_to_is_done_once(here, monkeypatch):
    made = []
    enter = Draft.__enter__

    def entered(self):
        made.append(1)
        return enter(self)

    monkeypatch.setattr(Draft, "__enter__", entered)
    check_writable(*(here / f"{number}.png" for number in range(50)))
    assert len(made) == 1
    assert names(here) == {"me.png"}


@pytest.mark.parametrize(
    ("first", "second"),
    [("Cat", "cat"), ("straße", "STRASSE"), ("\uac00", "\u1100\u1161"), ("É", "é")],
)
def test_names_that_some_file_systems_take_for_one_are_kept_apart(start, here, first, second):
    for folder, name in (("a", first), ("b", second)):
        (here / folder).mkdir()
        (here / folder / f"{name}.png").write_bytes((here / "me.png").read_bytes())
    run = start(content=[f"a/{first}.png", f"b/{second}.png"], out="made/")
    run.to_end()
    made = [artifact.path.name for artifact in run.result.artifacts]
    assert made == [f"{first}.png", f"{second}-2.png"]


def test_a_record_of_another_image_is_not_lost(start, here):
    start(out="n.png").to_end()
    before = (here / "n.stylekit.json").read_bytes()
    for more in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(InputError, match=r"n\.stylekit\.json"):
            start(out="n.jpg", **more).to_end()
    assert (here / "n.stylekit.json").read_bytes() == before
    assert not (here / "n.jpg").exists()
    # One whose picture is gone is of nobody any more.
    (here / "n.png").unlink()
    start(out="n.jpg", overwrite=True).to_end()
    assert record(here / "n.jpg")["artifact"]["file"] == "n.jpg"


@pytest.mark.usefixtures("without_locks")
def test_a_record_of_another_image_that_appears_meanwhile_is_not_lost(start, here):
    (here / "n.jpg").write_bytes(b"not needed")
    run = start(out="n.jpg", overwrite=True)
    steps = iter(run)
    next(steps)
    start(out="n.png").to_end()
    before = (here / "n.stylekit.json").read_bytes()
    list(steps)
    assert (here / "n.stylekit.json").read_bytes() == before
    assert run.result.artifacts[0].path.name == "n-2.jpg"
