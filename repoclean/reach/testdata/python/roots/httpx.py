import asyncio

import httpx

transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"a": 1}))
with httpx.Client(transport=transport) as client:
    client.post("http://localhost/", files={"f": b"x"}).json()


async def main():
    async with httpx.AsyncClient() as client:
        try:
            await client.get("http://127.0.0.1:1/", timeout=0.5)
        except httpx.HTTPError:
            pass


asyncio.run(main())
