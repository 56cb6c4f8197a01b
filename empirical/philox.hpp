// Counter-based random numbers, Philox4x32-10: the words of streams.py to the bit, its numbers to rounding.

#pragma once

#include <algorithm>

#include "elementary.hpp"

struct Stream {
    std::uint64_t seed;     // of the run: the key
    std::uint32_t purpose;  // the place in PURPOSES of streams.py
    std::uint32_t update;
};

// Both halves of the product of 32-bit words.
inline void multiply(Words a, std::uint32_t factor, Words& high, Words& low) {
#if defined(__AVX512F__)
    const __m512i by = _mm512_set1_epi32(int(factor));
    const __m512i even = _mm512_mul_epu32((__m512i)a, by);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, 32), by);
    high = (Words)_mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xAAAA, odd);
    low = (Words)_mm512_mask_mov_epi32(even, 0xAAAA, _mm512_slli_epi64(odd, 32));
#elif defined(__AVX2__)
    const __m256i by = _mm256_set1_epi32(int(factor));
    const __m256i even = _mm256_mul_epu32((__m256i)a, by);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, 32), by);
    high = (Words)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    low = (Words)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
#else
    for (int lane = 0; lane < Lanes<std::uint32_t>::count; ++lane) {
        const std::uint64_t product = std::uint64_t(a[lane]) * factor;
        high[lane] = std::uint32_t(product >> 32), low[lane] = std::uint32_t(product);
    }
#endif
}

// The four words of neighbouring blocks, from this one on, a block in each lane.
inline void philox(const Stream& stream, std::uint32_t first_block, Words (&words)[4]) {
    Words c0, c1 = everywhere(stream.update), c2 = everywhere(stream.purpose), c3{};
    for (int lane = 0; lane < Lanes<std::uint32_t>::count; ++lane) c0[lane] = first_block + lane;
    std::uint32_t k0 = std::uint32_t(stream.seed), k1 = std::uint32_t(stream.seed >> 32);
    for (int round = 0; round < 10; ++round) {
        Words high0, low0, high2, low2;
        multiply(c0, 0xD2511F53u, high0, low0);
        multiply(c2, 0xCD9E8D57u, high2, low2);
        c0 = high2 ^ c1 ^ k0, c1 = low2, c2 = high0 ^ c3 ^ k1, c3 = low0;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
}

// How many numbers are written where `count` are asked for: whole blocks of four.
inline long whole_blocks(long count) { return 4 * ((count + 3) / 4); }

// Number i of a draw comes from word i / blocks of block i % blocks: `convert` makes the four vectors of
// numbers of a vector of blocks. There must be room for whole_blocks(count) numbers.
template <class T, class Convert>
inline void draw(const Stream& stream, long count, T* numbers, Convert convert) {
    const long blocks = whole_blocks(count) / 4, step = Lanes<std::uint32_t>::count;
    for (long block = 0; block < blocks; block += step) {
        Words words[4];
        alignas(VECTOR_BYTES) T made[4][Lanes<std::uint32_t>::count];
        philox(stream, std::uint32_t(block), words);
        convert(words, made);
        const long lanes = std::min(step, blocks - block);
        for (int word = 0; word < 4; ++word) {
            T* to = numbers + word * blocks + block;
            if (lanes == step)
                std::memcpy(to, made[word], sizeof made[word]);
            else
                std::memcpy(to, made[word], lanes * sizeof(T));
        }
    }
}

inline void draw_words(const Stream& stream, long count, std::uint32_t* numbers) {
    draw(stream, count, numbers, [](const Words(&words)[4], auto& made) {
        std::memcpy(made, words, sizeof words);
    });
}

// Uniform on (0, 1): (w + 1/2) / 2^32; or, centred, on (-1, 1): twice that less one, without cancellation.
template <class T>
inline void draw_uniforms(const Stream& stream, long count, T* numbers, bool centred = false) {
    const std::uint32_t middle = centred ? 0x80000000u : 0u;
    const T scale = T(centred ? 0x1p-31 : 0x1p-32);
    draw(stream, count, numbers, [=](const Words(&words)[4], auto& made) {
        for (int word = 0; word < 4; ++word)
            for (int lane = 0; lane < Lanes<std::uint32_t>::count; ++lane) {
                const std::uint32_t w = words[word][lane] - middle;
                made[word][lane] = ((centred ? T(std::int32_t(w)) : T(w)) + T(0.5)) * scale;
            }
    });
}

// Standard normal numbers by Box and Muller from the uniforms of words (0, 1) and (2, 3).
inline void box_muller(Words first, Words second, float* cosines, float* sines) {
    Vector<float> u = (__builtin_convertvector(first, Vector<float>) + 0.5f) * 0x1p-32f;
    // Near 1, where log u is small, u - 1 must not come from the rounded u.
    Vector<float> from_one = (__builtin_convertvector(~first, Vector<float>) + 0.5f) * -0x1p-32f;
    Vector<float> log_u = u > 0.75f ? log_near_one(from_one) : log_of(u, u - 1.0f);
    Vector<float> radius = square_root<float>(-2.0f * log_u), sine, cosine;
    sine_and_cosine(second, sine, cosine);
    store(cosines, radius * cosine);
    store(sines, radius * sine);
}

inline void box_muller(Words first, Words second, double* cosines, double* sines) {
    constexpr double TURN = 6.28318530717958647692;
    for (int lane = 0; lane < Lanes<std::uint32_t>::count; ++lane) {
        const double radius = std::sqrt(-2 * std::log((first[lane] + 0.5) * 0x1p-32));
        const double angle = TURN * ((second[lane] + 0.5) * 0x1p-32);
        cosines[lane] = radius * std::cos(angle);
        sines[lane] = radius * std::sin(angle);
    }
}

template <class T>
inline void draw_normals(const Stream& stream, long count, T* numbers) {
    draw(stream, count, numbers, [](const Words(&words)[4], auto& made) {
        box_muller(words[0], words[1], made[0], made[1]);
        box_muller(words[2], words[3], made[2], made[3]);
    });
}
