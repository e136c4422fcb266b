# SPDX-License-Identifier: Apache-2.0
"""Add what the run engine keeps"""

import sqlalchemy as sa
from alembic import op

from opsconductor.db.types import SortKey, UtcDateTime

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", SortKey(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("name", name=op.f("uq_calendars_name")),
    )
    with op.batch_alter_table("calendars", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendars_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "freezes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("paused", sa.JSON(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezes")),
        sa.UniqueConstraint("standing", name=op.f("uq_freezes_standing")),
    )
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("present_name", sa.String(), nullable=True),
        sa.Column("sort_key", SortKey(), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("timing", sa.JSON(), nullable=False),
        sa.Column("calendars", sa.JSON(), nullable=False),
        sa.Column("catch_up", sa.String(length=16), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.String(length=8), nullable=False),
        sa.Column("paused_by", sa.String(length=200), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("asks", sa.JSON(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_schedules_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("present_name", name=op.f("uq_schedules_present_name")),
    )
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedules_next_at"), ["next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_schedules_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schedules_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "chain_steps",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("after_job_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("link", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("plan_id", sa.String(length=32), nullable=True),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["after_job_id"], ["jobs.id"], name=op.f("fk_chain_steps_after_job_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_chain_steps_job_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_chain_steps_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_steps")),
        sa.UniqueConstraint("after_job_id", "place", name=op.f("uq_chain_steps_after_job_id_place")),
    )
    with op.batch_alter_table("chain_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chain_steps_after_job_id"), ["after_job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chain_steps_job_id"), ["job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chain_steps_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_chain_steps_status"), ["status"], unique=False)

    op.create_table(
        "durations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("intent", sa.String(length=100), nullable=False),
        sa.Column("play", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_durations_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_durations")),
    )
    with op.batch_alter_table("durations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_durations_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_durations_job_id"), ["job_id"], unique=False)
        batch_op.create_index("ix_durations_part_intent_at", ["part", "intent", "at"], unique=False)
        batch_op.create_index("ix_durations_target_intent_at", ["target", "intent", "at"], unique=False)

    op.create_table(
        "forecasts",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("percent", sa.Float(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_forecasts_job_id")),
        sa.PrimaryKeyConstraint("job_id", "at", name=op.f("pk_forecasts")),
    )
    with op.batch_alter_table("forecasts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forecasts_at"), ["at"], unique=False)

    op.create_table(
        "schedule_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("schedule_id", sa.String(length=32), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("plan_id", sa.String(length=32), nullable=True),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_schedule_runs_job_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_schedule_runs_plan_id")),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_runs_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_runs")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f("uq_schedule_runs_schedule_id_due_at")),
    )
    with op.batch_alter_table("schedule_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedule_runs_schedule_id"), ["schedule_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_schedule_runs_status"), ["status"], unique=False)

    op.create_table(
        "artifacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("slice_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_artifacts_job_id")),
        sa.ForeignKeyConstraint(["slice_id"], ["slices.id"], name=op.f("fk_artifacts_slice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
    )
    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_artifacts_job_id"), ["job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_artifacts_sha256"), ["sha256"], unique=False)

    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("standing", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("interpreter", sa.Text(), nullable=True))

    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("priority", sa.String(length=8), server_default="normal", nullable=False))
        batch_op.add_column(sa.Column("standing_approval_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("schedule_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("after_job_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_jobs_after_job_id"), ["after_job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_schedule_id"), ["schedule_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_jobs_after_job_id"), "jobs", ["after_job_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_jobs_standing_approval_id"), "approvals", ["standing_approval_id"], ["id"]
        )

    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_digest"), ["digest"], unique=False)

    with op.batch_alter_table("slices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("slices", schema=None) as batch_op:
        batch_op.drop_column("done")

    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plans_digest"))

    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_jobs_standing_approval_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_jobs_after_job_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_jobs_schedule_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_after_job_id"))
        batch_op.drop_column("after_job_id")
        batch_op.drop_column("schedule_id")
        batch_op.drop_column("standing_approval_id")
        batch_op.drop_column("priority")

    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.drop_column("interpreter")

    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_column("standing")

    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_artifacts_sha256"))
        batch_op.drop_index(batch_op.f("ix_artifacts_job_id"))

    op.drop_table("artifacts")
    with op.batch_alter_table("schedule_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedule_runs_status"))
        batch_op.drop_index(batch_op.f("ix_schedule_runs_schedule_id"))

    op.drop_table("schedule_runs")
    with op.batch_alter_table("forecasts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forecasts_at"))

    op.drop_table("forecasts")
    with op.batch_alter_table("durations", schema=None) as batch_op:
        batch_op.drop_index("ix_durations_target_intent_at")
        batch_op.drop_index("ix_durations_part_intent_at")
        batch_op.drop_index(batch_op.f("ix_durations_job_id"))
        batch_op.drop_index(batch_op.f("ix_durations_at"))

    op.drop_table("durations")
    with op.batch_alter_table("chain_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chain_steps_status"))
        batch_op.drop_index(batch_op.f("ix_chain_steps_plan_id"))
        batch_op.drop_index(batch_op.f("ix_chain_steps_job_id"))
        batch_op.drop_index(batch_op.f("ix_chain_steps_after_job_id"))

    op.drop_table("chain_steps")
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedules_sort_key"))
        batch_op.drop_index(batch_op.f("ix_schedules_plan_id"))
        batch_op.drop_index(batch_op.f("ix_schedules_next_at"))

    op.drop_table("schedules")
    op.drop_table("freezes")
    with op.batch_alter_table("calendars", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendars_sort_key"))

    op.drop_table("calendars")
