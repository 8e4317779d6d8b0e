"""Synthetic graphs that every tool builds alike. Knows no tool."""

import random

Graph = dict[str, tuple[str, ...]]  # step → the steps it needs, all of them declared before it

WIDTH = 100  # steps of one row
REACH = 3  # rows below that a step may need something of
NEEDS = 4  # at most


def layered(steps: int, seed: int = 12) -> Graph:
    """A graph of `steps` steps in rows: each but those of the first row needs one to four of the three rows below."""
    choose = random.Random(seed)
    names = [f"s{number:05}" for number in range(steps)]
    graph: Graph = {}
    for number, name in enumerate(names):
        row = number // WIDTH
        below = names[max(0, row - REACH) * WIDTH : row * WIDTH]
        wanted = choose.sample(below, choose.randint(1, NEEDS)) if below else []
        graph[name] = tuple(sorted(wanted))
    return graph


def input_of(name: str) -> str:
    """The content of the step's own input file."""
    return f"input of {name}\n"
