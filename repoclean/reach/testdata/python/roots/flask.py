from flask import Flask, jsonify, session
from flask.cli import ScriptInfo
from flask.views import MethodView

app = Flask(__name__)
app.secret_key = "x"


@app.get("/")
def index():
    session["a"] = 1
    return jsonify(a=1)


app.test_client().get("/")
app.test_cli_runner().invoke(args=["routes"])
