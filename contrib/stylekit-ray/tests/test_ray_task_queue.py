"""How results are distributed and tried again, without any worker."""

from __future__ import annotations

from stylekit_ray.task_queue import MOST, TaskQueue


def test_slow_results_are_taken_one_by_one_and_quick_ones_by_the_period():
    queue = TaskQueue(range(1000), retries=2, period=1.0)
    assert queue.take(2) == [0]
    queue.add_duration(20.0)
    assert queue.take(2) == [1]
    for _ in range(50):
        queue.add_duration(0.1)
    assert len(queue.take(2)) in (9, 10)
    for _ in range(50):
        queue.add_duration(0.0)
    assert len(queue.take(2)) == MOST


def test_the_last_results_are_shared_evenly():
    queue = TaskQueue(range(10), retries=2, period=1.0)
    queue.add_duration(0.01)
    sizes = []
    while taken := queue.take(4):
        sizes.append(len(taken))
    assert sizes == [2, 2, 1, 1, 1, 1, 1, 1]


def test_a_result_that_kills_workers_is_given_up_and_the_others_are_not():
    """A worker dies whenever it comes to 5; it reports only what it did before the last period."""
    queue = TaskQueue(range(12), retries=2, period=1.0)
    queue.add_duration(0.1)
    done, given_up, deaths = set(), [], 0
    while queue:
        taken = queue.take(1)
        if 5 in taken:
            deaths += 1
            given_up += queue.requeue(taken)
        else:
            done |= set(taken)
    assert given_up == [5]
    assert done == set(range(12)) - {5}
    # Once with others, then once and twice again alone.
    assert deaths == 4
    assert queue.is_retry(5)
    assert not queue.is_retry(11)


def test_without_retries_a_single_result_is_given_up_at_once():
    queue = TaskQueue([3], retries=0, period=1.0)
    assert queue.requeue(queue.take(1)) == [3]
    assert not queue


def test_dropped_results_are_not_taken():
    queue = TaskQueue(range(5), retries=0, period=1.0)
    queue.drop({1, 2})
    assert [queue.take(1) for _ in range(4)] == [[0], [3], [4], []]
