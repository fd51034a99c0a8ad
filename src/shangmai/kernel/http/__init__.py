"""The HTTP doors of the kernel: actions, reads, their OpenAPI document.

`actions` answers `POST /api/v1/actions/{name}`; `reads` gives every GET route its transaction under the caller's
scope; `paging` is what lists answer with; `auth` is what the doors expect of whoever tells who is calling.
"""
