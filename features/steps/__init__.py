"""场景里能说的话：一处写明，到处通用。What scenarios can say, written once, on top of the vocabulary.

A step is read by one of the forms in `given` or `then`, for what happens after the answer in `life_acts` or `life_seen`, or as a phrase of
the rules' own grammar. No form knows an item, a material or a rule by name. Nothing here knows pytest: `features/conftest.py` and
`features/steps/running.py` are its callers.
"""
