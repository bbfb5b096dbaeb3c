"""What the ladder of the check-in needs.

Revision: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _checkin() -> list[sa.Column[Any]]:
    """Made anew: a column belongs to one table."""
    return [
        sa.Column("minute", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stage", sa.String(), server_default="", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("nudges", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tight_days", sa.Integer(), nullable=True),
        sa.Column("tight_until", sa.BigInteger(), nullable=True),
        sa.Column("override_days", sa.Integer(), nullable=True),
        sa.Column("override_reason", sa.LargeBinary(), nullable=True),
        sa.Column("rhythm", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(), server_default="", nullable=False),
        sa.Column("covert", sa.LargeBinary(), nullable=True),
        sa.Column("easy", sa.Integer(), server_default="0", nullable=False),
        sa.Column("undelivered_at", sa.BigInteger(), nullable=True),
        sa.Column("resumed_word_at", sa.BigInteger(), nullable=True),
        sa.Column("stamps", sa.Integer(), server_default="0", nullable=False),
    ]


def upgrade() -> None:
    for column in _checkin():
        op.add_column("checkin", column)
    op.create_table(
        "alert",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("cause_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("tellings", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("sign_at", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("next_due_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("cause_hash", name="uq_alert_cause_hash"),
        sqlite_with_rowid=False,
    )
    for name in ("case_number", "next_due_at", "person_id", "state"):
        op.create_index(f"ix_alert_{name}", "alert", [name])
    op.create_table(
        "staff_contact",
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("key_enc", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_contact_staff_id"),
        sa.PrimaryKeyConstraint("staff_id", "channel", name="pk_staff_contact"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_staff_contact_channel_key_hash", "staff_contact", ["channel", "key_hash"])
    op.create_table(
        "duty",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("to_minute", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("holidays", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_duty_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_duty_staff_id", "duty", ["staff_id"])
    op.create_table(
        "absence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("deputy", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_absence_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_absence_until_at", "absence", ["until_at"])
    op.create_table(
        "trusted",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("contact_person_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("agreed_at", sa.BigInteger(), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_trusted_person_id"),
        sa.ForeignKeyConstraint(
            ["contact_person_id"], ["person.id"], name="fk_trusted_contact_person_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trusted"),
        sa.UniqueConstraint("code_hash", name="uq_trusted_code_hash"),
        sqlite_with_rowid=False,
    )
    for name in ("asked_at", "contact_person_id", "person_id"):
        op.create_index(f"ix_trusted_{name}", "trusted", [name])
    op.create_table(
        "visit_card",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_visit_card_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_visit_card"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "card_opening",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_card_opening_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_card_opening"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_card_opening_person_id", "card_opening", ["person_id"])
    op.create_table(
        "pulse",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pulse"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("pulse", "card_opening", "visit_card", "trusted", "absence", "duty"):
        op.drop_table(name)
    for name in ("staff_contact", "alert"):
        op.drop_table(name)
    for column in reversed(_checkin()):
        op.drop_column("checkin", column.name)
