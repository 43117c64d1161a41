"""A folder that holds its results stands for the images that are none."""

import pytest
from PIL import Image

RUN = ("run", "--method", "identity")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for value, name in enumerate(("a.jpg", "b.jpg", "c.webp")):
        Image.new("RGB", (32, 24), (80 * value, 90, 20)).save(folder / name)
    return folder


@pytest.mark.parametrize("out", [(), ("--out", "."), ("--out", "../photos")])
def test_results_beside_their_contents_are_no_contents(stylekit, photos, out):
    first = stylekit(*RUN, "--content", ".", *out, cwd=photos)
    assert first.returncode == 0, first.stderr
    made = sorted(path.name for path in photos.iterdir())
    again = stylekit(*RUN, "--content", ".", *out, "--resume", cwd=photos)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("is already done") == 3
    assert again.stderr.count("3 of 6 images in . are results") == 1
    assert sorted(path.name for path in photos.iterdir()) == made
    # It says why, instead of making more.
    assert stylekit(*RUN, "--content", ".", *out, cwd=photos).returncode == 2
    assert sorted(path.name for path in photos.iterdir()) == made


def test_a_result_that_is_named_is_taken(stylekit, photos):
    assert stylekit(*RUN, "--content", "photos", "--out", "photos").returncode == 0
    named = stylekit(*RUN, "--content", "photos/a.png", "--content", "photos/b.png", "--out", "o/")
    assert named.returncode == 0, named.stderr
    assert len(list((photos.parent / "o").glob("*.png"))) == 2


def test_results_are_no_styles_of_a_folder_either(stylekit, photos):
    assert stylekit(*RUN, "--content", "photos", "--out", "photos").returncode == 0
    words = (*RUN, "--content", "photos/a.jpg", "--style", "photos", "--each-style", "--out", "o/")
    done = stylekit(*words)
    assert done.returncode == 0, done.stderr
    assert len(list((photos.parent / "o").glob("*.png"))) == 3


def test_an_image_of_the_users_in_place_of_a_result_is_content(stylekit, photos):
    assert stylekit(*RUN, "--content", "photos", "--out", "photos").returncode == 0
    Image.new("RGB", (20, 20), "white").save(photos / "b.png")
    done = stylekit(*RUN, "--content", "photos", "--out", "o/")
    assert done.returncode == 0, done.stderr
    assert len(list((photos.parent / "o").glob("*.png"))) == 4


def test_a_record_that_is_none_takes_no_image_away(stylekit, photos):
    for text in ("", "[]", "{}", '{"artifact": 7}', '{"artifact": {"file": "a.jpg"}}'):
        (photos / "a.stylekit.json").write_text(text)
        done = stylekit(*RUN, "--content", "photos", "--out", "o/", "--overwrite")
        assert done.returncode == 0, done.stderr
        assert len(list((photos.parent / "o").glob("*.png"))) == 3


def test_a_folder_of_results_alone_is_refused(stylekit, photos, assert_refused):
    assert stylekit(*RUN, "--content", "photos", "--out", "o/").returncode == 0
    refused = stylekit(*RUN, "--content", "o", "--out", "p/")
    assert_refused(refused, 2, "All images in o are results", hint="Name the images themselves")
