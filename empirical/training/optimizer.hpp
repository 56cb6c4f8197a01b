// Adam and SGD on a row of parameters: the formulas of optimizers.py, in its order of operations.

#pragma once

#include "../lanes.hpp"

struct Optimizer {
    bool adam;  // else SGD, with `beta1` as its momentum
    double learning_rate, beta1, beta2, epsilon;
};

// Applies a function to vectors at the same place of rows, the first of which may be changed.
template <class T, class Change, class... Rows>
inline void for_each_vector(long count, Change change, Rows*... rows) {
    constexpr int lanes = Lanes<T>::count;
    long i = 0;
    for (; i + lanes <= count; i += lanes) change(lanes, (rows + i)...);
    if (i < count) change(count - i, (rows + i)...);
}

// What a move read and what it made: whether all numbers of either row were finite.
struct Finite {
    bool gradient, values;
};

// Moves the values against the gradient; `updates` counts this one. Where `before` is a row, it receives the
// values that were; it may be the gradient itself.
template <class T>
Finite update(const Optimizer& optimizer, long count, T* values, const T* gradient, T* first, T* second,
              long updates, double rate = 1, T* before = nullptr) {
    const double step = -rate * optimizer.learning_rate;
    // 0 times a number that is not finite is NaN, which no sum loses.
    Vector<T> of_gradient{}, of_values{};
    const auto moved = [&](long lanes, T* x, Vector<T> slope, Vector<T> by, T* old) {
        const Vector<T> was = load_first(x, lanes), is = was + by;
        of_gradient += slope * T(0), of_values += is * T(0);
        if (before) store_first(old, was, lanes);
        store_first(x, is, lanes);
    };
    T* old_values = before ? before : values;
    if (!optimizer.adam) {
        const T momentum = T(optimizer.beta1), scale = T(step);
        for_each_vector<T>(
            count,
            [&](long lanes, T* x, const T* g, T* m, T* old) {
                const Vector<T> slope = load_first(g, lanes);
                const Vector<T> moment = load_first(m, lanes) * momentum + slope;
                store_first(m, moment, lanes);
                moved(lanes, x, slope, moment * scale, old);
            },
            values, gradient, first, old_values);
    } else {
        const double beta1 = optimizer.beta1, beta2 = optimizer.beta2;
        const T keep1 = T(beta1), take1 = T(1 - beta1), keep2 = T(beta2), take2 = T(1 - beta2);
        const T correction = T(1 / std::sqrt(1 - std::pow(beta2, double(updates))));
        const T scale = T(step / (1 - std::pow(beta1, double(updates)))), epsilon = T(optimizer.epsilon);
        const bool near = take1 < T(0.5);  // torch's lerp: from the nearer end
        for_each_vector<T>(
            count,
            [&](long lanes, T* x, const T* g, T* m, T* v, T* old) {
                const Vector<T> slope = load_first(g, lanes), mean_before = load_first(m, lanes);
                const Vector<T> mean = near ? mean_before + take1 * (slope - mean_before)
                                            : slope - (slope - mean_before) * keep1;
                const Vector<T> square = load_first(v, lanes) * keep2 + take2 * slope * slope;
                store_first(m, mean, lanes);
                store_first(v, square, lanes);
                moved(lanes, x, slope, scale * mean / (square_root<T>(square) * correction + epsilon), old);
            },
            values, gradient, first, second, old_values);
    }
    return {sum_of_lanes<T>(of_gradient) == T(0), sum_of_lanes<T>(of_values) == T(0)};
}
