# SPDX-License-Identifier: Apache-2.0
"""Initial tables"""

import sqlalchemy as sa
from alembic import op

from opsconductor.db.types import SortKey, UtcDateTime

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entries_actor"), "audit_entries", ["actor"], unique=False)
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"], unique=False)
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", SortKey(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("public", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("name", name=op.f("uq_credentials_name")),
    )
    op.create_index(op.f("ix_credentials_sort_key"), "credentials", ["sort_key"], unique=False)
    op.create_table(
        "library_files",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", SortKey(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_files")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_library_files_name_version")),
    )
    op.create_index(op.f("ix_library_files_sha256"), "library_files", ["sha256"], unique=False)
    op.create_index(op.f("ix_library_files_sort_key"), "library_files", ["sort_key"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("commit", sa.String(length=40), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=True),
        sa.Column("lint", sa.JSON(), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["plans.id"], name=op.f("fk_plans_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_status"), "plans", ["status"], unique=False)
    op.create_table(
        "runbooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", SortKey(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runbooks")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_runbooks_name_version")),
    )
    op.create_index(op.f("ix_runbooks_sort_key"), "runbooks", ["sort_key"], unique=False)
    op.create_table(
        "sealed_secrets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_secrets")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_approvals_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_plan_id"), "approvals", ["plan_id"], unique=False)
    op.create_table(
        "asset_groups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", SortKey(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_asset_groups_credential_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_asset_groups_name")),
    )
    op.create_index(op.f("ix_asset_groups_credential_id"), "asset_groups", ["credential_id"], unique=False)
    op.create_index(op.f("ix_asset_groups_sort_key"), "asset_groups", ["sort_key"], unique=False)
    op.create_table(
        "assets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", SortKey(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("os_version", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_assets_credential_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        sa.UniqueConstraint("name", name=op.f("uq_assets_name")),
    )
    op.create_index(op.f("ix_assets_credential_id"), "assets", ["credential_id"], unique=False)
    op.create_index(op.f("ix_assets_platform"), "assets", ["platform"], unique=False)
    op.create_index(op.f("ix_assets_sort_key"), "assets", ["sort_key"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_conversations_plan_id")),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_conversations")),
    )
    op.create_table(
        "misses",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("meant", sa.Text(), nullable=True),
        sa.Column("meant_plan_id", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["meant_plan_id"], ["plans.id"], name=op.f("fk_misses_meant_plan_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_misses_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misses")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_misses_plan_id")),
    )
    op.create_index(op.f("ix_misses_actor"), "misses", ["actor"], unique=False)
    op.create_table(
        "asset_connections",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("asset_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("preference", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("user", sa.String(), nullable=True),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("become_method", sa.String(), nullable=True),
        sa.Column("become_user", sa.String(), nullable=True),
        sa.Column("become_credential_id", sa.String(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["assets.id"], name=op.f("fk_asset_connections_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["become_credential_id"],
            ["credentials.id"],
            name=op.f("fk_asset_connections_become_credential_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_asset_connections_credential_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_connections")),
    )
    op.create_index(op.f("ix_asset_connections_asset_id"), "asset_connections", ["asset_id"], unique=False)
    op.create_index(
        op.f("ix_asset_connections_become_credential_id"), "asset_connections", ["become_credential_id"], unique=False
    )
    op.create_index(op.f("ix_asset_connections_credential_id"), "asset_connections", ["credential_id"], unique=False)
    op.create_table(
        "asset_group_members",
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("asset_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["assets.id"], name=op.f("fk_asset_group_members_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["asset_groups.id"], name=op.f("fk_asset_group_members_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "asset_id", name=op.f("pk_asset_group_members")),
    )
    op.create_index(op.f("ix_asset_group_members_asset_id"), "asset_group_members", ["asset_id"], unique=False)
    op.create_table(
        "asset_group_nestings",
        sa.Column("parent_id", sa.String(), nullable=False),
        sa.Column("child_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["asset_groups.id"], name=op.f("fk_asset_group_nestings_child_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["asset_groups.id"], name=op.f("fk_asset_group_nestings_parent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("parent_id", "child_id", name=op.f("pk_asset_group_nestings")),
    )
    op.create_index(op.f("ix_asset_group_nestings_child_id"), "asset_group_nestings", ["child_id"], unique=False)
    op.create_table(
        "asset_host_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("asset_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["assets.id"], name=op.f("fk_asset_host_keys_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_host_keys")),
        sa.UniqueConstraint("asset_id", "kind", "public", name=op.f("uq_asset_host_keys_asset_id_kind_public")),
    )
    op.create_index(op.f("ix_asset_host_keys_asset_id"), "asset_host_keys", ["asset_id"], unique=False)
    op.create_table(
        "asset_tags",
        sa.Column("asset_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_asset_tags_asset_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("asset_id", "tag", name=op.f("pk_asset_tags")),
    )
    op.create_index(op.f("ix_asset_tags_tag"), "asset_tags", ["tag"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("commit", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("approval_id", sa.String(length=32), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_jobs_approval_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_jobs_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("actor", "idempotency_key", name=op.f("uq_jobs_actor_idempotency_key")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_jobs_approval_id")),
    )
    op.create_index(op.f("ix_jobs_plan_id"), "jobs", ["plan_id"], unique=False)
    op.create_index(op.f("ix_jobs_status"), "jobs", ["status"], unique=False)
    op.create_table(
        "asset_connection_jumps",
        sa.Column("connection_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["assets.id"], name=op.f("fk_asset_connection_jumps_asset_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["asset_connections.id"],
            name=op.f("fk_asset_connection_jumps_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "position", name=op.f("pk_asset_connection_jumps")),
    )
    op.create_index(op.f("ix_asset_connection_jumps_asset_id"), "asset_connection_jumps", ["asset_id"], unique=False)
    op.create_table(
        "host_values",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_host_values_job_id")),
        sa.PrimaryKeyConstraint("job_id", "target", "step", name=op.f("pk_host_values")),
    )
    op.create_table(
        "results",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_results_job_id")),
        sa.PrimaryKeyConstraint("job_id", "step", "target", name=op.f("pk_results")),
    )
    op.create_table(
        "slices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=100), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("supervisor_pid", sa.Integer(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_slices_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slices")),
        sa.UniqueConstraint("job_id", "batch", "lane", "attempt", name=op.f("uq_slices_job_id_batch_lane_attempt")),
    )
    op.create_index(op.f("ix_slices_job_id"), "slices", ["job_id"], unique=False)
    op.create_index(op.f("ix_slices_status"), "slices", ["status"], unique=False)
    op.create_table(
        "target_locks",
        sa.Column("asset_id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("acquired", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_target_locks_job_id")),
        sa.PrimaryKeyConstraint("asset_id", "job_id", name=op.f("pk_target_locks")),
    )
    op.create_index(op.f("ix_target_locks_job_id"), "target_locks", ["job_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("slice_id", sa.String(length=32), nullable=True),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("last", sa.Boolean(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("task", sa.Text(), nullable=True),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("ignored", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_events_job_id")),
        sa.ForeignKeyConstraint(["slice_id"], ["slices.id"], name=op.f("fk_events_slice_id")),
        sa.PrimaryKeyConstraint("job_id", "seq", name=op.f("pk_events")),
        sa.UniqueConstraint("slice_id", "key", name=op.f("uq_events_slice_id_key")),
    )


def downgrade() -> None:
    op.drop_table("events")
    op.drop_index(op.f("ix_target_locks_job_id"), table_name="target_locks")
    op.drop_table("target_locks")
    op.drop_index(op.f("ix_slices_status"), table_name="slices")
    op.drop_index(op.f("ix_slices_job_id"), table_name="slices")
    op.drop_table("slices")
    op.drop_table("results")
    op.drop_table("host_values")
    op.drop_index(op.f("ix_asset_connection_jumps_asset_id"), table_name="asset_connection_jumps")
    op.drop_table("asset_connection_jumps")
    op.drop_index(op.f("ix_jobs_status"), table_name="jobs")
    op.drop_index(op.f("ix_jobs_plan_id"), table_name="jobs")
    op.drop_table("jobs")
    op.drop_index(op.f("ix_asset_tags_tag"), table_name="asset_tags")
    op.drop_table("asset_tags")
    op.drop_index(op.f("ix_asset_host_keys_asset_id"), table_name="asset_host_keys")
    op.drop_table("asset_host_keys")
    op.drop_index(op.f("ix_asset_group_nestings_child_id"), table_name="asset_group_nestings")
    op.drop_table("asset_group_nestings")
    op.drop_index(op.f("ix_asset_group_members_asset_id"), table_name="asset_group_members")
    op.drop_table("asset_group_members")
    op.drop_index(op.f("ix_asset_connections_credential_id"), table_name="asset_connections")
    op.drop_index(op.f("ix_asset_connections_become_credential_id"), table_name="asset_connections")
    op.drop_index(op.f("ix_asset_connections_asset_id"), table_name="asset_connections")
    op.drop_table("asset_connections")
    op.drop_index(op.f("ix_misses_actor"), table_name="misses")
    op.drop_table("misses")
    op.drop_table("conversations")
    op.drop_index(op.f("ix_assets_sort_key"), table_name="assets")
    op.drop_index(op.f("ix_assets_platform"), table_name="assets")
    op.drop_index(op.f("ix_assets_credential_id"), table_name="assets")
    op.drop_table("assets")
    op.drop_index(op.f("ix_asset_groups_sort_key"), table_name="asset_groups")
    op.drop_index(op.f("ix_asset_groups_credential_id"), table_name="asset_groups")
    op.drop_table("asset_groups")
    op.drop_index(op.f("ix_approvals_plan_id"), table_name="approvals")
    op.drop_table("approvals")
    op.drop_table("sealed_secrets")
    op.drop_index(op.f("ix_runbooks_sort_key"), table_name="runbooks")
    op.drop_table("runbooks")
    op.drop_index(op.f("ix_plans_status"), table_name="plans")
    op.drop_table("plans")
    op.drop_index(op.f("ix_library_files_sort_key"), table_name="library_files")
    op.drop_index(op.f("ix_library_files_sha256"), table_name="library_files")
    op.drop_table("library_files")
    op.drop_index(op.f("ix_credentials_sort_key"), table_name="credentials")
    op.drop_table("credentials")
    op.drop_index(op.f("ix_audit_entries_subject"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_at"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_actor"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_action"), table_name="audit_entries")
    op.drop_table("audit_entries")
