"""Talks with her: python client.py "http://127.0.0.1:8765/?token=TOKEN" (pip install websockets). An empty line or Ctrl-D ends."""

import json
import sys
import urllib.request
import uuid
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from websockets.sync.client import connect

address = urlsplit(sys.argv[1])
token = parse_qs(address.query).get("token", [""])[0]
origin = f"http://{address.netloc}"
headers = {"Authorization": f"Bearer {token}"} if token else {}

status = urllib.request.Request(f"{origin}/api/status", headers=headers)
print("state:", json.load(urllib.request.urlopen(status))["state"])

with connect(f"ws://{address.netloc}/ws/face", origin=origin, additional_headers=headers) as face:
    face.send(json.dumps({"type": "look", "calm": True}))
    with open("her.jpg", "wb") as picture:
        picture.write(face.recv()[12:])  # after a header of twelve bytes: number and moment

with connect(f"ws://{address.netloc}/ws/chat", origin=origin, additional_headers=headers) as chat, suppress(EOFError):
    print(json.loads(chat.recv())["persona"]["greeting"])
    while text := input("> "):
        chat.send(json.dumps({"type": "say", "turn": uuid.uuid4().hex, "text": text}))
        while (message := json.loads(chat.recv()))["type"] not in ("finished", "error"):
            if message["type"] == "token":
                print(message["text"], end="", flush=True)
        print("", message.get("en") or message["kept"]["labels"])
