# SPDX-License-Identifier: Apache-2.0
"""All settings in one class: environment variables with the prefix OPSCONDUCTOR_, or a TOML file."""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


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
    #: Seconds a task may take before Ansible ends it.
    task_timeout: int = Field(default=900, ge=1)
    #: Seconds a started service is watched at most, where the request asks to verify it or to roll back.
    watch_seconds: int = Field(default=60, ge=1, le=3600)
    #: Seconds an approval holds.
    approval_lifetime: int = Field(default=8 * 3600, ge=60)
    #: Seconds of silence after which a request cannot follow up the one before any more.
    conversation_lifetime: int = Field(default=8 * 3600, ge=60)
    log_format: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: Name or IP address by which targets reach this machine to fetch large files; None: they are not asked to.
    pull_address: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    #: The address that is listened on for them; None: the same.
    pull_listen: str | None = None
    #: First and last port for them; each slice that hands out files takes one.
    pull_ports: str = Field(default="8430-8449", pattern=r"^[0-9]{1,5}-[0-9]{1,5}$")
    #: Seconds after which an address to fetch from is good for nothing.
    pull_lifetime: int = Field(default=4 * 3600, ge=1)
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
