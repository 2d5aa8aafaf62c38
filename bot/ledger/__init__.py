"""Money: accounts, holds, transfers, limits, statements, audit, reports, reconciliation."""
