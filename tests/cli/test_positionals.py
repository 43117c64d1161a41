"""`stylekit run me.jpg night.jpg`: names without an option, several values, patterns."""

from pathlib import Path

import pytest
from PIL import Image

from stylekit.cli.main import Parser
from stylekit.cli.patterns import expanded
from stylekit.errors import InputError, UsageError
from stylekit_plugins.execution.options import add_options
from stylekit_plugins.execution.positionals import contents_and_styles


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of empty files: three photographs, a painting, names that look like patterns."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg", "c.jpg", "night.jpg", "x[1].jpg", "-odd.jpg"):
        Path(name).touch()
    Path("photos").mkdir()
    Path("photos/d.jpg").touch()
    return tmp_path


def named(*words):
    """Return the contents and the styles of a command line."""
    parser = Parser(prog="stylekit run")
    add_options(parser)
    arguments = parser.parse_args(words)
    return contents_and_styles(
        arguments.sources, arguments.content, arguments.style, arguments.each_style
    )


MEANT = {
    "": (None, None),
    "a.jpg": (["a.jpg"], None),
    "a.jpg night.jpg": (["a.jpg"], ["night.jpg"]),
    "a.jpg b.jpg night.jpg": (["a.jpg", "b.jpg"], ["night.jpg"]),
    "a.jpg --size 64 night.jpg": (["a.jpg"], ["night.jpg"]),
    "--size 64 a.jpg --overwrite b.jpg --out=x night.jpg": (["a.jpg", "b.jpg"], ["night.jpg"]),
    "a.jpg night.jpg --seed -1": (["a.jpg"], ["night.jpg"]),
    "a.jpg --set gatys.style_weight=-1 night.jpg": (["a.jpg"], ["night.jpg"]),
    "--content a.jpg b.jpg --content c.jpg": (["a.jpg", "b.jpg", "c.jpg"], None),
    "--style night.jpg b.jpg*0.5": (None, ["night.jpg", "b.jpg*0.5"]),
    "a.jpg b.jpg --style night.jpg": (["a.jpg", "b.jpg"], ["night.jpg"]),
    "night.jpg b.jpg --content a.jpg": (["a.jpg"], ["night.jpg", "b.jpg"]),
    "-- -odd.jpg night.jpg": (["-odd.jpg"], ["night.jpg"]),
    "--size 64 a.jpg -- -odd.jpg night.jpg": (["a.jpg", "-odd.jpg"], ["night.jpg"]),
    "--content=-odd.jpg night.jpg": (["-odd.jpg"], ["night.jpg"]),
    "sample:coffee sample:swirls": (["sample:coffee"], ["sample:swirls"]),
    # Shells of Windows leave patterns alone.
    "[ab].jpg night.jpg": (["a.jpg", "b.jpg"], ["night.jpg"]),
    "*.jpg night.jpg": (["-odd.jpg", "a.jpg", "b.jpg", "c.jpg", "x[1].jpg"], ["night.jpg"]),
    "--content ?.jpg --style n*.jpg": (["a.jpg", "b.jpg", "c.jpg"], ["night.jpg"]),
    "x[1].jpg night.jpg": (["x[1].jpg"], ["night.jpg"]),
    "photos/* night.jpg": (["photos/d.jpg"], ["night.jpg"]),
    "photos/ night.jpg*2": (["photos/"], ["night.jpg*2"]),
    "photos photos --each-style": (["photos"], ["photos"]),
    # Contents of which one is the style: the shell has expanded *.jpg.
    "a.jpg b.jpg night.jpg night.jpg": (["a.jpg", "b.jpg"], ["night.jpg"]),
    "a.jpg a.jpg": (["a.jpg"], ["a.jpg"]),
}


@pytest.mark.parametrize("line", MEANT, ids=str)
def test_what_is_meant(folder, line):
    assert named(*line.split()) == MEANT[line]


REFUSED = {
    "a.jpg --content b.jpg --style night.jpg": ("Is 'a.jpg' a content or a style?", "Leave out"),
    "night.jpg photos": ("photos is a folder", "stylekit run photos night.jpg"),
    "night.jpg clip.mp4": ("clip.mp4 is a video", "stylekit run clip.mp4 night.jpg"),
}


@pytest.mark.parametrize("line", REFUSED, ids=str)
def test_what_cannot_be_meant(folder, line):
    message, hint = REFUSED[line]
    with pytest.raises(UsageError) as raised:
        named(*line.split())
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_a_pattern_without_files_is_an_error(folder):
    with pytest.raises(InputError, match=r"No file matches 'holiday/\*.jpg'"):
        named("holiday/*.jpg", "night.jpg")


def test_schemes_and_weights_are_no_patterns(folder):
    assert expanded(["sample:*", "night.jpg*much"]) == ["sample:*", "night.jpg*much"]


def test_a_run_by_names(run, assert_done, record, tmp_path):
    done = run("content.png", "style.png", without=("--content", "--style", "--out"))
    assert_done(done, "content-style.png")
    config = record(tmp_path / "content-style.png")["config"]
    assert (config["content"], config["style"]) == (["content.png"], ["style.png"])


def test_several_contents_by_names(run, assert_done, images):
    Image.open(images / "content.png").save(images / "other.png")
    done = run("other.png", "content.png", "style.png", without=("--content", "--style", "--out"))
    assert_done(done, "other-style.png", "content-style.png")


def test_a_misspelled_name_is_found(run, assert_refused):
    done = run("content.png", "stile.png", without=("--content", "--style"))
    assert_refused(done, 2, "No such file: stile.png", hint="Did you mean 'style.png'?")


def test_samples_that_stand_in_are_named(run):
    done = run("content.png", without=("--content", "--style"))
    assert "No style is named: sample:" in done.stderr
    assert "No content" not in done.stderr
