import typer
from typer.testing import CliRunner

app = typer.Typer()


@app.command()
def main(name: str, n: int = 1):
    typer.echo(name)


CliRunner().invoke(app, ["a", "--n", "2"])
CliRunner().invoke(app, ["--help"])
CliRunner().invoke(app, [])
