"""Usage: python docs/only.py, python -m not_this"""
subprocess.run([sys.executable, "-m", "agent.train", "--epochs", "1"])
subprocess.run(["python3", '-m', "bare"])
os.system("python -m agent.eval --x && python scripts/report.py; echo 'a.py'")
os.system(f"cd {root} && PYTHONPATH=. python steps/prepare.py --in {x} && python -m {name}")
os.system(f"python -m agent.serve {x}")
parser.add_argument("-m", "--message")
run(["x", "-m", name])
error = "the file is missing. Run -m now"
script = """
python -m first.module
python second/file.py \
    third.py
"""
run([python, "-m", f"agent.steps.{name}.main"]); run(f"python -m agent.tasks.{name} --x")
f(".py is no file", "a.pyc is none", "see (docs.py)")
