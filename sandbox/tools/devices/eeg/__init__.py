"""An EEG board: its bytes, what they may mean, and sessions of listening."""
