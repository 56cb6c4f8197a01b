// The alternating game, one run after another, each on one thread: the same updates as torch_engine.py.

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <thread>

#include "../status.hpp"
#include "games.hpp"
#include "network.hpp"
#include "optimizer.hpp"
#include "targets.hpp"

// What Python passes; its mirror is native_engine.Plan, field by field.
struct Plan {
    std::int64_t game, batch, exact, uniform_latent, discriminator_updates, generator_updates;
    std::int64_t generator_widths, discriminator_widths;  // how many; a generator of Atoms has none
    std::int64_t atoms, dim, target_points;
    std::int64_t step, steps, runs, threads;
    std::int64_t choice, noise, fake, own, real_instance, fake_instance, own_instance;  // purposes of streams
    std::int64_t generator_moves, discriminator_moves;  // updates before this call
    std::int64_t generator_adam, discriminator_adam;
    double generator_optimizer[4], discriminator_optimizer[4];  // rate, beta1 or momentum, beta2, epsilon
    double generator_slope, discriminator_slope, target_scale, instance_noise, clip;  // 0: none
    const std::int64_t* widths;  // the generator's, then the discriminator's
    const double *points, *ends, *probabilities;
    const std::uint64_t* seeds;
    // Of each run: values and moments of the generator, then of the discriminator.
    void *generator, *generator_first, *generator_second;
    void *discriminator, *discriminator_first, *discriminator_second;
    std::int64_t* failed;   // 0, or at which step of this call (from 1) the run ended
    std::int64_t* reasons;  // then a Failure
    double* payoffs;        // (steps, runs)
};

// What stopped being finite; the order of native_engine.REASONS, the discriminator's before the generator's.
enum class Failure : std::int64_t { none = -1, loss, parameters };

template <class T>
struct Player {
    T *values, *first, *second;
};

constexpr long SECOND_CACHE = 2 << 20;  // bytes, of a core

// All that the runs of one thread work in, one after another.
template <class T>
class Table {
   public:
    explicit Table(const Plan& plan)
        : plan_(plan),
          target_(plan.target_points, plan.dim, plan.points, plan.ends, plan.target_scale),
          real_(plan.exact ? plan.target_points : plan.batch),
          fake_(plan.generator_widths ? plan.batch : plan.atoms),
          window_(window(plan)),
          generator_(generator_widths(plan), T(plan.generator_slope), {fake_}, window_),
          discriminator_({plan.widths + plan.generator_widths,
                          plan.widths + plan.generator_widths + plan.discriminator_widths},
                         T(plan.discriminator_slope), {real_, fake_}, window_),
          parameters_(plan.generator_widths ? generator_.parameters() : plan.atoms * (plan.dim + 1)),
          gradient_(std::max(parameters_, discriminator_.parameters())),
          numbers_(whole_blocks(std::max({real_ * plan.dim, fake_ * generator_.inputs(), fake_ * plan.dim}))),
          words_(whole_blocks(real_)) {
        for (const long count : {real_, fake_}) {
            weights_.emplace_back(count + Lanes<T>::count);  // zeros behind the last: such lanes do not count
            std::fill_n(weights_.back().get(), count, T(1) / T(count));
        }
        if (plan.exact) std::copy_n(plan.probabilities, real_, weights_[0].get());
    }

    // Plays all steps of a run, until it ends.
    void play(long run) {
        const Player<T> generator = player(plan_.generator, plan_.generator_first, plan_.generator_second,
                                           run * parameters_);
        const Player<T> discriminator =
            player(plan_.discriminator, plan_.discriminator_first, plan_.discriminator_second,
                   run * discriminator_.parameters());
        seed_ = plan_.seeds[run];
        for (long step = 0; step < plan_.steps; ++step) {
            double payoff = 0;
            for (long part = 0; part < plan_.discriminator_updates; ++part) {
                const Failure failure =
                    raise_payoff(generator, discriminator, step * plan_.discriminator_updates + part, payoff);
                if (failure != Failure::none) return end(run, step, std::int64_t(failure));
            }
            plan_.payoffs[step * plan_.runs + run] = payoff;
            for (long part = 0; part < plan_.generator_updates; ++part) {
                const Failure failure =
                    lower_loss(generator, discriminator, step * plan_.generator_updates + part);
                if (failure != Failure::none) return end(run, step, 2 + std::int64_t(failure));
            }
        }
    }

   private:
    static std::vector<long> generator_widths(const Plan& plan) {
        if (!plan.generator_widths) return {1};
        return {plan.widths, plan.widths + plan.generator_widths};
    }

    // Blocks whose hidden layers fill the second cache of a core by half, with room for parameters beside.
    static long window(const Plan& plan) {
        const long* widths = plan.widths;
        const long layers = plan.generator_widths + plan.discriminator_widths;
        const long bytes = std::accumulate(widths, widths + layers, 0L) * BLOCK<T> * long(sizeof(T));
        return std::max(1L, SECOND_CACHE / 2 / bytes);
    }

    // Does the work on blocks, a window of them at a time.
    template <class Work>
    void in_windows(Range all, Work work) const {
        const Parts parts(all.end - all.begin, window_);
        for (long i = 0; i < parts.count; ++i)
            work(Range{all.begin + parts.begin(i), all.begin + parts.begin(i + 1)});
    }

    static Player<T> player(void* values, void* first, void* second, long offset) {
        return {static_cast<T*>(values) + offset, static_cast<T*>(first) + offset,
                static_cast<T*>(second) + offset};
    }

    Stream stream(std::int64_t purpose, long update) const {
        return {seed_, std::uint32_t(purpose), std::uint32_t(update)};
    }

    void end(long run, long step, std::int64_t reason) const {
        plan_.failed[run] = step + 1;
        plan_.reasons[run] = reason;
    }

    // One update of the discriminator, number `update` of this call.
    Failure raise_payoff(Player<T> generator, Player<T> discriminator, long update, double& payoff) {
        const long number = plan_.step * plan_.discriminator_updates + update;
        put_real(number);
        put_latents(generator.values, stream(plan_.fake, number));
        in_windows(generator_.all(), [&](Range blocks) { put_fake(generator.values, blocks); });
        draw_noise(0, stream(plan_.real_instance, number));
        blur(0, discriminator_.blocks(0));
        draw_noise(1, stream(plan_.fake_instance, number));
        blur(1, discriminator_.blocks(1));
        payoff = 0;
        in_windows(discriminator_.all(), [&](Range blocks) {
            discriminator_.forward(discriminator.values, blocks);
            payoff += judge(0, Side::real, T(-1), blocks) + judge(1, Side::fake, T(-1), blocks);
            discriminator_.backward(discriminator.values, gradient_.get(), blocks.begin > 0, false, blocks);
        });
        const long count = discriminator_.parameters();
        const Failure failure =
            move(plan_.discriminator_adam, plan_.discriminator_optimizer, discriminator, count,
                 plan_.discriminator_moves + update + 1, payoff);
        if (plan_.clip > 0 && failure == Failure::none)
            for (long i = 0; i < count; ++i)
                discriminator.values[i] = std::clamp(discriminator.values[i], T(-plan_.clip), T(plan_.clip));
        return failure;
    }

    // One update of the generator; likewise.
    Failure lower_loss(Player<T> generator, Player<T> discriminator, long update) {
        const long number = plan_.step * plan_.generator_updates + update;
        put_latents(generator.values, stream(plan_.own, number));
        draw_noise(1, stream(plan_.own_instance, number));
        const long first = discriminator_.blocks(1).begin;
        double loss = 0;
        in_windows(generator_.all(), [&](Range blocks) {
            const Range judged{first + blocks.begin, first + blocks.end};
            put_fake(generator.values, blocks);
            blur(1, judged);
            discriminator_.forward(discriminator.values, judged);
            loss += judge(1, Side::generator, T(1), judged);
            discriminator_.backward(discriminator.values, nullptr, false, true, judged);
            if (!plan_.generator_widths) return;
            pass_between(false, blocks);
            generator_.backward(generator.values, gradient_.get(), blocks.begin > 0, false, blocks);
        });
        if (!plan_.generator_widths) differentiate_atoms(loss);
        return move(plan_.generator_adam, plan_.generator_optimizer, generator, parameters_,
                    plan_.generator_moves + update + 1, loss);
    }

    // Moves the player against the gradient; where something is not finite it stays where it is.
    Failure move(bool adam, const double (&settings)[4], Player<T> player, long count, long updates,
                 double loss) {
        if (!std::isfinite(loss)) return Failure::loss;
        const Optimizer optimizer{adam, settings[0], settings[1], settings[2], settings[3]};
        const Finite finite = update(optimizer, count, player.values, gradient_.get(), player.first,
                                     player.second, updates, 1, gradient_.get());
        if (finite.gradient && finite.values) return Failure::none;
        std::copy_n(gradient_.get(), count, player.values);  // which now holds the values before
        return finite.gradient ? Failure::parameters : Failure::loss;
    }

    void put_real(long update) {
        if (plan_.exact) {
            for (long j = 0; j < plan_.dim; ++j) {
                for (long i = 0; i < real_; ++i) numbers_[i] = T(plan_.points[i * plan_.dim + j]);
                discriminator_.set_input(0, j, numbers_.get());
            }
            return;
        }
        draw_words(stream(plan_.choice, update), real_, words_.get());
        if (target_.noisy()) draw_normals(stream(plan_.noise, update), real_ * plan_.dim, numbers_.get());
        target_.place(real_, words_.get(), numbers_.get());
        for (long j = 0; j < plan_.dim; ++j) discriminator_.set_input(0, j, numbers_.get() + j * real_);
    }

    // What the fakes are made of.
    void put_latents(const T* values, const Stream& latents) {
        if (!plan_.generator_widths) return put_atoms(values);
        const long count = fake_ * generator_.inputs();
        if (plan_.uniform_latent)
            draw_uniforms(latents, count, numbers_.get(), true);
        else
            draw_normals(latents, count, numbers_.get());
        for (long j = 0; j < generator_.inputs(); ++j)
            generator_.set_input(0, j, numbers_.get() + j * fake_);
    }

    // The fakes of these blocks of the generator.
    void put_fake(const T* values, Range blocks) {
        if (!plan_.generator_widths) return;  // atoms are there already
        generator_.forward(values, blocks);
        pass_between(true, blocks);
    }

    // Instance noise for one side's points, where it is asked for; and those of some blocks with it.
    void draw_noise(int side, const Stream& noise) {
        if (plan_.instance_noise == 0) return;
        draw_normals(noise, discriminator_.samples(side) * plan_.dim, numbers_.get());
    }
    void blur(int side, Range blocks) {
        if (plan_.instance_noise == 0) return;
        const long count = discriminator_.samples(side);
        const Range vectors = discriminator_.vectors(side, blocks);
        for (long j = 0; j < plan_.dim; ++j)
            for (long v = vectors.begin; v < vectors.end; ++v) {
                const long i = v * Lanes<T>::count;
                T* points = discriminator_.input(side, j, v);
                const Vector<T> moves = load_first(numbers_.get() + j * count + i, count - i);
                store(points, load(points) + T(plan_.instance_noise) * moves);
            }
    }

    // Points from the generator to the discriminator, or derivatives back.
    void pass_between(bool forth, Range blocks) {
        const Range vectors = generator_.vectors(0, blocks);
        for (long j = 0; j < plan_.dim; ++j)
            for (long v = vectors.begin; v < vectors.end; ++v) {
                T *made = generator_.output(0, j, v), *judged = discriminator_.input(1, j, v);
                forth ? store(judged, load(made)) : store(made, load(judged));
            }
    }

    // The points of Atoms, and their weights: the softmax of the logits behind the points.
    void put_atoms(const T* values) {
        for (long j = 0; j < plan_.dim; ++j) {
            for (long i = 0; i < fake_; ++i) numbers_[i] = values[i * plan_.dim + j];
            discriminator_.set_input(1, j, numbers_.get());
        }
        const T* logits = values + fake_ * plan_.dim;
        const T highest = *std::max_element(logits, logits + fake_);
        double sum = 0;
        for (long i = 0; i < fake_; ++i) sum += weights_[1][i] = std::exp(logits[i] - highest);
        for (long i = 0; i < fake_; ++i) weights_[1][i] = T(weights_[1][i] / sum);
    }

    // By the points, and by the logits of the weights w: w_i (s_i - sum_j w_j s_j) with the scores s.
    void differentiate_atoms(double loss) {
        for (long i = 0; i < fake_; ++i) {
            const long v = i / Lanes<T>::count, lane = i % Lanes<T>::count;
            for (long j = 0; j < plan_.dim; ++j)
                gradient_[i * plan_.dim + j] = discriminator_.input(1, j, v)[lane];
            gradient_[fake_ * plan_.dim + i] = weights_[1][i] * (scores_[i] - T(loss));
        }
    }

    // The weighted sum of a side's scores in these blocks; in the logits' place, `sign` times its derivative
    // by each.
    double judge(int side, Side role, T sign, Range blocks) {
        scores_.resize(discriminator_.vectors(side) * Lanes<T>::count);
        Vector<T> sum{};
        const Range vectors = discriminator_.vectors(side, blocks);
        for (long v = vectors.begin; v < vectors.end; ++v) {
            T* logits = discriminator_.output(side, 0, v);
            const Vector<T> weights = load(weights_[side].get() + v * Lanes<T>::count);
            const Score<T> scored = score<T>(Game(plan_.game), role, load(logits));
            sum += weights * scored.value;
            store(scores_.data() + v * Lanes<T>::count, scored.value);
            store(logits, sign * weights * scored.slope);
        }
        return sum_of_lanes<T>(sum);
    }

    const Plan& plan_;
    Target<T> target_;
    long real_, fake_;  // points of each side
    long window_;       // blocks that are worked on at a time
    Network<T> generator_, discriminator_;
    long parameters_;  // of the generator
    Buffer<T> gradient_, numbers_;
    Buffer<std::uint32_t> words_;
    std::vector<Buffer<T>> weights_;
    std::vector<T> scores_;
    std::uint64_t seed_ = 0;
};

// Plays runs from number `next` on, beginning none after so many seconds, and leaves the number of the first
// that was not played. All that the threads work in is made before anything is played: a lack of memory leaves
// the rows as they were. Where a thread cannot be started, the others play its runs.
template <class T>
void play_all(const Plan& plan, double seconds, std::int64_t& next) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::vector<std::unique_ptr<Table<T>>> tables;
    for (long i = 0; i < std::clamp<long>(plan.threads, 1, plan.runs - next); ++i)
        tables.push_back(std::make_unique<Table<T>>(plan));
    std::vector<std::thread> others;
    others.reserve(tables.size());
    std::atomic<long> turn{next};
    std::atomic<bool> failed{false};
    const auto work = [&](Table<T>& table) {
        try {
            do {
                const long run = turn++;
                if (run >= plan.runs) return;
                table.play(run);
            } while (std::chrono::steady_clock::now() < end);
        } catch (...) {
            failed = true;
        }
    };
    try {
        for (std::size_t i = 1; i < tables.size(); ++i) others.emplace_back(work, std::ref(*tables[i]));
    } catch (...) {
    }
    work(*tables[0]);
    for (std::thread& other : others) other.join();
    next = std::min<std::int64_t>(turn, plan.runs);
    if (failed) throw std::runtime_error("a run was not played to its end");
}

extern "C" std::int64_t play_float(const Plan* plan, double seconds, std::int64_t* next) {
    return status_of([&] { play_all<float>(*plan, seconds, *next); });
}
extern "C" std::int64_t play_double(const Plan* plan, double seconds, std::int64_t* next) {
    return status_of([&] { play_all<double>(*plan, seconds, *next); });
}
