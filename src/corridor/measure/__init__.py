"""Did it help? The three goals with what moved them, their targets, and the employees' pulse; it changes nothing that a customer feels."""

from corridor.measure.facts import Goal, Mover, Pulse, Scoreboard, Target
from corridor.measure.pulses import answer as answer_pulse
from corridor.measure.scoreboard import scoreboard

__all__ = ["Goal", "Mover", "Pulse", "Scoreboard", "Target", "answer_pulse", "scoreboard"]
