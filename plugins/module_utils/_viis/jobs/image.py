# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_image: SVM images that the Integration Server knows and has found authentic."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..._core.entries import EntryList
from ..._core.errors import AnswerLost, InputError, RequestRefused, WaitTimeout
from ..._core.module import Context, Params
from ..._core.naming import seconds
from ..._core.plan import PENDING, Change, Plan
from ..._core.spec import Spec
from ..._core.waiting import Waiting
from ..api import images, tasks
from ..api.images import Image
from ..api.infrastructure_types import type_named
from ..api.session import Conflict, NotFound, Session
from .flow import Flow, Steps, patiently, run
from .work import WorkItem, WorkList

ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")
IMAGES = EntryList(
    "images",
    own={
        "label": {"type": "str"},
        "manifest_path": {"type": "str", "aliases": ["manifest_url"]},
        "image_id": {"type": "str"},
    },
    inherited={"types": {"type": "list", "elements": "str"}, "validate": {"type": "bool", "default": True}},
)
SPEC = IMAGES.spec() + Spec({"manifest_path": {"type": "str", "aliases": ["manifest_url"]}, "image_id": {"type": "str"}})


@dataclass(eq=False)
class ImageItem(WorkItem):
    """One image. ``id`` is known when it is registered; ``image`` is what the server tells about it."""

    path: t.Optional[str] = None
    types: tuple[str, ...] = ()
    validate: bool = True
    id: t.Optional[str] = None
    image: t.Optional[Image] = None
    task_id: t.Optional[str] = None
    validated: bool = False


class ImageJob:
    """The job of viis_image: all images are registered, then all are checked side by side."""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        params = context.params
        self._known: t.Optional[list[Image]] = None
        alone = {"manifest_path": params["manifest_path"], "image_id": params["image_id"]}
        entries = IMAGES.read(params, [alone] if any(alone.values()) else [])
        self._work = WorkList("images", params["on_failure"] == "report", list(map(self._item, entries)))
        # What many infrastructures share is registered once.
        self._work.unite(lambda item: None if item.failed else (item.id, item.path, item.types), lambda item: item.validate, shared=True)
        self._work.require_none_failed()

    def _item(self, given: Params) -> ImageItem:
        path, id = given["manifest_path"], given["image_id"]
        item = ImageItem(
            change=Change("image %s" % (path or id), {}, None, None, scope=path or id or ""),
            label=given["label"],
            path=path,
            validate=given["validate"],
            id=id,
        )
        with item.judged():
            item.types = tuple(sorted({type_named(name).name for name in given["types"] or ()}))
            if id is None and not (path and item.types):
                raise InputError("Give manifest_path and types to register an image, or image_id for one that is registered already.")
            if path is not None and not ABSOLUTE.match(path):
                raise InputError(
                    'manifest_path: "%s" is not absolute. It is the path of the XML file on the machine of the '
                    "Integration Server, with the image beside it." % path,
                    manifest_path=path,
                )
        return item

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        if self._work.left:
            self._known = images.listing(self._session)
        for item in self._work.left:
            with item.judged():
                self._plan_one(item)
        self._work.require_none_failed()
        left = self._work.left
        return Plan([item.change for item in self._work.items], has_work=any(item.validate for item in left))

    def _plan_one(self, item: ImageItem) -> None:
        if item.id is not None:
            item.image = next((image for image in self._known or () if image.id == item.id), None)
            if self._known is not None and item.image is None:
                raise self._unknown(item)
        else:
            item.image = self._registered(item)
            item.id = item.image.id if item.image is not None else None
        present = {"manifest_path": item.path, "types": list(item.types)}
        item.promise(present if item.id is not None else None, present, "registered")

    def _registered(self, item: ImageItem) -> t.Optional[Image]:
        """The image of this manifest, where the server tells which are there and from where."""
        for image in self._known or ():
            if image.manifest_path == item.path and image.is_for(item.types):
                return image
        return None

    def _unknown(self, item: ImageItem) -> InputError:
        return InputError(
            "%s has no image %s. Without image_id it is registered from manifest_path." % (self._session, item.id),
            server=self._session.server.address,
            image_id=item.id,
        )

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        waiting = self._context.waiting(("Check images", plan))
        flows = {item: self._flow(plan, item) for item in self._work.left}
        run(list(flows.values()), waiting)
        for item, flow in flows.items():
            if not flow.done:
                reason = "%s; image_id: %s, task %s" % (flow.state.rstrip("."), item.id, item.task_id)
                item.fail(self._late(item, flow.state, waiting), PENDING, reason)
        self._work.raise_if_alone()

    def _flow(self, plan: Plan, item: ImageItem) -> Flow[None]:
        def ended(flow: Flow[None]) -> None:
            if flow.error is not None:
                item.fail(flow.error)
            item.change.settled = True

        return Flow(self._steps(plan, item), ended)

    def _steps(self, plan: Plan, item: ImageItem) -> Steps[None]:
        if item.id is None:
            self._register(plan, item)
        if not item.validate:
            return
        self._validate(item)
        if self._context.params["wait"]:
            try:
                yield from self._await(item)
            except NotFound:  # the server was restarted and has forgotten the task
                self._validate(item)
                yield from self._await(item)

    def _validate(self, item: ImageItem) -> None:
        id = t.cast(str, item.id)
        try:
            item.task_id = images.validate(self._session, id)
        except AnswerLost:  # checking twice does no harm
            item.task_id = images.validate(self._session, id)
        except NotFound:
            raise self._unknown(item) from None

    def _await(self, item: ImageItem) -> Steps[None]:
        """
        :raises RequestRefused: the image is not authentic
        :raises NotFound: the task is gone
        """
        task_id = t.cast(str, item.task_id)
        while True:
            task = yield from patiently(lambda: tasks.read(self._session, task_id))
            if task.finished:
                break
            yield "the check is %s" % task.explanation
        if task.failed:
            raise RequestRefused(
                "%s reports that image %s is not authentic: %s. Do not deploy it; download the image and its manifest again."
                % (self._session, item.id, task.explanation.rstrip(".")),
                text=task.reason,
                state=task.state,
                **self._facts(item),
            )
        item.validated = True

    def _facts(self, item: ImageItem) -> Params:
        return {"server": self._session.server.address, "image_id": item.id, "task_id": item.task_id}

    def _late(self, item: ImageItem, state: str, waiting: Waiting) -> WaitTimeout:
        return WaitTimeout(
            "%s has not checked image %s within %s: %s. Task %s continues there; run this again with image_id: %s."
            % (self._session, item.id, seconds(waiting.timeout), state.rstrip("."), item.task_id, item.id),
            **self._facts(item),
        )

    def _register(self, plan: Plan, item: ImageItem) -> None:
        """Register an image once, whatever becomes of the answer."""
        path = t.cast(str, item.path)
        try:
            with plan.writing():
                item.image = images.register(self._session, path, item.types)
            item.id = item.image.id or None
        except Conflict as error:
            if not error.existing_id:
                raise
            item.id = error.existing_id
        except AnswerLost as error:
            item.image = self._after_loss(plan, item)
            item.id = item.image.id if item.image is not None else None
            if item.id is None:
                raise AnswerLost(
                    "%s It is not known whether the image was registered, and this server cannot list images. Running again "
                    "registers it, possibly a second time." % error.message,
                    **error.failure,
                ) from None
        if item.id is None:
            raise AnswerLost("%s did not return the id of the image." % self._session, server=self._session.server.address)

    def _after_loss(self, plan: Plan, item: ImageItem) -> t.Optional[Image]:
        """The image that was registered although the answer was lost, or is registered now because it was not."""
        listed = None if self._known is None else images.listing(self._session)
        if listed is None:
            return None
        known = {image.id for image in self._known or ()}
        new = [image for image in listed if image.id not in known and image.is_for(item.types)]
        if new:
            return new[0]
        with plan.writing():
            return images.register(self._session, t.cast(str, item.path), item.types)

    # -- result --------------------------------------------------------------------------------------------------

    @property
    def _task_ids(self) -> list[str]:
        return [item.task_id for item in self._work.items if item.task_id]

    def returned(self, plan: Plan) -> Params:
        for item in self._work.items:
            image = item.image
            item.change.facts.update(
                image_id=item.id,
                svm_version=(image.svm_version or None) if image else None,
                product_name=(image.product_name or None) if image else None,
                types=list(image.types) if image else list(item.types),
                validated=item.validated,
                task_id=item.task_id,
            )
        one = self._work.rows[0][1] if len(self._work.rows) == 1 else None
        names = ("image_id", "svm_version", "product_name", "types", "validated")
        msg = plan.message("images")
        if one is not None:
            msg = "%s: %s%s" % (one.change.object, one.change.result, ", found authentic" if one.validated else "")
        return {
            "images": self._work.returned(plan),
            **{name: one.change.facts[name] if one else None for name in names},
            "task_id": self._task_ids[0] if self._task_ids else None,
            "task_ids": self._task_ids,
            "msg": msg,
        }

    def failure(self, plan: Plan) -> t.Optional[str]:
        return self._work.failure(plan, "images", str(self._session), self._context.params, self._task_ids)
