// Best responses of a class of discriminators to finite laws, and finite laws that learn to fool a crowd of
// them: the loops of ascent.py and crowd.py, in their order. One run at a time, so that all it touches stays
// in the nearest caches, and its bits know no other run.

#include <cmath>
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "../elementary.hpp"
#include "../status.hpp"
#include "network.hpp"
#include "optimizer.hpp"

namespace {

enum Payoff : std::int64_t { LOG, LINEAR };
enum Loss : std::int64_t { SATURATING, NON_SATURATING, MINUS_LINEAR };
enum Side { REAL, FAKE };

// Numbers below the normal ones count as 0: arithmetic on them costs a hundred times as much.
class FlushToZero {
#if defined(__SSE2__)
    const unsigned before_ = _mm_getcsr();

   public:
    FlushToZero() { _mm_setcsr(before_ | 0x8040); }
    ~FlushToZero() { _mm_setcsr(before_); }
#endif
};

template <class T>
struct Logistic {
    Vector<T> of_logit, of_minus;  // the sigmoids of l and -l, both to full relative accuracy
    Vector<T> small;               // e^-|l|

    explicit Logistic(Vector<T> logit) : small(exponential(logit > T(0) ? -logit : logit)) {
        const Vector<T> large = T(1) / (T(1) + small), rest = small * large;
        of_logit = logit > T(0) ? large : rest;
        of_minus = logit > T(0) ? rest : large;
    }
};

// log sigmoid(l), where `small` is e^-|l|.
template <class T>
inline Vector<T> log_sigmoid(Vector<T> logit, Vector<T> small) {
    return (logit > T(0) ? Vector<T>{} : logit) - log_of_one_plus(small);
}

// Numbers of atoms with room for the lanes behind the last one, where they are 0.
template <class T>
Buffer<T> padded(long count, const double* given = nullptr) {
    Buffer<T> numbers(count + Lanes<T>::count);
    if (given) std::copy(given, given + count, numbers.get());
    return numbers;
}

// Puts derivatives of -V by the logits in their place; the side's part of the payoff `tracked`, if asked.
template <class T, bool track>
T climb_side(Network<T>& network, Side side, Payoff goal, Payoff tracked, const T* weights) {
    Vector<T> value{};
    for (long v = 0; v < network.vectors(side); ++v) {
        T* at = network.output(side, 0, v);
        const Vector<T> logit = load(at), weight = load(weights + v * Lanes<T>::count);
        const Logistic<T> sigmoid(logit);
        const Vector<T> wrong = side == REAL ? sigmoid.of_minus : sigmoid.of_logit;
        const Vector<T> slope = goal == LOG ? wrong : sigmoid.of_logit * sigmoid.of_minus;
        store(at, side == REAL ? -weight * slope : weight * slope);
        if (!track) continue;
        const Vector<T> right = side == REAL ? logit : -logit;
        value += weight * (tracked == LOG ? log_sigmoid<T>(right, sigmoid.small)
                                          : side == REAL ? sigmoid.of_logit : -sigmoid.of_logit);
    }
    return track ? sum_of_lanes<T>(value) : T(0);
}

// Points (count, dim), row by row, into the inputs of one side.
template <class T>
void set_points(Network<T>& network, int side, const double* points) {
    const long count = network.samples(side), dim = network.inputs();
    Buffer<T> feature(count);
    for (long j = 0; j < dim; ++j) {
        for (long i = 0; i < count; ++i) feature[i] = T(points[i * dim + j]);
        network.set_input(side, j, feature.get());
    }
}

struct Stage {
    Payoff goal;
    std::int64_t steps;
    Optimizer optimizer;
};

// Leaves the parameters of the highest payoff `tracked` that was met in the place of those at the start.
template <class T>
void respond(Network<T>& network, const Buffer<T>& real, const Buffer<T>& fake,
             const std::vector<Stage>& stages, Payoff tracked, double* values) {
    const long count = network.parameters();
    Buffer<T> x(count), gradient(count);
    std::copy(values, values + count, x.get());
    T best = -INFINITY;
    for (const Stage& stage : stages) {
        const Buffer<T> first(count), second(count);
        for (long step = 0; step <= stage.steps; ++step) {
            network.forward(x.get(), network.all());
            const T met = climb_side<T, true>(network, REAL, stage.goal, tracked, real.get()) +
                          climb_side<T, true>(network, FAKE, stage.goal, tracked, fake.get());
            if (met > best) {  // never true of NaN
                best = met;
                std::copy(x.get(), x.get() + count, values);
            }
            if (step == stage.steps) break;
            network.backward(x.get(), gradient.get(), false, false, network.all());
            update(stage.optimizer, count, x.get(), gradient.get(), first.get(), second.get(), step + 1,
                   1 - double(step) / double(stage.steps));
        }
    }
}

// What the generator of a finite law minimises, at the logits of its atoms, and its derivatives by them.
template <class T>
inline void descend(Loss loss, Vector<T> logit, Vector<T>& value, Vector<T>& slope) {
    const Logistic<T> sigmoid(logit);
    if (loss == SATURATING) {
        value = log_sigmoid<T>(-logit, sigmoid.small);
        slope = -sigmoid.of_logit;
    } else if (loss == NON_SATURATING) {
        value = -log_sigmoid<T>(logit, sigmoid.small);
        slope = -sigmoid.of_minus;
    } else {
        value = -sigmoid.of_logit;
        slope = -sigmoid.of_logit * sigmoid.of_minus;
    }
}

template <class T>
void softmax(const T* logits, long count, T* weights) {
    const T largest = *std::max_element(logits, logits + count);
    T sum = 0;
    for (long i = 0; i < count; i += Lanes<T>::count) {
        const long lanes = std::min<long>(Lanes<T>::count, count - i);
        store_first(weights + i, exponential(load_first(logits + i, lanes) - largest), lanes);
    }
    for (long i = 0; i < count; ++i) sum += weights[i];
    for (long i = 0; i < count; ++i) weights[i] /= sum;
}

struct Rules {
    std::int64_t members, steps;
    Payoff goal;
    Loss loss;
    Optimizer of_members, of_law;
};

// The law's numbers: coordinate after coordinate of all atoms, then the logits of their weights. `drawn` are
// the first members of the crowd, then those that take the places that `renewed` names for each step, or -1.
template <class T>
void fool(Network<T>& both, Network<T>& alone, const Buffer<T>& real, T* law, const Rules& rules,
          const double* drawn, const std::int64_t* renewed) {
    const long count = both.parameters(), atoms = both.samples(FAKE), dim = both.inputs();
    const long size = atoms * (dim + 1), all = rules.members * count;
    const Buffer<T> x(all), gradient(count), first(all), second(all);
    const Buffer<T> pull(size), law_first(size), law_second(size);
    const Buffer<T> weights = padded<T>(atoms), worth = padded<T>(atoms);
    std::vector<long> ages(rules.members, 0);
    std::copy(drawn, drawn + all, x.get());
    const double* next = drawn + all;
    for (long step = 0; step < rules.steps; ++step) {
        if (const long member = renewed[step]; member >= 0) {
            const long at = member * count;
            std::copy(next, next + count, x.get() + at);
            next += count;
            std::fill_n(first.get() + at, count, T(0));
            std::fill_n(second.get() + at, count, T(0));
            ages[member] = 0;
        }
        softmax(law + atoms * dim, atoms, weights.get());
        for (long j = 0; j < dim; ++j) both.set_input(FAKE, j, law + j * atoms);
        std::fill_n(pull.get(), size, T(0));
        std::fill_n(worth.get(), atoms, T(0));
        for (long member = 0; member < rules.members; ++member) {
            const long at = member * count;
            both.forward(x.get() + at, both.all());
            climb_side<T, false>(both, REAL, rules.goal, rules.goal, real.get());
            climb_side<T, false>(both, FAKE, rules.goal, rules.goal, weights.get());
            both.backward(x.get() + at, gradient.get(), false, false, both.all());
            update(rules.of_members, count, x.get() + at, gradient.get(), first.get() + at, second.get() + at,
                   ++ages[member]);

            for (long j = 0; j < dim; ++j) alone.set_input(0, j, law + j * atoms);
            alone.forward(x.get() + at, alone.all());
            for (long v = 0; v < alone.vectors(0); ++v) {
                const long i = v * Lanes<T>::count;
                Vector<T> value, slope;
                descend<T>(rules.loss, load(alone.output(0, 0, v)), value, slope);
                store(alone.output(0, 0, v), slope * load(weights.get() + i));
                store(worth.get() + i, load(worth.get() + i) + value);
            }
            alone.backward(x.get() + at, nullptr, false, true, alone.all());
            for (long j = 0; j < dim; ++j)
                for (long v = 0; v < alone.vectors(0); ++v) {
                    const long i = v * Lanes<T>::count, lanes = std::min<long>(Lanes<T>::count, atoms - i);
                    T* sum = pull.get() + j * atoms + i;
                    store_first(sum, load_first(sum, lanes) + load(alone.input(0, j, v)), lanes);
                }
        }
        T mean = 0;
        for (long i = 0; i < atoms; ++i) mean += weights[i] * worth[i];
        for (long i = 0; i < atoms; ++i) pull[atoms * dim + i] = weights[i] * (worth[i] - mean);
        for (long i = 0; i < size; ++i) pull[i] /= T(rules.members);
        update(rules.of_law, size, law, pull.get(), law_first.get(), law_second.get(), step + 1,
               1 - double(step) / double(rules.steps));
    }
}

Optimizer adam(const double* numbers) { return {true, numbers[0], numbers[1], numbers[2], numbers[3]}; }

// Numbers as Python holds them: atoms (count, dim) row by row, and their weights.
struct Given {
    std::int64_t count;
    const double *points, *weights;
};

struct Shape {
    std::vector<long> widths;
    double slope;
};

template <class T>
void respond_run(const Shape& shape, const Given& real, const Given& fake, const std::vector<Stage>& stages,
                 Payoff tracked, double* values) {
    const FlushToZero flushing;
    Network<T> network(shape.widths, T(shape.slope), {real.count, fake.count});
    set_points(network, REAL, real.points);
    set_points(network, FAKE, fake.points);
    respond(network, padded<T>(real.count, real.weights), padded<T>(fake.count, fake.weights), stages,
            tracked, values);
}

template <class T>
void fool_run(const Shape& shape, const Given& real, long atoms, double* values, const Rules& rules,
              const double* drawn, const std::int64_t* renewed) {
    const FlushToZero flushing;
    Network<T> both(shape.widths, T(shape.slope), {real.count, atoms});
    Network<T> alone(shape.widths, T(shape.slope), {atoms});
    set_points(both, REAL, real.points);
    const long dim = shape.widths[0];
    const Buffer<T> law(atoms * (dim + 1));
    for (long i = 0; i < atoms; ++i) {
        for (long j = 0; j < dim; ++j) law[j * atoms + i] = T(values[i * dim + j]);
        law[dim * atoms + i] = T(values[dim * atoms + i]);
    }
    fool(both, alone, padded<T>(real.count, real.weights), law.get(), rules, drawn, renewed);
    for (long i = 0; i < atoms; ++i) {
        for (long j = 0; j < dim; ++j) values[i * dim + j] = law[j * atoms + i];
        values[dim * atoms + i] = law[dim * atoms + i];
    }
}

}  // namespace

// Each function twice, for float and for double; `layers` counts widths, a row of an optimiser is its rate,
// betas and epsilon.
#define FUNCTIONS(T) \
    extern "C" std::int64_t respond_##T( \
        std::int64_t layers, const std::int64_t* widths, double slope, std::int64_t n, const double* real, \
        const double* real_weights, std::int64_t m, const double* fake, const double* fake_weights, \
        std::int64_t stages, const std::int64_t* goals, const std::int64_t* steps, const double* adams, \
        std::int64_t tracked, double* values) { \
        return status_of([&] { \
            std::vector<Stage> all; \
            for (long i = 0; i < stages; ++i) \
                all.push_back({Payoff(goals[i]), steps[i], adam(adams + 4 * i)}); \
            respond_run<T>({{widths, widths + layers}, slope}, {n, real, real_weights}, \
                           {m, fake, fake_weights}, all, Payoff(tracked), values); \
        }); \
    } \
    extern "C" std::int64_t fool_##T( \
        std::int64_t layers, const std::int64_t* widths, double slope, std::int64_t n, const double* real, \
        const double* real_weights, std::int64_t atoms, double* values, std::int64_t goal, \
        std::int64_t loss, const double* adams, std::int64_t members, const double* drawn, \
        std::int64_t steps, const std::int64_t* renewed) { \
        return status_of([&] { \
            const Rules rules{members, steps, Payoff(goal), Loss(loss), adam(adams), adam(adams + 4)}; \
            fool_run<T>({{widths, widths + layers}, slope}, {n, real, real_weights}, atoms, values, rules, \
                        drawn, renewed); \
        }); \
    }

FUNCTIONS(float)
FUNCTIONS(double)
