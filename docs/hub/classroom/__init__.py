"""The parts of the hub that keep its users apart; docs/hub.md says from what."""
