# SPDX-License-Identifier: Apache-2.0
"""The schema's history: alembic's environment and one file per revision, run through `opsconductor.db.migrate`."""
