# SPDX-License-Identifier: Apache-2.0
"""The one end of every way to a plan: types, policy steps, targets, platforms, risk, questions, words."""

import re
from typing import Any

from opsconductor.domain.approvals import why_no_approval
from opsconductor.domain.base import Platform
from opsconductor.domain.documents import MOST_CONDITIONS
from opsconductor.domain.estate import Estate
from opsconductor.domain.plans import Evidence, Options, Origin, Outcome, Plan, Question, Selector, Step, Targets
from opsconductor.domain.templates import Catalogue, ParameterType, Returns, Template
from opsconductor.errors import InvalidInput, NotFound
from planner.condition_values import check_condition
from planner.estimates import estimate
from planner.hazards import danger_of_mode, device_path, kept_folder, protected_path, secret_file, shared_folder
from planner.limits import limits
from planner.names import index_names
from planner.obstacles import Abilities, obstacles_of
from planner.policy import with_policy_steps
from planner.questions import ask_parameters, ask_targets, missing_of
from planner.risk import plan_risk, step_risk
from planner.sentences import explain, fill, plan_title, step_title
from planner.targets import Reach, as_targets, matching, resolve
from planner.values import Destructive, check_value

#: Sources of values that nobody named.
_FILLED = ("default:", "option:")
_STEP_PATH = re.compile(r"steps\[(\d+)\](.*)")


class UnknownIntent(InvalidInput):
    """There is no template for that."""

    code = "unknown-intent"


def complete(
    plan: Plan,
    catalogue: Catalogue,
    estate: Estate,
    kept: tuple[Question, ...] = (),
    able: Abilities = Abilities(),  # noqa: B008 - frozen
) -> Plan:
    """A plan from steps, selector and options: everything else of it is computed anew.

    `kept` are questions about targets or the request as a whole that are still open. Raises InvalidInput,
    Refused or NotFound when something in it cannot be used at all.
    """
    steps, evidence = _with_policy(unfilled(plan), catalogue)
    steps = tuple(_check_step(step, catalogue) for step in steps)
    steps, evidence = _fill(steps, plan.options, catalogue, evidence)
    selector = plan.targets.selector
    names = resolve(selector, estate)
    targets = Targets(selector=selector, resolved=as_targets(names, estate))
    _check_hosts(steps, names, kept)
    reach = Reach(targets.resolved, names)
    steps = tuple(_dressed(step, _template(step.intent, catalogue), reach, estate) for step in steps)
    questions = _questions(steps, selector, reach, catalogue, estate, kept)
    obstacles = obstacles_of(steps, reach, plan.options, catalogue, able)
    asked = from_records(steps, catalogue)
    return plan.model_copy(
        update={
            "targets": targets,
            "steps": steps,
            "evidence": evidence,
            "questions": questions,
            "missing": _missing(steps, catalogue),
            "outcome": _outcome(plan, steps, questions, catalogue),
            "risk": plan_risk(steps, questions),
            "title": plan_title(steps, targets, plan.options) if not asked else ", ".join(s.title for s in steps),
            "obstacles": obstacles,
            "explanation": (
                *explain(steps, targets, reach, plan.options, evidence),
                *limits(steps, plan.options, catalogue),
                *_reads_content(steps, plan.options, catalogue),
                *obstacles,
            ),
            "estimate": estimate(steps, len(targets.resolved), plan.options, catalogue) if not asked else None,
            "refusal": None,
            "digest": None,
            "needs_approval": _needs_approval(steps, reach, plan.options, catalogue),
            "answer": None,
        }
    )


def _needs_approval(steps: tuple[Step, ...], reach: Reach, options: Options, catalogue: Catalogue) -> bool:
    """Whoever sends a password in clear is to know it, even where the steps only read."""
    in_clear = any(reach.over_telnet(step) for step in steps) and not from_records(steps, catalogue)
    return in_clear or why_no_approval([s.intent for s in steps], catalogue, dry_run=options.dry_run) is None


def _reads_content(steps: tuple[Step, ...], options: Options, catalogue: Catalogue) -> tuple[str, ...]:
    """Why a plan that changes nothing needs an approval all the same: what it reads may be anybody's."""
    templates = [_template(step.intent, catalogue) for step in steps]
    harmless = all(template.read_only or options.dry_run for template in templates)
    content = any(template.read_only and template.returns is not Returns.STATE for template in templates)
    return ("Reads content: needs an approval",) if harmless and content else ()


def from_records(steps: tuple[Step, ...], catalogue: Catalogue) -> bool:
    """Whether records answer all of it, and nothing runs anywhere."""
    return bool(steps) and not any(_template(s.intent, catalogue).needs_targets for s in steps)


def check_edited(plan: Plan, estate: Estate) -> None:
    """Names in a plan that came from outside must be in the estate. NotFound tells the nearest ones."""
    selector = plan.targets.selector
    assets = estate.place_of.keys()
    groups = {g.name for g in estate.groups}
    hosts = [*selector.hosts, *plan.targets.names, *(h for s in plan.steps for h in s.hosts or ())]
    unknown = [n for n in hosts if n not in assets]
    unknown += [n for n in selector.groups if n not in groups]
    unknown += [n for n in selector.exclude if n not in groups | assets]
    if unknown:
        near = index_names(estate).near(unknown[0])
        raise NotFound(
            f"There is no group or machine '{unknown[0]}'.",
            remedy=f"Did you mean {' or '.join(repr(n) for n in near)}?" if near else "See `opsc assets list`.",
            unknown=unknown,
            near=list(near),
        )


def without_gone(plan: Plan, estate: Estate) -> Plan:
    """The plan without machines that are not in the estate any more, where it names others besides."""
    there = estate.place_of.keys()

    def left(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in there) or names

    selector = plan.targets.selector
    groups = {g.name for g in estate.groups}
    excluded = tuple(name for name in selector.exclude if name in groups or name in there)
    selector = selector.model_copy(update={"hosts": left(selector.hosts), "exclude": excluded})
    resolved = tuple(target for target in plan.targets.resolved if target.name in there)
    by_name = selector.model_copy(update={"exclude": ()}) == Selector()
    targets = Targets(selector=selector, resolved=plan.targets.resolved if by_name and not resolved else resolved)
    steps = tuple(s if s.hosts is None else s.model_copy(update={"hosts": left(s.hosts)}) for s in plan.steps)
    return plan.model_copy(update={"targets": targets, "steps": steps})


def _template(intent: str, catalogue: Catalogue) -> Template:
    template = catalogue.get(intent)
    if template is None:
        raise UnknownIntent(
            f"There is no template '{intent}'.", remedy="See `opsc templates list`.", known=sorted(catalogue.templates)
        )
    return template


def _with_policy(plan: Plan, catalogue: Catalogue) -> tuple[tuple[Step, ...], tuple[Evidence, ...]]:
    """Steps with the policy's own anew, and the evidence with the places of the user's steps moved along."""
    user = [at for at, step in enumerate(plan.steps) if step.origin is Origin.USER]
    steps = with_policy_steps(plan.steps, catalogue)
    now = [at for at, step in enumerate(steps) if step.origin is Origin.USER]
    moved = dict(zip(user, now, strict=True))
    kept: list[Evidence] = []
    for item in plan.evidence:
        match = _STEP_PATH.fullmatch(item.path)
        if item.source.startswith(_FILLED) or item.source == "policy":
            continue
        if match is None:
            kept.append(item)
        elif int(match[1]) in moved:
            kept.append(item.model_copy(update={"path": f"steps[{moved[int(match[1])]}]{match[2]}"}))
    kept += [Evidence(path=f"steps[{at}]", source="policy") for at, s in enumerate(steps) if s.origin is Origin.POLICY]
    return steps, tuple(kept)


def unfilled(plan: Plan) -> Plan:
    """The plan without the values that were filled in for it and have not been edited since."""
    filled = {e.path: e.text for e in plan.evidence if e.source.startswith(_FILLED)}
    steps = tuple(
        step.model_copy(
            update={
                "params": {
                    name: value
                    for name, value in step.params.items()
                    if value is not None and filled.get(f"steps[{at}].params.{name}") != str(value)
                }
            }
        )
        for at, step in enumerate(plan.steps)
    )
    return plan.model_copy(update={"steps": steps})


def _check_step(step: Step, catalogue: Catalogue) -> Step:
    """The step with typed values."""
    template = _template(step.intent, catalogue)
    if unknown := sorted(set(step.params) - set(template.parameters)):
        raise InvalidInput(
            f"{step.intent} has no parameter '{unknown[0]}'.", remedy=f"It takes {', '.join(template.parameters)}."
        )
    given = {n: check_value(f"{step.intent}.{n}", template.parameters[n], raw) for n, raw in step.params.items()}
    check_paths(template, given)
    _check_harm(template.id, given)
    if len(step.when) > MOST_CONDITIONS:
        raise InvalidInput(f"A step has {len(step.when)} conditions.", remedy=f"Give it at most {MOST_CONDITIONS}.")
    return step.model_copy(update={"params": given, "when": tuple(check_condition(c) for c in step.when)})


def _fill(
    steps: tuple[Step, ...], options: Options, catalogue: Catalogue, evidence: tuple[Evidence, ...]
) -> tuple[tuple[Step, ...], tuple[Evidence, ...]]:
    """The steps with options and defaults in the place of what nobody named, and where each value is from."""
    known = {e.path for e in evidence}
    result, added = [], []
    for at, step in enumerate(steps):
        template = _template(step.intent, catalogue)
        params = dict(step.params)
        for name, parameter in template.parameters.items():
            path = f"steps[{at}].params.{name}"
            option = getattr(options, parameter.option, None) if parameter.option else None
            if name in params:
                if path not in known and step.origin is Origin.USER:
                    added.append(Evidence(path=path, source="edit"))
            elif (value := option if option is not None else parameter.default) is not None:
                params[name] = check_value(f"{step.intent}.{name}", parameter, value)
                source = f"option:{parameter.option}" if option is not None else f"default:{step.intent}"
                added.append(Evidence(path=path, source=source, text=str(params[name])))
        result.append(step.model_copy(update={"params": params}))
    return tuple(result), (*evidence, *added)


def check_paths(template: Template, params: dict[str, Any]) -> None:
    """Raise Destructive where a changing template is to write to what belongs to the system itself."""
    for effect in template.effects:
        for kind, name in re.findall(r"^(file|folder):\{(\w+)\}", effect):
            never = protected_path if kind == "file" else device_path
            into = name == "dest" and isinstance(params.get(name), str) and shared_folder(params[name])
            if isinstance(params.get(name), str) and not template.read_only and not into and never(params[name]):
                raise Destructive(
                    f"{params[name]} belongs to the system itself and is never replaced: "
                    "name the file in it, with its whole path.",
                    remedy="Name another path.",
                )


def _check_harm(intent: str, params: dict[str, Any]) -> None:
    """Raise Destructive where a system would lose a folder of its own, or its security."""
    path, mode = params.get("path"), params.get("mode")
    if intent == "file.delete" and isinstance(path, str) and kept_folder(path):
        raise Destructive(
            f"{path} belongs to the system itself and is never deleted; what lies in it may be: {path.rstrip('/')}"
            f"{'/' if path.startswith('/') else chr(92)}*.",
            remedy="Say 'delete all files in' it.",
        )
    permits = intent == "file.permissions" and isinstance(path, str) and isinstance(mode, str)
    if permits and (why := danger_of_mode(str(path), str(mode))):
        raise Destructive(f"{why} OpsConductor never does that.", remedy="Name other permissions.")


def _check_hosts(steps: tuple[Step, ...], names: tuple[str, ...], kept: tuple[Question, ...]) -> None:
    known = frozenset(names) if any(step.hosts for step in steps) else frozenset()
    for number, step in enumerate(steps, start=1):
        stray = [h for h in step.hosts or () if h not in known]
        if stray and not any(q.id == "targets" for q in kept):
            raise InvalidInput(
                f"Step {number} is to run on {stray[0]}, which is no target of the plan.",
                remedy="Add it to the targets, or take it out of the step.",
            )


def _dressed(step: Step, template: Template, reach: Reach, estate: Estate) -> Step:
    """The step with everything that follows from its template and its targets."""
    platforms = _platforms(step, template)
    names = reach.able(step, platforms)
    takes_back = step.undo_of is not None
    title = step_title(template, step.params)
    undo = fill(template.undo.sentence, template, step.params) if template.undo else None
    telnet = reach.over_telnet(step) if template.needs_targets else ()
    return step.model_copy(
        update={
            "title": f"Undo: {undo or title}" if takes_back else title,
            "platforms": platforms,
            "risk": step_risk(template, names, estate, telnet, _grave(step)),
            "undo": None if takes_back else undo,
            "irreversible": "It takes back what a job did." if takes_back else template.irreversible,
            "read_only": template.read_only,
            "seconds": template.seconds,
        }
    )


def _grave(step: Step) -> str:
    """Why a step's values make it critical; empty where they do not."""
    path = step.params.get("path")
    if step.intent != "file.permissions" or not isinstance(path, str) or not secret_file(path):
        return ""
    return f"{path} decides who may log in and do what."


def _platforms(step: Step, template: Template) -> tuple[Platform, ...]:
    """Platforms the step can run on: the template's, as far as its paths are paths there."""
    paths = [
        str(step.params[name])
        for name, parameter in template.parameters.items()
        if parameter.type in (ParameterType.PATH, ParameterType.GLOB) and step.params.get(name) is not None
    ]
    styles = {Platform.LINUX if path.startswith("/") else Platform.WINDOWS for path in paths}
    return tuple(p for p in Platform if p in template.systems and styles <= {p} and _meant(step, p))


def _meant(step: Step, platform: Platform) -> bool:
    """Whether the step's conditions on the system leave the platform in."""
    named = [c for c in step.when if c.fact == "os_family"]
    return all(((c.value == platform.value) is (c.op != "!=")) is not c.negate for c in named)


def _questions(
    steps: tuple[Step, ...],
    selector: Selector,
    reach: Reach,
    catalogue: Catalogue,
    estate: Estate,
    kept: tuple[Question, ...],
) -> tuple[Question, ...]:
    asked = list(kept)
    if not any(q.id == "targets" for q in kept):
        bare = selector.model_copy(update={"count": None})
        found = len(matching(bare, estate))
        any_system = len(matching(bare.model_copy(update={"os": None}), estate))
        if found == 0 and from_records(steps, catalogue):
            pass  # the records of all machines, or of none
        elif question := ask_targets(selector, found, estate, any_system):
            asked.append(question)
        elif reach.names:
            asked += [q for q in (_ask_platform(n, s, reach) for n, s in enumerate(steps, start=1)) if q]
    return (*asked, *ask_parameters(steps, catalogue, estate))


def _ask_platform(number: int, step: Step, reach: Reach) -> Question | None:
    systems = reach.systems(step)
    if step.origin is Origin.POLICY or not systems.keys().isdisjoint(step.platforms):
        return None
    can = " and ".join(p.value.capitalize() for p in step.platforms) or "no system yet"
    runs = " and ".join(sorted(p.value.capitalize() for p in systems))
    return Question(
        id=f"step{number}.platform",
        text=f"Step {number} ({step.title}) can run on {can}, but all of its targets run {runs}. Name other machines.",
        step=number,
    )


def _missing(steps: tuple[Step, ...], catalogue: Catalogue) -> tuple[str, ...]:
    names = [
        f"{step.intent}.{name}"
        for step in steps
        if step.origin is Origin.USER
        for name in missing_of(step, _template(step.intent, catalogue))
    ]
    return tuple(dict.fromkeys(names))


def _outcome(plan: Plan, steps: tuple[Step, ...], questions: tuple[Question, ...], catalogue: Catalogue) -> Outcome:
    """Clarify when nothing can run before an answer; a plan that only lacks some steps' values stays a plan."""
    user = [s for s in steps if s.origin is Origin.USER]
    lacking = [s for s in user if missing_of(s, _template(s.intent, catalogue))]
    about_values = {q.id for q in questions if q.step is not None and q.param is not None}
    files = [q for q in questions if q.id in about_values and not _is_missing(q, steps)]
    if not user or len(lacking) == len(user) or files or any(q.id not in about_values for q in questions):
        return Outcome.CLARIFY
    if (plan.outcome is Outcome.QUERY or from_records(steps, catalogue)) and all(s.read_only for s in steps):
        return Outcome.QUERY
    return Outcome.PLAN


def _is_missing(question: Question, steps: tuple[Step, ...]) -> bool:
    assert question.step is not None  # noqa: S101 - the caller picked questions with a step
    return steps[question.step - 1].params.get(question.param or "") is None
