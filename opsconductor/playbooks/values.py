# SPDX-License-Identifier: Apache-2.0
"""From a step's parameters to play variables: the only way a value of a request gets into a playbook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opsconductor.domain.files import LibraryFile
from opsconductor.domain.plans import Options, Step
from opsconductor.domain.quantities import amount
from opsconductor.domain.templates import Parameter, ParameterType, Template
from opsconductor.errors import InvalidInput
from opsconductor.playbooks.rendered import SecretVariable

NUMBERS = frozenset({ParameterType.PORT, ParameterType.SECONDS, ParameterType.INTEGER})
#: Always a list in the playbook, so that one or many packages are one task.
LISTS = frozenset({ParameterType.PACKAGE, ParameterType.COMMAND})
#: In the place of a credential's name: a random value, stored under a name of its own when a job is launched.
GENERATE = "generate"


class InvalidValue(InvalidInput):
    """A parameter's value cannot go into a playbook."""

    code = "invalid-value"


@dataclass(frozen=True)
class StepValues:
    """What one step's task file may know of its parameters."""

    variables: dict[str, Any] = field(default_factory=dict)  #: play variable → value, to be written `!unsafe`
    names: dict[str, str] = field(default_factory=dict)  #: parameter → name of its play variable
    given: dict[str, bool] = field(default_factory=dict)  #: parameter → whether it has a value
    staged: set[str] = field(default_factory=set)  #: parameters that are files of the library
    numbers: dict[str, int] = field(default_factory=dict)  #: parameters that are whole numbers
    choices: dict[str, str] = field(default_factory=dict)  #: values out of the template's own lists
    units: dict[str, str] = field(default_factory=dict)  #: thresholds: "percent" or "bytes"
    #: Play variable → where its value comes from: it is given to a run in memory, and stands in no playbook.
    secrets: dict[str, SecretVariable] = field(default_factory=dict)


def step_values(
    n: int,
    step: Step,
    template: Template,
    options: Options,
    files: Mapping[str, LibraryFile],
    plan_id: str,
    part: str = "",
) -> StepValues:
    """The values of step `n` (1-based), or of a `part` of it, whose variables are named apart. Raises InvalidValue."""
    for name in step.params:
        if name not in template.parameters:
            raise InvalidValue(
                f"Step {n}: {template.id} has no parameter '{name}'.",
                remedy=f"It takes {', '.join(template.parameters) or 'none'}.",
            )
    values = StepValues()
    for name, parameter in template.parameters.items():
        value = _effective(name, parameter, step, options)
        values.given[name] = value is not None
        if value is None:
            continue
        where = f"Step {n}: parameter '{name}' of {template.id}"
        variable = f"opsc_p{n}_{part}{name}"
        values.names[name] = variable
        if parameter.type is ParameterType.FILE or parameter.deploys(value):
            values.staged.add(name)
            _file(where, variable, name, value, files, values)
        elif parameter.type is ParameterType.THRESHOLD:
            _threshold(where, variable, name, value, values)
        elif parameter.type is ParameterType.SECRET:
            values.secrets[variable] = _secret(where, value, plan_id, n)
        else:
            values.variables[variable] = _typed(where, name, parameter, value, values)
    return values


def _secret(where: str, value: Any, plan_id: str, n: int) -> SecretVariable:
    """The stored credential that holds the value; one of this plan's own where a random one is wanted."""
    if value == GENERATE:
        return SecretVariable(credential=f"generated-{plan_id[-12:]}-{n}", generate=True)
    return SecretVariable(credential=_text(where, value))


def _effective(name: str, parameter: Parameter, step: Step, options: Options) -> Any:
    """The request's own value, else the plan option that stands for it, else the default."""
    value = step.params.get(name)
    if value is None and parameter.option is not None:
        value = getattr(options, parameter.option, None)
    return parameter.default if value is None else value


def _typed(where: str, name: str, parameter: Parameter, value: Any, values: StepValues) -> Any:
    if parameter.type in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidValue(f"{where} must be a whole number.", remedy="Correct the plan.")
        values.numbers[name] = value
        return value
    if parameter.type is ParameterType.BOOLEAN:
        if not isinstance(value, bool):
            raise InvalidValue(f"{where} must be true or false.", remedy="Correct the plan.")
        return value
    if parameter.type in LISTS or parameter.many:
        items = list(value) if isinstance(value, list | tuple) else [value]
        if parameter.type is ParameterType.CHOICE:
            return [_choice(where, parameter, item) for item in items]
        return [_text(where, item) for item in items]
    if parameter.type is ParameterType.CHOICE:
        values.choices[name] = _choice(where, parameter, value)
        return values.choices[name]
    return _text(where, value)


def _choice(where: str, parameter: Parameter, value: Any) -> str:
    text = _text(where, value)
    if text not in parameter.choices:
        raise InvalidValue(f"{where} must be one of {', '.join(parameter.choices)}.", remedy="Correct the plan.")
    return text


def _threshold(where: str, variable: str, name: str, value: Any, values: StepValues) -> None:
    """A percentage or size: as it was said, and as the number of per cent or bytes it is compared by."""
    text = _text(where, str(value) if isinstance(value, int | float) else value)
    try:
        number, unit = amount(text)
    except InvalidInput as error:
        raise InvalidValue(f"{where}: {error.message}", remedy=error.remedy) from None
    values.units[name] = unit.value
    for suffix, content in {"": text, "_number": int(number) if number.is_integer() else number}.items():
        values.names[name + suffix] = variable + suffix
        values.variables[variable + suffix] = content


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidValue(f"{where} must be text.", remedy="Correct the plan.")
    if any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in value):
        raise InvalidValue(f"{where} holds characters that are no text.", remedy="Write it anew.")
    return value


def _file(
    where: str, variable: str, name: str, value: Any, files: Mapping[str, LibraryFile], values: StepValues
) -> None:
    """A library file: where it is staged, its SHA-256 and its own name, as three play variables."""
    file = files.get(_text(where, value))
    if file is None:
        raise InvalidValue(
            f"{where} names '{value}', which is not in the file library.",
            remedy="Add it with 'opsc files add', or choose one of 'opsc files list'.",
        )
    if "$" in file.name:
        # Ansible expands environment variables in every path it is given.
        raise InvalidValue(
            f"{where} names '{value}': a '$' is not possible there.", remedy="Add it under another name."
        )
    more = {"": f"files/{file.sha256}/{file.name}", "_sha256": file.sha256, "_name": file.name}
    for suffix, content in more.items():
        values.names[name + suffix] = variable + suffix
        values.variables[variable + suffix] = content
