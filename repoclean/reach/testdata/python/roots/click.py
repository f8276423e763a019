import click
from click.testing import CliRunner


@click.group()
def cli():
    pass


@cli.command()
@click.option("--name", type=click.Choice(["a", "b"]))
def hello(name):
    click.echo(click.style(name, fg="red"))


CliRunner().invoke(cli, ["hello", "--name", "a"])
CliRunner().invoke(cli, ["--help"])
with click.progressbar([1]) as bar:
    list(bar)
