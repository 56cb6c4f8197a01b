// Vectors of the processor's own width: arithmetic on several numbers at once, for float and double alike.

#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64;
#elif defined(__AVX2__)
constexpr int VECTOR_BYTES = 32;
#else
constexpr int VECTOR_BYTES = 16;
#endif

template <class T>
struct Lanes {
    typedef T Vector __attribute__((vector_size(VECTOR_BYTES)));
    static constexpr int count = VECTOR_BYTES / sizeof(T);
};
template <class T>
using Vector = typename Lanes<T>::Vector;

// Loads and stores at any address.
template <class T>
inline Vector<T> load(const T* from) {
    Vector<T> loaded;
    std::memcpy(&loaded, from, sizeof loaded);
    return loaded;
}

template <class T>
inline void store(T* to, Vector<T> numbers) {
    std::memcpy(to, &numbers, sizeof numbers);
}

// The first few lanes; the others are 0.
template <class T>
inline Vector<T> load_first(const T* from, long lanes) {
    if (lanes >= Lanes<T>::count) return load(from);
    Vector<T> loaded{};
    std::memcpy(&loaded, from, lanes * sizeof(T));
    return loaded;
}

template <class T>
inline void store_first(T* to, Vector<T> numbers, long lanes) {
    if (lanes >= Lanes<T>::count) return store(to, numbers);
    std::memcpy(to, &numbers, lanes * sizeof(T));
}

template <class T>
inline Vector<T> everywhere(T number) {
    return number - Vector<T>{};  // 0 + x would be an addition: it turns -0 into 0
}

template <class T>
inline Vector<T> square_root(Vector<T> x) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return _mm512_sqrt_ps(x);
    else
        return _mm512_sqrt_pd(x);
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 4)
        return _mm256_sqrt_ps(x);
    else
        return _mm256_sqrt_pd(x);
#else
    for (int lane = 0; lane < Lanes<T>::count; ++lane) x[lane] = std::sqrt(x[lane]);
    return x;
#endif
}

// Lanes of two vectors, counted through both.
template <class T, int... from>
inline Vector<T> chosen(Vector<T> a, Vector<T> b) {
#if defined(__clang__) || __GNUC__ >= 12
    return __builtin_shufflevector(a, b, from...);
#else
    typedef decltype(a < b) Places;  // whole numbers as long as a lane
    return __builtin_shuffle(a, b, Places{from...});
#endif
}

// Of two vectors, sums of lanes that differ in this bit: a's where the bit is 0, b's where it is 1.
template <class T, int bit, std::size_t... lane>
inline Vector<T> fold(Vector<T> a, Vector<T> b, std::index_sequence<lane...>) {
    constexpr int count = Lanes<T>::count;
    return chosen<T, (int(lane) & bit ? count + int(lane) : int(lane))...>(a, b) +
           chosen<T, (int(lane) & bit ? count + int(lane) - bit : int(lane) + bit)...>(a, b);
}

// The sum of each vector's lanes; lane i of the result is that of vector i. Overwrites the vectors.
template <class T, int left = Lanes<T>::count / 2>
inline Vector<T> sums_of_lanes(Vector<T>* vectors) {
    constexpr auto lanes = std::make_index_sequence<Lanes<T>::count>{};
    for (int i = 0; i < left; ++i) vectors[i] = fold<T, left>(vectors[i], vectors[i + left], lanes);
    if constexpr (left > 1) return sums_of_lanes<T, left / 2>(vectors);
    return vectors[0];
}

// Exchanges lanes that have this bit of vector a with lanes that have it not of vector b.
template <class T, int bit, std::size_t... lane>
inline void exchange(Vector<T>& a, Vector<T>& b, std::index_sequence<lane...>) {
    constexpr int count = Lanes<T>::count;
    const Vector<T> low = chosen<T, (int(lane) & bit ? count + int(lane) - bit : int(lane))...>(a, b);
    b = chosen<T, (int(lane) & bit ? count + int(lane) : int(lane) + bit)...>(a, b);
    a = low;
}

// Lane i of vector j becomes lane j of vector i.
template <class T, int bit = Lanes<T>::count / 2>
inline void transpose(Vector<T>* vectors) {
    constexpr int count = Lanes<T>::count;
#pragma GCC unroll 16
    for (int i = 0; i < count; ++i)
        if (!(i & bit)) exchange<T, bit>(vectors[i], vectors[i + bit], std::make_index_sequence<count>{});
    if constexpr (bit > 1) transpose<T, bit / 2>(vectors);
}

template <class T>
inline T sum_of_lanes(Vector<T> x) {
    T sum = 0;
    for (int lane = 0; lane < Lanes<T>::count; ++lane) sum += x[lane];
    return sum;
}
