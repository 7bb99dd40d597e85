"""A wire between a client and a server on loopback that can be cut, also just after something was sent through it."""

import asyncio
from contextlib import suppress


class Wire:
    """Passes bytes both ways. ``cut_after`` is what, sent by a client, is still delivered; its answer is not."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.cut_after: bytes | None = None
        self.cuts = 0

    async def open(self) -> int:
        """Begin to listen, and give the port."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        ends = (writer, there_writer)
        self._ends.update(ends)
        back = asyncio.create_task(self._pass_on(there_reader, writer))
        self._tasks.add(back)
        await self._listen(reader, ends, back)
        for end in ends:
            end.close()
        self._ends.difference_update(ends)
        with suppress(asyncio.CancelledError):
            await back
        self._tasks.discard(back)

    async def _listen(
        self, reader: asyncio.StreamReader, ends: tuple[asyncio.StreamWriter, ...], back: "asyncio.Task[None]"
    ) -> None:
        writer, there = ends
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                last = self.cut_after is not None and self.cut_after in data
                if last:
                    back.cancel()  # nothing that comes from now on is passed back
                there.write(data)
                await there.drain()
                if last:
                    await asyncio.sleep(0.2)  # long enough to be done there
                    self.cuts += 1
                    self.cut_after = None
                    writer.transport.abort()
                    return

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        """Cut every connection that there is."""
        for end in self._ends:
            end.transport.abort()

    async def close(self) -> None:
        """Cut everything, and listen no more."""
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
