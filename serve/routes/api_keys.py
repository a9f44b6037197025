"""Keys for programs: made, listed and revoked by a person who has signed in, never by a key.

They take no `Idempotency-Key`: what is shown once cannot be answered again. A key whose answer was lost is revoked.
"""

from uuid import UUID

from fastapi import APIRouter, Response

from serve import keys_wire as wire
from serve.accounts import key_store
from serve.guards import OpenServices, SignedInUser, TheKeys

router = APIRouter(prefix="/user/keys", tags=["accounts"])


@router.get("")
async def list_keys(user: SignedInUser, services: OpenServices) -> wire.ApiKeys:
    """The keys that were not revoked, newest first."""
    async with services.db.as_user(user) as conn:
        rows = await key_store.list_keys(conn)
    return wire.ApiKeys(keys=[wire.ApiKey.model_validate(row) for row in rows])


@router.post("", status_code=201)
async def make_key(command: wire.CreateApiKey, user: SignedInUser, keys: TheKeys) -> wire.NewApiKey:
    """A new key. Send it as `Authorization: Bearer apex_…`, or as `x-api-key`."""
    made = await keys.make(user, name=command.name.strip(), scopes=command.scopes, expires_at=command.expires_at)
    return wire.NewApiKey(key=made.key, **wire.ApiKey.model_validate(made.row).model_dump())


@router.delete("/{key_id}", status_code=204, response_class=Response)
async def revoke_key(key_id: UUID, user: SignedInUser, keys: TheKeys) -> Response:
    """Revoke a key. It opens nothing more within five seconds; its sockets are closed within ten."""
    await keys.revoke(user, key_id)
    return Response(status_code=204)
