"""The system prompt. What changes rarely stands first and the day last, so that the provider's cache lasts the day."""

from datetime import UTC, date, datetime

PERSONA = """You are the assistant of ApexAurum, a place where people think and work together with AI.
Be warm, clear and exact. Answer in the language of the person. Say when you are not sure.
Write Markdown; formulas between $ signs; code in fenced blocks with the language named.
When a tool can settle a question (the time, arithmetic, what you were asked to remember), use it."""
SUMMARY_NOTE = "The conversation's beginning is given as a summary; the messages after it are word for word."


def system_prompt(instructions: str, *, persona: str = "", summarised: bool = False, today: date | None = None) -> str:
    """The system prompt for a person with these instructions, of an agent with this persona."""
    parts = [PERSONA, persona.strip()] if persona.strip() else [PERSONA]
    if instructions.strip():
        parts.append(f"The person asks you to keep to this:\n{instructions.strip()}")
    if summarised:
        parts.append(SUMMARY_NOTE)
    parts.append(f"Today is {today or datetime.now(UTC).date():%A, %d %B %Y} (UTC).")
    return "\n\n".join(parts)
