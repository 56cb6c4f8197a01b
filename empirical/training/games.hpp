// The games of games.py at each logit l: what either side's expectation is taken of, and its derivative.

#pragma once

#include "../elementary.hpp"

// The order of native_engine.GAMES.
enum class Game : std::int64_t { minimax, non_saturating, linear, wasserstein, least_squares };
enum class Side { real, fake, generator };  // in the payoff, in the payoff, in the generator's loss

template <class T>
struct Score {
    Vector<T> value, slope;
};

// A term of the payoff, or for the generator of its loss.
template <class T>
Score<T> score(Game game, Side side, Vector<T> l) {
    using V = Vector<T>;
    if (game == Game::wasserstein) {
        if (side == Side::real) return {l, everywhere(T(1))};
        return {-l, everywhere(T(-1))};
    }
    if (game == Game::least_squares) {
        const V off = side == Side::fake ? l : l - T(1);
        if (side == Side::generator) return {T(0.5) * off * off, off};
        return {T(-0.5) * off * off, -off};
    }
    // With e = exp(-|l|) <= 1 nothing overflows: D = 1 / (1 + e) for l > 0 and e / (1 + e) below.
    const V e = exponential(l > T(0) ? -l : l);
    const V large = T(1) / (T(1) + e), small = e / (T(1) + e);
    const V d = l > T(0) ? large : small, one_less_d = l > T(0) ? small : large;
    if (game == Game::linear) {
        if (side == Side::real) return {d, d * one_less_d};
        return {-d, -(d * one_less_d)};
    }
    const V log_of_large = -log_of_one_plus(e);
    const V log_d = l > T(0) ? log_of_large : l + log_of_large;
    const V log_of_rest = l > T(0) ? log_of_large - l : log_of_large;
    if (side == Side::real) return {log_d, one_less_d};
    if (side == Side::generator && game == Game::non_saturating) return {-log_d, -one_less_d};
    return {log_of_rest, -d};
}
