// A network of affine layers with a leaky ReLU between each two: its values and its derivatives.
//
// Samples lie side by side in vectors, and WIDE vectors make a block; a layer holds its features one after
// another within each block, so what a register tile reads is contiguous. A batch has sides (real and fake,
// say), each of which begins a block; the lanes behind the last sample of a side hold numbers that count with
// weight 0. Backward, each layer's derivatives take the place of its values: nothing else is kept.
//
// Parameters and gradients are rows in the order of `flatten`: weights (out, in), then biases, layer by layer.

#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "../lanes.hpp"

// Vectors in a block, and most features in a tile: TALL * WIDE sums, WIDE inputs and a weight fill the registers.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int WIDE = 4, TALL = 6;
#else
constexpr int WIDE = 2, TALL = 6;
#endif
constexpr int DEEP = 128;  // features that are summed over at a time: their block stays in the first cache
constexpr int GROUP = 16;  // blocks whose products are summed at a time, feature by feature

template <class T>
constexpr int BLOCK = WIDE* Lanes<T>::count;

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

enum class Epilogue { none, leaky, slope_of };

// Sums over `depth` features for a tile of `rows` others and `columns` vectors of samples, in registers:
// to[r] = start + sum over k of weights[r * row + k * column] * from[k], where start is biases[r], partial[r]
// or 0, and rows of `to` and `partial` are `pitch` apart. `leaky` applies the activation; `slope_of` multiplies by its slope at the value that stands in `to`.
template <class T>
struct Tile {
    const T* weights;
    long row, column;
    const T* from;
    long depth;
    const T* biases;
    const T* partial;
    T* to;
    long pitch;
    Epilogue epilogue;
    T slope;
};

template <class T, int rows, int columns>
void multiply_tile(const Tile<T>& tile) {
    constexpr int lanes = Lanes<T>::count;
    Vector<T> sums[rows][columns];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            sums[r][c] = tile.partial  ? load(tile.partial + r * tile.pitch + c * lanes)
                         : tile.biases ? everywhere(tile.biases[r])
                                       : Vector<T>{};
    const T *weights = tile.weights, *from = tile.from;
    const long row = tile.row, column = tile.column;
    for (long k = 0; k < tile.depth; ++k, weights += column, from += BLOCK<T>) {
        Vector<T> inputs[columns];
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c) inputs[c] = load(from + c * lanes);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r) {
            const Vector<T> weight = everywhere(weights[r * row]);
#pragma GCC unroll 8
            for (int c = 0; c < columns; ++c) sums[r][c] += weight * inputs[c];
        }
    }
    const long pitch = tile.pitch;
    const auto finish = [&](auto changed) {
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
            for (int c = 0; c < columns; ++c) {
                T* to = tile.to + r * pitch + c * lanes;
                store(to, changed(sums[r][c], to));
            }
    };
    const T slope = tile.slope;
    if (tile.epilogue == Epilogue::none)
        finish([](Vector<T> sum, const T*) { return sum; });
    else if (tile.epilogue == Epilogue::leaky)
        finish([=](Vector<T> sum, const T*) { return sum > T(0) ? sum : sum * slope; });
    else
        finish([=](Vector<T> sum, const T* value) { return load(value) > T(0) ? sum : sum * slope; });
}

template <class T, int rows>
void multiply_columns(const Tile<T>& tile, int columns) {
    static_assert(WIDE <= 4);
    if (columns == 1) return multiply_tile<T, rows, 1>(tile);
    if (columns == 2) return multiply_tile<T, rows, 2>(tile);
    if constexpr (WIDE > 2) {
        if (columns == 3) return multiply_tile<T, rows, 3>(tile);
        return multiply_tile<T, rows, 4>(tile);
    }
}

template <class T>
void multiply_rows(const Tile<T>& tile, int rows, int columns) {
    static_assert(TALL == 6);
    switch (rows) {
        case 1: return multiply_columns<T, 1>(tile, columns);
        case 2: return multiply_columns<T, 2>(tile, columns);
        case 3: return multiply_columns<T, 3>(tile, columns);
        case 4: return multiply_columns<T, 4>(tile, columns);
        case 5: return multiply_columns<T, 5>(tile, columns);
        default: return multiply_columns<T, 6>(tile, columns);
    }
}

// Part number i of a length cut into parts of nearly equal size, each at most `most`.
struct Parts {
    long length, count;
    Parts(long length, long most) : length(length), count((length + most - 1) / most) {}
    long begin(long i) const { return length / count * i + std::min(i, length % count); }
    long size(long i) const { return begin(i + 1) - begin(i); }
};

// All `features` of a block from `depth` others; `partial` has room for a block of them.
template <class T>
void multiply_block(Tile<T> tile, long features, int columns, T* partial) {
    const Tile<T> whole = tile;
    const Parts sums(whole.depth, DEEP), tiles(features, TALL);
    for (long d = 0; d < sums.count; ++d)
        for (long i = 0; i < tiles.count; ++i) {
            const long first = tiles.begin(i), k = sums.begin(d);
            const bool last = d + 1 == sums.count;
            tile.weights = whole.weights + first * whole.row + k * whole.column;
            tile.from = whole.from + k * BLOCK<T>;
            tile.depth = sums.size(d);
            tile.biases = whole.biases && d == 0 ? whole.biases + first : nullptr;
            const T* start = d > 0 ? partial : whole.partial;
            tile.partial = start ? start + first * tile.pitch : nullptr;
            tile.to = (last ? whole.to : partial) + first * tile.pitch;
            tile.epilogue = last ? whole.epilogue : Epilogue::none;
            multiply_rows(tile, int(tiles.size(i)), columns);
        }
}

// Features of all samples: block after block, `stride` numbers apart.
template <class T>
struct Values {
    T* numbers;
    long features, stride;
};

// sums[a * by_left + b * by_right] (+)= sum over samples of left feature a times right feature b, a tile of them;
// `by_left` is 1 where left features are `adjacent`.
template <class T, int lefts, int rights, bool adjacent>
void sum_products(const T* left, long left_stride, const T* right, long right_stride, const int* vectors,
                  long blocks, T* sums, long by_left, long by_right, bool add) {
    constexpr int lanes = Lanes<T>::count, whole = (lefts * rights + lanes - 1) / lanes * lanes;
    Vector<T> products[whole] = {};
    for (long block = 0; block < blocks; ++block, left += left_stride, right += right_stride)
        for (int v = 0; v < vectors[block]; ++v) {
            Vector<T> r[rights];
#pragma GCC unroll 8
            for (int b = 0; b < rights; ++b) r[b] = load(right + b * BLOCK<T> + v * lanes);
#pragma GCC unroll 8
            for (int a = 0; a < lefts; ++a) {
                const Vector<T> l = load(left + a * BLOCK<T> + v * lanes);
#pragma GCC unroll 8
                for (int b = 0; b < rights; ++b) products[b * lefts + a] += l * r[b];
            }
        }
    alignas(64) T made[whole];
#pragma GCC unroll 16
    for (int i = 0; i < whole; i += lanes) store(made + i, sums_of_lanes<T>(products + i));
    if constexpr (adjacent) by_left = 1;
    for (int b = 0; b < rights; ++b, sums += by_right)
        for (int a = 0; a < lefts; ++a)
            sums[a * by_left] = (add ? sums[a * by_left] : 0) + made[b * lefts + a];
}

template <class T>
using SumProducts = decltype(&sum_products<T, 1, 1, true>);

template <class T, int rights, bool adjacent>
SumProducts<T> sum_products_of(int lefts) {
    switch (lefts) {
        case 1: return sum_products<T, 1, rights, adjacent>;
        case 2: return sum_products<T, 2, rights, adjacent>;
        case 3: return sum_products<T, 3, rights, adjacent>;
        case 4: return sum_products<T, 4, rights, adjacent>;
        case 5: return sum_products<T, 5, rights, adjacent>;
        case 6: return sum_products<T, 6, rights, adjacent>;
        case 7: return sum_products<T, 7, rights, adjacent>;
        default: return sum_products<T, 8, rights, adjacent>;
    }
}

// The sum over samples of every left feature times every right one; the tile is taller on the left.
template <class T, bool adjacent>
void sum_all_products(Values<T> left, Values<T> right, const int* vectors, long blocks, T* sums, long by_left,
                      long by_right, bool add) {
    const Parts lefts(left.features, 8), rights(right.features, 2);
    for (long i = 0; i < lefts.count; ++i) {
        const SumProducts<T> pairs = sum_products_of<T, 2, adjacent>(int(lefts.size(i)));
        const SumProducts<T> single = sum_products_of<T, 1, adjacent>(int(lefts.size(i)));
        for (long j = 0; j < rights.count; ++j)
            (rights.size(j) == 2 ? pairs : single)(
                left.numbers + lefts.begin(i) * BLOCK<T>, left.stride,
                right.numbers + rights.begin(j) * BLOCK<T>, right.stride, vectors, blocks,
                sums + lefts.begin(i) * by_left + rights.begin(j) * by_right, by_left, by_right, add);
    }
}

// sums[a] = the sum over samples of feature a.
template <class T>
void sum_features(Values<T> values, const int* vectors, long blocks, T* sums) {
    constexpr int lanes = Lanes<T>::count;
    for (long first = 0; first < values.features; first += lanes) {
        Vector<T> features[lanes] = {};
        const int count = int(std::min<long>(lanes, values.features - first));
        for (int a = 0; a < count; ++a)
            for (long block = 0; block < blocks; ++block)
                for (int v = 0; v < vectors[block]; ++v)
                    features[a] += load(values.numbers + block * values.stride + (first + a) * BLOCK<T> + v * lanes);
        store_first(sums + first, sums_of_lanes<T>(features), count);
    }
}

// gradient[a * pitch + b] = the sum over samples of left feature a times right feature b, for whole `columns`
// of b: right is turned, so that its features lie side by side, and multiplied like a layer. `turned` has room
// for BLOCK samples of BLOCK features.
template <class T>
void sum_outer_products(Values<T> left, Values<T> right, long columns, const int* vectors, long blocks,
                        T* gradient, long pitch, T* turned) {
    constexpr int lanes = Lanes<T>::count;
    for (long first = 0; first < columns; first += WIDE) {
        const int width = int(std::min<long>(WIDE, columns - first));
        T* sums = gradient + first * lanes;
        for (long block = 0; block < blocks; ++block) {
            const T* from = right.numbers + block * right.stride + first * lanes * BLOCK<T>;
            for (int c = 0; c < width; ++c)
                for (int v = 0; v < vectors[block]; ++v) {
                    Vector<T> square[lanes];
#pragma GCC unroll 16
                    for (int i = 0; i < lanes; ++i)
                        square[i] = load(from + (c * lanes + i) * BLOCK<T> + v * lanes);
                    transpose<T>(square);
#pragma GCC unroll 16
                    for (int i = 0; i < lanes; ++i)
                        store(turned + (v * lanes + i) * BLOCK<T> + c * lanes, square[i]);
                }
            const Tile<T> tile{left.numbers + block * left.stride, BLOCK<T>, 1, turned,
                               long(vectors[block]) * lanes, nullptr, block ? sums : nullptr, sums, pitch,
                               Epilogue::none, T(0)};
            multiply_block<T>(tile, left.features, width, nullptr);
        }
    }
}
static_assert(WIDE * VECTOR_BYTES / sizeof(float) <= DEEP);  // a block's samples are summed in one go

template <class T>
class Network {
   public:
    // The widths of a network, its slope below 0, and how many samples each side of its batch has.
    Network(std::vector<long> widths, T slope, const std::vector<long>& samples)
        : widths_(std::move(widths)), slope_(slope), samples_(samples) {
        for (const long side : samples) {
            first_block_.push_back(long(vectors_.size()));
            const long vectors = (side + Lanes<T>::count - 1) / Lanes<T>::count;
            for (long v = 0; v < vectors; v += WIDE) vectors_.push_back(int(std::min<long>(WIDE, vectors - v)));
        }
        first_block_.push_back(long(vectors_.size()));
        for (const long width : widths_) {
            // An odd number of features apart, neighbouring blocks do not share their places in the cache.
            layers_.emplace_back(blocks() * (width | 1) * BLOCK<T>);
            parameters_ += layers_.size() > 1 ? width * (widths_[layers_.size() - 2] + 1) : 0;
        }
        partial_ = Buffer<T>(*std::max_element(widths_.begin(), widths_.end()) * BLOCK<T>);
    }

    long parameters() const { return parameters_; }
    long blocks() const { return long(vectors_.size()); }
    long samples(int side) const { return samples_[side]; }
    int inputs() const { return int(widths_.front()); }
    int outputs() const { return int(widths_.back()); }

    // Where the vector of these samples of a side stands: its first sample is number v * Lanes<T>::count.
    T* input(int side, long feature, long v) { return place(0, side, feature, v); }
    T* output(int side, long feature, long v) { return place(long(layers_.size()) - 1, side, feature, v); }
    long vectors(int side) const { return (samples_[side] + Lanes<T>::count - 1) / Lanes<T>::count; }

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

    // The outputs of all sides from this one on, from the inputs.
    void forward(const T* parameters, int first_side = 0) {
        const long last = long(layers_.size()) - 2;
        for (long block = first_block_[first_side]; block < blocks(); ++block) {
            const T* at = parameters;
            for (long layer = 0; layer <= last; ++layer) {
                const Values<T> from = values(layer), to = values(layer + 1);
                const Tile<T> tile{at, from.features, 1, from.numbers + block * from.stride, from.features,
                                   at + from.features * to.features, nullptr,
                                   to.numbers + block * to.stride, BLOCK<T>,
                                   layer < last ? Epilogue::leaky : Epilogue::none, slope_};
                multiply_block(tile, to.features, vectors_[block], partial_.get());
                at += (from.features + 1) * to.features;
            }
        }
    }

    // From derivatives by the outputs, which stand in the outputs' place: those by the parameters, unless
    // `gradient` is null, and those by the inputs, in the inputs' place, where they are wanted. Of all sides
    // from this one on, which must be the sides of the call of `forward` before.
    void backward(const T* parameters, T* gradient, bool to_inputs, int first_side = 0) {
        const long begin = first_block_[first_side];
        const T* at = parameters + parameters_;
        for (long layer = long(layers_.size()) - 2; layer >= 0; --layer) {
            const Values<T> from = values(layer), to = values(layer + 1);
            at -= (from.features + 1) * to.features;
            if (gradient) sum_gradient(from, to, begin, gradient + (at - parameters));
            if (layer == 0 && !to_inputs) return;
            for (long block = begin; block < blocks(); ++block) {
                const Tile<T> tile{at, 1, from.features, to.numbers + block * to.stride, to.features,
                                   nullptr, nullptr, from.numbers + block * from.stride, BLOCK<T>,
                                   layer > 0 ? Epilogue::slope_of : Epilogue::none, slope_};
                multiply_block(tile, from.features, vectors_[block], partial_.get());
            }
        }
    }

   private:
    Values<T> values(long layer) const {
        return {layers_[layer].get(), widths_[layer], (widths_[layer] | 1) * BLOCK<T>};
    }

    T* place(long layer, int side, long feature, long v) {
        const Values<T> held = values(layer);
        return held.numbers + (first_block_[side] + v / WIDE) * held.stride + feature * BLOCK<T> +
               v % WIDE * Lanes<T>::count;
    }

    // Over the sides' blocks from this one on. Two vectors of inputs or more are summed by outer products, what
    // is left of them feature by feature, which wastes no lanes but adds lanes up at the end.
    void sum_gradient(Values<T> from, Values<T> to, long begin, T* gradient) {
        from.numbers += begin * from.stride, to.numbers += begin * to.stride;
        const int* vectors = vectors_.data() + begin;
        constexpr long lanes = Lanes<T>::count;
        const long columns = from.features < 2 * lanes ? 0 : from.features / lanes;
        sum_outer_products(to, from, columns, vectors, blocks() - begin, gradient, from.features,
                           turned_.get());
        const long done = columns * lanes;
        if (done < from.features) {
            const Values<T> rest{from.numbers + done * BLOCK<T>, from.features - done, from.stride};
            sum_products_in_groups(rest, to, vectors, blocks() - begin, gradient + done, from.features);
        }
        sum_features(to, vectors, blocks() - begin, gradient + from.features * to.features);
    }

    // gradient[o * pitch + i], a group of blocks at a time.
    static void sum_products_in_groups(Values<T> from, Values<T> to, const int* vectors, long blocks,
                                       T* gradient, long pitch) {
        for (long first = 0; first < blocks; first += GROUP) {
            const Values<T> x{from.numbers + first * from.stride, from.features, from.stride};
            const Values<T> d{to.numbers + first * to.stride, to.features, to.stride};
            const long count = std::min<long>(GROUP, blocks - first);
            if (x.features > 4)
                sum_all_products<T, true>(x, d, vectors + first, count, gradient, 1, pitch, first > 0);
            else
                sum_all_products<T, false>(d, x, vectors + first, count, gradient, pitch, 1, first > 0);
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
