"""A key for a program without a browser (RFC 8628): it begins and asks again and again; a person looks and decides.

What it is told while there is no key is a problem whose `error` is the RFC's name for it.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from cluster.ids import UserId
from serve import keys_wire as wire
from serve.accounts.device import INTERVAL_SECONDS, KEY_LIFE, LIFE_SECONDS, Devices
from serve.guards import ClientAddress, OpenServices, SignedInUser, TheKeys, TheLimits, limits_of, note_allowance
from serve.limits import DEVICE_CODES, DEVICES, DEVICES_BY_ADDRESS

router = APIRouter(prefix="/auth/device", tags=["accounts"])


@router.post("")
async def begin(
    command: wire.AskForDevice, services: OpenServices, keys: TheKeys, limits: TheLimits, address: ClientAddress
) -> wire.DeviceCodes:
    """Begin: the program gets a code to show to its person, and one to fetch its key with."""
    if address:
        await limits.take(DEVICES_BY_ADDRESS, address)
    await limits.take(DEVICES, "all")
    devices = Devices(services.redis, keys)
    codes = await devices.begin(name=command.name.strip(), scopes=command.scopes, address=address)
    page = f"{services.settings.url}/device"
    return wire.DeviceCodes(
        device_code=codes.device_code,
        user_code=codes.user_code,
        verification_uri=page,
        verification_uri_complete=f"{page}?code={codes.user_code}",
        expires_in=LIFE_SECONDS,
        interval=INTERVAL_SECONDS,
    )


@router.post("/token")
async def fetch(command: wire.FetchDeviceKey, services: OpenServices, keys: TheKeys) -> wire.DeviceKey:
    """The key, once the person has confirmed; until then 400 with `error`: authorization_pending or slow_down.

    access_denied and expired_token are the end.
    """
    user, made = await Devices(services.redis, keys).fetch(command.device_code)
    key = wire.ApiKey.model_validate(made.row)
    return wire.DeviceKey(
        access_token=made.key,
        scope=" ".join(key.scopes),
        expires_in=int(KEY_LIFE.total_seconds()),
        user_id=user,
        key=key,
    )


@router.post("/lookup")
async def look_up(
    command: wire.UserCode, request: Request, user: SignedInUser, services: OpenServices, keys: TheKeys
) -> wire.DeviceAsks:
    """What the program asks for that shows this code."""
    await _count(request, user)
    asked = await Devices(services.redis, keys).waiting(command.user_code)
    asked_at = datetime.fromtimestamp(asked.asked_at, UTC)
    return wire.DeviceAsks(name=asked.name, scopes=list(asked.scopes), address=asked.address, asked_at=asked_at)


@router.post("/decide", status_code=204, response_class=Response)
async def decide(
    command: wire.DecideOnDevice, request: Request, user: SignedInUser, services: OpenServices, keys: TheKeys
) -> Response:
    """Confirm, or refuse. The program gets a key of this account for 90 days."""
    await _count(request, user)
    await Devices(services.redis, keys).decide(user, command.user_code, command.scopes)
    return Response(status_code=204)


async def _count(request: Request, user: UserId) -> None:
    note_allowance(request, await limits_of(request).take(DEVICE_CODES, f"user:{user}"))
