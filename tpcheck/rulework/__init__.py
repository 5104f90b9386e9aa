"""Work on a rule set itself: what it costs a person, what it can never do, what a change does."""
