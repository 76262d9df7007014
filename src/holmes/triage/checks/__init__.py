"""One kind of problem a module: `find(objects, logs)` yields what is wrong, and why.

A module here is found by its presence; there is no list to edit. Its docstring says what it finds.
"""
