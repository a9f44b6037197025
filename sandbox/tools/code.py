"""Runs programs: with the files of the workspace, or alone, where nothing goes in and nothing stays.

All of them run in the same jail. What is called safe here is safe for the person's files too: a program that gets none
and leaves none needs nobody's consent.
"""

from typing import Annotated, Any

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.code_runs import Program, run_alone, run_with_files, shortened, value_of
from sandbox.tools.code_workspace import WORKSPACE_NAMES

LONGEST_CODE = 100_000
LONGEST_SECONDS = 300
WITH_FILES = Facts(side_effect=True, reads_private=True, seconds=LONGEST_SECONDS + 30)
ALONE = Facts(idempotent=True, seconds=60)
Code = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE)]
Seconds = Annotated[int, Field(ge=1, le=LONGEST_SECONDS)]
Paths = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=200)]
Packages = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=50)]
Variables = Annotated[dict[str, Any] | None, Field(max_length=100)]
FILES = (
    "Workspace files it needs: paths, folders, patterns (data/*.csv). Paths that stand in the code come by themselves"
)
VARIABLES = "Variables that the code finds set"
SUMMED = "with open('sum.txt', 'w') as file:\n    print(a + b, file=file)\na + b"
RAN = {
    "success": True,
    "stdout": "",
    "stderr": "",
    "return_value": 3,
    "exit": 0,
    "files_created": [{"path": "sum.txt", "size": 2}],
    "execution_time": 0.02,
    "error": None,
    "mode_used": "sandbox",
}


@tool(
    category="code_execution",
    facts=WITH_FILES,
    example=Example(arguments={"code": SUMMED, "context": {"a": 1, "b": 2}}, result=RAN, varies=True),
)
async def execute_python(
    caller: ToolContext,
    *,
    code: Annotated[Code, "Python; a last expression is the return value, open figures are saved as PNG"],
    files: Annotated[Paths | None, FILES] = None,
    timeout: Annotated[Seconds, "Seconds it may take"] = 60,  # noqa: ASYNC109 (the name in the schema)
    context: Annotated[Variables, VARIABLES] = None,
) -> dict[str, object]:
    """Run Python with numpy, pandas, matplotlib and files of the workspace; files it writes are kept there."""
    program = Program(source=code, seconds=timeout, variables=context or {})
    return {**await run_with_files(caller, program, files or []), "mode_used": "sandbox"}


@tool(
    category="code_execution",
    facts=WITH_FILES,
    example=Example(
        arguments={"code": SUMMED, "context": {"a": 1, "b": 2}, "working_dir": "sums"},
        result={**RAN, "files_created": [{"path": "sums/sum.txt", "size": 2}]},
        varies=True,
    ),
)
async def execute_python_sandbox(
    caller: ToolContext,
    *,
    code: Annotated[Code, "Python, as in execute_python"],
    network: Annotated[bool, "There is none; fetch with web_fetch before"] = False,
    timeout: Annotated[Seconds, "Seconds it may take"] = 60,  # noqa: ASYNC109 (the name in the schema)
    packages: Annotated[Packages | None, "Packages that must be there; none can be installed"] = None,
    working_dir: Annotated[
        str, Field(max_length=500), "Folder of the workspace to run in; the code gets its files"
    ] = "",
    files: Annotated[Paths | None, FILES] = None,
    context: Annotated[Variables, VARIABLES] = None,
) -> dict[str, object]:
    """Run Python in a folder of the workspace, with the files of that folder."""
    if network:
        raise ToolFailed("Programs have no network. Fetch what it needs with web_fetch, and give it as a file.")
    folder = plain(working_dir)
    found = await caller.files.facts(folder) if folder else None
    if found is not None and not found.is_folder:
        raise ToolFailed(f"{folder!r} is a file; working_dir is a folder.")
    named = [*(files or []), *([folder] if found else [])]
    program = Program(source=code, seconds=timeout, variables=context or {}, packages=packages or [], folder=folder)
    return {**await run_with_files(caller, program, named), "mode_used": "sandbox"}


@tool(
    category="code_execution",
    facts=ALONE,
    example=Example(
        arguments={"code": "sum(x * x for x in range(10))"},
        result={**RAN, "return_value": 285, "files_created": [], "mode_used": "safe"},
        varies=True,
    ),
)
async def execute_python_safe(
    caller: ToolContext,
    *,
    code: Annotated[Code, "Python, as in execute_python"],
    context: Annotated[Variables, VARIABLES] = None,
) -> dict[str, object]:
    """Run Python that sees no file of the workspace and leaves none."""
    outcome, error = await run_alone(caller, Program(source=code, seconds=30, variables=context or {}))
    return {
        "success": error is None,
        "stdout": shortened(outcome.stdout),
        "stderr": shortened(outcome.stderr),
        "return_value": value_of(outcome)[0],
        "exit": outcome.exit,
        "files_created": [],
        "execution_time": round(outcome.seconds, 3),
        "error": error,
        "mode_used": "safe",
    }


@tool(
    category="code_execution",
    facts=ALONE,
    example=Example(
        arguments={"code": "print('half of 84 is')\n84 / 2"},
        result={"executed": True, "output": "half of 84 is\n", "result": 42.0},
    ),
)
async def code_run(
    caller: ToolContext,
    *,
    code: Annotated[Code, "Python; a last expression is the result"],
    timeout: Annotated[int, Field(ge=1, le=30), "Seconds it may take"] = 5,  # noqa: ASYNC109 (the name in the schema)
) -> dict[str, object]:
    """Run a short Python program without files: what it prints, and its result."""
    outcome, error = await run_alone(caller, Program(source=code, seconds=timeout))
    ran: dict[str, object] = {
        "executed": error is None,
        "output": shortened(outcome.stdout),
        "result": value_of(outcome)[0],
    }
    return ran if error is None else {**ran, "error": error, "stderr": shortened(outcome.stderr)}


@tool(
    category="code_execution",
    facts=ALONE,
    example=Example(
        arguments={"expression": "sorted({3, 1, 2})"},
        result={"expression": "sorted({3, 1, 2})", "result": [1, 2, 3], "type": "list"},
    ),
)
async def code_eval(
    caller: ToolContext,
    *,
    expression: Annotated[str, Field(min_length=1, max_length=10_000), "One Python expression, without imports"],
) -> dict[str, object]:
    """Work out one Python expression."""
    outcome, error = await run_alone(caller, Program(source=expression, seconds=5, is_expression=True))
    if error is not None:
        raise ToolFailed(error)
    result, kind = value_of(outcome)
    return {"expression": expression, "result": result, "type": kind}


@tool(
    category="code_execution",
    facts=WITH_FILES,
    example=Example(
        arguments={"script": "sort words.txt > sorted.txt; wc -l < sorted.txt", "files": ["words.txt"]},
        result={
            "success": True,
            "stdout": "2\n",
            "stderr": "",
            "exit": 0,
            "files_created": [{"path": "sorted.txt", "size": 9}],
            "execution_time": 0.02,
            "error": None,
        },
        files={"words.txt": b"pear\nfig\n"},
        varies=True,
    ),
)
async def execute_shell(
    caller: ToolContext,
    *,
    script: Annotated[Code, "For bash, with the usual commands; no network"],
    files: Annotated[Paths | None, FILES] = None,
    timeout: Annotated[Seconds, "Seconds it may take"] = 60,  # noqa: ASYNC109 (the name in the schema)
) -> dict[str, object]:
    """Run a shell script with files of the workspace; files it writes are kept there."""
    ran = await run_with_files(caller, Program(source=script, seconds=timeout, language="shell"), files or [])
    return {name: value for name, value in ran.items() if name != "return_value"}


CODE_TOOLS = (
    execute_python,
    execute_python_sandbox,
    execute_python_safe,
    code_run,
    code_eval,
    execute_shell,
    *WORKSPACE_NAMES,
)
