# SPDX-License-Identifier: Apache-2.0
"""What a follow-up changes in the steps of the plan before: another value, further ones."""

from dataclasses import replace

from opsconductor.domain.conversations import JobOutcome
from opsconductor.domain.plans import Evidence, Origin, Outcome, Plan, Selector, Step, Targets
from opsconductor.domain.templates import Catalogue, Parameter, ParameterType, Template
from opsconductor.errors import InvalidInput, Refused
from planner.idioms import exchanges
from planner.overlay import ground, with_steps
from planner.pointing import Mark
from planner.replies import looks_like
from planner.revisions import Reader, Revised, Said, Unclear, on_machines, with_options
from planner.tokens import Kind, Token
from planner.values import check_value
from planner.vocabulary import Vocabulary
from planner.words import FILLERS, JOINTS, PREPOSITIONS, STRONG_BREAKS, words_of

_BREAKS = STRONG_BREAKS | JOINTS
#: Nouns for values of a type.
_KINDS = frozenset(kind.value for kind in ParameterType)
_FILES = frozenset({ParameterType.FILE, ParameterType.SCRIPT})


def base(before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """The plan before as it is, or on the machines that are said as well."""
    if said.phrases or said.count:
        return on_machines(before, job, said, plan_id, reader)
    anew = said.pointing.has(Mark.SAME, Mark.AGAIN)
    return with_options(Revised(ground(before, plan_id, said.text), "", not anew), said, reader)


def titles(before: Plan) -> str:
    """The user's steps in words."""
    return ", ".join(s.title for s in before.steps if s.origin is Origin.USER)


# -- another value --------------------------------------------------------------------------------------------


def with_value(before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """`use version 2.1.3`, `to /srv/app instead`, `apache2 instead of nginx`; None when no single value is said."""
    content, old = _replaced(said, before)
    content = tuple(t for t in content if t.is_literal or t.low not in _FRAME)
    values = [t for t in content if _is_value(t, reader.vocabulary)]
    cues = [t.low for t in content if t not in values]
    known = _cue_words(before, reader.catalogue)
    if len(values) == 2 and not values[0].is_literal and values[0].low in known:
        cues.append(values.pop(0).low)
    if len(values) != 1 or any(c not in known for c in cues):
        return None
    value = values[0]
    framed = said.pointing.has(Mark.INSTEAD) or old is not None
    if not framed and not _is_framed(said, cues, value, before, reader.catalogue):
        return None
    try:
        places = _places(before, value, cues, old, reader)
    except Unclear:
        if not framed:
            return None
        raise
    revised = base(before, job, said, plan_id, reader)
    return None if revised is None else _put(revised, before, places, value, reader.catalogue)


#: "Set it to", "it should be", "give him the".
_FRAME = words_of(
    """set change make put give call name named called it him her them should be is must shall would better rather
    prefer use take want i i'd we let's lets needs have has mean meant that this"""
)


_WISHES, _SETTING = words_of("should better rather prefer"), words_of("set change make put call name")
_POINTED = words_of("it that this him her them should better")


def _is_framed(said: Said, cues: list[str], value: Token, before: Plan, catalogue: Catalogue) -> bool:
    """Whether the words around a value say that a step of the plan before is to have it."""
    low = [t.low for t in said.raw if t.kind is not Kind.PUNCTUATION]
    nouns = [c for c in cues if c in own_nouns(before, catalogue)]
    if nouns:
        return True
    opened = _WISHES & set(low) or _SETTING & set(low[:2])
    pointed = _POINTED & set(low)
    placed = bool(low) and low[0] in PREPOSITIONS and len(low) <= 3 and value.kind is not Kind.WORD
    return bool(opened and pointed) or placed


def own_nouns(before: Plan, catalogue: Catalogue) -> set[str]:
    """Words that the parameters of a plan's steps are called by."""
    found: set[str] = set()
    for step in before.steps:
        template = catalogue.get(step.intent)
        if template is not None and step.origin is Origin.USER:
            found |= {w for name in template.parameters for w in name.split("_")}
            found |= {"destination"} if "dest" in template.parameters else set()
    return found


def _replaced(said: Said, before: Plan) -> tuple[tuple[Token, ...], str | None]:
    """The content without what stands behind "instead of", and that."""
    held = {str(v).casefold() for s in before.steps for v in s.params.values()}
    for pair in exchanges(said.text):
        old = said.text[slice(*pair.old)].strip(" '\"`")
        fresh = [t for t in said.raw if pair.new[0] <= t.start and t.end <= pair.new[1]]
        if old.casefold() in held and fresh:
            return tuple(fresh), old
    ends = [f.end for f in said.pointing.found if f.mark is Mark.INSTEAD]
    for at, token in enumerate(said.raw[:-1]):
        if token.low == "of" and any(0 <= token.start - end <= 1 for end in ends):
            gone = said.raw[at + 1]
            return tuple(t for t in said.content if t is not gone), gone.value
    return said.content, None


def _is_value(token: Token, vocabulary: Vocabulary) -> bool:
    return (
        token.is_literal
        or token.kind is Kind.NUMBER
        or (token.kind is Kind.WORD and token.low not in vocabulary.reserved | PREPOSITIONS | {"with", "by", "as"})
    )


def _cue_words(before: Plan, catalogue: Catalogue) -> set[str]:
    words = set(PREPOSITIONS) | _KINDS | {"with", "by", "as", "new", "is", "be"}
    for step in before.steps:
        template = catalogue.get(step.intent)
        for name, parameter in template.parameters.items() if template else ():
            words |= _nouns(name, parameter)
    return words


def _nouns(name: str, parameter: Parameter) -> set[str]:
    more = {"destination"} if name == "dest" else {"source", "file"} if name == "src" else set()
    return {*name.split("_"), parameter.type.value, *more}


def _places(
    before: Plan, value: Token, cues: list[str], old: str | None, reader: Reader
) -> list[tuple[int, str, Parameter]]:
    """Step and parameter that the value is for; all of them where they hold the same value now."""
    every = [
        (at, name, parameter)
        for at, step in enumerate(before.steps)
        if step.origin is Origin.USER and (template := reader.catalogue.get(step.intent)) is not None
        for name, parameter in template.parameters.items()
        if looks_like(parameter, value, reader.vocabulary, reader.index.estate)
        or _new_file(parameter, value)
        or _as_now(parameter, step.params.get(name), value)
        or (not _nouns(name, parameter).isdisjoint(cues) and _fits(name, parameter, value))
    ]
    filled = {e.path for e in before.evidence if e.source.startswith(("default:", "option:"))}
    nouns = [p for p in every if any(c in _nouns(p[1], p[2]) for c in cues)]
    given = [
        p
        for p in every
        if before.steps[p[0]].params.get(p[1]) is not None and f"steps[{p[0]}].params.{p[1]}" not in filled
    ]
    introduced = [p for p in every if any(c in p[2].prepositions for c in cues) and (p in given or p[2].required)]
    found = nouns if nouns or not _KINDS.isdisjoint(cues) else introduced or given
    if value.value in reader.index.estate.files and any(p[2].type in _FILES for p in found):
        found = [p for p in found if p[2].type in _FILES]
    now = {p[:2]: str(before.steps[p[0]].params.get(p[1])).casefold() for p in found}
    if old is not None:
        found = [p for p in found if now[p[:2]] == old.casefold()]
    if not found:
        raise Unclear(f"No value of the plan before can be '{value.value}' instead. Its steps are: {titles(before)}.")
    if len({now[p[:2]] for p in found}) > 1 or (old is None and _several(before, found, now)):
        choices = ", ".join(f"{p[1]} of step {p[0] + 1} ({before.steps[p[0]].title})" for p in found)
        raise Unclear(f"What shall be '{value.value}': {choices}? Say it as '{value.value} instead of …'.")
    return found


def _fits(name: str, parameter: Parameter, value: Token) -> bool:
    """Whether a value can be that of a parameter that is named."""
    try:
        check_value(name, parameter, value.value)
    except InvalidInput:
        return False
    return value.kind is Kind.NUMBER


def _as_now(parameter: Parameter, now: object, value: Token) -> bool:
    """Whether a value has the shape of the text that stands there now: a number for a number."""
    texts = (ParameterType.TEXT, ParameterType.WORDS, ParameterType.PHRASE)
    return parameter.type in texts and value.kind is Kind.NUMBER and str(now).replace(".", "", 1).isdigit()


def _new_file(parameter: Parameter, value: Token) -> bool:
    """Whether a text may be a library file that is not there yet; it is then asked about."""
    return parameter.type is ParameterType.FILE and value.kind in (Kind.WORD, Kind.QUOTED) and "." in value.value[1:-1]


def _several(before: Plan, found: list[tuple[int, str, Parameter]], now: dict[tuple[int, str], str]) -> bool:
    """Whether places that hold nothing yet belong to different steps, so that it is not clear which is meant."""
    return len(found) > 1 and set(now.values()) == {"none"} and len({p[0] for p in found}) > 1 and before is not None


def _put(
    revised: Revised, before: Plan, places: list[tuple[int, str, Parameter]], value: Token, catalogue: Catalogue
) -> Revised:
    steps = list(revised.plan.steps)
    if len(steps) != len(before.steps):
        raise Unclear("The steps of the plan before run on different machines. Say the whole request.")
    evidence = list(revised.plan.evidence)
    for at, name, parameter in places:
        try:
            checked = check_value(f"{steps[at].intent}.{name}", parameter, value.value)
        except Refused:
            raise
        except InvalidInput as error:
            raise Unclear(str(error)) from error
        gone = others(catalogue.get(steps[at].intent), name)
        params = {n: v for n, v in steps[at].params.items() if n not in gone} | {name: checked}
        steps[at] = steps[at].model_copy(update={"params": params})
        paths = {f"steps[{at}].params.{n}" for n in {name, *gone}}
        evidence = [e for e in evidence if e.path not in paths]
        path = f"steps[{at}].params.{name}"
        evidence.append(Evidence(path=path, source="request", start=value.start, end=value.end, text=value.text))
    plan = revised.plan.model_copy(update={"steps": tuple(steps), "evidence": tuple(evidence)})
    names = dict.fromkeys(name.replace("_", " ") for _, name, _ in places)
    return replace(revised, plan=plan, what=f"{revised.what or 'all of it'}, with {', '.join(names)} {value.value}")


def others(template: Template | None, name: str) -> set[str]:
    """Parameters that one stands instead of, or that stand instead of it."""
    parameters = template.parameters if template else {}
    found = {n for n, p in parameters.items() if p.instead == name}
    instead = parameters[name].instead if name in parameters else None
    return found | ({instead} if instead else set())


# -- further steps --------------------------------------------------------------------------------------------


def further(
    alone: Plan, before: Plan, job: JobOutcome | None, said: Said, plan_id: str, reader: Reader
) -> Revised | None:
    """`also restart nginx`, `then check that it is running`, `restart it there`; None when nothing points back."""
    reading, pointing = said.reading, said.pointing
    only = pointing.first(Mark.ONLY) and len(before.steps) == 1
    open_words = any(q.id != "targets" for q in reading.questions) or said.selection.question is not None
    if not reading.steps or reading.refusal is not None or open_words or pointing.has(Mark.SAME, Mark.OTHER):
        return None
    if pointing.has(Mark.ONLY) and not only:
        return None
    carried = _carried(said)
    single = not any(t.low in _BREAKS for t in _inner(said.raw))
    ends = single and pointing.last(Mark.ALSO, Mark.THEN, Mark.BEFORE)
    opens = pointing.first(Mark.THEN, Mark.AND, Mark.ALSO, Mark.BEFORE) or ends
    spoken = _pronoun(said, carried, before)
    if spoken is False or (carried and not spoken and not opens):
        return None
    # Any words make a command: none is made of what may be a garbled follow-up.
    instead = (pointing.has(Mark.INSTEAD) or (only and bool(spoken))) and single and not _runs_words(said, reader)
    if not (opens or spoken or instead or pointing.has(Mark.THERE) or (single and pointing.has(Mark.AGAIN))):
        return None
    if said.names:
        return _elsewhere(before, said, plan_id, reader) if carried and spoken else None
    if instead:
        return in_place(before, said, plan_id, reader)
    if pointing.has(Mark.BEFORE) and job is not None:
        raise Unclear("The plan before was run already, so nothing comes before it. Say the whole request.")
    if opens and job is None:
        return _appended(before, said, plan_id, reader)
    return _there(alone, before, said, plan_id, reader)


def _runs_words(said: Said, reader: Reader) -> bool:
    """Whether a new step takes any words as a command."""
    templates = [reader.catalogue.get(s.intent) for s in said.reading.steps]
    return any(p.type is ParameterType.COMMAND for t in templates if t for p in t.parameters.values())


def _carried(said: Said) -> list[tuple[str, object]]:
    """Values that the new steps took from the steps before, by parameter."""
    found = []
    for item in said.reading.evidence:
        if item.source == "earlier" and item.path.startswith("steps["):
            place, _, name = item.path.partition("].params.")
            found.append((name, said.reading.steps[int(place[6:])].params.get(name)))
    return found


def _inner(raw: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens between the first and the last that say something."""
    telling = [at for at, t in enumerate(raw) if t.low not in _BREAKS | FILLERS]
    return raw[telling[0] : telling[-1]] if telling else ()


def _pronoun(said: Said, carried: list[tuple[str, object]], before: Plan) -> bool | None:
    """Whether "it" or "them" points back; None without one, False where it is not clear what it stands for."""
    for token in said.raw:
        if token.is_literal or token.kind is Kind.NUMBER:
            return None
        if token.low in {"it", "them"}:
            values = {str(v) for _, v in carried}
            machines = len(before.targets.names)
            if token.low == "it":
                return len(values) == 1 or (not values and machines == 1)
            return len(values) > 1 or not values or machines == 1
        if token.kind is Kind.WORD and token.low not in _known(said):
            return None
    return None


def _known(said: Said) -> frozenset[str]:
    """Words that are no names: every word of the text but the values that were read out of it."""
    values = {str(v).casefold() for s in said.reading.steps for v in s.params.values()}
    return frozenset(t.low for t in said.raw if t.value.casefold() not in values)


def _new_steps(said: Said, offset: int) -> tuple[list[Step], list[Evidence]]:
    evidence = []
    for item in said.evidence("steps["):
        place, _, rest = item.path.partition("]")
        at = int(place[6:])
        if item.source == "earlier":
            name = rest.removeprefix(".params.")
            item = item.model_copy(update={"text": str(said.reading.steps[at].params.get(name))})
        evidence.append(item.model_copy(update={"path": f"steps[{at + offset}]{rest}"}))
    return list(said.reading.steps), evidence


def _appended(before: Plan, said: Said, plan_id: str, reader: Reader) -> Revised:
    """New steps behind those of the plan before, or in front of them."""
    if said.selection.selector != Selector():
        raise Unclear("Shall the machines be left out of the further step only, or of all? Say the whole request.")
    plan = ground(before, plan_id, said.text)
    front = said.pointing.has(Mark.BEFORE)
    steps, evidence = _new_steps(said, 0 if front else len(plan.steps))
    fresh: list[tuple[int | None, Step]] = [(None, s) for s in steps]
    plan = with_steps(plan, [*fresh, *enumerate(plan.steps)] if front else [*enumerate(plan.steps), *fresh])
    plan = plan.model_copy(update={"evidence": (*plan.evidence, *evidence), "outcome": Outcome.PLAN})
    return with_options(Revised(plan, "all of it, and a further step", True), said, reader)


def in_place(before: Plan, said: Said, plan_id: str, reader: Reader, gone: list[int] | None = None) -> Revised:
    """New steps in the place of the only step, or of the only one of their kind, or of the one that is named."""
    user = [at for at, s in enumerate(before.steps) if s.origin is Origin.USER]
    alike = [at for at in user if before.steps[at].intent == said.reading.steps[0].intent]
    gone = gone or (user if len(user) == 1 else alike)
    if len(gone) != 1 or said.selection.selector != Selector():
        raise Unclear(f"Instead of which step: {titles(before)}? Say the whole request.")
    plan = ground(before, plan_id, said.text)
    steps, evidence = _new_steps(said, gone[0])
    listed: list[tuple[int | None, Step]] = []
    for at, step in enumerate(plan.steps):
        if at == gone[0]:
            listed += [(None, s.model_copy(update={"hosts": step.hosts})) for s in steps]
        else:
            listed.append((at, step))
    plan = with_steps(plan, listed)
    plan = plan.model_copy(update={"evidence": (*plan.evidence, *evidence)})
    return with_options(Revised(plan, f"all of it but '{before.steps[gone[0]].title}'", True), said, reader)


def _there(alone: Plan, before: Plan, said: Said, plan_id: str, reader: Reader) -> Revised | None:
    """New steps alone on the machines of the plan before."""
    if not before.targets.names or any(q.id == "targets" for q in before.questions):
        return None
    if any(s.hosts is not None for s in before.steps):
        raise Unclear("The steps of the plan before run on different machines. Name those that are meant.")
    revised = on_machines(before, None, said, plan_id, reader) if said.selection.selector.exclude else None
    ground_ = revised.plan if revised else ground(before, plan_id, said.text)
    steps, evidence = _new_steps(said, 0)
    targets = [e for e in ground_.evidence if e.path.startswith("targets.")]
    plan = ground_.model_copy(
        update={
            "outcome": Outcome.QUERY if alone.outcome is Outcome.QUERY or said.reading.is_question else Outcome.PLAN,
            "steps": tuple(steps),
            "options": said.reading.options,
            "evidence": (*targets, *evidence, *said.evidence("options.")),
        }
    )
    return Revised(plan, _taken_values("its machines", said), anew=True)


def _elsewhere(before: Plan, said: Said, plan_id: str, reader: Reader) -> Revised:
    """New steps on machines of their own, with a value of the plan before."""
    steps, evidence = _new_steps(said, 0)
    plan = ground(before, plan_id, said.text).model_copy(
        update={
            "outcome": Outcome.QUERY if said.reading.is_question else Outcome.PLAN,
            "steps": tuple(steps),
            "targets": Targets(selector=said.reading.selector),
            "options": said.reading.options,
            "evidence": (*evidence, *said.evidence("options."), *said.evidence("targets.")),
        }
    )
    del reader
    return Revised(plan, _taken_values("", said), chosen=True, anew=True)


def _taken_values(what: str, said: Said) -> str:
    values = dict.fromkeys(f"{name.replace('_', ' ')} {value}" for name, value in _carried(said))
    return ", ".join([*([what] if what else []), *values])
