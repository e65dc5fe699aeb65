"""The example source server: answers the sharing protocol over synthetic people, and fails on request in every way a network can.

It is for trying and testing on one machine. It keeps nothing, knows no real person and is never part of the service.
"""
