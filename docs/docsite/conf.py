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
# The guides also link to files of the repository that are no pages.
suppress_warnings = ["myst.xref_missing", "toc.not_included"]

default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_use_modindex = False
