"""Django Channels for server/benches/live: consumers in one group, and a publisher that reads numbers from its input."""

import asyncio
import json
import os
import sys
import time

import django
from django.conf import settings

hosts = {"hosts": [os.environ["PEER_REDIS"]]}
layer = {"BACKEND": os.environ["PEER_LAYER"], "CONFIG": hosts}
settings.configure(ALLOWED_HOSTS=["*"], CHANNEL_LAYERS={"default": layer})
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

GROUP = "everybody"
SIZE = int(os.environ["PEER_SIZE"])
PUBLICATIONS = int(os.environ["PEER_PUBLICATIONS"])


class Listener(AsyncWebsocketConsumer):
    groups = [GROUP]

    async def told(self, event):
        await self.send(text_data=event["text"])


application = ProtocolTypeRouter({"websocket": Listener.as_asgi()})


async def send(number, channels, room):
    async with room:
        message = f"{number} {time.time_ns() // 1000} "
        text = json.dumps({"type": "system", "data": {"message": message}}, separators=(",", ":"))
        # Trailing spaces belong to no value of the JSON; they make the text as long as SmartCache's.
        await channels.group_send(GROUP, {"type": "told", "text": text.ljust(SIZE)})


async def publish():
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    channels, room, sending = get_channel_layer(), asyncio.Semaphore(PUBLICATIONS), set()
    while number := (await lines.readline()).strip().decode():
        task = asyncio.create_task(send(number, channels, room))
        sending.add(task)
        task.add_done_callback(sending.discard)
    await asyncio.gather(*sending)


if __name__ == "__main__":
    asyncio.run(publish())
