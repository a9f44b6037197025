"""Instruments count what they are told, by labels, and gauges are read when somebody asks."""

import re

from cluster.telemetry.catalogue import INSTRUMENTS
from cluster.telemetry.instruments import Counter, Gauge, Histogram


def test_a_counter_adds_up_by_its_labels():
    counter = Counter("apex_test", "Tests.", ("kind",))
    for kind in ("a", "b", "a"):
        counter.add(1.5, kind)
    assert counter.values == {("a",): 3.0, ("b",): 1.5}


def test_a_value_falls_into_the_bucket_whose_bound_it_does_not_exceed():
    histogram = Histogram("apex_test", "Tests.", bounds=(1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.observe(value)
    spread = histogram.values[()]
    assert spread.buckets == [2, 1, 1]
    assert (spread.count, spread.total) == (4, 12.0)


def test_readings_of_a_gauge_are_added_up_and_read_zero_once_they_have_ended():
    gauge = Gauge("apex_test", "Tests.", ("kind",))
    gauge.watch(lambda: {("a",): 1.0})
    end = gauge.watch(lambda: {("a",): 2.0, ("b",): 3.0})
    assert gauge.values == {("a",): 3.0, ("b",): 3.0}
    end()
    assert gauge.values == {("a",): 1.0, ("b",): 0.0}


def test_what_is_set_and_what_is_read_are_one_gauge():
    gauge = Gauge("apex_test", "Tests.")
    gauge.add(2.0)
    gauge.add(-1.0)
    gauge.watch(lambda: {(): 4.0})
    assert gauge.values == {(): 5.0}


def test_every_instrument_has_a_name_of_its_own_and_a_meaning():
    names = [instrument.name for instrument in INSTRUMENTS]
    assert len(set(names)) == len(names) > 10
    assert [name for name in names if not re.fullmatch(r"apex_[a-z_]+[a-z]", name)] == []
    assert all(instrument.meaning.endswith(".") for instrument in INSTRUMENTS)
