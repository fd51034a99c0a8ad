"""What a page of the mall does before its application runs: it takes its colours, and is painted.

Where the server has drawn the page, the application's scripts wait for the first paint of it. Left to themselves they
run as soon as they are there, so that on a slow phone with a fast network, or with the scripts kept from an earlier
visit, nothing was seen until half a megabyte of them had run.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

# The theme is kept by web/mall/src/looks.ts. A page that nobody looks at is not painted: its scripts wait a second.
SCRIPT: Final = """(() => {
  let theme;
  try { theme = JSON.parse(localStorage.getItem("mall.theme")).data; } catch { theme = "auto"; }
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  const run = () => {
    for (const waiting of document.querySelectorAll('script[type="text/later"]')) {
      const script = document.createElement("script");
      script.src = waiting.src;
      script.async = false;
      waiting.replaceWith(script);
    }
  };
  requestAnimationFrame(() => setTimeout(run));
  document.addEventListener("DOMContentLoaded", () => setTimeout(run, 1000));
})();"""
ALLOWED: Final = f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"
"""What a Content-Security-Policy calls the script by."""
DEFERRED: Final = b'<script defer="defer" src='
LATER: Final = b'<script type="text/later" src='


def begun(html: bytes, *, is_drawn: bool) -> bytes:
    """The page with the script before everything that is drawn; `is_drawn`: by the server."""
    page = html.replace(b"<title>", f"<script>{SCRIPT}</script><title>".encode(), 1)
    return page.replace(DEFERRED, LATER) if is_drawn else page
