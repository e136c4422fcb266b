# SPDX-License-Identifier: Apache-2.0
"""`opsc plan`, `opsc answer`, `opsc plans`: from a sentence to a plan whose questions are answered."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsconductor.cli import by_hand
from opsconductor.cli.explanation_view import explanation_view
from opsconductor.cli.output import Json, console, print_json, say, table
from opsconductor.cli.plan_view import plan_view, question_view
from opsconductor.domain.answers import Answer, Cell
from opsconductor.domain.explanations import Explanation
from opsconductor.domain.plans import Origin, Outcome, Plan, PlanRecord, Question
from opsconductor.errors import InvalidInput, Refused, Unsupported
from opsconductor.ids import short

if TYPE_CHECKING:
    from pydantic import ValidationError

app = typer.Typer(no_args_is_help=True)

#: Exit codes of `opsc plan`: the plan waits for answers, or was refused.
NEEDS_ANSWERS = 10
Text = Annotated[str | None, typer.Argument(help="What to do, in your own words; quote it.", show_default=False)]
PlanId = Annotated[str, typer.Argument(help="Plan id, or its last eight characters.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show how the request was read, word by word.")]
Answers = Annotated[
    list[str] | None,
    typer.Option("--answer", "-a", help="question=answer, as often as needed; an answer may be a choice's number."),
]


def plan(
    text: Text = None,
    answer: Answers = None,
    new: Annotated[bool, typer.Option("--new", help="Take nothing from the plan before.")] = False,
    explain: Explain = False,
    file: by_hand.File = None,
    step: by_hand.Steps = None,
    when: by_hand.When = None,
    on: by_hand.On = None,
    without: by_hand.Except = None,
    query: by_hand.Query = False,
    batch: by_hand.Batch = None,
    max_fail: by_hand.MaxFail = None,
    canary: by_hand.Canary = None,
    pause: by_hand.Pause = None,
    verify_timeout: by_hand.VerifyTimeout = None,
    job_timeout: by_hand.JobTimeout = None,
    target_timeout: by_hand.TargetTimeout = None,
    rollback: by_hand.Rollback = False,
    dry_run: by_hand.DryRun = False,
    log: by_hand.Log = False,
    json: Json = False,
) -> None:
    """Understand a request and show the plan: targets, steps, risk, time, what can be undone.

    A request may follow up your plan before: "the same on staging", "without db03", "two at a time", "undo that".
    Questions are asked on a terminal, or answered with --answer. Nothing runs. With --explain it shows what every
    word was taken for, and what else was considered; with --json as well: {"plan": …, "explanation": …}.

    Without a sentence a plan is a document (--file), or steps by the names of templates (--step). Names must be exact;
    everything else is as with a sentence.

    Exit codes: 0 complete, 10 questions are open, 3 refused, 8 understood but not to be run yet.

    Examples:

      opsc plan "copy agent.conf to all web servers" -a step1.dest=/etc/agent.conf

      opsc plan --file plan.yml

      opsc plan --step service.restart service=nginx --on group:"CIS servers" --batch 5
    """
    from opsconductor.actor import local_actor
    from opsconductor.services.documents import every_fault
    from opsconductor.wiring import open_container

    how = {
        "batch": batch, "max_fail": max_fail, "canary": canary, "pause": pause, "verify_timeout": verify_timeout,
        "job_timeout": job_timeout, "target_timeout": target_timeout,
        "rollback": rollback, "dry_run": dry_run, "log": log,
    }  # fmt: skip
    more = {"--when": when, "--on": on, "--except": without, "--query": query, **how}
    _refuse_mixture(text, file, step, explain, more)
    with open_container() as container:
        actor = local_actor()
        if file is not None:
            with by_hand.read_plan(file, container.planning.composed) as document:
                record = container.planning.compose(document, actor)
        elif step:
            with every_fault(container.planning.composed, "The command"):
                document = by_hand.document_from(step, when, on, without, query, how)
            record = container.planning.compose(document, actor)
        else:
            record = container.planning.propose(text or "", actor, follow=not new)
        given = parse_answers(answer or [])
        while record.plan.questions and given:
            now = {q.id: _choice(q, given.pop(q.id)) for q in record.plan.questions if q.id in given}
            if not now:
                known = ", ".join(q.id for q in record.plan.questions)
                raise InvalidInput(f"No question is called {', '.join(given)}.", remedy=f"Open questions: {known}.")
            record = container.planning.answer(record.plan.id, now, actor)
        if record.plan.questions and not json and sys.stdin.isatty():
            console.print(plan_view(record))
            while record.plan.questions and not _resay(record):
                record = container.planning.answer(record.plan.id, _ask(record.plan.questions[0]), actor)
        told = container.explaining.explain(record.plan.id) if explain else None
    show(record, json, told)
    finish(record)


def _refuse_mixture(
    text: str | None, file: Path | None, step: list[str] | None, explain: bool, more: dict[str, Any]
) -> None:
    """A plan is said, or written as a file, or given as steps: one of the three. Raises InvalidInput."""
    given = [
        name for name, there in (("a sentence", text), ("--file", file), ("--step", step or None)) if there is not None
    ]
    named = [f"--{name.lstrip('-').replace('_', '-')}" for name, value in more.items() if value not in (None, False)]
    if len(given) != 1:
        raise InvalidInput(
            f"{' and '.join(given)} were given." if given else "There is nothing to plan.",
            remedy="Give one of: what to do in your own words, --file with a plan document, or --step.",
        )
    if named and not step:
        raise InvalidInput(
            f"{named[0]} belongs to --step.", remedy=f"Say it in the {'sentence' if text else 'document'}."
        )
    if explain and text is None:
        raise InvalidInput("There is no sentence to explain.", remedy="Leave out --explain.")


def answer(
    plan_id: PlanId,
    answers: Annotated[list[str], typer.Argument(help="question=answer; an answer may be a choice's number.")],
    json: Json = False,
) -> None:
    """Answer questions of a plan; gives a new plan that takes its place.

    Example: opsc answer 0193f0aa step4.dest="C:\\Program Files\\CIS\\stationcontroller.exe"
    """
    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    with open_container() as container:
        questions = {q.id: q for q in container.planning.get(plan_id).plan.questions}
        given = parse_answers(answers)
        if unknown := sorted(set(given) - set(questions)):
            open_now = ", ".join(questions) or "none"
            raise InvalidInput(f"No question is called {', '.join(unknown)}.", remedy=f"Open questions: {open_now}.")
        now = {key: _choice(questions[key], value) for key, value in given.items()}
        record = container.planning.answer(plan_id, now, local_actor())
    show(record, json)
    finish(record)


@app.command("list")
def list_(
    after: Annotated[str | None, typer.Option(help="Plans older than this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    json: Json = False,
) -> None:
    """Plans, newest first."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        records = container.planning.recent(after, limit)
    if json:
        print_json(records)
        return
    rows = [
        (r.plan.id, r.status, r.plan.title or r.plan.text[:60], f"{r.created_at:%Y-%m-%d %H:%M}Z", r.actor)
        for r in records
    ]
    table(["Plan", "Status", "What", "Made", "By"], rows)


@app.command("show")
def show_(plan_id: PlanId, explain: Explain = False, json: Json = False) -> None:
    """One plan with its questions, commit and verdict."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        record = container.planning.get(plan_id)
        told = container.explaining.explain(record.plan.id) if explain else None
    show(record, json, told)


@app.command()
def playbook(plan_id: PlanId) -> None:
    """The rendered playbook, exactly as committed."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        typer.echo(container.planning.playbook(plan_id), nl=False)


@app.command()
def document(plan_id: PlanId) -> None:
    """The plan as a document: change it and give it to `opsc plan --file`, or keep it beside your other files."""
    from opsconductor.services.documents import plan_yaml
    from opsconductor.wiring import open_container

    with open_container() as container:
        typer.echo(plan_yaml(container.planning.document(plan_id)), nl=False)


@app.command()
def export(
    plan_id: PlanId,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
) -> None:
    """Write the plan's commit and its library files to a folder, ready for plain ansible-playbook."""
    from opsconductor.wiring import open_container

    with open_container() as container:
        container.planning.export(plan_id, folder)
    say(f"Written to {folder}. Run it there: ansible-playbook -i inventory.yml playbook.yml", "green")


@app.command()
def edit(
    plan_id: PlanId,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Plan JSON, as `opsc plans show --json` prints it.")
    ],
    json: Json = False,
) -> None:
    """Take an edited plan in the place of this one; it is validated again and gets a new digest."""
    from pydantic import ValidationError

    from opsconductor.actor import local_actor
    from opsconductor.wiring import open_container

    try:
        edited = Plan.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise InvalidInput(f"{file}: {_fault(error)}", remedy="See docs/reference/plan.md.") from None
    with open_container() as container:
        record = container.planning.edit(plan_id, edited, local_actor())
    show(record, json)
    finish(record)


def _fault(error: "ValidationError") -> str:
    """The first thing that is wrong, with its place."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        where = re.search(r"line \d+ column \d+", first["msg"])
        return f"invalid JSON at {where[0]}" if where else "invalid JSON"
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


def parse_answers(given: list[str]) -> dict[str, str]:
    """["step4.src=x"] as a mapping."""
    answers = {}
    for item in given:
        key, mark, value = item.partition("=")
        if not mark:
            raise InvalidInput(f"'{item}' is not question=answer.", remedy="Example: step4.src=stationcontroller.exe")
        answers[key.strip()] = value
    return answers


def _choice(question: Question, value: str) -> Any:
    """A number that names an offered choice means that choice, unless the question takes a number itself."""
    if value.isdecimal() and 1 <= int(value) <= len(question.choices) and value not in _free_numbers(question):
        return question.choices[int(value) - 1].sets
    return value


def _free_numbers(question: Question) -> set[str]:
    return {str(v) for choice in question.choices for v in choice.sets.values()}


def _resay(record: PlanRecord) -> bool:
    """Whether a question is about the words themselves, which no answer can replace."""
    return any(question.id == "request" and not question.choices for question in record.plan.questions)


def _ask(question: Question) -> dict[str, Any]:
    console.print(question_view(question))
    return {question.id: _choice(question, typer.prompt("Answer"))}


def show(record: PlanRecord, json: bool, told: Explanation | None = None) -> None:
    """Print a plan: the Plan itself as JSON, or the view for people with what to do next; how it was read above it."""
    if json:
        print_json(record.plan if told is None else {"plan": record.plan, "explanation": told})
        return
    if told is not None:
        console.print(explanation_view(told))
    if record.plan.answer is not None:
        show_answer(record.plan.answer)
        say(f"Plan {record.plan.id}: answered from the records, nothing is to run.", "dim")
        return
    console.print(plan_view(record))
    if _resay(record):
        say("Say the whole request again in other words: no answer can complete this one.", "dim")
    elif record.plan.questions:
        say(f"Answer with: opsc answer {record.plan.id} {record.plan.questions[0].id}=…", "dim")
    elif record.plan.obstacles:
        say(_way_out(record.plan), "dim")
    elif record.commit and record.status == "proposed":
        if not record.plan.needs_approval:
            say(f"Runs without approval: opsc run {record.plan.id}", "dim")
            return
        if record.plan.options.schedule is not None:
            say(f"Approve and set up: opsc approve {record.plan.id} && opsc run {record.plan.id}", "dim")
            return
        say(f"Approve and run: opsc approve {record.plan.id} && opsc run {record.plan.id}", "dim")


def _way_out(plan: Plan) -> str:
    """What to do about a plan that cannot be run yet; of a single step nothing is left when it is left out."""
    single = sum(step.origin is Origin.USER for step in plan.steps) == 1
    if not single or not any(obstacle.startswith("Step ") for obstacle in plan.obstacles):
        return "It cannot be run yet: leave out what the lines marked ✗ name."
    return "It cannot be run yet: say another request, or see `opsc templates list` for what can be done."


def show_answer(answer: Answer) -> None:
    """What the records said, as a table under its sentence."""
    say(answer.summary)
    if answer.rows:
        table(answer.columns, ([_brief(cell) for cell in row] for row in answer.rows))


def _brief(cell: Cell) -> Cell:
    """A time to the minute and an id by its end, as every command takes it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if not isinstance(cell, str):
        return cell
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", cell):
        return f"{cell[:10]} {cell[11:16]}Z"
    return short(cell) if re.fullmatch(r"[0-9a-f]{32}", cell) else cell


def finish(record: PlanRecord) -> None:
    """The documented exit codes of a plan that cannot go on as it is."""
    if record.plan.outcome is Outcome.REFUSE:
        raise typer.Exit(Refused.exit_code)
    if record.plan.questions or record.plan.outcome is Outcome.CLARIFY:
        raise typer.Exit(NEEDS_ANSWERS)
    if record.plan.obstacles:
        raise typer.Exit(Unsupported.exit_code)
