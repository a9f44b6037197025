"""Swarms: one task over many inputs, which may still be coming while the first results are there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apexaurum.decoding import decode
from apexaurum.display import shown
from apexaurum.errors import WorkFailed
from apexaurum.events import Event
from apexaurum.progress import Progress
from apexaurum.requests import get, given, post
from apexaurum.shapes.agents import ENDED, Allowance
from apexaurum.shapes.swarms import SwarmItem, SwarmItems, SwarmState
from apexaurum.synchronous.concurrency import MOST_AT_ONCE, Feeder, Inputs, Stream
from apexaurum.synchronous.following import LOOK, follow
from apexaurum.synchronous.transport import Transport


class Swarm:
    """One swarm."""

    def __init__(self, transport: Transport, state: SwarmState) -> None:
        self._transport = transport
        self._feeder: Feeder | None = None
        self.state = state
        """As it was when last heard of."""

    @property
    def id(self) -> str:
        """Under which it is found again."""
        return self.state.id

    def status(self) -> SwarmState:
        """As it stands."""
        self.state = self._transport.get(SwarmState, get(f"/swarms/{self.id}"))
        return self.state

    def items(self) -> Stream[SwarmItem]:
        """All items in order, as they stand."""
        return self._transport.pages(SwarmItem, get(f"/swarms/{self.id}/items", limit=1000), "items", "after")

    def results(self, *, progress: bool = False) -> Stream[SwarmItem]:
        """Each item once, as soon as it has ended, whichever way; first those that had ended before.

        Raises what the inputs raised, after the last item.
        """
        told: set[int] = set()
        with Progress(self.state.name, self.state.total, shown=progress) as bar:
            for event in follow(self._transport, f"swarm:{self.id}"):
                over = self._look(event)
                item = item_of(event)
                if item is not None and item.ended and item.n not in told:
                    told.add(item.n)
                    yield self._whole(item)
                if (over or event.type in LOOK) and len(told) < self.state.total:
                    for item in self.items():
                        if item.ended and item.n not in told:
                            told.add(item.n)
                            yield item
                bar.to(len(told), total=self.state.total, note=f"${self.state.cost_usd:.4f}")
                self._check_inputs()
                if over:
                    break
        if self._feeder is not None and self._feeder.error is not None:
            raise self._feeder.error

    def wait(self, *, progress: bool = False) -> SwarmState:
        """The swarm, once it has ended; `result` is what the reduction made of all results."""
        for _ in self.results(progress=progress):
            pass
        return self.state

    def result(self, *, progress: bool = False) -> str | None:
        """What the reduction made, once it has. Raises WorkFailed."""
        ended = self.wait(progress=progress)
        if ended.status != "completed":
            raise WorkFailed("swarm", self.id, ended.status, str(ended.error) if ended.error else None)
        return ended.result

    def add(self, inputs: Sequence[Any], *, closed: bool = False, key: str | None = None) -> None:
        """More inputs; `closed`: no more will come."""
        body = {"inputs": list(inputs), "closed": closed}
        self._transport.ask(post(f"/swarms/{self.id}/items", body, key=key))

    def cancel(self) -> None:
        """End it with all of its agents."""
        if self._feeder is not None:
            self._feeder.stop()
        self._tell("cancel")

    def pause(self) -> None:
        """Begin nothing more for now."""
        self._tell("pause")

    def resume(self) -> None:
        """Go on."""
        self._tell("resume")

    def retry(self, items: Sequence[int] | None = None) -> None:
        """Try again what failed or was cancelled: all of it, or these items."""
        self._tell("retry", given(items=None if items is None else list(items)))

    def feed(self, inputs: Inputs) -> None:
        """Pass inputs on as they come, beside what this program does."""
        self._feeder = Feeder(inputs, self._pass_on)

    def _pass_on(self, inputs: list[Any], closed: bool) -> None:
        self.add(inputs, closed=closed)

    def _tell(self, what: str, body: Any = None) -> None:
        self._transport.ask(post(f"/swarms/{self.id}/{what}", body))

    def _look(self, event: Event) -> bool:
        """Whether the swarm has ended, as far as this event tells."""
        if event.type in LOOK or event.data.get("status") in ENDED:
            self.status()
        elif event.type == "swarm_update":
            told = event.data
            counts = {name: told[name] for name in ("status", "total", "completed", "failed")}
            self.state = replace(self.state, **counts, cost_usd=float(told["cost_usd"]))
        return self.state.ended

    def _whole(self, item: SwarmItem) -> SwarmItem:
        """The item with what an event leaves out because it is long."""
        if item.input is not None and (item.result is not None or item.status != "completed"):
            return item
        page = self._transport.get(SwarmItems, get(f"/swarms/{self.id}/items", after=item.n, limit=1))
        return page.items[0]

    def _check_inputs(self) -> None:
        if self._feeder is not None and self._feeder.broken is not None and not self.state.ended:
            raise self._feeder.broken

    def _repr_html_(self) -> str:
        return shown(self.state)


class Swarms:
    """Your swarms."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def start(
        self,
        task: str,
        inputs: Inputs,
        *,
        name: str | None = None,
        agent_type: str | None = None,
        model: str | None = None,
        tools: str | None = None,
        answer_schema: dict[str, Any] | None = None,
        parallelism: int | None = None,
        retries: int | None = None,
        reduce: str | None = None,
        budget: Allowance | None = None,
        each: Allowance | None = None,
        webhook: dict[str, str] | None = None,
        key: str | None = None,
    ) -> Swarm:
        """An agent for each input; `{input}` in the task stands for it. With `reduce`, one more makes one answer.

        Inputs are JSON values: a list, or whatever gives them one by one, at its own pace.
        """
        whole = list(inputs) if isinstance(inputs, (list, tuple)) and len(inputs) <= MOST_AT_ONCE else None
        wanted = given(
            task=task,
            inputs=whole or [],
            closed=whole is not None,
            name=name,
            agent_type=agent_type,
            model=model,
            tools=tools,
            answer_schema=answer_schema,
            parallelism=parallelism,
            retries=retries,
            reduce=reduce,
            budget=None if budget is None else budget.told(),
            each=None if each is None else each.told(),
            webhook=webhook,
        )
        state = self._transport.get(SwarmState, post("/swarms", wanted, key=key))
        swarm = Swarm(self._transport, state)
        if whole is None:
            swarm.feed(inputs)
        return swarm

    def get(self, id: str) -> Swarm:
        """One that was made before. Raises NotFound."""
        return Swarm(self._transport, self._transport.get(SwarmState, get(f"/swarms/{id}")))

    def all(self) -> Stream[SwarmState]:
        """All of them, the newest first."""
        return self._transport.pages(SwarmState, get("/swarms"), "swarms")


def item_of(event: Event) -> SwarmItem | None:
    """The item that an event is about."""
    told = event.data.get("item")
    return None if told is None else decode(SwarmItem, told)
