// Fused multiply-adds as fast as one core makes them, and nothing else: no memory is read.
//
// Chains of multiply-adds that do not wait for each other, in registers: with two units of latency 4 a core
// keeps 8 in flight; 16 chains leave room for longer latencies. Each lane converges to b / (1 - a) = 1, so
// that no denormal or overflow changes the speed.

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <cmath>

namespace {

constexpr int CHAINS = 16;

#if defined(__AVX512F__)
using Lane = __m512;
constexpr int WIDTH = 16;
inline Lane all(float x) { return _mm512_set1_ps(x); }
inline Lane fused(Lane a, Lane x, Lane b) { return _mm512_fmadd_ps(a, x, b); }
inline float first(Lane x) { return _mm512_cvtss_f32(x); }
#elif defined(__AVX2__) && defined(__FMA__)
using Lane = __m256;
constexpr int WIDTH = 8;
inline Lane all(float x) { return _mm256_set1_ps(x); }
inline Lane fused(Lane a, Lane x, Lane b) { return _mm256_fmadd_ps(a, x, b); }
inline float first(Lane x) { return _mm256_cvtss_f32(x); }
#else
using Lane = float;
constexpr int WIDTH = 1;
inline Lane all(float x) { return x; }
inline Lane fused(Lane a, Lane x, Lane b) { return std::fma(a, x, b); }
inline float first(Lane x) { return x; }
#endif

}  // namespace

// Floating-point operations done, 2 for each multiply-add; `last` keeps the compiler from leaving them out.
extern "C" int64_t multiply_add(int64_t rounds, float* last) {
    Lane chains[CHAINS];
    for (int c = 0; c < CHAINS; ++c) chains[c] = all(0.5f + 0.01f * static_cast<float>(c));
    const Lane a = all(0.75f), b = all(0.25f);
    for (int64_t round = 0; round < rounds; ++round) {
        for (int c = 0; c < CHAINS; ++c) chains[c] = fused(a, chains[c], b);
    }
    for (int c = 0; c < CHAINS; ++c) *last += first(chains[c]);
    return 2 * rounds * CHAINS * WIDTH;
}
