"""Asking other authorities: the example source server, and what asks it."""
