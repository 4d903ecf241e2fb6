# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_image: an SVM image that the Integration Server knows and has found authentic."""

from __future__ import annotations

import re
import typing as t

from ..._core.errors import AnswerLost, InputError, RequestRefused, WaitTimeout
from ..._core.module import Context
from ..._core.plan import Plan
from ..api import images, tasks
from ..api.images import Image
from ..api.infrastructure_types import kind_of
from ..api.session import NotFound, Session

ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")


class Registration:
    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        self._params = context.params
        self._path: t.Optional[str] = self._params["manifest_path"]
        self._types = list(dict.fromkeys(kind_of(name).name for name in self._params["types"] or ()))
        self._id: t.Optional[str] = self._params["image_id"]
        self._image: t.Optional[Image] = None
        self._known: t.Optional[list[Image]] = None
        self._validated = False
        self._task_id: t.Optional[str] = None
        if self._id is None and not (self._path and self._types):
            raise InputError("Give manifest_path and types to register an image, or image_id for one that is there.")
        if self._path is not None and not ABSOLUTE.match(self._path):
            raise InputError(
                'manifest_path: "%s" is not absolute. It is the path of the XML file on the machine of the '
                "Integration Server, with the image beside it." % self._path,
                manifest_path=self._path,
            )

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        plan = Plan(has_work=self._params["validate"])
        self._known = images.listing(self._session)
        if self._id is not None:
            self._image = next((image for image in self._known or () if image.id == self._id), None)
            if self._known is not None and self._image is None:
                raise InputError(
                    "%s has no image %s. Without image_id it is registered from manifest_path." % (self._session, self._id),
                    server=self._session.server.address,
                    image_id=self._id,
                )
        else:
            self._image = self._registered()
            self._id = self._image.id if self._image is not None else None
        present = {"manifest_path": self._path, "types": self._types}
        plan.add("image %s" % (self._path or self._id), {}, present if self._id is not None else None, present, "registered")
        return plan

    def _registered(self) -> t.Optional[Image]:
        """The image of this manifest, where the server tells which are there and from where."""
        for image in self._known or ():
            if image.manifest_path == self._path and set(self._types) <= {name.upper() for name in image.types}:
                return image
        return None

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting()
        if self._id is None:
            with plan.writing():
                self._image = self._register()
            self._id = self._image.id
        if not self._params["validate"]:
            return
        try:
            self._task_id = images.validate(self._session, self._id)
        except AnswerLost:  # checking twice does no harm
            self._task_id = images.validate(self._session, self._id)
        except NotFound as error:
            raise InputError(
                "%s has no image %s. Without image_id it is registered from manifest_path." % (self._session, self._id),
                **error.failure,
            ) from None
        if not self._params["wait"]:
            return
        task = tasks.wait(self._session, self._task_id, waiting, image_id=self._id)
        facts = {
            "server": self._session.server.address,
            "image_id": self._id,
            "task_id": self._task_id,
            "state": task.state,
        }
        if task.failed:
            raise RequestRefused(
                "%s does not find image %s authentic: %s. Do not deploy it; fetch image and manifest anew."
                % (self._session, self._id, task.explanation),
                text=task.reason,
                **facts,
            )
        if not task.finished:
            raise WaitTimeout(
                "%s has not checked image %s within %s s: task %s is %s. It goes on there; run this again with "
                "image_id: %s." % (self._session, self._id, waiting.timeout, self._task_id, task.explanation, self._id),
                **facts,
            )
        self._validated = True

    def _register(self) -> Image:
        try:
            image = images.register(self._session, t.cast(str, self._path), self._types)
        except AnswerLost as error:
            found = self._after_loss()
            if found is None:
                raise AnswerLost(
                    "%s Whether the image was registered is unknown, and this server cannot list images. Running "
                    "again registers it, perhaps a second time." % error.message,
                    **error.failure,
                ) from None
            return found
        if not image.id:
            raise AnswerLost("%s answered without the image's id." % self._session, server=self._session.server.address)
        return image

    def _after_loss(self) -> t.Optional[Image]:
        """The image that was registered although the answer was lost, or is registered now because it was not."""
        listed = None if self._known is None else images.listing(self._session)
        if listed is None:
            return None
        known = {image.id for image in self._known or ()}
        new = [image for image in listed if image.id not in known and set(self._types) <= set(image.types)]
        if new:
            return new[0]
        return images.register(self._session, t.cast(str, self._path), self._types)

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        image = self._image
        return {
            "image_id": self._id,
            "svm_version": (image.svm_version or None) if image else None,
            "product_name": (image.product_name or None) if image else None,
            "types": list(image.types) if image else self._types,
            "validated": self._validated,
            "task_id": self._task_id,
            "msg": "%s: %s%s" % (plan.changes[0].object, plan.changes[0].result, ", found authentic" if self._validated else ""),
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return None
