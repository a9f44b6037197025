"""Councils: several members deliberate on one question, round by round."""
