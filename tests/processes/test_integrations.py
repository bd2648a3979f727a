"""What other tools read: the action, the snippets, the hook, the feature and the workflows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from buildfix import __version__
from buildfix.cli import run
from tests.tree import ROOT

GITHUB = ROOT / ".github"
ACTION = GITHUB / "action"
FEATURE = GITHUB / "devcontainer/buildfix"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCRIPTS = (ACTION / "run.sh", FEATURE / "install.sh")


def document(file: Path) -> Any:
    """Return what a YAML file has, without what GitLab and GitHub make of it."""
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_the_action_passes_each_input_to_its_script() -> None:
    action = document(ACTION / "action.yml")
    (step,) = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    read = set(re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", " ".join(step["env"].values())))
    assert read == action["inputs"].keys()
    script = (ACTION / "run.sh").read_text(encoding="utf-8")
    assert [name for name in step["env"] if f'"${name}"' not in script] == []


def test_the_hook_names_a_command_that_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (hook,) = document(ROOT / ".pre-commit-hooks.yaml")
    monkeypatch.chdir(tmp_path)
    Path("requirements.txt").touch()
    words: list[str] = [*hook["entry"].split(), *hook["args"]]
    assert (words[0], hook["language"], hook["pass_filenames"]) == ("buildfix", "python", False)
    assert run(words[1:]) == 0
    assert "Ready to build" in capsys.readouterr().out
    assert re.search(hook["files"], "web/requirements-dev.txt")
    assert not re.search(hook["files"], "requirements.py")


def test_the_gitlab_snippet_sets_options_that_exist() -> None:
    job = document(GITHUB / "snippets/gitlab-ci.yml")["install"]
    assert set(job["variables"]) == {"BUILDFIX_YES", "BUILDFIX_WHEELHOUSE"}
    (kept,) = job["cache"]["paths"]
    assert job["variables"]["BUILDFIX_WHEELHOUSE"] == f"$CI_PROJECT_DIR/{kept.rstrip('/')}"
    assert job["script"][0].startswith("./bootstrap.sh ")


def test_the_feature_has_this_version_and_reads_its_option() -> None:
    feature = json.loads((FEATURE / "devcontainer-feature.json").read_text(encoding="utf-8"))
    assert (feature["id"], feature["version"]) == (FEATURE.name, __version__)
    script = (FEATURE / "install.sh").read_text(encoding="utf-8")
    assert [one for one in feature["options"] if f"${{{one.upper()}:-" not in script] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_each_job_of_a_workflow_has_a_time_limit_and_few_rights(file: Path) -> None:
    workflow = document(file)
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"].values()
    assert [job for job in jobs if not job.get("timeout-minutes") or not job["steps"]] == []


def test_only_the_job_that_publishes_has_an_identity() -> None:
    jobs = document(GITHUB / "workflows/release.yml")["jobs"]
    trusted = [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})]
    assert trusted == ["publish"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["needs"] == "build"
    assert jobs["publish"]["environment"] == "pypi"


@pytest.mark.parametrize("program", ["actionlint", "shellcheck"])
def test_linters_that_are_installed_find_nothing(program: str) -> None:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    files = WORKFLOWS if program == "actionlint" else SCRIPTS
    done = subprocess.run([found, *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_of_the_action_installs_into_the_target(tmp_path: Path) -> None:
    target = tmp_path / "v"
    subprocess.run([sys.executable, "-m", "venv", str(target)], check=True)
    project = tmp_path / "a project"
    project.mkdir()
    text = '[project]\nname = "acted"\nversion = "1"\n[tool.setuptools]\npy-modules = ["acted"]\n'
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    (project / "acted.py").touch()
    (tmp_path / "r.txt").write_text("# nothing more\n", encoding="utf-8")
    python = next(path for path in target.glob("*/python*") if path.is_file())
    environ = {
        **os.environ,
        "GITHUB_ACTION_PATH": str(ACTION),
        "RUNNER_TEMP": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "TARGET": str(python),
        "REQUIREMENTS": f"{project}\n\n",
        "REQUIREMENT_FILES": str(tmp_path / "r.txt"),
        "ARGS": "--jobs\n1\n--from-source",
    }
    argv = ["bash", str(ACTION / "run.sh")]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert subprocess.run([python, "-c", "import acted"], cwd=tmp_path).returncode == 0
