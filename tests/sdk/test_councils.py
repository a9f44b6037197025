"""Councils from a program, with members that are played."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from actors.kinds import KINDS
from apexaurum import Apex, AsyncApex, NewMember, WorkFailed
from apexaurum.cli.main import main
from cluster.services import Clients, Services
from tests.actors.conversing import CARD, PlayedRuntime, Troupe
from tests.actors.councils.playing import Call, Members, votes
from tests.sdk.conftest import Account
from tests.sdk.cutting import Cutter
from tests.serve.live.house import House, house_with

MEMBERS = [NewMember(name=name, persona=f"I am {name}.") for name in ("Ann", "Bob", "Cy")]


def play(call: Call) -> str:
    """Ann is for tea, the others for coffee."""
    return votes("tea" if call.member == "Ann" else "coffee", reasoning=f"{call.member} has reasons")


@pytest.fixture
async def house(clients: Clients) -> AsyncIterator[House]:
    """The door on a port, with councils whose members are played."""
    async with PlayedRuntime.open(clients, KINDS, hosts=0) as runtime:
        runtime.player, runtime.card = Members(play), CARD
        await Troupe(clients, runtime).add_host()
        async with house_with(Services(**vars(clients), runtime=runtime, models=runtime.models())) as house:
            yield house


async def test_a_council_comes_to_its_outcome(apex: AsyncApex):
    council = await apex.councils.start("What shall we drink?", ["tea", "coffee"], members=MEMBERS)
    events = [event.event async for event in council.follow()]
    outcome = await council.outcome()
    assert (outcome.winner, outcome.consensus, outcome.baseline) == ("coffee", True, "coffee")
    assert [voice.name for voice in outcome.minority] == ["Ann"]
    assert events[-1] in ("ended", "changed")
    assert council.state.name_of(outcome.minority[0].member) == "Ann"
    assert "Ann has reasons" in council._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "What shall we drink?" in await council.markdown()
    assert [each.winner async for each in apex.councils.all()] == ["coffee"]
    assert (await apex.councils.get(council.id)).state == council.state


async def test_it_is_watched_through_cuts(ada: Account, cutter: Cutter):
    async with ada.async_apex(cutter.url) as shaky:
        await shaky.me()
        cutter.cut(answers=[2000, 500, 3000, 700, 2500, 900])
        council = await shaky.councils.start("What shall we drink?", ["tea", "coffee"], members=MEMBERS)
        assert (await council.outcome()).winner == "coffee"
    assert cutter.cuts > 1


async def test_each_is_asked_once(apex: AsyncApex):
    answer = await apex.councils.ask("What shall we drink?", ["tea", "coffee"], members=MEMBERS)
    assert answer.votes == {"coffee": 2, "tea": 1}
    assert answer.winner == "coffee"


async def test_a_person_butts_in_and_ends_it(apex: AsyncApex):
    council = await apex.councils.start("What shall we drink?", ["tea", "coffee"], members=MEMBERS, start=False)
    assert [remark.content for remark in (await council.remark("No coffee, please.")).remarks] == ["No coffee, please."]
    assert [each.name for each in (await council.seat(NewMember(name="Di", persona="I am Di."))).members][-1] == "Di"
    await council.dismiss(council.state.members[0].n)
    await council.cancel()
    with pytest.raises(WorkFailed, match="cancelled"):
        await council.outcome()


async def test_the_command_shows_how_they_came_to_it(
    ada: Account, apex: AsyncApex, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    council = await apex.councils.start("What shall we drink?", ["tea", "coffee"], members=MEMBERS)
    await council.wait()

    def opened(told: object) -> Apex:
        return ada.apex()

    monkeypatch.setattr("apexaurum.cli.council.opened", opened)
    assert await asyncio.to_thread(main, ["council", "--follow", council.id]) == 0
    out, err = capsys.readouterr()
    assert "1  Ann: tea\n" in out
    assert "\ncoffee (consensus)\nWithout debate: coffee\nAnn thinks otherwise: tea." in out
    assert "completed (consensus)" in err
