"""The parts that turn the nodes of a file into records; `loader`, `responses` and `cases` use them.

`file` keeps problems and names, and `fields` reads shapes. `criterion` and `answers` read what
several sections share; the others read a section each. `meaning` checks what no single field shows.
"""
