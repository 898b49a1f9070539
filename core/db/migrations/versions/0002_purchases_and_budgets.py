"""purchases and budgets"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chore',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('done', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('budget',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('owner', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('cap', sa.BigInteger(), nullable=True),
    sa.Column('chosen', sa.Boolean(), nullable=False),
    sa.Column('reserved', sa.BigInteger(), nullable=False),
    sa.Column('spent', sa.BigInteger(), nullable=False),
    sa.Column('overage', sa.BigInteger(), nullable=False),
    sa.Column('created', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.CheckConstraint('cap IS NULL OR reserved + spent <= cap + overage', name='ck_budget_never_overspent'),
    sa.CheckConstraint('reserved >= 0 AND spent >= 0 AND overage >= 0', name='ck_budget_amounts'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('ledger',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('budget_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('purchase_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('phase', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reserved', sa.BigInteger(), nullable=False),
    sa.Column('spent', sa.BigInteger(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['budget_id'], ['budget.id'], ),
    sa.ForeignKeyConstraint(['purchase_id'], ['purchase.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('purchase_id', 'budget_id', 'phase')
    )
    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_budget', ['budget_id', 'id'], unique=False)

    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fallback', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))

    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.add_column(sa.Column('budget_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True))

    with op.batch_alter_table('purchase', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('external_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('lost', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('note', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('submitted', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.drop_index(batch_op.f('ix_purchase_project'))

    # before this, everything was free: an attempt that was killed left its purchase open, and nothing was owed
    op.execute("UPDATE purchase SET key = (SELECT step.key FROM step WHERE step.id = purchase.step_id)")
    op.execute("UPDATE purchase SET state = 'rejected', actual_micros = 0, closed = created WHERE state = 'intent'")

    with op.batch_alter_table('purchase', schema=None) as batch_op:
        batch_op.create_index('ix_purchase_key', ['project_id', 'key'], unique=False)
        batch_op.create_index('ix_purchase_state', ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_step_id'), ['step_id'], unique=False)
        batch_op.create_index('uq_purchase_open', ['project_id', 'key'], unique=True, sqlite_where=sa.text("state IN ('intent', 'submitted', 'in_doubt')"), postgresql_where=sa.text("state IN ('intent', 'submitted', 'in_doubt')"))
        batch_op.create_index('uq_purchase_task', ['vendor', 'external_id'], unique=True)

    with op.batch_alter_table('step', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pool', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default='here'))
        batch_op.add_column(sa.Column('rank', sa.Float(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('gated', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('choice', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('base', sa.Float(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('troubles', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('announced', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.drop_index(batch_op.f('ix_step_ready'))
        batch_op.create_index('ix_step_ready', ['pool', 'rank', 'position'], unique=False, sqlite_where=sa.text("state = 'ready'"), postgresql_where=sa.text("state = 'ready'"))
        batch_op.create_index('ix_step_under_way', ['pool'], unique=False, sqlite_where=sa.text("state IN ('running', 'waiting')"), postgresql_where=sa.text("state IN ('running', 'waiting')"))
        batch_op.create_index('ix_step_reply', ['rank', 'position'], unique=False, sqlite_where=sa.text("state = 'ready' AND kind = 'reply'"), postgresql_where=sa.text("state = 'ready' AND kind = 'reply'"))
        batch_op.create_index('ix_step_waiting', ['due'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.drop_index('ix_step_worker')
        batch_op.create_index('ix_step_worker', ['worker_id', 'state'], unique=False)
        batch_op.create_index('ix_step_finished', ['finished'], unique=False)

    op.execute("UPDATE step SET base = weight, rank = (SELECT job.rank FROM job WHERE job.id = step.job_id)")
    op.execute(
        "UPDATE step SET state = 'cancelled' WHERE state IN ('ready', 'blocked') AND job_id IN "
        "(SELECT id FROM job WHERE state NOT IN ('queued', 'running'))"
    )
    for what in ("UPDATE", "DELETE"):
        for statement in _append_only(what, op.get_bind().dialect.name):
            op.execute(statement)


def _append_only(what: str, dialect: str) -> list[str]:
    """What makes the database refuse to change or remove a line of the ledger."""
    name = f"ledger_no_{what.lower()}"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name} BEFORE {what} ON ledger "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        ]
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        f"CREATE TRIGGER {name} BEFORE {what} ON ledger FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def downgrade() -> None:
    raise NotImplementedError("money that was recorded is not forgotten: put back a copy instead")
