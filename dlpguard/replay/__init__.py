"""Mail of the past, judged as the relay would have: what policies cost before they are enforced.

    paths ──sources──▶ places ──headings──▶ order ──sandbox──▶ readings ──world──▶ ends ──tallies──▶
    report

Nothing of a message is kept: what was read is sealed, or in memory, and gone when the run ends.
"""
