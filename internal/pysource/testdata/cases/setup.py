from setuptools import setup
setup(
    entry_points={
        "console_scripts": ["train = agent.train:main", 'bare=tool:Main.run [extra]'],
        "plugins": """
            [group]
            one = agent.one:run
            two-b.c=two:Two
        """,
    },
    url="https://x.org/?a=b:c",
    no=["a = b", "a: b = c", "=b:c", "x = 1:2", "say when=now: then"],
)
