# SPDX-License-Identifier: Apache-2.0
"""Values that are programs to Jinja or a shell, run by real Ansible on this machine: nothing of them is evaluated."""

import sys
from pathlib import Path

import pytest

from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.inventory import BoundTarget
from opsconductor.domain.plans import Condition, Step
from tests.fixtures.plain_run import plan_of, run_plain, step

#: What a machine that tests run on calls python3 may be a stand-in that starts nothing.
THIS_PYTHON = {"ANSIBLE_PYTHON_INTERPRETER": sys.executable}


def local(name: str, **variables: str) -> BoundTarget:
    return BoundTarget(
        asset_id="local",
        name=name,
        platform=Platform.LINUX,
        kind=ConnectionKind.LOCAL,
        address="127.0.0.1",
        port=0,
        groups=(name,),
        variables=variables,
    )


def hostile(folder: Path) -> list[str]:
    pwned = folder / "pwned"
    return [f"{{{{ lookup('pipe', 'touch {pwned}') }}}}", f"$(touch {pwned})", f"`touch {pwned}`", f"x; touch {pwned}"]


def steps_with(folder: Path, value: str) -> list[Step]:
    target = folder / "target"
    return [
        step("command.run", command=["printf", "%s", value]),
        step("process.check", process=value),
        step("file.copy", src=library_name(value), dest=f"{target}/{value.replace('/', '_')}"),
        step("command.run", command=["true"]).model_copy(
            update={"when": (Condition(fact="file_exists", subject=f"{target}/{value}"),)}
        ),
    ]


def library_name(value: str) -> str:
    return value.replace("/", "_").replace("$", "_")


@pytest.mark.rotating
def test_values_stay_text_everywhere(tmp_path: Path) -> None:
    values = hostile(tmp_path)
    (tmp_path / "target").mkdir()
    # An asset's own name, groups and variables are text of somebody, too.
    target = local(values[0], note=values[0])
    plan = plan_of([each for value in values for each in steps_with(tmp_path, value)], [target])
    files = {library_name(value): b"content" for value in values}
    done = run_plain(tmp_path / "run", plan, [target], files=files, environment=THIS_PYTHON)
    assert not done.failures(), done.failures()
    assert not (tmp_path / "pwned").exists()
    [host] = done.results
    printed = [result["stdout"] for task, _, result in done.results[host] if task.endswith("Run the command · main")
               and "stdout" in result]  # fmt: skip
    assert printed == values
    written = {path.name for path in (tmp_path / "target").iterdir()}
    # A variable in a path is the target's own to fill; there is none of that name.
    assert {value.replace("/", "_") for value in values if "$" not in value} <= written
    assert len(written) == len(values)


def test_a_service_that_is_a_template_is_looked_for_by_its_name(tmp_path: Path) -> None:
    value = hostile(tmp_path)[0]
    plan = plan_of([step("service.stop", service=value)], [local("here")])
    done = run_plain(tmp_path / "run", plan, [local("here")], environment=THIS_PYTHON)
    assert done.failures()
    assert not (tmp_path / "pwned").exists()
