# SPDX-License-Identifier: Apache-2.0
"""Playbook templates: what one intent means, which parameters it takes, what it can hurt and how it is undone."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import Field, field_validator

from opsconductor.domain.answers import Column
from opsconductor.domain.base import Frozen, Platform
from opsconductor.domain.risk import RiskLevel

#: The version of `template.yml` this code writes; the one before is still read.
TEMPLATE_SCHEMA_VERSION = 1


class ParameterType(StrEnum):
    """What a parameter holds; decides recognition in a sentence and validation."""

    SERVICE = "service"
    PROCESS = "process"
    PACKAGE = "package"
    VERSION = "version"
    PATH = "path"  #: an absolute path on the target
    FILE = "file"  #: a name in the file library
    PORT = "port"
    HOST = "host"
    SECONDS = "seconds"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TEXT = "text"
    COMMAND = "command"  #: argument vector: a list of strings
    CHOICE = "choice"
    SECRET = "secret"  #: a credential's name or "generate"
    USER = "user"  #: an account on the target: alice, DOMAIN\\alice, svc_app$
    GROUP = "group"  #: a group of accounts on the target
    NAME = "name"  #: of a share, a scheduled task, a feature, a zone, a kernel setting, a registry value
    SCRIPT = "script"  #: a file of the library, or an absolute path on the target
    URL = "url"
    REPOSITORY = "repository"  #: where git clones from
    ADDRESS = "address"  #: an IP address or network
    MODE = "mode"  #: permissions: 0644, u+x, u=rwX,g=rX
    SIZE = "size"  #: 500 MB, 5G
    PERCENTAGE = "percentage"  #: 10%; a bare number counts
    THRESHOLD = "threshold"  #: a percentage, a size or a number
    REGISTRY_KEY = "registry_key"  #: HKLM:\\SOFTWARE\\Acme
    SCHEDULE = "schedule"  #: when: a cron line or a time; taken from the request's words about time
    TIMEZONE = "timezone"  #: Europe/Berlin, UTC, 'W. Europe Standard Time'
    DEVICE = "device"  #: what is mounted: /dev/sdb1, host:/export, //server/share, UUID=…
    GLOB = "glob"  #: an absolute path whose parts may hold * and ?
    WORDS = "words"  #: what a question is about: any words, the weakest of all
    PHRASE = "phrase"  #: several words, or a quoted text
    PUBLIC_KEY = "public_key"  #: of SSH, as a line of an authorized_keys file
    MOMENT = "moment"  #: a time of the past, UTC: 2026-03-04T10:00


class Offer(Frozen):
    """An answer a question may offer when a parameter is missing, taken from another step's parameter.

    Example: `file.copy` without `dest` offers the parameter `dest_service`, filled with the service
    that an earlier step names: "the program file of the service 'stationcontroller'".
    """

    fills: str  #: the parameter of this template that the answer fills instead
    from_parameter: ParameterType  #: taken from the nearest earlier step with a parameter of this type
    label: str  #: shown; `{value}` stands for the taken value


class Parameter(Frozen):
    """One typed parameter."""

    type: ParameterType
    description: str
    required: bool = False
    default: Any = None
    #: Words that introduce the value in a sentence: to, into, as, from, with mode…
    prepositions: tuple[str, ...] = ()
    #: Full-match allow-list; None: the type's own.
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    #: Another parameter that may stand instead of this one (exactly one of the two is then required).
    instead: str | None = None
    offers: tuple[Offer, ...] = ()
    #: A list of values is one value of this parameter, not one step each.
    many: bool = False
    #: The plan option that fills it when the request names no value of its own, e.g. verify_timeout.
    option: str | None = None
    #: How the value reads in a sentence, `{value}` standing for it; None: the value itself.
    phrase: str | None = None
    #: The question asked when it is missing; None: made from the description.
    question: str | None = None

    def deploys(self, value: Any) -> bool:
        """Whether the value names a file of the library: a script may also be a path on the target."""
        if self.type is ParameterType.SCRIPT:
            return isinstance(value, str) and not re.search(r"[/\\]", value)
        return self.type is ParameterType.FILE and isinstance(value, str)


class Pattern(Frozen):
    """One way to say it: words, `a|b` alternatives, `[…]` optional, `{name}` a parameter, `{verb}`/`{object}` lists,
    `{topic}` up to four words that describe the object and are no value."""

    text: str
    sets: dict[str, Any] = Field(default_factory=dict)  #: parameters that saying it this way implies
    #: Intents of further steps that saying it this way means, with the parameters of the same names.
    then: tuple[str, ...] = ()
    #: Forms that values must have for the pattern to count: "roll out X" installs only where X is an installer.
    fits: dict[str, str] = Field(default_factory=dict)
    #: The parameter that names a folder and stands for all that lies in it: "empty /srv/old" is about /srv/old/*.
    contents: str | None = None


class Grammar(Frozen):
    """How operators say it."""

    verbs: tuple[str, ...]
    objects: tuple[str, ...] = ()
    #: In template.yml a pattern without `sets` may be written as its text alone.
    patterns: tuple[Pattern, ...] = ()
    #: What says it without a verb: off, gone, new. Counts where the words stand in no pattern's order.
    states: tuple[str, ...] = ()
    #: Words that speak against this intent.
    negative: tuple[str, ...] = ()
    #: Intents that, said in one breath about the same thing, exclude this one ("start and stop nginx").
    contradicts: tuple[str, ...] = ()

    @field_validator("patterns", mode="before")
    @classmethod
    def _short_patterns(cls, value: Any) -> Any:
        """Read a bare string as a pattern that sets nothing."""
        if isinstance(value, list | tuple):
            return tuple({"text": item} if isinstance(item, str) else item for item in value)
        return value


class Example(Frozen):
    """A phrase without targets and what it must be read as; runs as a test when the catalogue loads."""

    text: str
    params: dict[str, Any] = Field(default_factory=dict)


class Returns(StrEnum):
    """What reading brings back; decides whether reading needs an approval."""

    STATE = "state"  #: facts about the target: running, 41 % free, version 1.2
    CONTENT = "content"  #: what files and pages hold, where anything may stand


class CheckMode(StrEnum):
    """Whether a dry run can tell what would change."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Undo(Frozen):
    """How a step is undone from what it captured."""

    sentence: str
    file: str = "undo.yml.j2"
    #: Task file of what remains to be done once the steps before it are undone: it needs what they put back.
    after: str | None = None


class Needs(Frozen):
    """What a step cannot run without and a request may leave open: it is planned, and says what to name."""

    one_of: tuple[str, ...]  #: parameters, one of which has a value
    text: str  #: what to do about it, a sentence


class AnswerTable(Frozen):
    """What a step answers on each target: columns in order. `opsc_s<N>` holds the values under their names, or under
    `rows` a list of mappings (or of lists in the order of the columns) where one target has several."""

    #: In template.yml `name: Title`, or `name: {title: Title, unit: bytes}`.
    columns: tuple[Column, ...]

    @field_validator("columns", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        if isinstance(value, dict):
            told = ((name, {"title": one} if isinstance(one, str) else one) for name, one in value.items())
            return tuple({"name": name, **one} for name, one in told)
        return value


class Template(Frozen):
    """One folder of `playbook_templates/`."""

    schema_version: int = TEMPLATE_SCHEMA_VERSION
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    title: str  #: imperative sentence without values: "Stop the service"
    #: The same with values for people, never for YAML names: "Stop service {service}"
    summary: str
    #: Platform → task file in the folder; empty: understood and planned, but it cannot run yet.
    platforms: dict[Platform, str] = Field(default_factory=dict)
    #: Task file for targets that nothing but telnet leads to; None: it cannot run there.
    telnet: str | None = None
    #: The intent this one is another way to do: copying from path to path is `file.copy` to whoever asks for it.
    variant_of: str | None = None
    #: Platforms it makes sense on beyond those it has a task file for; both empty: all.
    meant_for: tuple[Platform, ...] = ()
    grammar: Grammar
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    needs: Needs | None = None
    read_only: bool = False
    returns: Returns = Returns.STATE
    needs_targets: bool = True  #: false where records answer: what was run, which machines there are
    repeatable: bool = False  #: may safely run again when it is unknown whether it ran
    risk: RiskLevel
    risk_reason: str  #: why it has this level, a sentence
    #: What a changing step touches, as "service:{service}", "file:{dest}", "package:{package}".
    effects: tuple[str, ...] = ()
    undo: Undo | None = None
    irreversible: str | None = None  #: why it cannot be undone; changing templates give this or `undo`
    plain_only: str | None = None  #: why its steps need the plain execution profile, a sentence
    #: The parameter that names what it starts: it is watched where the plan asks to verify it, see `watching`.
    watch: str | None = None
    verify: str | None = None  #: how its effect is verified, a sentence
    #: Platform → how it is done where the first way does not exist on the target, a sentence. Its tasks have the role
    #: fallback and run only there.
    fallback: dict[Platform, str] = Field(default_factory=dict)
    check_mode: CheckMode = CheckMode.FULL
    sensitive: bool = False  #: content is never shown in a diff
    seconds: float = 2.0  #: usual seconds on one target, before there is history
    #: Labels of the `state` a step reports: state → what people read ("running" → "running").
    states: dict[str, str] = Field(default_factory=dict)
    #: What it answers on each target, shown as a table; None: nothing but its state.
    answer: AnswerTable | None = None
    #: Steps the product adds by itself before this one (origin policy): intent → parameter mapping
    #: (parameter of that intent → parameter of this one).
    before: dict[str, dict[str, str]] = Field(default_factory=dict)
    #: After a step of this intent on the same thing, what is meant instead: {"service.stop": "service.start"}.
    becomes: dict[str, str] = Field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    #: SHA-256 over all files of the folder, hex; filled by the loader.
    sha256: str = ""

    @property
    def systems(self) -> tuple[Platform, ...]:
        """Platforms it makes sense on: those with a task file and those still without one."""
        return tuple(p for p in Platform if p in self.platforms or p in self.meant_for) or tuple(Platform)

    @property
    def family(self) -> str:
        """The part before the dot: "service" of service.stop."""
        return self.id.split(".", 1)[0]


class Catalogue(Frozen):
    """All templates by id."""

    templates: dict[str, Template]

    def __iter__(self) -> Iterator[Template]:  # type: ignore[override]
        return iter(self.templates.values())

    def get(self, intent: str) -> Template | None:
        """The template of that id, if there is one."""
        return self.templates.get(intent)


class ManifestFault(Frozen):
    """One thing wrong with one template's manifest."""

    intent: str
    field: str
    message: str
    remedy: str
