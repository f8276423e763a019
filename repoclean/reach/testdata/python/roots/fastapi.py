from fastapi import Depends, FastAPI, WebSocket
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import OAuth2PasswordBearer
from fastapi.testclient import TestClient
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    x: int


@app.post("/")
async def index(item: Item):
    return item


with TestClient(app) as client:
    client.post("/", json={"x": 1})
    client.get("/docs")
    client.get("/openapi.json")
