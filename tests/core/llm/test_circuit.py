from __future__ import annotations

import pytest

from core.errors import LlmBusy, LlmError, LlmRefused, LlmTimeout, LlmUnavailable
from core.llm.circuit import Circuit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(clock)


def fail(circuit: Circuit, times: int, error: LlmError | None = None) -> None:
    for _ in range(times):
        circuit.failed(error or LlmUnavailable("no"))


def is_admitted(circuit: Circuit) -> bool:
    try:
        circuit.admit()
    except LlmUnavailable:
        return False
    return True


def test_four_failures_leave_it_closed(circuit: Circuit) -> None:
    fail(circuit, 4)

    assert is_admitted(circuit)


def test_the_fifth_failure_within_half_a_minute_opens_it(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 4)
    clock.now += 30
    fail(circuit, 1)

    with pytest.raises(LlmUnavailable) as caught:
        circuit.admit()

    assert "short rest" in caught.value.reply


def test_failures_further_apart_do_not_open_it(circuit: Circuit, clock: Clock) -> None:
    for _ in range(20):
        fail(circuit, 1, LlmTimeout("slow"))
        clock.now += 8

    assert is_admitted(circuit)


def test_a_success_in_between_starts_the_count_anew(circuit: Circuit) -> None:
    fail(circuit, 4)
    circuit.succeeded()
    fail(circuit, 4)

    assert is_admitted(circuit)


def test_one_probe_passes_every_fifteen_seconds(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 5)

    admitted = []
    for second in range(31):
        if is_admitted(circuit):
            admitted.append(second)
        clock.now += 1

    assert admitted == [15, 30]


def test_a_failed_probe_keeps_it_open_for_another_fifteen_seconds(
    circuit: Circuit, clock: Clock
) -> None:
    fail(circuit, 5)
    clock.now += 15
    circuit.admit()
    clock.now += 10
    fail(circuit, 1)

    clock.now += 14

    assert not is_admitted(circuit)


def test_a_probe_that_succeeds_closes_it(circuit: Circuit, clock: Clock) -> None:
    fail(circuit, 5)
    clock.now += 15
    circuit.admit()

    circuit.succeeded()

    assert is_admitted(circuit)
    assert not circuit.is_open


@pytest.mark.parametrize("error", [LlmRefused("bad key"), LlmBusy("429")])
def test_an_answer_of_any_kind_is_no_failure_and_closes_it(
    circuit: Circuit, error: LlmError
) -> None:
    fail(circuit, 50, error)
    stays_closed = not circuit.is_open
    fail(circuit, 5)

    circuit.failed(error)

    assert stays_closed
    assert is_admitted(circuit)
