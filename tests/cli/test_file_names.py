"""File names of any bytes: made, recorded, made again, printed; and no terminal obeys them."""

import json
import os
import subprocess
import sys

import pytest
from PIL import Image

LATIN = os.fsdecode(b"caf\xe9.png")
"""A name of an old archive: its bytes are no UTF-8."""

HOSTILE = "a\nError: \x1b]0;title\x07\x1b[2J\u202egnp.\x85\x7f.png"

IDENTITY = ("run", "--method", "identity", "--quiet")


@pytest.fixture(autouse=True)
def folder(images):
    for name in (LATIN, "in/" + LATIN, "in/b.png", "in/" + HOSTILE):
        path = images / name
        path.parent.mkdir(exist_ok=True)
        Image.open(images / "content.png").save(path)
    return images


def test_a_folder_with_such_names_is_made(stylekit, record, folder):
    done = stylekit(*IDENTITY, "--content", "in", "--out", "out/")
    assert (done.returncode, done.stderr) == (0, "")
    made = [folder / line for line in done.stdout.splitlines()]
    names = ["a_Error____0_title___2J_gnp.__.png", "b.png", "caf_.png"]
    assert [path.name for path in made] == names
    sources = [record(path)["config"]["content"] for path in made]
    assert sources == [[f"../in/{name}"] for name in (HOSTILE, "b.png", LATIN)]


@pytest.mark.parametrize("name", [LATIN, HOSTILE], ids=["latin", "hostile"])
def test_such_a_name_goes_everywhere(stylekit, record, folder, name):
    out = "made-" + name
    words = ("--content", f"in/{name}", "--region", f"in/{name}", "--out", out)
    more = ("--set", f"log.path=log-{name}", "--set", f"preview.folder=previews-{name}")
    done = stylekit(*IDENTITY, *words, *more, "--set", "preview.every=1")
    assert (done.returncode, done.stderr) == (0, "")
    # A pipe gets the bytes of the name.
    assert done.stdout == out + "\n"
    assert all(json.loads(line) for line in (folder / f"log-{name}").read_bytes().splitlines())
    details = record(folder / out)
    assert details["artifact"]["file"] == out
    again = stylekit(
        *IDENTITY, "--config", f"{out.removesuffix('.png')}.stylekit.json", "--out", "again.png"
    )
    assert again.returncode == 0, again.stderr
    assert (folder / "again.png").read_bytes() == (folder / out).read_bytes()
    assert record(folder / "again.png")["config"] == details["config"]


@pytest.mark.parametrize("name", [LATIN, HOSTILE], ids=["latin", "hostile"])
def test_json_is_valid_and_says_the_name(stylekit, name):
    done = stylekit(*IDENTITY, "--content", f"in/{name}", "--out", "made-" + name, "--json")
    # Strict UTF-8, as other programs read it.
    assert json.loads(done.stdout.encode())["artifacts"] == ["made-" + name]
    assert not set("\x1b\x7f\x85\u202e") & set(done.stdout)


def test_a_bad_file_of_such_a_name_ends_no_batch(stylekit, folder):
    (folder / "in" / LATIN).write_bytes(b"no picture")
    (folder / "in" / HOSTILE).write_bytes(b"no picture")
    done = stylekit(*IDENTITY, "--content", "in", "--out", "out/", "--json")
    assert done.returncode == 2
    said = json.loads(done.stdout)
    assert said["artifacts"] == ["out/b.png"]
    assert set(said["failed"]) == {f"in/{LATIN}", f"in/{HOSTILE}"}
    # Two warnings and the error: no line is faked, and nothing is there to obey.
    assert len(done.stderr.splitlines()) == 4
    assert "caf\\xe9.png" in done.stderr
    assert "a\\nError: \\x1b]0;title\\x07\\x1b[2J\\u202egnp.\\x85\\x7f.png" in done.stderr
    assert all(char.isprintable() or char == "\n" for char in done.stderr)


@pytest.mark.parametrize("words", [("--{}",), ("{}",), ("run", "--method", "{}")], ids=str)
def test_a_refusal_quotes_it_harmlessly(stylekit, words):
    done = stylekit(*(word.format(HOSTILE) for word in words))
    assert done.returncode == 2
    assert all(char.isprintable() or char == "\n" for char in done.stderr)
    assert [line for line in done.stderr.splitlines() if line.startswith("Error: ")] == [done.error]


def test_a_name_that_no_file_can_have_is_refused(stylekit, folder):
    (folder / "look.toml").write_text('content = "a\\u0000b.png"\n')
    for more in ((), ("--content", "content.png", "--set", 'out="a\\u0000b.png"')):
        done = stylekit(*IDENTITY, "--config", "look.toml", *more)
        assert done.returncode == 2, done.stderr
        assert "a\\x00b.png" in done.error


def test_a_terminal_is_shown_it_escaped(environment, folder):
    words = ("--content", f"in/{HOSTILE}", "--out", "made-" + HOSTILE)
    leader, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "stylekit.cli.main", *IDENTITY, *words],
        cwd=folder,
        env=environment,
        stdout=terminal,
        stderr=subprocess.PIPE,
    )
    os.close(terminal)
    assert process.wait(60) == 0, process.stderr.read()
    process.stderr.close()
    said = os.read(leader, 4096).decode()
    os.close(leader)
    assert said == "made-a\\nError: \\x1b]0;title\\x07\\x1b[2J\\u202egnp.\\x85\\x7f.png\r\n"
