# pyright: basic
"""Pictures as cameras send them, made as large and as good as they are wanted."""

from sandbox.programs.pictures import Picture, changed


def fit(path: str, output: str, width: int, height: int, quality: int) -> dict[str, object]:
    """Within both sides; a smaller picture stays as large as it is."""

    def change(picture: Picture) -> Picture:
        made = picture.convert("RGB")
        made.thumbnail((width, height))
        return made

    return changed(path, output, change, quality=quality)
