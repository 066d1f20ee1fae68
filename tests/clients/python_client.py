"""A python-socketio client that is told by lines of JSON what to do, and tells by lines what happens.

usage: python_client.py <gateway> <token> <transport>
  in:  {"send": {...}}, with "binary": true beside it some bytes go along
  out: {"event": "connect"} | {"event": "message", "data": {...}} | {"event": "ack", "data": {...}}
"""

import json
import sys
import threading

import socketio

gateway, token, transport = sys.argv[1:]
client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.5)
telling = threading.Lock()  # Handlers run on a thread for each event.


def tell(event, data=None):
    with telling:
        print(json.dumps({"event": event, "data": data}), flush=True)


client.on("connect", lambda: tell("connect"))
client.on("message", lambda data: tell("message", data))
client.connect(gateway, auth={"token": token}, transports=[transport])
for line in sys.stdin:
    order = json.loads(line)
    if order.get("binary"):
        order["send"]["attributes"] = {"file": b"\x00\xff"}
    client.emit("send", order["send"], callback=lambda answer: tell("ack", answer))
client.disconnect()
