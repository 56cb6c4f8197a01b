// A network of affine layers with a leaky ReLU between each two: its values and its derivatives.
//
// A layer holds its features for all samples, in the blocks of tiles.hpp. A batch has sides (real and fake,
// say), each of which begins a block; the lanes behind the last sample of a side hold numbers that count with
// weight 0. Backward, each layer's derivatives take the place of its values: nothing else is kept.
//
// Hidden layers have room for a window of blocks, which go forward and backward before the next ones take
// their place: so they stay in the second cache however large the batch is.
//
// Parameters and gradients are rows in the order of `flatten`: weights (out, in), then biases, layer by
// layer.

#pragma once

#include <climits>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "tiles.hpp"

// Memory for whole vectors, zero at first.
template <class T>
class Buffer {
   public:
    explicit Buffer(long count = 0) {
        const std::size_t bytes = (std::max(count, 1L) * sizeof(T) + 63) / 64 * 64;
        data_.reset(static_cast<T*>(std::aligned_alloc(64, bytes)));
        if (!data_) throw std::bad_alloc();
        std::memset(static_cast<void*>(data_.get()), 0, bytes);
    }
    T* get() const { return data_.get(); }
    T& operator[](long i) const { return data_.get()[i]; }

   private:
    struct Free {
        void operator()(T* data) const { std::free(data); }
    };
    std::unique_ptr<T, Free> data_;
};

// Neighbours, from `begin` on and before `end`.
struct Range {
    long begin, end;
};

template <class T>
class Network {
   public:
    // The widths of a network, its slope below 0, how many samples each side of its batch has, and for how
    // many blocks at a time: at most so many of those that a call below names.
    Network(std::vector<long> widths, T slope, const std::vector<long>& samples, long window = LONG_MAX)
        : widths_(std::move(widths)), slope_(slope), samples_(samples) {
        for (const long side : samples) {
            first_block_.push_back(long(vectors_.size()));
            const long vectors = (side + Lanes<T>::count - 1) / Lanes<T>::count;
            for (long v = 0; v < vectors; v += WIDE)
                vectors_.push_back(int(std::min<long>(WIDE, vectors - v)));
        }
        first_block_.push_back(long(vectors_.size()));
        for (const long width : widths_) {
            // An odd number of features apart, neighbouring blocks do not share their places in the cache.
            const long held = hidden(long(layers_.size())) ? std::min(window, all().end) : all().end;
            layers_.emplace_back(held * (width | 1) * BLOCK<T>);
            parameters_ += layers_.size() > 1 ? width * (widths_[layers_.size() - 2] + 1) : 0;
        }
        partial_ = Buffer<T>(*std::max_element(widths_.begin(), widths_.end()) * BLOCK<T>);
    }

    long parameters() const { return parameters_; }
    // The blocks of all sides, and of one.
    Range all() const { return {0, long(vectors_.size())}; }
    Range blocks(int side) const { return {first_block_[side], first_block_[side + 1]}; }
    long samples(int side) const { return samples_[side]; }
    int inputs() const { return int(widths_.front()); }
    int outputs() const { return int(widths_.back()); }

    // Where the vector of these samples of a side stands: its first sample is number v * Lanes<T>::count.
    T* input(int side, long feature, long v) { return place(0, side, feature, v); }
    T* output(int side, long feature, long v) { return place(long(layers_.size()) - 1, side, feature, v); }
    long vectors(int side) const { return (samples_[side] + Lanes<T>::count - 1) / Lanes<T>::count; }
    // Those of a side's vectors that stand in these blocks.
    Range vectors(int side, Range blocks) const {
        const long first = first_block_[side];
        return {std::max(0L, (blocks.begin - first) * WIDE),
                std::min(vectors(side), (blocks.end - first) * WIDE)};
    }

    // One feature of all samples of a side; the lanes behind them repeat the last sample's number.
    void set_input(int side, long feature, const T* numbers) {
        constexpr int lanes = Lanes<T>::count;
        const long whole = samples_[side] / lanes;
        for (long v = 0; v < whole; ++v) store(input(side, feature, v), load(numbers + v * lanes));
        if (const long rest = samples_[side] - whole * lanes) {
            Vector<T> last = everywhere(numbers[samples_[side] - 1]);
            std::memcpy(&last, numbers + whole * lanes, rest * sizeof(T));
            store(input(side, feature, whole), last);
        }
    }

    // The outputs of these blocks, from their inputs.
    void forward(const T* parameters, Range blocks) {
        const long last = long(layers_.size()) - 2;
        for (long block = 0; block < blocks.end - blocks.begin; ++block) {
            const T* at = parameters;
            for (long layer = 0; layer <= last; ++layer) {
                const Values<T> from = values(layer, blocks), to = values(layer + 1, blocks);
                const Tile<T> tile{at, from.features, 1, from.numbers + block * from.stride, from.features,
                                   at + from.features * to.features, nullptr,
                                   to.numbers + block * to.stride, BLOCK<T>,
                                   layer < last ? Epilogue::leaky : Epilogue::none, slope_};
                multiply_block(tile, to.features, vectors_[blocks.begin + block], partial_.get());
                at += (from.features + 1) * to.features;
            }
        }
    }

    // From derivatives by the outputs of these blocks, which stand in the outputs' place: those by the
    // parameters, which are added to `gradient` or, where nothing is there yet, put there, unless it is null;
    // and those by the inputs, in the inputs' place, where they are wanted. The last call of `forward` must
    // have been for the same blocks.
    void backward(const T* parameters, T* gradient, bool add, bool to_inputs, Range blocks) {
        const T* at = parameters + parameters_;
        for (long layer = long(layers_.size()) - 2; layer >= 0; --layer) {
            const Values<T> from = values(layer, blocks), to = values(layer + 1, blocks);
            at -= (from.features + 1) * to.features;
            if (gradient) sum_gradient(from, to, blocks, gradient + (at - parameters), add);
            if (layer == 0 && !to_inputs) return;
            for (long block = 0; block < blocks.end - blocks.begin; ++block) {
                const Tile<T> tile{at, 1, from.features, to.numbers + block * to.stride, to.features,
                                   nullptr, nullptr, from.numbers + block * from.stride, BLOCK<T>,
                                   layer > 0 ? Epilogue::slope_of : Epilogue::none, slope_};
                multiply_block(tile, from.features, vectors_[blocks.begin + block], partial_.get());
            }
        }
    }

   private:
    bool hidden(long layer) const { return layer > 0 && layer + 1 < long(widths_.size()); }

    // From the first of these blocks on; hidden layers hold no others.
    Values<T> values(long layer, Range blocks) const {
        const long stride = (widths_[layer] | 1) * BLOCK<T>;
        return {layers_[layer].get() + (hidden(layer) ? 0 : blocks.begin * stride), widths_[layer], stride};
    }

    T* place(long layer, int side, long feature, long v) {
        const Values<T> held = values(layer, blocks(side));
        return held.numbers + v / WIDE * held.stride + feature * BLOCK<T> + v % WIDE * Lanes<T>::count;
    }

    // Two vectors of inputs or more are summed by outer products,
    // what is left of them feature by feature, which wastes no lanes but adds lanes up at the end.
    void sum_gradient(Values<T> from, Values<T> to, Range blocks, T* gradient, bool add) {
        const int* vectors = vectors_.data() + blocks.begin;
        const long count = blocks.end - blocks.begin;
        constexpr long lanes = Lanes<T>::count;
        const long columns = from.features < 2 * lanes ? 0 : from.features / lanes;
        sum_outer_products(to, from, columns, vectors, count, gradient, from.features, turned_.get(), add);
        const long done = columns * lanes;
        if (done < from.features) {
            const Values<T> rest{from.numbers + done * BLOCK<T>, from.features - done, from.stride};
            sum_products_in_groups(rest, to, vectors, count, gradient + done, from.features, add);
        }
        sum_features(to, vectors, count, gradient + from.features * to.features, add);
    }

    // gradient[o * pitch + i], a group of blocks at a time.
    static void sum_products_in_groups(Values<T> from, Values<T> to, const int* vectors, long blocks,
                                       T* gradient, long pitch, bool add) {
        for (long first = 0; first < blocks; first += GROUP) {
            const Values<T> x{from.numbers + first * from.stride, from.features, from.stride};
            const Values<T> d{to.numbers + first * to.stride, to.features, to.stride};
            const long count = std::min<long>(GROUP, blocks - first);
            const bool more = add || first > 0;
            if (x.features > 4)
                sum_all_products<T, true>(x, d, vectors + first, count, gradient, 1, pitch, more);
            else
                sum_all_products<T, false>(d, x, vectors + first, count, gradient, pitch, 1, more);
        }
    }

    std::vector<long> widths_;
    T slope_;
    std::vector<long> samples_, first_block_;
    std::vector<int> vectors_;  // of each block that are in use
    std::vector<Buffer<T>> layers_;
    Buffer<T> partial_, turned_{long(BLOCK<T>) * BLOCK<T>};
    long parameters_ = 0;
};
