# ruff: noqa: INP001 - Sphinx runs this file; nobody imports it
"""How the documentation is built: `make docs`, warnings are errors, nothing is fetched from elsewhere."""

from importlib.metadata import version as installed_version

project = "One-Click DWH"
author = "The One-Click DWH authors"
project_copyright = "The One-Click DWH authors, Apache-2.0"
version = release = installed_version("one-click-dwh")

extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
nitpicky = True
suppress_warnings: list[str] = []

myst_enable_extensions = ["colon_fence", "deflist", "attrs_block"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "One-Click DWH"
html_static_path = ["_static"]
html_css_files = ["oneclick.css"]
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0f6e6a", "color-brand-content": "#0f6e6a"},
    "dark_css_variables": {"color-brand-primary": "#5cc8bf", "color-brand-content": "#5cc8bf"},
    "footer_icons": [],
}

copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
copybutton_remove_prompts = True
