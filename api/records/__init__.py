"""What is kept: the decision log, cases and what happens in them. The only package that knows the database.

One way leads in: every change is a job of `writer`, written together with the log entry that tells of it, in one
transaction. Nothing here decides by which route a material goes (see `engine`) or speaks HTTP (see `api.http`).
"""
