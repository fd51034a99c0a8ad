"""Documents for paper: PDF from templates, barcodes, and graphics for label printers.

Invariants: nothing is fetched and no font of the machine is used, so a document looks the same everywhere; a template
sees only the values it is given.
"""
