"""Her words: the persona's card, the engines that speak, and what a turn asks of them. Knows nothing of faces."""

import os

# llama.cpp and the sentence vectors are parallel through OpenMP, whose threads by default spin while they wait for each
# other. Her face is drawn on the same cores at the same time: spinning then costs three to seven times the time of a
# reply, sleeping costs nothing measurable. Must be set before either library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
