# SPDX-License-Identifier: Apache-2.0
"""Plays the demonstration: hosts, assets, sentence, answers, approval, job, check from the hosts' side, web console."""

import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from pydantic import SecretStr

from opsconductor.actor import local_actor
from opsconductor.cli.answer_view import size
from opsconductor.cli.demo import site as plant
from opsconductor.cli.demo.site import Site
from opsconductor.cli.demo.verdict import host_faults, result_faults
from opsconductor.cli.jobs import follow
from opsconductor.cli.output import console, say
from opsconductor.cli.plan_view import plan_view
from opsconductor.domain.assets import ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.credentials import CredentialKind
from opsconductor.domain.jobs import JobStatus
from opsconductor.domain.plans import PlanRecord, Question
from opsconductor.domain.specs import AssetSpec, ConnectionSpec, GroupSpec
from opsconductor.errors import Broken, Conflict
from opsconductor.services.credentials import CredentialSpec
from opsconductor.settings import Settings
from opsconductor.simulate.windows.client import SimulatorProcess
from opsconductor.wiring import open_container

#: Marks a HOME that a demonstration made and the next one may remove.
_MARK = "demonstration"
#: What stays of an earlier one: verdicts by content, the same for the same playbook.
_KEPT = "lint"


def demo_settings() -> Settings:
    """Settings with a HOME of the demonstration's own, never the user's."""
    settings = Settings()
    home = settings.home if settings.home.name == ".demo" else settings.home / "demo"
    return settings.model_copy(update={"home": home})


class Demo:
    """For a `with` block: starts the simulated hosts, ends them at the end."""

    def __init__(self, *, count: int, denied: int | None) -> None:
        if denied is not None and denied > count:
            raise Conflict(f"There is no host {denied} among {count}.", remedy=f"Give --deny 1 to {count}.")
        self.site = Site(count=count, denied=denied)
        self.settings = demo_settings()
        self.actor = local_actor()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._fresh_home()
            self.lab = self._stack.enter_context(self._hosts())
            self.container = self._stack.enter_context(open_container(self.settings, long_lived=True))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # -- the acts -----------------------------------------------------------------------------------------

    def play(self) -> tuple[JobStatus, bool]:
        """The whole story; how the job ended, and whether every host is as it should be."""
        started = time.monotonic()
        self._assets()
        record = self._plan()
        record = self._approve(record)
        job = self.container.launching.launch(record.plan.id, self.actor)
        self._title("Run")
        with self.container.local_queue():
            status = follow(self.container, job.id, json=False)
        faults = self._check(job.id, record)
        self._title("Checked from the hosts' side")
        for fault in faults:
            say(f"✗ {fault}", "bold red")
        if not faults:
            say(f"✓ All {self.site.count} simulated Windows hosts are as they should be.", "bold green")
            if self.site.denied:
                say(
                    "  On the one that was denied the copy that is: its old file is untouched, and its service stays "
                    "stopped, as no step runs after one that failed.",
                    "dim",
                )
        took, home = time.monotonic() - started, self.settings.home
        say(f"Took {took:.0f} s. Everything is in {home} ({_size(home)}).", "dim")
        return status, not faults

    def serve(self, port: int | None) -> None:
        """The web console until Ctrl-C."""
        from api.server import serve

        self._title("Web console")
        say("Ctrl-C ends the console and the simulated hosts.", "dim")
        serve(
            self.container,
            host="127.0.0.1",
            port=self.settings.port if port is None else port,
            ready=lambda url: say(f"Open {url}", "bold green"),
        )

    def _fresh_home(self) -> None:
        home = self.settings.home
        if home.exists():
            if not (home / _MARK).exists() and any(home.iterdir()):
                raise Conflict(f"{home} is not a demonstration's folder.", remedy="Set OPSCONDUCTOR_HOME elsewhere.")
            for entry in home.iterdir():
                if entry.name == _KEPT:
                    continue
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / _MARK).write_text("Made by `opsc demo`; the next demonstration removes it.\n", encoding="utf-8")

    def _hosts(self) -> SimulatorProcess:
        folder = self.settings.home / "simulated-hosts"
        folder.mkdir(mode=0o700)
        state = folder / "state.yml"
        state.write_text(yaml.safe_dump(self.site.state()), encoding="utf-8")
        options = ["--count", str(self.site.count), "--address", self.site.address, "--port", str(self.site.port)]
        return SimulatorProcess(folder, *options, "--name", self.site.name, "--state", str(state), "--quiet")

    def _assets(self) -> None:
        self._title(
            f"{self.site.count} simulated Windows hosts (real WinRM protocol with NTLM, simulated Windows behind it)"
        )
        services = self.container
        spec = CredentialSpec(
            name=plant.CREDENTIAL,
            kind=CredentialKind.PASSWORD,
            user=self.lab.ready["user"],
            value=SecretStr(self.lab.password),
        )
        services.credentials.add(spec, self.actor)
        services.groups.add(GroupSpec(name=plant.GROUP, credential=plant.CREDENTIAL), self.actor)
        winrm = ConnectionSpec(
            kind=ConnectionKind.WINRM, settings={"transport": "ntlm", "scheme": "http"}, port=self.site.port
        )
        for host in self.lab.ready["hosts"]:
            asset = AssetSpec(
                name=host["name"],
                platform=Platform.WINDOWS,
                address=host["address"],
                os_version="Windows Server 2022 (simulated)",
                role="station controller",
                groups=(plant.GROUP,),
                connections=(winrm,),
            )
            services.assets.add(asset, self.actor)
        new = self.settings.home / "simulated-hosts" / plant.FILE
        new.write_bytes(plant.program(plant.NEW_VERSION))
        added = services.files.add(new, self.actor, label=plant.NEW_VERSION)
        if self.site.denied_name:
            self.lab.client.fault(self.site.denied_name, "file_access", target=plant.PROGRAM)
        say(f"✓ {self.site.count} assets in asset group '{plant.GROUP}', credential '{plant.CREDENTIAL}' (encrypted)")
        say(f"✓ file library: {added.name} {added.label}, {size(added.size)}, sha256 {added.sha256[:12]}…")
        say(f"✓ on {len(self.site.stopped_names)} hosts the service is stopped beforehand")

    def _plan(self) -> PlanRecord:
        self._title("Say it")
        sentence = plant.SENTENCE.format(count=self.site.count)
        self.container.planning.warm()
        say(f"“{sentence}”", "italic")
        began = time.perf_counter()
        record = self.container.planning.propose(sentence, self.actor)
        say(f"Understood in {(time.perf_counter() - began) * 1000:.0f} ms, without a language model.", "dim")
        while record.plan.questions:
            question = record.plan.questions[0]
            answer = self._answer(question)
            record = self.container.planning.answer(record.plan.id, {question.id: answer}, self.actor)
        self._title("See it")
        console.print(plan_view(record))
        return record

    def _answer(self, question: Question) -> object:
        """What an operator would choose here: the new file, and the service's own path."""
        say(f"? {question.text}", "yellow")
        for number, choice in enumerate(question.choices, 1):
            say(f"    {number}. {choice.label}")
        wanted = {"src": plant.FILE, "dest_service": plant.SERVICE}
        for number, choice in enumerate(question.choices, 1):
            if any(choice.sets.get(key) == value for key, value in wanted.items()):
                say(f"  → {number}", "green")
                return choice.sets
        raise Broken(f"The demonstration has no answer to: {question.text}")

    def _approve(self, record: PlanRecord) -> PlanRecord:
        self._title("Approve it")
        with console.status("Checking the playbook (ansible-lint, syntax)"):
            record = self.container.planning.with_verdict(record.plan.id)
        say(f"✓ ansible-lint and syntax check: {record.lint.status} ({record.lint.seconds or 0:.1f} s)")
        approval = self.container.approving.approve(record.plan.id, record.digest or "", self.actor, "demonstration")
        digest, commit = (record.digest or "")[:12], (record.commit or "")[:12]
        say(f"✓ approved by {approval.actor}, bound to digest {digest}… and commit {commit}…")
        return self.container.planning.get(record.plan.id)

    def _check(self, job_id: str, record: PlanRecord) -> list[str]:
        results = list(self.container.following.results(job_id))
        faults = result_faults(results, [s.intent for s in record.plan.steps], self.site)
        for name in self.site.names:
            faults += host_faults(name, self.lab.client.state(name), self.site)
        return faults

    @staticmethod
    def _title(text: str) -> None:
        console.print()
        console.rule(text, align="left", style="cyan")


def _size(folder: Path) -> str:
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return size(total)
