"""Applications with their lines, volunteers and whom they visit.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intake_line",
        sa.Column("line_key", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("seats_by", sa.String(), nullable=True),
        sa.Column("seats_at", sa.BigInteger(), nullable=True),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("line_key", name="pk_intake_line"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "application",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("line_key", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("offer_until", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_application_person_id"),
        sa.UniqueConstraint("case_id", name="uq_application_case_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_application_case_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_application_line_key_state_completed_at",
        "application",
        ["line_key", "state", "completed_at"],
    )
    for name in ("offer_until", "person_id"):
        op.create_index(f"ix_application_{name}", "application", [name])
    op.create_table(
        "volunteer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_volunteer"),
        sa.UniqueConstraint("person_id", name="uq_volunteer_person_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_volunteer_person_id"),
        sa.UniqueConstraint("case_id", name="uq_volunteer_case_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_volunteer_case_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_volunteer_state", "volunteer", ["state"])
    op.create_table(
        "pairing",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("volunteer_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("resident_yes", sa.Integer(), nullable=False),
        sa.Column("volunteer_yes", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("cool_until", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("person_id", "volunteer_id", name="uq_pairing_person_id_volunteer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_pairing_person_id"),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name="fk_pairing_volunteer_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_pairing_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pairing"),
        sqlite_with_rowid=False,
    )
    for name in ("case_id", "person_id", "volunteer_id"):
        op.create_index(f"ix_pairing_{name}", "pairing", [name])
    op.create_table(
        "visit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pairing_id", sa.String(), nullable=False),
        sa.Column("with_volunteer_id", sa.String(), nullable=True),
        sa.Column("with_staff_id", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name="fk_visit_pairing_id"),
        sa.ForeignKeyConstraint(
            ["with_volunteer_id"], ["volunteer.id"], name="fk_visit_with_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sqlite_with_rowid=False,
    )
    for name in ("pairing_id", "with_volunteer_id"):
        op.create_index(f"ix_visit_{name}", "visit", [name])


def downgrade() -> None:
    for name in ("visit", "pairing", "volunteer", "application", "intake_line"):
        op.drop_table(name)
