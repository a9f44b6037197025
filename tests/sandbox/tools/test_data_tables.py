"""Tables in files: what is told of them, SQL over them, what is written, and what bad files and queries come to."""

import io
import zipfile
from typing import Any

import pytest

from sandbox.registry import Toolset
from sandbox.tool import ToolContext
from sandbox.tools.data_files import DATA_FILE_TOOLS
from sandbox.tools.data_tables import TABLE_TOOLS
from tests.sandbox.memory_files import MemoryFiles
from tests.sandbox.tools.telling import refused, told

TOOLS = Toolset([*TABLE_TOOLS, *DATA_FILE_TOOLS])
PEOPLE = b"name,age,since\nAda,36,2020-01-02\nBob,,2021-03-04\n"


@pytest.fixture
async def people(files: MemoryFiles) -> None:
    """A table in the workspace."""
    await files.write({"in/people.csv": PEOPLE})


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("ending", ["tsv", "json", "jsonl", "parquet", "xlsx", "csv"])
async def test_a_table_comes_back_from_each_format(context: ToolContext, ending: str):
    to = f"out/people.{ending}"
    saved = await told(TOOLS, context, "data_convert", path="in/people.csv", save_to=to)
    assert (saved["path"], saved["rows"]) == (to, 2)
    seen = await told(TOOLS, context, "data_preview", path=to)
    assert [column["name"] for column in seen["columns"]] == ["name", "age", "since"]
    assert seen["row_count"] == 2
    assert [row[:2] for row in seen["rows"]] == [["Ada", 36], ["Bob", None]]
    assert seen["rows"][0][2].startswith("2020-01-02")


async def test_odd_csv_files_are_read(context: ToolContext, files: MemoryFiles):
    await files.write({"latin.csv": "näme;wert\nä;1\n".encode("latin-1"), "head.csv": b"a,b\n", "g.csv": b"x\n1\n"})
    assert (await told(TOOLS, context, "data_preview", path="latin.csv"))["rows"] == [["ä", 1]]
    assert (await told(TOOLS, context, "data_preview", path="head.csv"))["row_count"] == 0
    assert (await told(TOOLS, context, "data_preview", path="g.csv"))["rows"] == [[1]]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.docx", b"x", "is not a table that can be read here"),
        ("a.parquet", b"PAR1 no more", "a.parquet"),
        ("a.json", b"{not json", "JSON"),
        ("a.xlsx", b"no archive", "it is damaged"),
        ("a.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "protected by a password"),
        ("a.csv", b"", "'a.csv' is empty."),
    ],
)
async def test_what_cannot_be_read_is_said(
    context: ToolContext, files: MemoryFiles, name: str, content: bytes, error: str
):
    await files.write({name: content})
    assert error in await refused(TOOLS, context, "data_preview", path=name)


async def test_an_excel_file_that_unpacks_to_gigabytes_is_refused(context: ToolContext, files: MemoryFiles):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(5):
            archive.writestr(f"xl/{part}.xml", bytes(50 * 1024**2))
    await files.write({"bomb.xlsx": packed.getvalue()})
    assert "would unpack to 250 MiB" in await refused(TOOLS, context, "data_preview", path="bomb.xlsx")


async def test_a_sheet_is_chosen_by_name_and_its_types_are_found(context: ToolContext, files: MemoryFiles):
    sheets = {"one": [["a"], [1]], "two": [["b", None, "b"], [1.5, "x", True], [2, None, None]]}
    await told(TOOLS, context, "excel_write", path="book.xlsx", sheets=sheets)
    seen = await told(TOOLS, context, "data_preview", path="book.xlsx", sheet="two")
    assert seen["sheets"] == ["one", "two"]
    assert [(column["name"], column["type"]) for column in seen["columns"]] == [
        ("b", "DOUBLE"),
        ("column_2", "VARCHAR"),
        ("b_3", "BOOLEAN"),
    ]
    assert "there is one, two" in await refused(TOOLS, context, "data_preview", path="book.xlsx", sheet="three")


async def test_what_looks_like_a_formula_in_a_table_stays_a_text(context: ToolContext, files: MemoryFiles):
    await files.write({"evil.csv": b"a\n=1+1\n"})
    await told(TOOLS, context, "data_convert", path="evil.csv", save_to="evil.xlsx")
    with zipfile.ZipFile(io.BytesIO(files.contents["evil.xlsx"])) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1" in sheet or "=1+1" in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("select * from read_text('/etc/passwd')", "Cannot access file"),
        ("copy data to 'out.csv'", "COPY is not possible here"),
        ("attach 'new.db'", "ATTACH is not possible here"),
        ("install httpfs", "LOAD is not possible here"),
        ("set enable_external_access=true", "SET is not possible here"),
        ("create table t as from data; copy t to 'x.csv'", "COPY is not possible here"),
        ("select nothing from data", "nothing"),
        ("selekt", "syntax error"),
        ("select cast(name as integer) from data", "Ada"),
    ],
)
async def test_a_query_reaches_nothing_but_its_files(context: ToolContext, files: MemoryFiles, sql: str, error: str):
    assert error in await refused(TOOLS, context, "data_query", sql=sql, files=["in/people.csv"])
    assert list(files.contents) == ["in/people.csv"]


@pytest.mark.usefixtures("people")
async def test_the_settings_are_locked_even_where_writing_is_meant(context: ToolContext):
    sql = "set enable_external_access=true; from data"
    said = await refused(TOOLS, context, "data_convert", path="in/people.csv", save_to="x.csv", sql=sql)
    assert "the configuration has been locked" in said


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select timestamptz '2026-01-01 12:00:00+02' at_once", [["2026-01-01 10:00:00+00"]]),
        ("select 170141183460469231731687303715884105727::hugeint", [["170141183460469231731687303715884105727"]]),
        ("select 'nan'::double, 1.50::decimal(9, 2), 3::decimal(9, 2), '\\xAA'::blob", [["nan", 1.5, 3, "<1 bytes>"]]),
        ("select [1, 2], {'a': date '2026-01-01'}", [[[1, 2], {"a": "2026-01-01"}]]),
        ("with t as (from people) select count(*) from t", [[2]]),
    ],
)
async def test_values_of_all_kinds_are_told(context: ToolContext, sql: str, rows: list[Any]):
    assert (await told(TOOLS, context, "data_query", sql=sql, files=["in/people.csv"]))["rows"] == rows


async def test_files_of_one_name_are_different_tables(context: ToolContext, files: MemoryFiles):
    await files.write({"a/t.csv": b"x\n1\n", "b/t.csv": b"x\n2\n", "2 odd-name.csv": b"x\n3\n"})
    sql = 'select t.x, t_2.x, "2_odd_name".x from t, t_2, "2_odd_name"'
    answer = await told(TOOLS, context, "data_query", sql=sql, files=["a/t.csv", "b/t.csv", "2 odd-name.csv"])
    assert answer["tables"] == {"t": "a/t.csv", "t_2": "b/t.csv", "2_odd_name": "2 odd-name.csv"}
    assert answer["rows"] == [[1, 2, 3]]


async def test_long_answers_are_cut_and_say_so(context: ToolContext, files: MemoryFiles):
    await files.write({"t.csv": b"x\n1\n"})
    answer = await told(TOOLS, context, "data_query", sql="from range(1000)", files=["t.csv"], max_rows=3)
    assert (answer["rows"], answer["more"]) == ([[0], [1], [2]], True)
    answer = await told(
        TOOLS, context, "data_query", sql="select repeat('x', 1000) from range(400)", files=["t.csv"], max_rows=400
    )
    assert answer["more"] is True
    assert answer["rows"][0][0].endswith("… [1000 characters]")


async def test_a_query_that_takes_too_much_ends(context: ToolContext, files: MemoryFiles):
    await files.write({"t.csv": b"x\n1\n"})
    sql = "select count(*) from (select distinct hash(range), range from range(50000000))"
    said = await refused(TOOLS, context, "data_query", sql=sql, files=["t.csv"])
    assert "memory" in said


async def test_a_pivot_counts_and_is_saved(context: ToolContext, files: MemoryFiles):
    await files.write({"t.csv": b"who,what\na,x\na,y\nb,x\na,x\n"})
    pivot = {"path": "t.csv", "rows": ["who"], "columns": "what", "aggregate": "count"}
    answer = await told(TOOLS, context, "data_pivot", **pivot, save_to="p.csv")
    assert answer["rows"] == [["a", 2, 1], ["b", 1, 0]]
    assert files.contents["p.csv"] == b"who,x,y\na,2,1\nb,1,0\n"
    assert "There is no column 'z'; there is who, what." in await refused(
        TOOLS, context, "data_pivot", **{**pivot, "rows": ["z"]}
    )


@pytest.mark.parametrize(
    ("how", "rows"),
    [
        ("inner", [[2, "b", "B"]]),
        ("left", [[1, "a", None], [2, "b", "B"]]),
        ("outer", [[1, "a", None], [2, "b", "B"], [3, None, "C"]]),
    ],
)
async def test_a_join_keeps_both_names_and_the_keys_of_either(
    context: ToolContext, files: MemoryFiles, how: str, rows: list[Any]
):
    await files.write({"l.csv": b"id,name\n1,a\n2,b\n", "r.csv": b"key,name\n2,B\n3,C\n"})
    asked = {"left": "l.csv", "right": "r.csv", "on": ["id"], "right_on": ["key"], "how": how}
    answer = await told(TOOLS, context, "data_join", **asked)
    assert answer["columns"] == ["id", "name", "name_right"]
    assert sorted(answer["rows"], key=str) == rows


async def test_cleaning_drops_and_fills(context: ToolContext, files: MemoryFiles):
    await files.write({"t.csv": b"a,b\nx,1\nx,2\n ,3\ny,\n"})
    asked = {"path": "t.csv", "save_to": "c.csv"}
    dropped = await told(TOOLS, context, "data_clean", **asked, missing="drop", columns=["a"])
    assert (dropped["rows_with_gaps_dropped"], dropped["duplicates_dropped"]) == (1, 1)
    assert files.contents["c.csv"] == b"a,b\nx,1\ny,\n"
    await told(TOOLS, context, "data_clean", **asked, missing="fill", fill={"a": "z", "b": 0})
    assert files.contents["c.csv"] == b"a,b\nx,1\nx,2\nz,3\ny,0\n"
    said = await refused(TOOLS, context, "data_clean", **asked, missing="fill", fill={"b": "many"})
    assert "many" in said


async def test_json_paths(context: ToolContext, files: MemoryFiles):
    shop = b'{"books": [{"title": "A", "price": 3}, {"title": "B", "price": 5, "more": {"price": 1}}], "x y": [[7]]}'
    await files.write(
        {"shop.json": shop, "l.jsonl": b'{"a": 1}\n\n{"a": 2}\n', "bad.json": b"[1,\n}", "deep.json": b"[" * 99999}
    )
    for query, values in {
        "$.books[*].title": ["A", "B"],
        "books[-1].price": [5],
        "$..price": [3, 5, 1],
        "$['x y'][0][0]": [7],
        "$.books[0:1].price": [3],
        "$.books.1.title": ["B"],
        "$.nothing": [],
    }.items():
        assert (await told(TOOLS, context, "json_query", path="shop.json", query=query))["values"] == values, query
    assert (await told(TOOLS, context, "json_query", path="l.jsonl", query="[*].a"))["values"] == [1, 2]
    assert "line 2, column 1" in await refused(TOOLS, context, "json_query", path="bad.json")
    assert "nested too deep" in await refused(TOOLS, context, "json_query", path="deep.json")
    assert "cannot be read from '[?'" in await refused(TOOLS, context, "json_query", path="shop.json", query="$[?")


async def test_a_sqlite_file_is_made_changed_and_asked(context: ToolContext, files: MemoryFiles):
    asked = {"path": "d.db"}
    await told(TOOLS, context, "sqlite_query", **asked, sql="create table t (a)")
    changed = await told(TOOLS, context, "sqlite_query", **asked, sql="insert into t values (?), (2)", parameters=[1])
    assert changed == {"rows_changed": 2}
    assert (await told(TOOLS, context, "sqlite_query", **asked, sql="select sum(a) from t"))["rows"] == [[3]]
    assert "no such table: u" in await refused(TOOLS, context, "sqlite_query", **asked, sql="select * from u")
    await files.write({"no.db": b"certainly not a database" * 100})
    assert "not a database" in await refused(TOOLS, context, "sqlite_query", path="no.db", sql="select 1")


async def test_csv_is_written_as_others_read_it(context: ToolContext, files: MemoryFiles):
    rows = [["a,b", 'say "x"', None, True, 1.5, 2], ["line\nend"]]
    await told(TOOLS, context, "csv_write", path="w.csv", rows=rows, columns=["c"])
    assert files.contents["w.csv"] == b'c\n"a,b","say ""x""",,True,1.5,2\n"line\nend"\n'
