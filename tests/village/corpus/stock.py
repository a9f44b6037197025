"""What the made memories are made of: names, and for each subject what can be said and asked of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIRST = (
    "Marta Tomas Ingrid Kofi Yuki Leila Anselm Priya Joao Birgit Dmitri Salma Owen Chiara Bashir Noor Henrik Wanjiru "
    "Pablo Sunniva"
).split()
LAST = (
    "Lindqvist Okafor Brandt Castellano Nakamura Achterberg Delacroix Petrov Haddad Morgenstern Quispe Vestergaard"
).split()
AGENTS = ("AZOTH", "ELYSIAN", "VAJRA", "KETHER", "CLAUDE")


@dataclass(frozen=True)
class Trait:
    """Something said of each subject. `groups` names values that a question about nobody in particular asks for."""

    says: Sequence[str]
    asks: Sequence[str]
    values: Sequence[str]
    groups: Mapping[str, Sequence[str]]


PERSON: Mapping[str, Trait] = {
    "allergy": Trait(
        (
            "{n} cannot eat {v}; even a little closes the throat.",
            "Keep {v} away from {n}: the last time an ambulance came.",
        ),
        ("What is {n} allergic to?", "Which food is dangerous for {n}?"),
        "hazelnuts|shrimp|celery|sesame|strawberries|lupin flour|mustard|walnuts|crab|kiwi".split("|"),
        {
            "guests who must not get seafood": ("shrimp", "crab"),
            "people with a nut intolerance": ("hazelnuts", "walnuts"),
        },
    ),
    "work": Trait(
        ("{n} earns a living as a {v}.", "By trade {n} is a {v}."),
        ("What does {n} do for work?", "profession of {n}"),
        "veterinarian|beekeeper|notary|welder|pharmacist|violin maker|train driver|baker|tax adviser|glazier".split(
            "|"
        ),
        {"somebody who treats sick animals": ("veterinarian",), "who can help with a legal deed": ("notary",)},
    ),
    "home": Trait(
        ("{n} moved into a flat in {v} last spring.", "Since the divorce {n} rents a house in {v}."),
        ("Where does {n} live now?", "{n}'s place of residence"),
        "Porto|Aarhus|Ljubljana|Valparaiso|Tampere|Nagoya|Leuven|Accra|Galway|Trieste".split("|"),
        {"acquaintances in Japan": ("Nagoya",), "who lives in Slovenia?": ("Ljubljana",)},
    ),
    "pet": Trait(
        ("{n} shares the house with a {v}.", "{n} adopted a {v} from the shelter."),
        ("What pet does {n} have?", "animal kept by {n}"),
        "tortoise|greyhound|parrot|ferret|Siamese cat|corn snake|dachshund|chinchilla|goldfish|cockatoo".split("|"),
        {"owners of dogs": ("greyhound", "dachshund"), "who keeps a talking bird?": ("parrot", "cockatoo")},
    ),
    "music": Trait(
        ("{n} practises the {v} every evening.", "{n} played the {v} at the summer fair."),
        ("Which musical instrument does {n} play?", "{n} in a band: on what?"),
        "cello|bassoon|trumpet|harp|accordion|viola|tuba|mandolin|oboe|marimba".split("|"),
        {"a player of bowed strings": ("cello", "viola"), "brass players for the procession": ("trumpet", "tuba")},
    ),
    "birthday": Trait(
        ("{n} was born on {v}.", "We celebrated {n} on {v}, cake and all; it was the birthday."),
        ("When is {n}'s birthday?", "date of birth of {n}"),
        "3 February|17 June|29 August|11 November|5 May|23 December|8 March|30 September|14 January|21 July".split("|"),
        {},
    ),
    "contact": Trait(
        ("{n} would rather be reached by {v} than by anything else.", "Write to {n} by {v}; other channels go unread."),
        ("How does {n} like to be contacted?", "best way to get hold of {n}"),
        "telephone|postcard|text message|e-mail|video call|fax|pigeonhole in the office|voice note".split("|"),
        {},
    ),
    "fear": Trait(
        ("{n} panics at the thought of {v}.", "{n} stays away from {v}, and turns pale when it is mentioned."),
        ("What is {n} afraid of?", "phobia of {n}"),
        "heights|spiders|flying|deep water|needles|crowds|thunder|closed lifts".split("|"),
        {"who is scared of insects or arachnids?": ("spiders",), "colleagues with fear of injections": ("needles",)},
    ),
}
SERVICES = (
    "ledger-sync harbor-api quill-render tidepool moss-gateway lantern-auth copper-queue finch-mailer atlas-tiles "
    "birch-search ember-cache otter-billing pilgrim-etl sable-vault thistle-cron umber-metrics willow-media zephyr-push"
).split()
SERVICE: Mapping[str, Trait] = {
    "language": Trait(
        ("{n} is written in {v}.", "We rewrote {n} in {v} to get rid of the old crashes."),
        ("Which programming language is {n} implemented in?", "code base of {n}"),
        "Rust|Elixir|Kotlin|Go|OCaml|Python".split("|"),
        {},
    ),
    "port": Trait(
        ("{n} listens on port {v}.", "The firewall has to let {v} through for {n}."),
        ("On which TCP port does {n} run?", "network socket number of {n}"),
        "8443|9092|5671|7070|6380|4317|8125|9200|3478|1935|8883|5044|2379|8081|9411|7946|5555|6650".split("|"),
        {},
    ),
    "store": Trait(
        ("{n} keeps its data in {v}.", "All state of {n} sits in {v}."),
        ("Which database is behind {n}?", "persistence layer of {n}"),
        "PostgreSQL|SQLite|Cassandra|a folder of Parquet files|DynamoDB|Valkey".split("|"),
        {},
    ),
    "owner": Trait(
        ("{v} answers for {n} when it breaks at night.", "Ask {v} before changing anything in {n}."),
        ("Who is responsible for {n}?", "maintainer on call for {n}"),
        "the Heron team|the Basalt team|the Juniper team|the Cobalt team|the Marigold team".split("|"),
        {},
    ),
    "outage": Trait(
        ("{n} went down because {v}.", "The incident with {n} happened since {v}."),
        ("root cause of the failure of {n}", "Why was {n} unavailable?"),
        (
            "a certificate ran out|the disk filled with logs|a clock was an hour off|two deploys raced|a partner sent "
            "malformed XML|the connection pool was exhausted|a kernel upgrade removed a driver|DNS served stale answers"
        ).split("|"),
        {
            "incidents by expired TLS": ("a certificate ran out",),
            "trouble with full storage": ("the disk filled with logs",),
        },
    ),
    "release": Trait(
        ("{n} is deployed on {v} only.", "Changes to {n} go out on {v}."),
        ("When do we ship {n}?", "rollout schedule of {n}"),
        "Monday mornings|Wednesdays after lunch|the first of the month|Thursdays at dawn|every other Friday".split("|"),
        {},
    ),
}
PLANTS = (
    "Leeks Chard Fennel Kohlrabi Salsify Okra Parsnips Radicchio Celeriac Borage Lovage Sorrel Rhubarb Quinces".split()
)
PLANT: Mapping[str, Trait] = {
    "sowing": Trait(
        ("{n} go into the ground in {v}.", "Start {n} indoors and set them out in {v}."),
        ("When should I plant {n}?", "right month for sowing {n}"),
        "early March|late April|mid May|August|October|the last week of February".split("|"),
        {},
    ),
    "pest": Trait(
        ("{n} in our beds suffer from {v}.", "{v} ruined the {n} last year."),
        ("What attacks {n} in the garden?", "pests on {n}"),
        "leaf miners|slugs|carrot fly|downy mildew|voles|aphids".split("|"),
        {"vegetables damaged by rodents": ("voles",), "crops with a fungal disease": ("downy mildew",)},
    ),
    "kitchen": Trait(
        ("{n} taste best {v}.", "In the kitchen, {n} should be {v}."),
        ("How do we cook {n}?", "preparing {n} for dinner"),
        "roasted with honey|braised in cider|raw with lemon|in a gratin|pickled overnight|fried in butter".split("|"),
        {},
    ),
}
BOOKS = (
    "The Salt Cartographer|Nine Winters in Irkutsk|A Grammar of Rivers|The Clockmaker's Debt|Ferns and Other Empires|"
    "Letters to a Drowned City|The Second Lighthouse|Moth Season|An Atlas of Small Hours|The Beekeeper's Algebra|"
    "Under the Basalt|Harvest of Glass|The Quiet Parliament|Notes from a Tin Boat"
).split("|")
BOOK: Mapping[str, Trait] = {
    "verdict": Trait(
        ("{n}: {v}.", "The reading circle said of {n}: {v}."),
        ("What did people think of {n}?", "opinion about the novel {n}"),
        (
            "too long by half|a masterpiece of patience|the ending felt stolen|charming but thin|we all wept|"
            "nobody got past page forty"
        ).split("|"),
        {
            "stories that moved readers to tears": ("we all wept",),
            "a book everyone gave up on": ("nobody got past page forty",),
        },
    ),
    "lent": Trait(
        ("{n} is lent to {v}.", "{v} still has our copy of {n}."),
        ("Who borrowed {n}?", "where is our copy of {n}"),
        "the dentist|my cousin in Graz|the school library|the man with the red bicycle|our accountant".split("|"),
        {},
    ),
    "shelf": Trait(
        ("{n} stands {v}.", "Look for {n} {v}."),
        ("Where can I find {n} on the shelves?", "location of {n} in the house"),
        "behind the stove|in the attic, box four|next to the dictionaries|on the window sill|in the guest room".split(
            "|"
        ),
        {},
    ),
}
