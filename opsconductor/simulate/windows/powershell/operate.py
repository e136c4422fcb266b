# SPDX-License-Identifier: Apache-2.0
"""PowerShell's operators, casts and the few .NET methods that are simulated."""

from __future__ import annotations

import base64
import datetime as dt
import ntpath
import re
from collections.abc import Callable
from typing import Any

from opsconductor.simulate.windows.failure import NotSimulated
from opsconductor.simulate.windows.fault import wildcard
from opsconductor.simulate.windows.powershell.error import CommandError
from opsconductor.simulate.windows.powershell.value import (
    Thing,
    as_list,
    file_time,
    from_file_time,
    lookup,
    number,
    property_of,
    text,
    truth,
)


def _numeric(value: Any) -> int | float:
    found = number(value)
    if found is None:
        raise CommandError(
            f'Cannot convert value "{text(value)}" to type "System.Int32".', "InvalidCastFromStringToInteger"
        )
    return found


def equal(left: Any, right: Any, *, case: bool = False) -> bool:
    """`-eq`: the right side takes the left side's type."""
    if isinstance(left, str):
        other = text(right)
        return left == other if case else left.lower() == other.lower()
    if isinstance(left, bool):
        return left == truth(right)
    if isinstance(left, int | float):
        return left == number(right)
    if isinstance(left, Thing) and isinstance(right, str):
        return text(left).lower() == right.lower()
    return bool(left == right)


def _order(left: Any, right: Any) -> int:
    if isinstance(left, str):
        one, other = left.lower(), text(right).lower()
        return (one > other) - (one < other)
    if isinstance(left, dt.datetime | dt.timedelta) and isinstance(right, type(left)):
        return (left > right) - (left < right)  # type: ignore[operator]
    first, second = _numeric(left), _numeric(right)
    return (first > second) - (first < second)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": equal,
    "ceq": lambda a, b: equal(a, b, case=True),
    "ne": lambda a, b: not equal(a, b),
    "cne": lambda a, b: not equal(a, b, case=True),
    "gt": lambda a, b: _order(a, b) > 0,
    "ge": lambda a, b: _order(a, b) >= 0,
    "lt": lambda a, b: _order(a, b) < 0,
    "le": lambda a, b: _order(a, b) <= 0,
    "like": lambda a, b: wildcard(text(b), text(a)),
    "notlike": lambda a, b: not wildcard(text(b), text(a)),
    "match": lambda a, b: re.search(text(b), text(a), re.IGNORECASE) is not None,
    "cmatch": lambda a, b: re.search(text(b), text(a)) is not None,
    "notmatch": lambda a, b: re.search(text(b), text(a), re.IGNORECASE) is None,
}


def binary(operator: str, left: Any, right: Any) -> Any:
    """The value of `left -operator right`. Raises NotSimulated, CommandError."""
    compare = _COMPARE.get(operator)
    if compare is not None:
        if isinstance(left, list):
            return [one for one in left if compare(one, right)]
        return compare(left, right)
    match operator:
        case "contains" | "notcontains":
            return any(equal(one, right) for one in as_list(left)) == (operator == "contains")
        case "in" | "notin":
            return any(equal(left, one) for one in as_list(right)) == (operator == "in")
        case "is" | "isnot":
            return is_type(left, text(right)) == (operator == "is")
        case "as":
            return cast(text(right), left)
        case "replace" | "creplace":
            return _replace(left, right, re.NOFLAG if operator == "creplace" else re.IGNORECASE)
        case "split":
            return [piece for one in as_list(left) for piece in re.split(text(right), text(one), flags=re.IGNORECASE)]
        case "join":
            return text(right).join(text(one) for one in as_list(left))
        case "f":
            return _format(text(left), as_list(right))
        case "..":
            first, last = int(_numeric(left)), int(_numeric(right))
            return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))
    return _arithmetic(operator, left, right)


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    if operator == "+":
        if isinstance(left, list):
            return left + as_list(right)
        if isinstance(left, dict) and isinstance(right, dict):
            return {**left, **right}
        if isinstance(left, str):
            return left + text(right)
        if isinstance(left, dt.datetime) and isinstance(right, dt.timedelta):
            return left + right
        if left is None:
            return right
    if operator == "-" and isinstance(left, dt.datetime) and isinstance(right, dt.datetime | dt.timedelta):
        return left - right
    if operator == "*" and isinstance(left, str):
        return left * int(_numeric(right))
    first, second = _numeric(left), _numeric(right)
    match operator:
        case "+":
            return first + second
        case "-":
            return first - second
        case "*":
            return first * second
        case "/" | "%":
            if second == 0:
                raise CommandError("Attempted to divide by zero.", "RuntimeException")
            result = first / second if operator == "/" else first % second
            return int(result) if float(result).is_integer() else result
        case "band":
            return int(first) & int(second)
        case "bor":
            return int(first) | int(second)
    raise NotSimulated(f"The PowerShell operator -{operator}")


def _replace(left: Any, right: Any, flags: re.RegexFlag) -> Any:
    pattern, *rest = as_list(right)
    new = re.sub(r"\$(\d+)", r"\\\1", text(rest[0]).replace("\\", "\\\\")) if rest else ""
    done = [re.sub(text(pattern), new, text(one), flags=flags) for one in as_list(left)]
    return done if isinstance(left, list) else (done[0] if done else "")


def _format(template: str, values: list[Any]) -> str:
    def fill(match: re.Match[str]) -> str:
        value, style = values[int(match[1])], match[3] or ""
        if style[:1].upper() in ("N", "F"):
            digits = int(style[1:] or 2)
            shown = f"{_numeric(value):,.{digits}f}" if style[:1].upper() == "N" else f"{_numeric(value):.{digits}f}"
        elif style[:1].upper() == "D":
            shown = f"{int(_numeric(value)):0{int(style[1:] or 0)}d}"
        elif style[:1].upper() == "X":
            shown = f"{int(_numeric(value)):0{int(style[1:] or 0)}X}"
        elif isinstance(value, dt.datetime) and style:
            shown = format_moment(value, style)
        else:
            shown = text(value)
        width = int(match[2] or 0)
        return shown.ljust(-width) if width < 0 else shown.rjust(width)

    filled = re.sub(r"\{(\d+)(?:,(-?\d+))?(?::([^}]+))?\}", fill, template.replace("{{", "\0").replace("}}", "\1"))
    return filled.replace("\0", "{").replace("\1", "}")


_MOMENT = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "fff": "%f", "yy": "%y"}


def format_moment(value: dt.datetime, style: str) -> str:
    """A DateTime in a custom format such as `yyyyMMdd-HHmmss`; `o` and `s` are ISO 8601."""
    if style in ("o", "O", "s", "u"):
        return value.strftime("%Y-%m-%dT%H:%M:%S" + (".%f0Z" if style in ("o", "O") else ""))
    shown = value.strftime(
        re.sub("yyyy|MM|dd|HH|mm|ss|yy", lambda match: _MOMENT[match[0]], style.replace("fff", "\0"))
    )
    return shown.replace("\0", f"{value.microsecond // 1000:03d}")


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "int32": (int,),
    "int64": (int,),
    "long": (int,),
    "double": (float,),
    "bool": (bool,),
    "boolean": (bool,),
    "array": (list,),
    "object[]": (list,),
    "hashtable": (dict,),
    "datetime": (dt.datetime,),
}


def is_type(value: Any, name: str) -> bool:
    short = name.lower().removeprefix("system.")
    if short in _TYPES:
        return isinstance(value, _TYPES[short]) and not (short.startswith("int") and isinstance(value, bool))
    return isinstance(value, Thing) and value.kind.lower().endswith(short)


def cast(name: str, value: Any) -> Any:
    """`[name]value`. Raises NotSimulated for other types."""
    short = name.lower().removeprefix("system.").removeprefix("management.automation.")
    if short.endswith("[]"):
        return [cast(short[:-2], one) for one in as_list(value)]
    match short:
        case "char" if isinstance(value, int):
            return chr(value)
        case "string" | "version" | "char" | "guid" | "uri":
            return text(value)
        case "int" | "int32" | "int64" | "long" | "uint32" | "uint64":
            return round(_numeric(value))
        case "double" | "float" | "decimal" | "single":
            return float(_numeric(value))
        case "bool" | "boolean" | "switch" | "switchparameter":
            return truth(value)
        case "pscustomobject" | "psobject":
            return (
                Thing("System.Management.Automation.PSCustomObject", dict(value)) if isinstance(value, dict) else value
            )
        case "array" | "object":
            return as_list(value) if short == "array" else value
        case "hashtable" | "ordered":
            return value
        case "void":
            return None
        case "net.security.remotecertificatevalidationcallback":
            return value
        case "datetime":
            return (
                value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(text(value)).astimezone(dt.UTC)
            )
    raise NotSimulated(f"The PowerShell type [{name}]")


def _text_methods(value: str) -> dict[str, Callable[..., Any]]:
    def split(*marks: Any) -> list[str]:
        return re.split("|".join(re.escape(text(mark)) for mark in marks), value) if marks else value.split()

    return {
        "tolower": value.lower,
        "tolowerinvariant": value.lower,
        "toupper": value.upper,
        "toupperinvariant": value.upper,
        "trim": lambda *c: value.strip(*[text(one) for one in c]),
        "trimstart": lambda *c: value.lstrip(*[text(one) for one in c]),
        "trimend": lambda *c: value.rstrip(*[text(one) for one in c]),
        "replace": lambda old, new: value.replace(text(old), text(new)),
        "split": split,
        "contains": lambda part: text(part) in value,
        "startswith": lambda part, *_: (
            value.lower().startswith(text(part).lower()) if _ else value.startswith(text(part))
        ),
        "endswith": lambda part, *_: value.lower().endswith(text(part).lower()) if _ else value.endswith(text(part)),
        "indexof": lambda part, *_: value.lower().find(text(part).lower()) if _ else value.find(text(part)),
        "substring": lambda start, length=None: value[start:] if length is None else value[start : start + length],
        "padleft": lambda width, fill=" ": value.rjust(width, fill),
        "padright": lambda width, fill=" ": value.ljust(width, fill),
        "equals": lambda other: value == text(other),
    }


def call_method(target: Any, name: str, arguments: list[Any]) -> Any:
    """`$target.name(…)`. Raises NotSimulated."""
    low = name.lower()
    if low == "tostring":
        return (
            format_moment(target, text(arguments[0])) if arguments and isinstance(target, dt.datetime) else text(target)
        )
    if low == "gettype":
        kind = target.kind if isinstance(target, Thing) else f"System.{type(target).__name__.capitalize()}"
        return Thing("System.RuntimeType", {"Name": kind.rpartition(".")[2], "FullName": kind}, text=kind)
    if isinstance(target, str) and low in (methods := _text_methods(target)):
        return methods[low](*arguments)
    if isinstance(target, dt.datetime):
        spans = {"addseconds": "seconds", "addminutes": "minutes", "addhours": "hours", "adddays": "days"}
        if low in spans:
            return target + dt.timedelta(**{spans[low]: _numeric(arguments[0])})
        if low in ("tofiletime", "tofiletimeutc"):
            return file_time(target)
        if low in ("touniversaltime", "tolocaltime"):
            return target
    if isinstance(target, dict):
        if low in ("containskey", "contains"):
            return any(str(key).lower() == text(arguments[0]).lower() for key in target)
        if low == "add":
            target[arguments[0]] = arguments[1]
            return None
        if low == "remove":
            target.pop(next((k for k in target if str(k).lower() == text(arguments[0]).lower()), None), None)
            return None
        if low == "getenumerator":
            return [
                Thing("System.Collections.DictionaryEntry", {"Name": k, "Key": k, "Value": v})
                for k, v in target.items()
            ]
    if isinstance(target, list) and low in ("contains", "add"):
        return any(equal(one, arguments[0]) for one in target) if low == "contains" else target.append(arguments[0])
    if isinstance(target, Thing):
        method = target.methods.get(low)
        if method is not None:
            return method(*arguments)
    raise NotSimulated(f"The method .{name}() of {text(target)[:60] or 'null'}")


def static_value(kind: str, name: str) -> Any:
    """`[kind]::name`. Raises NotSimulated."""
    match (kind.lower().removeprefix("system."), name.lower()):
        case ("datetime", "now" | "utcnow"):
            return dt.datetime.now(dt.UTC)
        case ("environment", "newline"):
            return "\r\n"
        case ("string", "empty"):
            return ""
        case ("int32" | "int", "maxvalue"):
            return 2**31 - 1
        case ("console", "outputencoding" | "inputencoding"):
            return Thing("System.Text.UTF8Encoding")
        case ("text.encoding", "utf8" | "ascii" | "unicode"):
            return Thing("System.Text.UTF8Encoding")
        case ("io.searchoption" | "stringcomparison" | "security.authentication.sslprotocols", _):
            return name
    raise NotSimulated(f"The .NET member [{kind}]::{name}")


def call_static(kind: str, name: str, arguments: list[Any]) -> Any:
    """`[kind]::name(…)` that needs no host. Raises NotSimulated."""
    texts = [text(one) for one in arguments]
    match (kind.lower().removeprefix("system."), name.lower()):
        case ("math", "round"):
            digits = int(_numeric(arguments[1])) if len(arguments) > 1 else 0
            rounded = round(float(_numeric(arguments[0])), digits)
            return int(rounded) if rounded.is_integer() else rounded
        case ("math", "floor" | "ceiling" | "truncate" | "abs" | "max" | "min"):
            return _math(name.lower(), [_numeric(one) for one in arguments])
        case ("string", "isnullorempty"):
            return not texts[0]
        case ("string", "isnullorwhitespace"):
            return not texts[0].strip()
        case ("string", "join"):
            return texts[0].join(
                text(one) for one in (arguments[1] if isinstance(arguments[1], list) else arguments[1:])
            )
        case ("string", "format"):
            return _format(texts[0], arguments[1:])
        case ("io.path", "combine"):
            return ntpath.join(*texts)
        case ("io.path", "getfilename"):
            return ntpath.basename(texts[0])
        case ("io.path", "getdirectoryname"):
            return ntpath.dirname(texts[0])
        case ("io.path", "getextension"):
            return ntpath.splitext(texts[0])[1]
        case ("io.path", "getfilenamewithoutextension"):
            return ntpath.splitext(ntpath.basename(texts[0]))[0]
        case ("convert", "tobase64string"):
            return base64.b64encode(bytes(arguments[0])).decode()
        case ("regex", "escape") | ("text.regularexpressions.regex", "escape"):
            return re.escape(texts[0])
        case ("datetime", "fromfiletimeutc" | "fromfiletime"):
            return from_file_time(int(_numeric(arguments[0])))
        case ("datetime", "parse"):
            return dt.datetime.fromisoformat(texts[0]).astimezone(dt.UTC)
        case ("timespan", "fromseconds" | "fromminutes" | "fromhours"):
            return dt.timedelta(**{name.lower().removeprefix("from"): _numeric(arguments[0])})
    raise NotSimulated(f"The .NET method [{kind}]::{name}()")


def _math(name: str, values: list[int | float]) -> int | float:
    match name:
        case "floor":
            return int(values[0] // 1)
        case "ceiling":
            return int(-(-values[0] // 1))
        case "truncate":
            return int(values[0])
        case "abs":
            return abs(values[0])
    return max(values) if name == "max" else min(values)


def index(target: Any, at: Any) -> Any:
    """`$target[at]`; out of range is null."""
    if isinstance(at, list):
        return [index(target, one) for one in at]
    if isinstance(target, dict):
        return lookup(target, at)
    if isinstance(target, Thing) and isinstance(at, str):
        return property_of(target, at)
    position = int(_numeric(at))
    values: Any = target if isinstance(target, str) else as_list(target)
    return values[position] if -len(values) <= position < len(values) else None
