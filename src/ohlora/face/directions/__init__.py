"""Directions that move a face: sampling, search, verification by rendering, the file form and per-face calibration."""
