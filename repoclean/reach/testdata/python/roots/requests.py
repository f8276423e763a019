import requests

session = requests.Session()
request = session.prepare_request(requests.Request("POST", "http://localhost/", json={"a": 1}, auth=("a", "b")))
session.get_adapter("https://localhost/")
try:
    session.send(request, proxies={"http": "http://127.0.0.1:1"}, timeout=0.1)
except requests.ConnectionError:
    pass
