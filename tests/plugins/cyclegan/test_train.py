"""`stylekit train` in separate processes: its files, resuming, and what it learns."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

Command = Callable[..., list[str]]
Train = Callable[..., "subprocess.CompletedProcess[str]"]

NETWORKS = ("generator-a2b", "generator-b2a")


def history(folder: Path) -> list[dict[str, dict[str, float]]]:
    loaded: list[dict[str, dict[str, float]]] = json.loads((folder / "history.json").read_text())
    return loaded


def assert_same(one: Path, other: Path) -> None:
    for name in NETWORKS:
        first, second = ((folder / f"{name}.safetensors").read_bytes() for folder in (one, other))
        assert first == second, name
    assert history(one) == history(other)


def test_a_training_writes_networks_sheets_and_history(train: Train, domains: Path) -> None:
    done = train("--out", "o", "--epochs", "2", "--evaluate", "kid", "--json")
    output = json.loads(done.stdout)
    folder = domains / "o"
    assert [Path(path).name for path in output["artifacts"]] == [
        f"{n}.safetensors" for n in NETWORKS
    ]
    assert output["steps"] == 16
    assert len(history(folder)) == 2
    assert set(history(folder)[0]["metrics"]) == {"kid"}
    losses = history(folder)[0]["losses"]
    assert {"total", "cycle_a", "identity_b", "discriminator_a"} <= set(losses)
    # 4 images of each domain, unchanged, translated, and back.
    sheet = Image.open(folder / "samples" / "epoch-0002.png")
    assert sheet.size == (4 * 64 + 3 * 4, 6 * 64 + 5 * 4)
    record = json.loads((folder / "generator-a2b.stylekit.json").read_text())
    assert record["epoch"] == 2
    assert record["best_epoch"] in (1, 2)
    assert (folder / "best.stylekit.state").is_file()
    assert (folder / "best" / "generator-a2b.safetensors").is_file()
    assert "Epoch 2: kid" in done.stderr
    assert not list(folder.rglob(".*"))


def test_run_uses_the_trained_networks(
    train: Train, domains: Path, command: Command, environment: dict[str, str]
) -> None:
    train("--out", "o", "--epochs", "1")
    images = []
    for name, weights in (("g", "o/generator-b2a.safetensors"), ("c", "o/training.stylekit.state")):
        options = ["run", "--method", "cyclegan", "--content", "a/0.png", "--out", f"{name}.png"]
        options += ["--weights", weights, "--set", "cyclegan.direction=b2a"]
        launch = [*command()[:3], *options]
        done = subprocess.run(
            launch, cwd=domains, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        images.append(np.asarray(Image.open(domains / f"{name}.png")))
    assert np.array_equal(*images)
    assert images[0].shape == (72, 96, 3)


def test_four_epochs_are_two_and_two(train: Train, domains: Path) -> None:
    train("--out", "whole", "--epochs", "4")
    train("--out", "parts", "--epochs", "4", "--stop-after", "2")
    assert len(history(domains / "parts")) == 2
    train("--out", "parts", "--epochs", "4", "--resume")
    assert_same(domains / "whole", domains / "parts")


def test_killed_at_any_time(
    train: Train, domains: Path, command: Command, environment: dict[str, str]
) -> None:
    train("--out", "whole", "--epochs", "2")
    for pause in (0.0, 0.02):
        process = subprocess.Popen(
            command("--out", "killed", "--epochs", "2", "--overwrite", *_lines()),
            cwd=domains,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "step 11/16" in line:
                break
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        train("--out", "killed", "--epochs", "2", "--resume")
        assert_same(domains / "whole", domains / "killed")


def test_ctrl_c_keeps_a_checkpoint(
    train: Train, domains: Path, command: Command, environment: dict[str, str]
) -> None:
    process = subprocess.Popen(
        command("--out", "o", "--epochs", "50", *_lines(), "--set", "checkpoint_seconds=999"),
        cwd=domains,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "step 5/" in line:
            process.send_signal(signal.SIGTERM)
            break
    rest = process.stderr.read()
    assert process.wait() == 130
    assert "--resume continues from o/training.stylekit.state" in rest
    assert (domains / "o" / "training.stylekit.state").is_file()


def _lines() -> tuple[str, ...]:
    return ("--set", "progress.interval=0")


def test_two_processes_are_one_with_the_joined_batch(
    train: Train, domains: Path, command: Command, environment: dict[str, str]
) -> None:
    more = ("--epochs", "1", "--batch", "2", "--set", "log.path=log.jsonl")
    train("--out", "one", *more)
    alone = _totals(domains / "log.jsonl")
    done = subprocess.run(
        [
            *(command()[0], "-m", "torch.distributed.run", "--nproc_per_node", "2"),
            *("--no-python", "sh", "-c", 'exec "$0" "$@" --set log.path=log-$RANK.jsonl'),
            *command("--out", "two", *more[:4]),
        ],
        cwd=domains,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for rank in (0, 1):
        assert _totals(domains / f"log-{rank}.jsonl") == pytest.approx(alone, rel=2e-3)
    assert _totals(domains / "log-0.jsonl")[:2] == pytest.approx(alone[:2], rel=1e-5)


def _totals(log: Path) -> list[float]:
    events = [json.loads(line) for line in log.read_text().splitlines()]
    return [event["losses"]["total"] for event in events if event["event"] == "step"]


def test_it_learns_the_tint(
    train: Train,
    domains: Path,
    command: Command,
    environment: dict[str, str],
    blobs: Callable[..., Image.Image],
) -> None:
    """Gray blobs become warm ones, though no pair of images shows it."""
    train(
        "--out",
        "o",
        "--epochs",
        "60",
        "--set",
        "cyclegan.identity_weight=0",
        "--set",
        "cyclegan.lr=1e-3",
    )
    options = ["run", "--method", "cyclegan", "--content", "new.png", "--out", "new-b.png"]
    blobs(7, (1, 1, 1), 96, 72).save(domains / "new.png")
    launch = [*command()[:3], *options, "--weights", "o/generator-a2b.safetensors"]
    subprocess.run(launch, cwd=domains, env=environment, check=True, capture_output=True)
    red, green, blue = np.asarray(Image.open(domains / "new-b.png")).reshape(-1, 3).mean(axis=0)
    assert green / red < 0.75
    assert blue / red < 0.45


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--epochs", "0"), "epochs"),
        (("--size", "66"), "multiple of 4"),
        (("--method", "gatys"), "Method 'gatys' cannot be trained."),
        (("--evaluate", "kidd"), "Unknown metric 'kidd'."),
        (("--domain-b", "nowhere"), "nowhere"),
        (("--resume", "--out", "nothing"), "no training to resume"),
        (("--set", "cyclegan.widht=3"), "Unknown parameter 'cyclegan.widht'."),
    ],
)
def test_impossible_trainings_are_refused(
    train: Train, more: tuple[str, ...], message: str
) -> None:
    done = train(*more, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "Folder b contains no images."),
        (["a/0.png"], "Domain B has only one image"),
        (["a/0.png", "bad.png", "bad.png", "a/1.png"], "2 of 4 images to train on are unusable"),
    ],
)
def test_bad_domains_are_refused(
    train: Train, domains: Path, files: list[str], message: str
) -> None:
    (domains / "bad.png").write_bytes(b"no image")
    (domains / "b").rename(domains / "before")
    (domains / "b").mkdir()
    for number, name in enumerate(files):
        (domains / "b" / f"{number}.png").write_bytes((domains / name).read_bytes())
    done = train("--out", "o", "--epochs", "1", check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (domains / "o" / "generator-a2b.safetensors").exists()


def test_small_images_are_enlarged_with_one_warning(train: Train, domains: Path) -> None:
    for path in (domains / "b").iterdir():
        with Image.open(path) as image:
            image.resize((40, 30)).save(path)
    done = train("--out", "o", "--epochs", "1")
    assert done.stderr.count("40 x 30 px, less than the crops of 64 px: it is enlarged") == 1


def test_masks_by_name_or_one_region_for_all(train: Train, domains: Path) -> None:
    """The masks of a folder are the left half, so is the region: the same training."""
    (domains / "masks").mkdir()
    half = np.zeros((72, 96), np.uint8)
    half[:, :48] = 255
    for number in range(8):
        Image.fromarray(half).save(domains / "masks" / f"{number}.png")
    train("--out", "files", "--epochs", "1", "--masks-a", "masks")
    train("--out", "region", "--epochs", "1", "--masks-a", "box:0,0,50%,100%")
    assert_same(domains / "files", domains / "region")
    train("--out", "whole", "--epochs", "1")
    assert history(domains / "files")[0]["losses"]["background"] > 0
    assert "background" not in history(domains / "whole")[0]["losses"]


def test_a_few_bad_masks_are_skipped_with_a_warning(train: Train, domains: Path) -> None:
    (domains / "masks").mkdir()
    for number in range(8):
        white = np.full((72, 96), 255, np.uint8)
        Image.fromarray(white).save(domains / "masks" / f"{number}.png")
    Image.new("L", (96, 72)).save(domains / "masks" / "2.png")
    done = train("--out", "o", "--epochs", "1", "--masks-a", "masks")
    assert "2.png covers nothing of" in done.stderr
    Image.new("L", (30, 72), 255).save(domains / "masks" / "3.png")
    (domains / "masks" / "4.png").unlink()
    done = train("--out", "p", "--epochs", "1", "--masks-a", "masks", check=False)
    assert done.returncode == 2
    assert "images to train on are unusable" in done.stderr
    assert "Up to 10% are skipped" in done.stderr


def test_a_training_is_not_overwritten(train: Train, domains: Path) -> None:
    train("--out", "o", "--epochs", "1")
    done = train("--out", "o", "--epochs", "1", check=False)
    assert done.returncode == 2
    assert "exists already" in done.stderr
    other = train("--out", "o", "--epochs", "1", "--resume", "--seed", "5", check=False)
    assert other.returncode == 2
    assert "of another run: seed is 5, and was 0" in other.stderr


def test_a_bad_image_is_skipped_with_one_warning(train: Train, domains: Path) -> None:
    (domains / "a" / "bad.png").write_bytes(b"no image")
    done = train("--out", "o", "--epochs", "2")
    assert done.stderr.count("bad.png") == 1
