"""What routes of agents share: what is asked for, checked; and how rows look on the wire."""
