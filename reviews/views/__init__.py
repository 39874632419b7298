"""The pages on which people work: sign in, see what waits, judge one case after the other.

HTMX gets fragments (templates named _so.html), everybody else the page that includes them. What
is refused comes as a notice beside the answer, which stays on the screen.
"""
