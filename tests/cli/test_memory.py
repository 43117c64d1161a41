"""A size that does not fit into memory is refused with one that does."""

import re

import pytest
from PIL import Image

# Without the transformed weights of Winograd's algorithm, which alone are more than the limit.
LIMITED = ("--set", "memory_mb=64", "--precision", "exact")


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_the_size_in_the_message_fits(run, assert_refused, assert_done, images, optimizer):
    limited = (*LIMITED, "--optimizer", optimizer, "--out", "big.png")
    done = run(*limited, "--size", "1000")
    assert_refused(done, 4, "1000x750 px", "GiB", hint="--size")
    size = int(re.search(r"--size (\d+) fits", done.stderr)[1])
    assert 64 <= size < 1000

    assert_done(run(*limited, "--size", size), "big.png")
    assert max(Image.open(images / "big.png").size) == size
    # It is no timid guess either.
    assert run(*limited, "--size", size + 48, "--overwrite").returncode == 4


def test_default_size_is_checked_too(run, assert_refused, images):
    Image.new("RGB", (600, 600)).save(images / "large.png")
    done = run("--content", "large.png", *LIMITED, without=("--size",))
    assert_refused(done, 4, "512x512 px", hint="--size")
