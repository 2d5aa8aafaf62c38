"""The database: connections, tables, migrations, erasure from its files, the instance's secret."""
