# SPDX-License-Identifier: Apache-2.0
"""Reads and names the columns of CSV files: one row per asset, as spreadsheets write them."""

import csv
import re
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr, ValidationError

from inventories.import_set import AssetDraft, Findings, FoundSecret, GroupDraft, ImportSet
from inventories.variables import is_kept
from opsconductor.domain.assets import Become, ConnectionKind
from opsconductor.domain.base import Platform
from opsconductor.domain.secret_names import is_secretive
from opsconductor.domain.specs import ConnectionSpec

COLUMNS = (
    "name", "address", "platform", "os_version", "role", "tags", "description", "groups", "credential", "connection",
    "port", "user", "become", "become_user", "become_credential", "jump", "transport", "scheme", "verify", "ca_file",
)  # fmt: skip
_OTHER_NAMES = {
    "host": "name", "hostname": "name", "host_name": "name", "fqdn": "name", "asset": "name", "server": "name",
    "ip": "address", "ip_address": "address", "ipaddress": "address", "os": "platform", "operating_system": "platform",
    "osversion": "os_version", "group": "groups", "tag": "tags", "username": "user", "login": "user",
    "kind": "connection", "protocol": "connection", "jump_host": "jump", "notes": "description",
    "comment": "description",
}  # fmt: skip
_PASSWORDS = frozenset({"password", "pass", "passwd"})
_LISTS = frozenset({"groups", "tags", "jump"})
_SETTINGS = ("transport", "scheme", "verify", "ca_file")
_WINDOWS = (ConnectionKind.WINRM, ConnectionKind.PSRP)
_TRUE = frozenset({"true", "yes", "on", "1", "x"})
#: What spreadsheets take for a formula; the export puts an apostrophe before it.
FORMULA = re.compile(r"[=+\-@\t]")


def read_csv(text: str, source: str) -> ImportSet:
    """The assets of a CSV file with a header row; BadSource with every problem and its line."""
    findings = Findings(source)
    csv.field_size_limit(1_000_000)
    delimiter = _delimiter(text)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        header = _header(next(rows, []), findings)
        findings.raise_if_any()
        reader = _Reader(header, "|" if delimiter == ";" else ";|", findings)
        for row in rows:
            if any(cell.strip() for cell in row):
                reader.row(rows.line_num, row)
    except csv.Error as error:
        findings.problem(rows.line_num, f"no valid CSV: {error}")
    findings.raise_if_any()
    return ImportSet(
        format="csv",
        assets=tuple(reader.drafts.values()),
        groups=tuple(GroupDraft(name=name, line=line) for name, line in reader.groups.items()),
        secrets=tuple(reader.secrets),
        notes=tuple(findings.notes),
    )


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max((",", ";", "\t"), key=header.count)


def _header(cells: list[str], findings: Findings) -> list[str]:
    names = []
    for cell in cells:
        name = re.sub(r"[^a-z0-9]+", "_", cell.strip().lower()).strip("_")
        names.append(_OTHER_NAMES.get(name, name))
    if "name" not in names:
        findings.problem(1, f"no column is called 'name'; known columns are {', '.join(COLUMNS)}")
    for name in sorted({n for n in names if n and names.count(n) > 1}):
        findings.problem(1, f"two columns mean {name!r}")
    for name in names:
        if name and name not in COLUMNS and name not in _PASSWORDS:
            if is_secretive(name):
                findings.problem(1, f"column {name!r} looks like secrets; store them with 'opsc credentials add'")
            elif is_kept(name):
                findings.note(1, f"column {name!r} is not known; its cells become variables of the assets")
            else:
                findings.note(1, f"column {name!r} is not known and is not taken")
    return names


class _Reader:
    def __init__(self, header: list[str], separators: str, findings: Findings) -> None:
        self.header = header
        self.separators = re.compile(f"[{re.escape(separators)}]")
        self.findings = findings
        self.drafts: dict[str, AssetDraft] = {}
        self.groups: dict[str, int] = {}
        self.secrets: list[FoundSecret] = []

    def row(self, line: int, cells: list[str]) -> None:
        if len(cells) > len(self.header):
            self.findings.problem(line, f"{len(cells)} cells, but the header names {len(self.header)} columns")
            return
        found = {name: _plain(cell) for name, cell in zip(self.header, cells, strict=False) if name and cell.strip()}
        if "name" not in found:
            self.findings.problem(line, "the row has no name")
            return
        name = self.findings.name(line, found.pop("name"), "asset")
        try:
            draft = self.draft(name, line, found)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                place = ".".join(str(part) for part in fault["loc"])
                self.findings.problem(line, f"{place}: {fault['msg']}")
            return
        for group in draft.groups:
            self.groups.setdefault(self.findings.name(line, group, "asset group"), line)
        self.merge(draft, line)

    def draft(self, name: str, line: int, cells: dict[str, str]) -> AssetDraft:
        fields: dict[str, Any] = {"name": name, "line": line}
        for key in ("address", "os_version", "role", "description", "credential"):
            if key in cells:
                fields[key] = cells[key]
        for key in ("groups", "tags"):
            if key in cells:
                fields[key] = self.parts(cells[key])
        if "platform" in cells:
            fields["platform"] = _platform(cells["platform"])
        if password := next((cells.pop(key) for key in _PASSWORDS if key in cells), None):
            fields["credential"] = self.secret(name, line, cells.get("user"), password)
        if connection := self.connection(cells, fields.get("platform")):
            fields["connections"] = (connection,)
            if connection.kind in _WINDOWS:
                fields.setdefault("platform", Platform.WINDOWS)
        variables = {key: text for key, text in cells.items() if key not in COLUMNS and is_kept(key)}
        if variables:
            fields["variables"] = variables
        return AssetDraft(**fields)

    def connection(self, cells: dict[str, str], platform: Any) -> ConnectionSpec | None:
        about = ("connection", "port", "user", "become", "become_user", "become_credential", "jump", *_SETTINGS)
        if not any(key in cells for key in about):
            return None
        default = ConnectionKind.WINRM if platform == Platform.WINDOWS else ConnectionKind.SSH
        fields: dict[str, Any] = {"kind": cells.get("connection", default).lower()}
        for key in ("port", "user"):
            if key in cells:
                fields[key] = cells[key]
        if "jump" in cells:
            fields["jump"] = self.parts(cells["jump"])
        settings = {key: cells[key].lower() if key != "ca_file" else cells[key] for key in _SETTINGS if key in cells}
        if settings.get("verify") in ("no", "off", "0"):
            settings["verify"] = "false"
        return ConnectionSpec(**fields, settings=settings, become=_become(cells))

    def secret(self, name: str, line: int, user: str | None, password: str) -> str:
        credential = f"{user or 'login'}@{name}"
        self.secrets.append(
            FoundSecret(
                line=line,
                credential=credential,
                use="login",
                user=user,
                value=SecretStr(password),
                where=f"column 'password' of asset '{name}'",
            )
        )
        return credential

    def parts(self, cell: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.strip() for part in self.separators.split(cell) if part.strip()))

    def merge(self, draft: AssetDraft, line: int) -> None:
        """A second row of one asset may add groups and tags; anything else that differs is a problem."""
        before = self.drafts.get(draft.name)
        if before is None:
            self.drafts[draft.name] = draft
            return
        for field in draft.model_fields_set & before.model_fields_set - {"name", "line", "groups", "tags"}:
            if getattr(draft, field) != getattr(before, field):
                self.findings.problem(line, f"{field} of {draft.name!r} differs from line {before.line}")
        merged = {key: getattr(draft, key) for key in draft.model_fields_set - before.model_fields_set}
        for field in {"groups", "tags"} & draft.model_fields_set:
            merged[field] = tuple(dict.fromkeys((*getattr(before, field), *getattr(draft, field))))
        self.drafts[draft.name] = before.model_copy(update=merged)


def _plain(cell: str) -> str:
    """The cell without the apostrophe that keeps a spreadsheet from reading a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:2]) else cell


def _platform(text: str) -> str:
    """The platform in words such as "Windows Server 2019" or "Debian 12"; what is unknown fails validation."""
    lower = text.lower()
    if "windows" in lower:
        return Platform.WINDOWS
    known = (
        "linux",
        "debian",
        "ubuntu",
        "red hat",
        "redhat",
        "rhel",
        "centos",
        "rocky",
        "alma",
        "suse",
        "fedora",
        "oracle",
    )
    return Platform.LINUX if any(word in lower for word in known) else lower


def _become(cells: dict[str, str]) -> Become | None:
    method = cells.get("become", "").lower()
    if not method and not {"become_user", "become_credential"} & cells.keys():
        return None
    if method in ("no", "false", "off", "0"):
        return None
    fields: dict[str, Any] = {"method": "sudo" if not method or method in _TRUE else method}
    return Become(**fields, user=cells.get("become_user"), credential=cells.get("become_credential"))


def write_rows(rows: Iterable[dict[str, str]], stream: Any) -> None:
    """Rows as CSV with the columns in order; cells a spreadsheet would take for a formula are defused."""
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: f"'{text}" if FORMULA.match(text) else text for key, text in row.items()})
