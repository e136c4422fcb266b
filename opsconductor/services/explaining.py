# SPDX-License-Identifier: Apache-2.0
"""How a stored plan's request is read, computed anew from its text."""

from typing import Any

from opsconductor.domain.explanations import Explanation
from opsconductor.domain.plans import Origin, Plan, PlanRecord
from opsconductor.errors import Conflict
from opsconductor.ids import short
from opsconductor.services.assets import AssetService
from opsconductor.services.planning import PlanningService
from planner.planner import Planner


class ExplainingService:
    """Explains plans. Nothing is stored: the text, the catalogue and the asset database tell it all."""

    def __init__(self, planner: Planner, planning: PlanningService, assets: AssetService) -> None:
        self.planner = planner
        self.planning = planning
        self.assets = assets

    def explain(self, plan_id: str) -> Explanation:
        """How the plan's request is read today, as if it were said when it was; `notes` tell what has changed."""
        record = self.planning.get(plan_id)
        first = self._first(record)
        if first.plan.by_hand:
            raise Conflict(
                f"Plan {short(plan_id)} was written by hand: there is no sentence whose reading could be explained.",
                remedy=f"See what it holds: `opsc plans show {short(plan_id)}`.",
            )
        estate, said_at = self.assets.estate(), first.created_at
        explanation = self.planner.explain(first.plan.text, estate, said_at)
        today = self.planner.propose(first.plan.text, estate, said_at, plan_id=first.plan.id)
        notes = []
        if record.plan.id != first.plan.id:
            notes.append("The plan was answered or edited since; this is how its request was read.")
        if record.plan.follows:
            notes.append(f"It follows up plan {short(record.plan.follows)}; only its own words are explained.")
        elif changed := _changed(first.plan, today):
            notes.append(
                f"Read today, it gives other {' and '.join(changed)}: the templates or the asset database have changed "
                "since the plan was made."
            )
        return explanation.model_copy(update={"notes": tuple(notes)})

    def _first(self, record: PlanRecord) -> PlanRecord:
        """The plan that was made from the request itself, before answers and edits."""
        while record.parent_id is not None:
            record = self.planning.get(record.parent_id)
        return record


def _changed(before: Plan, now: Plan) -> list[str]:
    """What differs between two readings of one request, in words."""
    if before.refusal or now.refusal:
        return ["verdicts"] if before.refusal != now.refusal else []
    parts: dict[str, Any] = {
        "steps": lambda plan: [(s.intent, s.params, s.when) for s in plan.steps if s.origin is Origin.USER],
        "targets": lambda plan: (plan.targets.selector, plan.targets.names),
        "options": lambda plan: plan.options,
        "questions": lambda plan: [q.id for q in plan.questions],
    }
    return [name for name, part in parts.items() if part(before) != part(now)]
