"""The machine that a run uses: devices, number formats, memory limits, signals, processes."""
