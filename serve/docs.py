"""/docs: Swagger UI, its script and styles served from here, since a browser may have no way to a CDN."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from serve.headers import page_policy

ASSETS = "/docs/assets"


def add_docs(app: FastAPI) -> None:
    """Serve the documentation of the app's API."""
    page = get_swagger_ui_html(
        openapi_url=app.openapi_url or "/openapi.json",
        title=f"{app.title}: the API",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url="/favicon.svg",
        oauth2_redirect_url=None,
        swagger_ui_parameters={"persistAuthorization": False, "tryItOutEnabled": True},
    )
    policy = page_policy(bytes(page.body).decode())

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page.body, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})

    app.mount(ASSETS, StaticFiles(directory=_assets()))


def _assets() -> Path:
    """The folder of the package that carries Swagger UI's build; its code, which wraps FastAPI, is not imported."""
    found = find_spec("fastapi_offline")
    assert found is not None, "a dependency of ours"
    assert found.origin is not None, "an ordinary package"
    return Path(found.origin).parent / "static"
