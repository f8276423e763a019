# Installs the pip that comes with Python into the virtual environment given.
"$1/bin/python" -m ensurepip --default-pip
find "$1" -name __pycache__ -type d -prune -exec rm -rf {} +
