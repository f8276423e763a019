# Runs one of the project's own commands.
/bin/sh -eu -c "$1"
