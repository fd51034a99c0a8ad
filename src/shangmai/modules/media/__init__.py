"""Media: pictures and films that everybody may see, kept by what they contain.

Table owned: media_files, a row for each content.

Invariants:
- what a file is, is told by its bytes, never by what the uploader says; only kinds that a browser shows and that can
  hold no script are kept;
- only what has a row is served: the store holds other files too;
- a row never changes, for its address is the hash of the bytes: whoever has it may keep it for ever.

Events: none.
"""
