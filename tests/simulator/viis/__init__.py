# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Integration Server (VIIS) half of the simulator: its REST API 3.0, as far as the vendor's two documents tell.

What is called *contract* in this folder is the description of the 23 documented operations that was drawn from those two documents;
``R-nn`` is one of its rules, ``A-nn`` one of its ambiguities, ``I-nn`` one of its gaps. ``README.md`` tells how to use all this.
"""
