"""examples/websocket.c, asked by a client that knows nothing of it.

usage: test_websocket.py PROGRAM [unittest arguments]
"""
import asyncio
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import websockets

PROGRAM = sys.argv[1]
PATIENCE = 60


class WebsocketExample(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen([PROGRAM, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().rsplit("//", 1)[1].strip()

    def tearDown(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def talk(self, said):
        async def conversation():
            async with websockets.connect(f"ws://{self.address}/", max_size=None) as socket:
                await said(socket)
        asyncio.run(asyncio.wait_for(conversation(), PATIENCE))

    def test_says_back_what_it_hears(self):
        async def said(socket):
            for message in ("hello", "", "Grüße", b"\x00\xff", "x" * 1_000_000, b"y" * 5_000_000):
                await socket.send(message)
                self.assertEqual(await socket.recv(), message)
        self.talk(said)

    def test_puts_fragments_together(self):
        async def said(socket):
            await socket.send(["one ", "two ", "three"])
            self.assertEqual(await socket.recv(), "one two three")
        self.talk(said)

    def test_answers_pings_and_the_closing_handshake(self):
        async def said(socket):
            await (await socket.ping(b"there?"))
            await socket.close(1000, "bye")
            self.assertEqual(socket.close_code, 1000)
        self.talk(said)

    def test_serves_several_at_once(self):
        async def conversations():
            sockets = [await websockets.connect(f"ws://{self.address}/") for _ in range(20)]
            for number, socket in enumerate(sockets):
                await socket.send(str(number))
            heard = [await socket.recv() for socket in sockets]
            self.assertEqual(heard, [str(number) for number in range(20)])
            for socket in sockets:
                await socket.close()
        asyncio.run(asyncio.wait_for(conversations(), PATIENCE))

    def test_tells_others_to_upgrade(self):
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{self.address}/", timeout=PATIENCE)
        self.assertEqual(refused.exception.code, 426)
        self.assertEqual(refused.exception.headers["Upgrade"], "websocket")
        refused.exception.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
