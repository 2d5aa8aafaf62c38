"""Writes that a database refuses, of either kind: a trigger raises a fault that is no outage."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


async def forbid(connection: AsyncConnection, name: str, write: str, when: str = "") -> None:
    """Have a write ("UPDATE OF stage ON note") refused from now on, of rows of which `when` is true ("NEW.x = 1")."""
    only = f"WHEN ({when})" if when else ""
    if connection.dialect.name == "sqlite":
        await connection.execute(
            sa.text(f"CREATE TRIGGER {name} BEFORE {write} {only} BEGIN SELECT RAISE(ABORT, 'away'); END")
        )
        return
    await connection.execute(
        sa.text(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'away'; END $$"
        )
    )
    await connection.execute(
        sa.text(f"CREATE TRIGGER {name} BEFORE {write} FOR EACH ROW {only} EXECUTE FUNCTION {name}()")
    )


async def allow(connection: AsyncConnection, name: str, table: str) -> None:
    """Have the write taken again; nothing if it is."""
    on = "" if connection.dialect.name == "sqlite" else f"ON {table}"
    await connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name} {on}"))
