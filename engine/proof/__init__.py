"""What holds for every possible application, proved or refuted, and never guessed.

The way through: `scenes` walks catalogue × divisions × days and reduces the law to each material, equal reductions once;
`solver` writes conditions for the solver (the only file that imports it); `computed` says what the computed facts hang on;
`readings` makes the route of it; `obligations` and `rules` ask what must hold; `witness` turns a counter-example into the
smallest application that shows it, decided again by the engine itself. `difference` compares two rulebooks the same way.

Proofs speak of complete applications, everything known, every choice open. That is enough: Kleene's logic is monotone, so
what an incomplete application settles is settled alike in each of its completions, and a material that could not be decided
with something unknown could not be decided in any completion either (docs/proofs.md). Nothing here reads a file or a clock.
"""
