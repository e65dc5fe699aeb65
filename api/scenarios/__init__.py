"""What the scenarios show of the rules: which phrases they have seen decide, and which changes of a rule none of them would notice."""
