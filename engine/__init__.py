"""The pure core of Mianzheng: facts in, decision out.

Read the parts in the order in which an application meets them: vocabulary, phrases, conditions; law, catalogue, rulebook;
application, facts; matcher; combine, decide; questions, deadlines; explain. Nothing here opens a file, a socket or a
database, reads a clock or draws a random number: texts, values and days come in as arguments.
"""
