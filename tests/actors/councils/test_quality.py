"""On the fixed set a council is better than its members and than their bare majority, and its cost is known."""

from cluster.ids import UserId
from cluster.services import Clients
from tests.actors.councils.quality import score
from tests.actors.councils.questions import SMALL_TALK, questions


async def test_debate_is_worth_something_and_its_price_is_told(clients: Clients, user: UserId):
    result = await score(clients, user)

    assert result.asked == len(questions()) == 64
    for told, member in zip(result.members, SMALL_TALK, strict=True):
        assert abs(told - member.accuracy) < 0.15
    assert result.council >= result.baseline > max(result.members) * result.asked - 8
    assert result.council >= 0.8 * result.asked
    assert result.baseline_usd + result.debate_usd == result.ledger_usd
    assert 1 <= result.rounds <= 3


def test_all_questions_have_one_right_answer_among_four():
    for question in questions():
        assert len(set(question.options)) == 4
        assert question.right in question.options
