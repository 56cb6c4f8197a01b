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

// Moves the values against the gradient; `updates` counts this one.
template <class T>
void update(const Optimizer& optimizer, long count, T* values, const T* gradient, T* first, T* second,
            long updates, double rate = 1) {
    const double step = -rate * optimizer.learning_rate;
    if (!optimizer.adam) {
        const T momentum = T(optimizer.beta1), scale = T(step);
        for_each_vector<T>(
            count,
            [=](long lanes, T* x, const T* g, T* m) {
                const Vector<T> moment = load_first(m, lanes) * momentum + load_first(g, lanes);
                store_first(m, moment, lanes);
                store_first(x, load_first(x, lanes) + moment * scale, lanes);
            },
            values, gradient, first);
        return;
    }
    const double beta1 = optimizer.beta1, beta2 = optimizer.beta2;
    const T keep1 = T(beta1), take1 = T(1 - beta1), keep2 = T(beta2), take2 = T(1 - beta2);
    const T correction = T(1 / std::sqrt(1 - std::pow(beta2, double(updates))));
    const T scale = T(step / (1 - std::pow(beta1, double(updates)))), epsilon = T(optimizer.epsilon);
    const bool near = take1 < T(0.5);  // torch's lerp: from the nearer end
    for_each_vector<T>(
        count,
        [=](long lanes, T* x, const T* g, T* m, T* v) {
            const Vector<T> slope = load_first(g, lanes), old = load_first(m, lanes);
            const Vector<T> mean = near ? old + take1 * (slope - old) : slope - (slope - old) * keep1;
            const Vector<T> square = load_first(v, lanes) * keep2 + take2 * slope * slope;
            store_first(m, mean, lanes);
            store_first(v, square, lanes);
            const Vector<T> divisor = square_root<T>(square) * correction + epsilon;
            store_first(x, load_first(x, lanes) + scale * mean / divisor, lanes);
        },
        values, gradient, first, second);
}

// Whether every number is finite: 0 times any other is NaN, which no sum loses.
template <class T>
bool all_finite(long count, const T* numbers) {
    Vector<T> sum{};
    for_each_vector<T>(
        count, [&](long lanes, const T* x) { sum += load_first(x, lanes) * T(0); }, numbers);
    return sum_of_lanes<T>(sum) == T(0);
}
