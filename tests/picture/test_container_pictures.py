"""Lists and arrays of Values as cards, where nobody named anything."""

from html import unescape

import numpy as np
import pytest

from microgrid import Value, draw, values_like
from microgrid.engine import Graph
from microgrid.engine.functions import softmax
from microgrid.picture.card import Grid, Range, Subject
from microgrid.picture.container_cards import container_cards, containers


def network(steps=3):
    """Two layers on one sample, and a triangle of weights."""
    W = values_like(np.arange(6.0).reshape(2, 3) / 10, role="parameter")
    x = values_like([1.0, -2.0, 0.5])
    z = W @ x
    attn = [softmax([z[0] * j + z[1] for j in range(1, k + 1)]) for k in range(1, steps + 1)]
    L = sum(each**2 for row in attn for each in row)
    L.backward()
    return L, {"W": W, "x": x, "z": z, "attn": attn, "L": L}


def cards_of(L, names):
    graph = Graph(L, names)
    return {card.name: card for card in container_cards(Subject(graph, graph.view("named")))}


def test_a_container_is_a_card():
    L, names = network()
    cards = cards_of(L, names)
    assert list(cards) == ["x", "W", "z", "attn", "L"]
    assert cards["W"].data == Grid((2, 3), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5))
    assert cards["W"].grad.numbers == tuple(names["W"].grad.ravel())
    assert cards["x"].data.shape == (3,) and cards["L"].data == L.data


def test_what_is_above_a_diagonal_is_blank():
    L, names = network()
    triangle = cards_of(L, names)["attn"]
    assert triangle.data.shape == (3, 3)
    assert [each is None for each in triangle.data.numbers] == [False, True, True, False, False, True, *[False] * 3]
    assert triangle.data.range == Range(min(row[j].data for row in names["attn"] for j in range(len(row))), 1.0)


def test_wires_say_between_which_numbers_derivatives_lie():
    L, names = network()
    cards = cards_of(L, names)
    place = list(cards)
    (of_W, of_x) = (next(each for tail, each in cards["z"].inputs if place[tail] == name) for name in ("W", "x"))
    assert (of_W.low, of_W.high) == (-2.0, 1.0)  # the numbers of x
    assert (of_x.low, of_x.high) == (0.0, 0.5)  # those of W
    assert of_W.carries > 0


def test_deeper_containers_are_several_matrices():
    heads = [[[Value(float(h + i + j)) for j in range(2)] for i in range(2)] for h in range(2)]
    L = sum(each for head in heads for row in head for each in row)
    found = containers(Graph(L, {"heads": heads, "L": L}).view("named"))
    assert [(each.name, each.shape) for each in found] == [("heads[0]", (2, 2)), ("heads[1]", (2, 2)), ("L", ())]


def test_one_element_keeps_its_own_name():
    z = [Value(1.0)]
    L = z[0] * 2
    assert list(cards_of(L, {"z": z, "L": L})) == ["z[0]", "L"]


def test_a_picture_is_by_containers_where_single_values_are_too_many():
    rng = np.random.default_rng(0)
    W, V = (values_like(rng.normal(size=(20, 20)), role="parameter") for _ in "WV")
    h = np.maximum(0, W @ values_like(rng.normal(size=20), role="constant"))
    z = V @ h
    L = (z * z).mean()
    L.backward()
    picture = draw(L)  # named by the variables here
    assert repr(picture).startswith("<picture of L: ")
    assert all(f">{name}<" in picture.source for name in "WVhzL")
    assert "One box for each vector or matrix" in unescape(picture.source)


@pytest.mark.graphviz
def test_a_triangle_can_be_rendered():
    L, names = network()
    assert b"<svg" in draw(L, names=names, level="vector").pipe("svg")
