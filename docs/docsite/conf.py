# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Sphinx for `make docs`."""

from __future__ import annotations

project = "ksv.light_agent"
copyright = "ksv.light_agent contributors"
title = html_title = html_short_title = "ksv.light_agent"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_theme_options = {"collapse_navigation": False, "documentation_home_url": "index.html", "show_extranav": False, "titles_only": True}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_use_modindex = False
