// Products and sums of features over samples, in tiles that fill the registers.
//
// Samples lie side by side in vectors, and WIDE vectors make a block; features lie one after another within
// each block, so what a tile reads is contiguous.

#pragma once

#include <algorithm>

#include "../lanes.hpp"

// Vectors in a block, and most features in a tile: TALL * WIDE sums, WIDE inputs and a weight fill the
// registers.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int WIDE = 4, TALL = 6;
#else
constexpr int WIDE = 2, TALL = 6;
#endif
constexpr int DEEP = 128;  // features that are summed over at a time: their block stays in the first cache
constexpr int GROUP = 16;  // blocks whose products are summed at a time, feature by feature

template <class T>
constexpr int BLOCK = WIDE* Lanes<T>::count;

enum class Epilogue { none, leaky, slope_of };

// Sums over `depth` features for a tile of some others and some vectors of samples, in registers:
// to[r] = start + sum over k of weights[r * row + k * column] * from[k], where start is biases[r], partial[r]
// or 0, and rows of `to` and `partial` are `pitch` apart. `leaky` applies the activation; `slope_of`
// multiplies by the activation's slope at the value that stands in `to`.
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

// sums[a * by_left + b * by_right] (+)= sum over samples of left feature a times right feature b, a tile of
// them; `by_left` is 1 where left features are `adjacent`.
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

// sums[a] (+)= the sum over samples of feature a.
template <class T>
void sum_features(Values<T> values, const int* vectors, long blocks, T* sums, bool add) {
    constexpr int lanes = Lanes<T>::count;
    for (long first = 0; first < values.features; first += lanes) {
        Vector<T> features[lanes] = {};
        const int count = int(std::min<long>(lanes, values.features - first));
        for (int a = 0; a < count; ++a)
            for (long block = 0; block < blocks; ++block) {
                const T* feature = values.numbers + block * values.stride + (first + a) * BLOCK<T>;
                for (int v = 0; v < vectors[block]; ++v) features[a] += load(feature + v * lanes);
            }
        const Vector<T> before = add ? load_first(sums + first, count) : Vector<T>{};
        store_first(sums + first, before + sums_of_lanes<T>(features), count);
    }
}

// gradient[a * pitch + b] (+)= the sum over samples of left feature a times right feature b, for this many
// whole `columns` of b: right is turned, so that its features lie side by side, and multiplied like a layer.
// `turned` has room for BLOCK samples of BLOCK features.
template <class T>
void sum_outer_products(Values<T> left, Values<T> right, long columns, const int* vectors, long blocks,
                        T* gradient, long pitch, T* turned, bool add) {
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
                               long(vectors[block]) * lanes, nullptr, add || block ? sums : nullptr, sums,
                               pitch, Epilogue::none, T(0)};
            multiply_block<T>(tile, left.features, width, nullptr);
        }
    }
}
static_assert(WIDE * VECTOR_BYTES / sizeof(float) <= DEEP);  // a block's samples are summed in one go
