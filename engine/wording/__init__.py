"""Wording: how a language-free answer is said, in Chinese to be read aloud at a window and in plain English.

Nothing here decides, and nothing here changes the answer it words.
"""
