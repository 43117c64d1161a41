"""Two processes never work on one file or in one folder, wherever there are locks."""

import errno
import fcntl
import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

from stylekit.errors import InputError
from stylekit.files import flock, locks
from stylekit.files.locks import lock_file, lock_folder

HOLD = """
import sys, time
from pathlib import Path
{before}
from stylekit.files.locks import lock_file, lock_folder
with lock_file(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""

# Windows has no fcntl. Its `locking` locks bytes from the position of the file on.
AS_ON_WINDOWS = """
import errno, fcntl, os, types
def locking(handle, mode, count):
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, count, os.lseek(handle, 0, os.SEEK_CUR))
    except BlockingIOError:
        raise PermissionError(errno.EACCES, "Permission denied") from None
sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2)
sys.modules["fcntl"] = None
"""


@pytest.fixture(autouse=True)
def unwarned(monkeypatch):
    monkeypatch.setattr(locks, "_warned", False)


@pytest.fixture
def hold(tmp_path):
    """Return a function that starts a process that holds the lock of a file."""
    started = []

    def start(path, before=""):
        code = HOLD.format(before=before)
        words = [sys.executable, "-c", code, str(path)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("before", ["", AS_ON_WINDOWS], ids=["posix", "windows"])
def test_the_second_is_refused_until_the_first_has_ended(hold, tmp_path, before):
    first = hold(tmp_path / "q.mkv", before)
    words = [sys.executable, "-c", HOLD.format(before=before), str(tmp_path / "q.mkv")]
    second = subprocess.run(words, capture_output=True, text=True, check=False)
    assert f"Another run is at work on {tmp_path / 'q.mkv'} (process {first.pid})." in second.stderr
    # However it ends.
    first.kill()
    first.wait()
    hold(tmp_path / "q.mkv", before)


def test_a_killed_one_leaves_nothing_to_the_next(hold, tmp_path):
    first = hold(tmp_path / "q.mkv")
    first.kill()
    first.wait()
    with lock_file(tmp_path / "q.mkv"):
        assert len(list(tmp_path.iterdir())) == 1
    assert not list(tmp_path.iterdir())


def test_all_that_shares_state_and_record_shares_the_lock(tmp_path):
    with lock_file(tmp_path / "q.mkv"):
        with (
            pytest.raises(InputError, match=f"process {os.getpid()}"),
            lock_file(tmp_path / "q.png"),
        ):
            pass
        with lock_file(tmp_path / "p.mkv"), lock_folder(tmp_path):
            pass


def test_a_folder_that_nothing_came_of_is_removed(tmp_path):
    with lock_folder(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
    assert not (tmp_path / "a").exists()
    with lock_folder(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "made.txt").write_text("mine")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["made.txt"]


def test_a_long_name_of_many_bytes_can_be_locked(tmp_path):
    with lock_file(tmp_path / ("\N{HIRAGANA LETTER A}" * 83 + ".png")):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EPERM, errno.ENOSYS])
def test_a_file_system_without_locks_is_worked_on_with_one_warning(
    tmp_path, monkeypatch, number, warned
):
    def refuse(handle, how):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    for name in ("a", "b"):
        with ExitStack() as both:
            both.enter_context(lock_file(tmp_path / name))
            both.enter_context(lock_folder(tmp_path))
    assert len(warned) == 1
    assert os.strerror(number) in warned[0]
    assert not list(tmp_path.iterdir())


def test_a_system_without_locks_is_worked_on_with_a_warning(tmp_path, monkeypatch, warned):
    monkeypatch.setattr(flock, "fcntl", None)
    monkeypatch.setattr(flock, "msvcrt", None)
    with lock_file(tmp_path / "a"):
        pass
    assert len(warned) == 1
