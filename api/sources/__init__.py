"""What other authorities know, asked for one application: over HTTP, all sources at once, within a deadline.

Only this package speaks to the network. It asks what `engine.inquiries` says may be asked and gives evidence back; it decides nothing.
"""
