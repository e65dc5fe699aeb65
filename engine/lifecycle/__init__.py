"""What happens after the answer: cases, commitments, deferrals, demands and lateness, as tables and pure functions.

`moves` and `machines` say which step may follow which; `letters` writes the commitment letter; `deferrals` counts arrivals and
extensions; `demands` judges what is asked of the applicant; `tickets` says what a decision owes to data providers; `lateness` grades
delay. Days and times are arguments: nothing in this package stores, sends, reads a clock or decides a material.
"""
