"""The families that tools are sorted into, for people who browse and for presets that choose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Tools that belong together. `name` is what a tool declares as its category."""

    name: str
    title: str
    description: str


FAMILIES = (
    Family("utility", "Utility", "The clock, arithmetic, chance, JSON, and facts about the conversation itself."),
    Family("string", "Text", "Change, split, join and search texts."),
    Family("filesystem", "Files", "Read, write, find and arrange the files of your workspace."),
    Family("vault", "Vault", "The same files by their ids: read, write, edit by lines, search."),
    Family("code_execution", "Code", "Run Python and shell programs in a jail of their own."),
    Family("notebook", "Notebook", "A Python session that keeps its variables while the conversation goes on."),
    Family("data", "Data", "Tables and SQL over CSV, Excel, Parquet and JSON; statistics and plots."),
    Family("document", "Documents", "Read PDF, Word and HTML, and make them."),
    Family("image", "Images", "Look at, resize, convert and annotate pictures."),
    Family("audio_editor", "Audio", "Cut, join, fade and measure recordings."),
    Family("music", "Music", "Notes, MIDI files and pieces of music."),
    Family("suno_compiler", "Song prompts", "Turn an intent into a prompt for a music model."),
    Family("camera", "Cameras", "Take pictures with the cameras that the operator has set up."),
    Family("vision_hailo", "Vision", "What a Hailo accelerator sees in pictures."),
    Family("eeg", "EEG", "Listen along with an EEG board: what a listener's signal may mean."),
    Family("web", "Web", "Fetch pages and search the web, through a guard."),
    Family("browser", "Browser", "A browser of its own that an agent drives."),
    Family("memory_kv", "Memory", "A notebook that every conversation of yours reads and writes."),
    Family("scratch", "Scratch", "Notes that belong to one conversation."),
    Family("vector_knowledge", "Knowledge", "What an agent keeps and finds by its meaning, alone or with the village."),
    Family("village", "Village", "What agents say to each other, and the agents themselves."),
    Family("agents", "Agents", "Agents that work on a task of their own, made and looked after by others."),
    Family("memory_health", "Memory health", "What nobody reads, what stands there twice, and merging it."),
    Family("forward_crumbs", "Crumbs", "Messages that an agent leaves for those that come after it."),
    Family("knowledge_base", "Knowledge base", "Search what this system's own documents say."),
    Family("nursery", "Nursery", "Training data out of tools and conversations, and the models that come of them."),
    Family("dataset", "Datasets", "Collections of texts, searched by words."),
    Family("library", "Library", "Finds tools among all there are."),
)
