"""The database: connections, tables, migrations, erasure from its files, the deployment's secret."""
