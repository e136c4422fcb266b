# SPDX-License-Identifier: Apache-2.0
"""The installation that is measured: 25 simulated Windows hosts, their assets, and the plan of the main job."""

from pathlib import Path

import yaml
from pydantic import SecretStr

from opsconductor.cli.demo import site as plant
from opsconductor.cli.demo.site import Site
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.plans import PlanRecord
from opsconductor.domain.specs import AssetSpec, ConnectionSpec, GroupSpec
from opsconductor.services.credentials import CredentialSpec
from opsconductor.simulate.windows import SimulatorProcess
from opsconductor.wiring import Container

ACTOR = "local:benchmark"
SITE = Site(count=25, address="127.28.64.1")
SENTENCE = plant.SENTENCE.format(count=SITE.count)
USER, PASSWORD = "Administrator", "of-simulated-hosts-only-9Wt"


def fresh_hosts(folder: Path) -> SimulatorProcess:
    """The hosts as they are before the job, for a `with` block."""
    folder.mkdir(parents=True)
    state = folder / "state.yml"
    state.write_text(yaml.safe_dump(SITE.state()), encoding="utf-8")
    options = ("--count", str(SITE.count), "--address", SITE.address, "--name", SITE.name, "--state", str(state))
    return SimulatorProcess(folder, *options, "--quiet", password=PASSWORD)


def fill(container: Container, folder: Path) -> None:
    """Credential, group, assets and the new file."""
    secret = SecretStr(PASSWORD)
    spec = CredentialSpec(name=plant.CREDENTIAL, kind=CredentialKind.PASSWORD, user=USER, value=secret)
    container.credentials.add(spec, ACTOR)
    container.groups.add(GroupSpec(name=plant.GROUP, credential=plant.CREDENTIAL), ACTOR)
    winrm = ConnectionSpec(kind=ConnectionKind.WINRM, settings={"transport": "ntlm", "scheme": "http"}, port=SITE.port)
    first = int(SITE.address.rsplit(".", 1)[1])
    for number, name in enumerate(SITE.names):
        address = f"{SITE.address.rsplit('.', 1)[0]}.{first + number}"
        place = {"platform": Platform.WINDOWS, "address": address, "groups": (plant.GROUP,), "connections": (winrm,)}
        container.assets.add(AssetSpec.model_validate({"name": name, **place}), ACTOR)
    source = folder / plant.FILE
    source.write_bytes(plant.program(plant.NEW_VERSION))
    container.files.add(source, ACTOR)


def committed_plan(container: Container) -> PlanRecord:
    """From the sentence to the commit: the request, and the first choice of each question."""
    record = container.planning.propose(SENTENCE, ACTOR)
    while record.plan.questions:
        question = record.plan.questions[0]
        record = container.planning.answer(record.plan.id, {question.id: question.choices[0].sets}, ACTOR)
    assert record.commit is not None, record.plan
    return record
