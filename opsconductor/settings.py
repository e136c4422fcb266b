# SPDX-License-Identifier: Apache-2.0
"""All settings in one class: environment variables with the prefix OPSCONDUCTOR_, or a TOML file."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

#: What is reckoned back or ahead by no more than this stays within the dates that there are.
_MOST_DAYS = 36_500
_LONGEST = 10 * 365 * 86_400


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("opsconductor", appauthor=False))


class Settings(BaseSettings):
    """How this installation is set up; made once by the composition root and handed down."""

    model_config = SettingsConfigDict(env_prefix="OPSCONDUCTOR_", extra="ignore", frozen=True)

    #: All state: database, keys, blobs, playbook repository, job folders. The default follows XDG.
    home: Path = Field(default_factory=_default_home)
    #: SQLAlchemy URL; None: SQLite in HOME.
    database_url: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)
    #: Base64 of 32 random bytes; None: a 0600 file in HOME, made on first start.
    master_key: SecretStr | None = None
    #: Targets worked on at the same time within one slice.
    forks: int = Field(default=50, ge=1, le=1000)
    #: Slices at a time; None: as many as processors and free memory allow.
    max_slices: int | None = Field(default=None, ge=1)
    #: Slices at a time for each processor.
    slices_per_cpu: float = Field(default=4, gt=0)
    #: Megabytes of memory that a slice takes, and each target it works on at the same time.
    slice_memory: int = Field(default=160, ge=1)
    fork_memory: int = Field(default=30, ge=0)
    #: Seconds a job may take from its start, waits and pauses included; None: as long as it likes.
    job_timeout: int | None = Field(default=None, ge=1)
    #: Seconds the tasks of a job may take on one target, all together; None: as long as they like.
    target_timeout: int | None = Field(default=None, ge=1)
    #: Whether servers and workers have processes ready that have imported Ansible, and what supervisors need.
    warm_start: bool = True
    #: Runs after which that process is replaced, and megabytes by which it may grow.
    warm_runs: int = Field(default=500, ge=1)
    warm_memory: int = Field(default=200, ge=1)
    #: How jobs work on targets reached over SSH: plain, or fast, which keeps one Python there for all tasks; without
    #: warm start it is plain.
    profile: Literal["plain", "fast"] = "plain"
    #: Seconds after its login that the fast profile keeps a connection for the next jobs; 0: for none.
    hot_seconds: int = Field(default=300, ge=0, le=3600)
    #: Seconds a task may take before Ansible ends it.
    task_timeout: int = Field(default=900, ge=1)
    #: Seconds a started service is watched at most, where the request asks to verify it or to roll back.
    watch_seconds: int = Field(default=60, ge=1, le=3600)
    #: Days for which it is kept how long jobs took and what was said of it: estimates rest on that.
    history_days: int = Field(default=180, ge=1, le=_MOST_DAYS)
    #: Seconds an approval holds.
    approval_lifetime: int = Field(default=8 * 3600, ge=60, le=_LONGEST)
    #: Seconds the approval of a schedule holds, or of a runbook for chains.
    standing_approval_lifetime: int = Field(default=90 * 86_400, ge=60, le=_LONGEST)
    #: Seconds between two comparisons of a schedule with what is there, so that it asks again before it is due.
    schedule_check: int = Field(default=3600, ge=60, le=_LONGEST)
    #: Seconds of silence after which a request cannot follow up the one before any more.
    conversation_lifetime: int = Field(default=8 * 3600, ge=60, le=_LONGEST)
    #: Bytes of an output that stay with its event; what is larger is kept whole as an artifact.
    output_limit: int = Field(default=64 << 10, ge=16 << 10)
    #: Days for which artifacts of a job are kept after its end; 0: for good.
    artifact_days: int = Field(default=90, ge=0, le=_MOST_DAYS)
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: Name or IP address by which targets reach this machine to fetch large files; None: they are not asked to.
    pull_address: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    #: The address that is listened on for them; None: the same.
    pull_listen: str | None = None
    #: First and last port for them; each slice that hands out files takes one.
    pull_ports: str = Field(default="8430-8449", pattern=r"^[0-9]{1,5}-[0-9]{1,5}$")
    #: Seconds after which an address to fetch from is good for nothing.
    pull_lifetime: int = Field(default=4 * 3600, ge=1, le=_LONGEST)
    #: Bytes per second that a file is sent with to one target; None: as fast as it goes. Not over WinRM.
    transfer_rate: int | None = Field(default=None, ge=1024)
    #: Folders with further playbook templates, searched after the shipped ones.
    template_path: tuple[Path, ...] = ()

    @field_validator("pull_ports")
    @classmethod
    def _ports(cls, value: str) -> str:
        first, _, last = value.partition("-")
        if not 1 <= int(first) <= int(last) <= 65535:
            raise ValueError("the first and the last of some ports between 1 and 65535, as 8430-8449")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the TOML file."""
        config = os.environ.get("OPSCONDUCTOR_CONFIG", "/etc/opsconductor.toml")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(config))

    @cached_property
    def database(self) -> str:
        """The database URL in use."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'opsconductor.db'}"

    def revealed(self) -> dict[str, Any]:
        """Every setting, JSON-ready, with its secrets in the clear: for processes of our own alone."""
        shown = self.model_dump(mode="json")
        secrets = ((name, getattr(self, name)) for name in type(self).model_fields)
        return shown | {name: value.get_secret_value() for name, value in secrets if isinstance(value, SecretStr)}

    @property
    def fast(self) -> bool:
        """Whether targets that can be are worked on in the fast profile."""
        return self.profile == "fast" and self.warm_start

    @property
    def pull_range(self) -> range:
        """The ports that targets may fetch files from."""
        first, _, last = self.pull_ports.partition("-")
        return range(int(first), int(last) + 1)

    @property
    def key_file(self) -> Path:
        """Where the master key is kept when the environment gives none."""
        return self.home / "master.key"

    @property
    def blobs(self) -> Path:
        """The blob store: files by SHA-256."""
        return self.home / "blobs"

    @property
    def playbooks(self) -> Path:
        """The git repository of rendered playbooks."""
        return self.home / "playbooks.git"

    @property
    def jobs(self) -> Path:
        """One folder per slice: ansible-runner's private data and artifacts."""
        return self.home / "jobs"

    @property
    def runtime(self) -> Path:
        """Sockets and anything that must not survive a restart: 0700, on a tmpfs where the system has one."""
        # In a container /run is often a plain folder on disk.
        run = "/run" if os.geteuid() == 0 and os.path.ismount("/run") else "/dev/shm"  # noqa: S108
        base = os.environ.get("XDG_RUNTIME_DIR") or run
        return Path(base) / f"opsconductor-{os.geteuid()}"
