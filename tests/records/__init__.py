"""Tests of the records: the log and its chain, the writer, the database and its migrations, on SQLite and on PostgreSQL."""
