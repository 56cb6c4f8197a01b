// Points of a data law as a function of counter-based numbers: `place` of the targets, by their formulas.

#pragma once

#include <vector>

#include "../philox.hpp"

template <class T>
class Target {
   public:
    // A law on rows of `points` (count, dim) whose probabilities cumulate to `ends`, each with normal noise
    // of standard deviation `scale` around it; or, without points, the uniform law on the circle of that
    // radius.
    Target(long count, long dim, const double* points, const double* ends, double scale)
        : count_(count), dim_(dim), scale_(scale) {
        points_.assign(points, points + count * dim);
        ends_.assign(ends, ends + count);
        // Where the search among the ends begins, for each value of a uniform number's highest bits.
        for (long i = 0, first = 0; count && i < STARTS; ++i) {
            while (first < count - 1 && ends_[first] <= double(i) / STARTS) ++first;
            starts_.push_back(first);
        }
    }

    long dim() const { return dim_; }
    bool noisy() const { return count_ && scale_ > 0; }

    // Numbers that `choice` and `noise` must have room for.
    static long room(long batch, long dim) { return whole_blocks(batch * dim); }

    // A batch, coordinate by coordinate: number j * batch + i is coordinate j of point i. `choice` are the
    // words of its uniform numbers, and `points` holds its normal numbers where the law is noisy.
    void place(long batch, const std::uint32_t* choice, T* points) const {
        if (!count_) return place_on_circle(batch, choice, points);
        for (long i = 0; i < batch; ++i) {
            const double uniform = (choice[i] + 0.5) * 0x1p-32;
            long atom = starts_[choice[i] >> (32 - STARTS_BITS)];
            while (atom < count_ - 1 && ends_[atom] <= uniform) ++atom;
            for (long j = 0; j < dim_; ++j) {
                T& coordinate = points[j * batch + i];
                coordinate = points_[atom * dim_ + j] + (scale_ > 0 ? T(scale_) * coordinate : T(0));
            }
        }
    }

   private:
    static constexpr int STARTS_BITS = 8;
    static constexpr long STARTS = 1L << STARTS_BITS;

    void place_on_circle(long batch, const std::uint32_t* choice, T* points) const {
        constexpr double TURN = 6.28318530717958647692;
        if constexpr (sizeof(T) == 4) {
            constexpr long lanes = Lanes<float>::count;
            for (long i = 0; i < batch; i += lanes) {
                Vector<float> sine, cosine;
                sine_and_cosine(load_first(choice + i, batch - i), sine, cosine);
                store_first(points + i, cosine * T(scale_), batch - i);
                store_first(points + batch + i, sine * T(scale_), batch - i);
            }
        } else {
            for (long i = 0; i < batch; ++i) {
                const double angle = TURN * ((choice[i] + 0.5) * 0x1p-32);
                points[i] = scale_ * std::cos(angle), points[batch + i] = scale_ * std::sin(angle);
            }
        }
    }

    long count_, dim_;
    double scale_;
    std::vector<T> points_;
    std::vector<double> ends_;
    std::vector<long> starts_;
};
