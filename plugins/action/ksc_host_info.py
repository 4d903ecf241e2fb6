# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ksv.light_agent.ksc_host_info: the module of that name, with concise results; see plugin_utils/_progress.py."""

from __future__ import annotations

from ansible_collections.ksv.light_agent.plugins.plugin_utils._progress import ConciseAction


class ActionModule(ConciseAction):
    pass
