"""The kill switch rehearsed on a paper exchange of its own."""
