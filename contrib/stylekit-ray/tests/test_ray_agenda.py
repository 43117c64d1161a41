"""Who gets what, and what is tried again, without any worker."""

from __future__ import annotations

from stylekit_ray.task_queue import MOST, Agenda


def test_slow_results_are_given_out_one_by_one_and_quick_ones_by_the_period():
    agenda = Agenda(range(1000), retries=2, period=1.0)
    assert agenda.hand_out(2) == [0]
    agenda.note(20.0)
    assert agenda.hand_out(2) == [1]
    for _ in range(50):
        agenda.note(0.1)
    assert len(agenda.hand_out(2)) in (9, 10)
    for _ in range(50):
        agenda.note(0.0)
    assert len(agenda.hand_out(2)) == MOST


def test_the_last_ones_are_shared_out():
    agenda = Agenda(range(10), retries=2, period=1.0)
    agenda.note(0.01)
    sizes = []
    while taken := agenda.hand_out(4):
        sizes.append(len(taken))
    assert sizes == [2, 2, 1, 1, 1, 1, 1, 1]


def test_one_that_kills_workers_is_given_up_and_its_companions_are_not():
    """A worker dies whenever it comes to 5; it reports only what it did before the last period."""
    agenda = Agenda(range(12), retries=2, period=1.0)
    agenda.note(0.1)
    made, given_up, deaths = set(), [], 0
    while agenda:
        hand = agenda.hand_out(1)
        if 5 in hand:
            deaths += 1
            given_up += agenda.give_back(hand)
        else:
            made |= set(hand)
    assert given_up == [5]
    assert made == set(range(12)) - {5}
    # Once with others, then once and twice again alone.
    assert deaths == 4
    assert agenda.is_again(5)
    assert not agenda.is_again(11)


def test_with_no_retries_a_single_one_is_given_up_at_once():
    agenda = Agenda([3], retries=0, period=1.0)
    assert agenda.give_back(agenda.hand_out(1)) == [3]
    assert not agenda


def test_what_is_futile_is_left_out():
    agenda = Agenda(range(5), retries=0, period=1.0)
    agenda.drop({1, 2})
    assert [agenda.hand_out(1) for _ in range(4)] == [[0], [3], [4], []]
