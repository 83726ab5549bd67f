"""A face's response surface: Gaussian processes that are exact at rest, one an attribute. Arithmetic only.

Each attribute's change from the face at rest is modelled as  steps · slopes + g(steps),  where slopes have a normal prior
and g is a smooth process pinned to 0 at rest: its kernel is the squared exponential's of g(s) − g(0),

    k₀(s, t) = k(s, t) − k(s, 0) − k(0, t) + 1.

Length scales (one a direction), size and noise are the attribute's own, of highest posterior: some attributes saturate
within a step, others hardly bend, and the landmark network's noise differs by a factor of ten between them. (Rasmussen &
Williams 2006: marginal likelihood 5.4.1, leave-one-out 5.4.2.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Where the search of the hyperparameters begins and what it is drawn to, in σ of the population and as a factor of half
# the box: found on the faces of seeds 1 and 77, where they fit within these spreads (of the logarithms).
_LENGTH, _LENGTH_SPREAD = 0.6, 0.6
_SIZE, _SIZE_SPREAD = 0.5, 1.0
_NOISE, _NOISE_SPREAD = 0.08, 0.8
_FARTHEST = 8.0  # spreads of the prior; no search ends out there
_MOST_FOR_LIKELIHOOD = 200  # points used for the hyperparameters; the time grows with the cube


@dataclass(frozen=True)
class Surface:
    """One attribute: change(s) = s·slopes + Σ weights·exp(−½|(s − point)/lengths|²) + offset, the last point being 0.

    left_out (P,): leave-one-out residuals at the fitted points.
    """

    slopes: NDArray[np.float64]
    weights: NDArray[np.float64]
    lengths: NDArray[np.float64]
    offset: float
    noise: float
    left_out: NDArray[np.float64]


def fit_surface(steps: NDArray, change: NDArray, reach: NDArray, prior: NDArray, prior_spread: NDArray) -> Surface:
    """Fits one attribute.

    Args:
        steps: (P, D), without the face at rest. change: (P,) from rest, in σ.
        reach: (D,) half the width of the box of steps. prior, prior_spread: (D,) mean and spread of the slopes.
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.optimize import minimize

    dim = steps.shape[1]
    rest = change - steps @ prior
    variance = prior_spread**2
    centre = np.log([*(_LENGTH * reach), _SIZE, _NOISE])
    spread = np.array([*[_LENGTH_SPREAD] * dim, _SIZE_SPREAD, _NOISE_SPREAD])
    some = np.linspace(0, len(steps) - 1, min(len(steps), _MOST_FOR_LIKELIHOOD)).astype(int)
    few, few_rest = steps[some], rest[some]
    linear = (few * variance) @ few.T

    def loss(theta: NDArray) -> tuple[float, NDArray]:
        # A first stride of the search can lead to lengths that no float holds; the prior, out there, leads it back.
        near_by = np.clip(theta, centre - _FARTHEST * spread, centre + _FARTHEST * spread)
        lengths, size, noise = np.exp(near_by[:dim]), np.exp(2 * near_by[dim]), np.exp(2 * near_by[dim + 1])
        plain, to_rest, kernel = _kernel(few, lengths)
        factor = cho_factor(linear + size * kernel + (noise + 1e-8 * (1 + size)) * np.eye(len(few)), lower=True)
        alpha, inverse = cho_solve(factor, few_rest), cho_solve(factor, np.eye(len(few)))
        away = (theta - centre) / spread
        value = 0.5 * few_rest @ alpha + np.log(np.diag(factor[0])).sum() + 0.5 * away @ away
        pull = np.outer(alpha, alpha) - inverse
        near = pull * plain
        squares = few * few
        by_length = (
            2 * near.sum(axis=1) @ squares
            - 2 * np.einsum("id,id->d", few, near @ few)
            - 2 * (pull.sum(axis=1) * to_rest) @ squares
        )
        slope = np.array(
            [*(-0.5 * size * by_length / lengths**2), -size * np.sum(pull * kernel), -noise * np.trace(pull)]
        )
        return float(value), slope + away / spread

    theta = minimize(loss, centre, jac=True, method="L-BFGS-B", options={"maxiter": 40}).x
    lengths, size, noise = np.exp(theta[:dim]), np.exp(2 * theta[dim]), np.exp(2 * theta[dim + 1])
    _, to_rest, kernel = _kernel(steps, lengths)
    covariance = (steps * variance) @ steps.T + size * kernel + (noise + 1e-8 * (1 + size)) * np.eye(len(steps))
    inverse = np.linalg.inv(covariance)
    alpha = inverse @ rest
    weights = size * alpha
    return Surface(
        slopes=prior + variance * (steps.T @ alpha),
        weights=np.append(weights, -weights.sum()),
        lengths=lengths,
        offset=float(weights.sum() - weights @ to_rest),
        noise=float(np.sqrt(noise)),
        left_out=alpha / np.diag(inverse),
    )


def _kernel(steps: NDArray, lengths: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """exp(−½|s − t|²) of all pairs, of each with rest, and the kernel that is pinned at rest."""
    scaled = steps / lengths
    squares = np.einsum("pd,pd->p", scaled, scaled)
    plain = np.exp(-0.5 * np.maximum(squares[:, None] + squares - 2 * scaled @ scaled.T, 0))
    to_rest = np.exp(-0.5 * squares)
    return plain, to_rest, plain - to_rest[:, None] - to_rest + 1
