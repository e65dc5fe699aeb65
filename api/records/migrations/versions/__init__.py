"""The revisions of the tables, one file each, in the order of their numbers. A released one is never changed: the next one is added."""
