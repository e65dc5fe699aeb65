"""The doors of Mianzheng: command line, HTTP, pages; records, evidence, security.

Everything here translates and records. What a rule means and what an application needs is decided in `engine`.
"""
