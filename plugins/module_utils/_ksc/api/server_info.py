# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The Administration Server itself (contract ksc-openapi.md, section 3.5)."""

from __future__ import annotations

import re
import typing as t

from ..._core.errors import RequestRefused, TemporarilyUnavailable
from . import wire
from .session import Session

FULL_VERSION = "KLADMSRV_PRODUCT_FULL_VERSION"


def version(session: Session) -> t.Optional[tuple[int, ...]]:
    """The version of the server, such as (15, 1, 0, 20748), by HostGroup.GetStaticInfo; None where it does not tell."""
    try:
        told = wire.record(session.call("HostGroup.GetStaticInfo", {"pValues": [FULL_VERSION]}).get("PxgRetVal")).get(FULL_VERSION)
    except TemporarilyUnavailable:
        raise
    except RequestRefused:
        return None
    numbers = re.match(r"\d+(?:\.\d+)*", told.strip()) if isinstance(told, str) else None
    return tuple(map(int, numbers[0].split("."))) if numbers else None
