# SPDX-License-Identifier: Apache-2.0
"""Loads every `playbook_templates/<family>/<name>/template.yml` into one checked catalogue."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from opsconductor.domain.templates import TEMPLATE_SCHEMA_VERSION, Catalogue, ManifestFault, Template
from opsconductor.errors import Broken, InvalidInput
from opsconductor.playbooks.kept import keep, kept_name, read_kept
from opsconductor.playbooks.manifest import faults_of
from opsconductor.playbooks.scaffold import MARK, unfilled

MANIFEST = "template.yml"

#: Reads a catalogue and yields what is wrong with its phrases; the planner gives one (`planner.examples`).
ExampleCheck = Callable[[Catalogue], Iterable[ManifestFault]]


class TemplateError(InvalidInput):
    """A playbook template cannot be used."""

    code = "template"


def shipped_templates() -> Path:
    """The folder of the templates that come with the product: in the wheel, else at the top of a checkout."""
    packaged = Path(str(resources.files("opsconductor"))) / "_data" / "playbook_templates"
    checkout = Path(__file__).resolve().parents[2] / "playbook_templates"
    for folder in (packaged, checkout):
        if folder.is_dir():
            return folder
    raise Broken("The shipped playbook templates are missing.", remedy="Install OpsConductor again.")


def template_paths(further: Iterable[Path] = ()) -> tuple[Path, ...]:
    """The shipped folder and the further ones of the settings, in order of search."""
    return (shipped_templates(), *further)


def load_catalogue(
    paths: Iterable[Path], check_examples: ExampleCheck | None = None, *, cache: Path | None = None
) -> Catalogue:
    """All templates under the given folders, checked against each other.

    `check_examples` runs the templates' own examples as tests. `cache` is a folder of this user where a checked
    catalogue is kept for the next time. Raises TemplateError at the first fault, naming file, field and remedy.
    """
    hashes = {manifest: folder_hash(manifest.parent) for root in paths for manifest in _manifests(root)}
    file = cache / kept_name((str(path), sha256) for path, sha256 in hashes.items()) if cache else None
    if file is not None and check_examples is None and (kept := read_kept(file)):
        return kept
    catalogue, files, faults = _gather(paths, hashes)
    for error in faults:
        raise error
    for fault in _all_faults(catalogue, check_examples):
        raise _error(files[fault.intent], fault.field, fault.message, fault.remedy)
    if file is not None:
        keep(catalogue, file)
    return catalogue


def find_faults(paths: Iterable[Path], check_examples: ExampleCheck | None = None) -> list[TemplateError]:
    """Everything that `load_catalogue` would stop at, all of it, for whoever writes templates. Where a manifest
    cannot be read at all, the others are checked as if it were not there."""
    catalogue, files, faults = _gather(paths, {})
    found = [*faults, *(_error(files[f.intent], f.field, f.message, f.remedy) for f in _all_faults(catalogue, None))]
    if check_examples is not None and not found:
        found += [_error(files[f.intent], f.field, f.message, f.remedy) for f in check_examples(catalogue)]
    return found


def _manifests(root: Path) -> list[Path]:
    return sorted(root.glob(f"*/*/{MANIFEST}"))


def _gather(paths: Iterable[Path], hashes: dict[Path, str]) -> tuple[Catalogue, dict[str, Path], list[TemplateError]]:
    """The templates that can be read, their manifests, and why others cannot; `hashes` of folders that are known."""
    loaded: dict[str, tuple[Template, Path]] = {}
    faults: list[TemplateError] = []
    for root in paths:
        if not root.is_dir():
            missing = f"{root}: there is no such template folder."
            faults.append(TemplateError(missing, remedy="Correct the setting template_path."))
        for manifest in _manifests(root):
            try:
                template = load_template(manifest, hashes.get(manifest))
            except TemplateError as error:
                faults.append(error)
                continue
            if template.id in loaded:
                text = f"{template.id} is the id of {loaded[template.id][1]} as well"
                faults.append(_error(manifest, "id", text, "Give one of the two another id, and its folder that name."))
                continue
            loaded[template.id] = (template, manifest)
    catalogue = Catalogue(templates={key: loaded[key][0] for key in sorted(loaded)})
    return catalogue, {key: file for key, (_, file) in loaded.items()}, faults


def load_template(manifest: Path, sha256: str | None = None) -> Template:
    """One template from its manifest, with the SHA-256 (hex) of its folder; checked by itself only."""
    if places := "; ".join(unfilled(manifest.parent)):
        _fail(manifest, "", f"there is still something to fill in: {places}", f"Replace every mark {MARK} …>.")
    raw = _read(manifest)
    version = raw.get("schema_version", TEMPLATE_SCHEMA_VERSION)
    if version not in (TEMPLATE_SCHEMA_VERSION - 1, TEMPLATE_SCHEMA_VERSION):
        _fail(manifest, "schema_version", f"{version!r} cannot be read", f"Write version {TEMPLATE_SCHEMA_VERSION}.")
    try:
        template = Template.model_validate({**raw, "sha256": sha256 or folder_hash(manifest.parent)})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        _fail(manifest, field, first["msg"], "See docs/reference/manifest.md for what the field takes.")
    family, name = manifest.parent.parent.name, manifest.parent.name
    if template.id != f"{family}.{name}":
        _fail(manifest, "id", f"{template.id} does not fit its folder", f"Name it {family}.{name} or move the folder.")
    _check_files(template, manifest)
    return template


def folder_hash(folder: Path) -> str:
    """SHA-256 (hex) over the names and contents of all files of a template's folder; editors' leavings are left out."""
    total = hashlib.sha256()
    files = (f for f in folder.rglob("*") if f.is_file() and not f.name.startswith(".") and not f.name.endswith("~"))
    for file in sorted(files, key=lambda f: f.relative_to(folder).as_posix()):
        name = file.relative_to(folder).as_posix()
        total.update(f"{len(name)}:{name}:".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _check_files(template: Template, manifest: Path) -> None:
    """Every task file that the manifest names must lie beside it."""
    named = {f"platforms.{platform}": file for platform, file in template.platforms.items()}
    if template.telnet is not None:
        named["telnet"] = template.telnet
    if template.undo is not None and template.platforms:
        named["undo.file"] = template.undo.file
        if template.undo.after is not None:
            named["undo.after"] = template.undo.after
    for field, file in named.items():
        if not (manifest.parent / file).is_file() or Path(file).name != file:
            _fail(manifest, field, f"there is no file {file} in the folder", "Add the task file or drop the entry.")


def _all_faults(catalogue: Catalogue, check_examples: ExampleCheck | None) -> Iterator[ManifestFault]:
    for template in catalogue:
        yield from faults_of(template, catalogue)
    if check_examples is not None:
        yield from check_examples(catalogue)


def _read(manifest: Path) -> dict[str, Any]:
    # Not at the top: where a catalogue is kept, nothing is parsed.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe").load(manifest.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        _fail(manifest, "", f"this is not YAML: {error}", "Correct the file.")
    if not isinstance(raw, dict):
        _fail(manifest, "", "this is not a mapping", "Start with `schema_version: 1`.")
    return {str(key): value for key, value in raw.items()}


def _fail(manifest: Path, field: str, message: str, remedy: str) -> NoReturn:
    raise _error(manifest, field, message, remedy)


def _error(manifest: Path, field: str, message: str, remedy: str) -> TemplateError:
    where = f"{manifest}: {field}" if field else str(manifest)
    return TemplateError(f"{where}: {message}.", remedy=remedy, file=str(manifest), field=field)
