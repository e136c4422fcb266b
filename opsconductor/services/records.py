# SPDX-License-Identifier: Apache-2.0
"""Answers to what the records know: the asset database and the history of jobs, as a table, at once."""

from datetime import datetime

from opsconductor.db.engine import Database
from opsconductor.domain.answers import Answer
from opsconductor.domain.plans import Plan
from opsconductor.domain.templates import Catalogue
from opsconductor.errors import Unsupported
from planner.asked_assets import INTENT as ASSETS
from planner.asked_jobs import INTENT as JOBS


class RecordsService:
    """Answers plans that run nowhere."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self.database = database
        self.catalogue = catalogue

    def answers(self, plan: Plan) -> bool:
        """Whether records answer all of the plan, and nothing of it runs on a target."""
        templates = [self.catalogue.get(step.intent) for step in plan.steps]
        return plan.complete and not any(t is None or t.needs_targets for t in templates)

    def answer(self, plan: Plan, actor: str, now: datetime) -> Answer:
        """What the records say now. `actor` is who asks: "what did I run"."""
        if len(plan.steps) != 1 or plan.steps[0].intent not in (ASSETS, JOBS):
            raise Unsupported(
                "Several questions at once are not answered.", remedy="Ask them one after the other, each by itself."
            )
        # Not at the top: what runs is no question, and need not load the history's tables.
        from opsconductor.services.asset_records import answer_machines
        from opsconductor.services.job_records import answer_jobs

        step = plan.steps[0]
        with self.database.reading() as session:
            if step.intent == JOBS:
                return answer_jobs(session, step.params, plan.targets, self.catalogue, actor, now)
            return answer_machines(session, step.params, plan.targets, now)
