"""The work of each command of the command line, one module a command. Arguments are declared in `api.cli`."""
