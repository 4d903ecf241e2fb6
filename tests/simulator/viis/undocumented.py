# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that no document mentions, off by default (contract, section 11). Their paths and forms are guesses in the API's style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .calls import Call
from .infrastructures import render

if TYPE_CHECKING:
    from .server import Server


def list_infrastructures(server: Server, _call: Call) -> Any:
    """GET /infrastructures, in one of three shapes (I-3)."""
    found = [render(server, item) for item in server.infrastructures.all()]
    return {"array": found, "named": {"infrastructures": found}, "items": {"items": found}}[server.settings.list_shape]


def list_rules(server: Server, _call: Call) -> Any:
    """GET /sslConfig/certificateValidator/rules (I-1)."""
    return {"rules": server.trust.rules()}


def list_images(server: Server, _call: Call) -> Any:
    """GET /management/deployment/svm/images (I-5)."""
    told = server.settings.listed_manifests
    return {"images": [{**image.body(), **({"manifestUrl": image.manifest.path} if told else {})} for image in server.images.all()]}


def read_image(server: Server, call: Call) -> Any:
    """GET /management/deployment/svm/images/{id} (I-5)."""
    return server.images.get(call.ids["image"]).body()


def read_role(server: Server, _call: Call) -> Any:
    """GET /server/configuration/role (I-13)."""
    return {"role": server.cluster.role}


def list_tasks(server: Server, call: Call) -> Any:
    """GET /virtualization/tasks?createdFrom=&state=&type= (I-8; documented for API 2.0)."""
    created, state, kind = call.parameter("createdFrom"), call.parameter("state"), call.parameter("type")
    bodies = [server.tasks.body(task) for task in server.tasks.all()]
    return {
        "tasks": [
            body
            for body in bodies
            if (created is None or body["created"] >= created) and state in (None, body["state"]) and kind in (None, body["type"])
        ]
    }
