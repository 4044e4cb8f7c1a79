"""How Sphinx makes the manual out of what tools/manual/make_html.py has put together."""
import os
import pathlib

from pygments.formatters import HtmlFormatter
from pygments.lexers.special import TextLexer

project = "libwserve"
author = "The libwserve authors"
project_copyright = "2026 The libwserve authors"
version = release = os.environ.get("WSERVE_VERSION", "")

extensions = ["myst_parser"]
myst_enable_extensions = ["fieldlist"]
myst_heading_anchors = 4  # as GitHub names them
source_suffix = {".md": "markdown"}
root_doc = "index"
primary_domain = "c"
highlight_language = "text"

html_theme = "alabaster"
html_title = f"libwserve {version}"
html_static_path = ["_static"]
html_css_files = ["manual.css", "dark.css"]
html_copy_source = False
html_show_sphinx = False
html_sidebars = {"**": ["about.html", "searchbox.html", "navigation.html"]}
html_theme_options = {
    "description": "The application server as a library",
    "fixed_sidebar": False,
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
    "code_font_family": "ui-monospace, monospace",
    "font_size": "16px",
    "page_width": "72rem",
    "sidebar_width": "17rem",
    "sidebar_collapse": True,
    "show_powered_by": False,
}


def setup(app):
    for language in ("apache", "caddy", "haproxy", "lighttpd", "vcl"):
        app.add_lexer(language, TextLexer)
    colours = HtmlFormatter(style="native").get_style_defs(".highlight")
    (pathlib.Path(app.srcdir) / "_static" / "dark.css").write_text("@media (prefers-color-scheme: dark) {\n" + colours + "\n}\n")
