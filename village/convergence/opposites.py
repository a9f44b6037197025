"""Words that turn a statement into another: opposites, members of closed sets, what says "not", "must" and "all"."""

_OPPOSITES = """
double/halve/half still/ended support/end continue/end majority/absence accept/reject/refuse
add/remove/subtract/delete admit/hide/conceal/deny advantage/disadvantage after/before allow/forbid/prohibit/deny
allowed/forbidden/prohibited alive/dead ally/enemy always/rarely/seldom ascend/descend asleep/awake attack/defend
attract/repel begin/end/stop/finish beginning/end/ending benefit/harm better/worse best/worst big/small/little/tiny
bigger/smaller black/white bless/curse bottom/top brave/cowardly bright/dull/dim/dark build/destroy/demolish buy/sell
calm/excited/stormy cheap/expensive/dear/costly cheaper/dearer/costlier clean/dirty clear/vague/opaque clever/stupid
client/server close/open closed/open/opened cold/hot/warm colder/hotter/warmer cool/heat/warm combine/separate/split
complex/simple complicated/simple/easy connect/disconnect construct/destroy/demolish continue/stop/quit
correct/wrong/incorrect create/destroy/delete credit/debit damage/repair damaged/repaired danger/safety
dangerous/safe/harmless dark/light day/night debug/error decrease/increase/grow/rise
decreasing/increasing/growing/rising deep/shallow deeper/shallower defeat/victory demand/supply depart/arrive
leave/arrive/return from/to deposit/withdraw difficult/easy harder/easier dry/wet/humid/damp dynamic/static early/late
earlier/later eager/lazy eastern/western empty/full enable/disable enabled/disabled encode/decode encrypt/decrypt
enter/leave/exit even/odd evening/morning expand/shrink/contract explicit/implicit export/import external/internal
fail/succeed/pass failure/success false/true fast/slow/slowly faster/slower fewer/more/most first/last/final
forget/remember forward/backward fragile/robust/sturdy free/paid freeze/melt/thaw frequent/rare/infrequent
frequently/rarely/seldom friend/enemy front/back gain/lose/loss global/local good/bad/poor/evil grow/shrink
guilty/innocent happy/sad/unhappy hard/soft/easy harmful/harmless/beneficial hate/love/like hire/fire hide/show/reveal
high/low higher/lower horizontal/vertical huge/tiny ignore/obey/respect improve/worsen/degrade/deteriorate
include/exclude including/excluding income/expense indoors/outdoors inner/outer input/output inside/outside
install/uninstall join/leave keep/drop/discard/delete kind/cruel large/small/tiny larger/smaller lazy/eager/diligent
least/most left/right less/more lift/lower light/heavy/dark like/dislike/hate likely/unlikely lock/unlock
locked/unlocked long/short/brief longer/shorter loose/tight lose/win/gain/find loud/quiet/silent/soft major/minor
majority/minority mandatory/optional/voluntary manual/automatic manually/automatically many/few mature/immature
maximum/minimum mutable/immutable narrow/wide near/far necessary/unnecessary/optional negative/positive new/old
northern/southern offline/online old/young/new often/rarely/seldom/never optimist/pessimist optimistic/pessimistic
parallel/sequential/sequentially partial/complete pass/fail passive/active peace/war permanent/temporary
permit/forbid/prohibit plus/minus poor/rich/wealthy possible/impossible praise/blame/criticise/criticize
present/absent private/public production/staging/development profit/loss protect/expose/endanger pull/push quick/slow
quickly/slowly quicker/slower quiet/loud/noisy raise/lower/reduce/drop rapid/slow rapidly/slowly read/write
reading/writing receive/send/give reader/writer reduce/increase/raise regular/irregular reject/accept/approve
relax/tighten release/capture/hold reliable/unreliable/flaky remember/forget responsible/irresponsible
reward/punish/penalty right/wrong/left rise/fall/drop/sink rising/falling rough/smooth safe/unsafe/risky/dangerous
safer/riskier same/different save/spend/waste secure/insecure/vulnerable sender/receiver/recipient senior/junior
serious/trivial sharp/blunt shrink/grow/expand simple/complex/complicated sooner/later source/target/destination
stable/unstable start/stop/end/finish started/stopped/ended/finished stay/leave strengthen/weaken strong/weak
stronger/weaker student/teacher success/failure sunny/cloudy/rainy support/oppose sweet/bitter/sour/salty
synchronous/asynchronous tall/short tame/wild tense/relaxed thick/thin thicker/thinner tight/loose truth/lie
trust/distrust/suspect under/over unite/divide up/down upload/download upper/lower upstream/downstream urban/rural
useful/useless valid/invalid visible/invisible vertical/horizontal warm/cool/cold
voluntary/forced/compulsory/mandatory much/little/few up/down/decrease/fall/drop survive/die live/die war/peace
wet/dry wide/narrow win/lose wise/foolish within/beyond with/without won/lost worse/better write/read
"""

_SETS = (
    "cat dog horse cow sheep goat pig rabbit hen bird fish bee wasp wolf bear fox",
    "mother father sister brother son daughter aunt uncle",
    "piano guitar violin cello flute trumpet drum",
    "tea coffee wine beer milk juice water",
    "car bus train plane ship ferry bicycle truck",
    "monday tuesday wednesday thursday friday saturday sunday",
    "january february march april may june july august september october november december",
    "spring summer autumn winter",
    "morning noon afternoon evening",
    "north south east west",
    "red green blue yellow black white brown purple orange pink grey",
    "minute hour day week month year decade",
    "metre kilometre centimetre millimetre mile inch",
    "gram kilogram tonne pound",
    "byte kilobyte megabyte gigabyte terabyte",
    "percent euro dollar franc",
    "celsius fahrenheit kelvin",
)

_ENDINGS = (
    "ations", "ation", "ings", "ing", "edly", "ies", "ied", "ers", "est", "ed", "er", "es", "ly", "s", "e", "y",
)  # fmt: skip

NEGATORS = frozenset(
    "not no never nobody none nothing nowhere neither nor cannot without unless lack lacks lacked lacking missing "
    "absent hardly barely scarcely seldom rarely avoid avoids avoided avoiding "
    "forbid forbids forbidden prohibit prohibits prohibited ban banned bans "
    "untrue impossible unable unlike unnecessary unsafe instead".split()
)
"""Each says "not" once."""
NOT_NEGATIONS = (
    "no more than", "no less than", "no later than", "no earlier than", "no longer than", "not only", "nothing but",
    "no one else", "nowhere else", "nobody else", "nothing else", "no matter", "why not", "not least", "no doubt",
    "not just",
)  # fmt: skip
"""Phrases in which what looks like "not" says something else."""
HIDDEN_NEGATIONS = (
    ("no longer", "not"), (", or ", " lest "), ("or else", "lest"), (" or the ", " lest the "),
    ("any more", ""), ("almost no ", "hardly "), ("next to no ", "hardly "), ("in a hurry", "too fast"),
    ("rather than", "than"), ("instead of", "than"), ("in place of", "than"), ("and not", "than"), (", not", " than"),
    ("and never", "than"), (", never", " than"), ("but not", "than"), ("but never", "than"),
)  # fmt: skip

ALL = frozenset("all every always everybody everyone everything each everywhere whole entirely completely".split())
SOME = frozenset(
    "some sometimes somebody someone few several partly partially most mostly many often usually half".split()
)
MUST = frozenset("must should shall required require requires need needs necessary mandatory obliged".split())
MAY = frozenset("may can might could allowed permitted fine ok okay optional".split())


def stem(word: str) -> str:
    """A word without its ending, so that forms of it are one. It errs towards few."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("eed"):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    negators = {stem(word) for word in NEGATORS}
    for group in _OPPOSITES.split():
        first, *others = map(stem, group.split("/"))
        for other in others:
            if not {first, other} & negators:
                found.setdefault(first, set()).add(other)
                found.setdefault(other, set()).add(first)
    return {word: frozenset(others) for word, others in found.items()}


OPPOSITES = _opposites()
"""Of the stem of a word, those that mean the contrary."""
PLACES = frozenset("from to before after with without up down under over inside outside within beyond".split())
"""Opposites of which it matters what they stand before."""
SETS = tuple(frozenset(line.split()) for line in _SETS)
"""Of each, one thing is not another: Monday is not Tuesday."""
