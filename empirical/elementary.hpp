// Logarithm, exponential, sine and cosine of whole vectors: in float by the polynomials of Moshier's Cephes
// (logf, expf, sinf, cosf; about one unit in the last place), in double by series, to 2^-52 (e^x) and 2^-51.

#pragma once

#include "lanes.hpp"

typedef Vector<std::uint32_t> Words;
typedef Vector<std::int32_t> Integers;

inline Vector<float> floats(Integers x) { return __builtin_convertvector(x, Vector<float>); }

template <int degree>
inline Vector<float> polynomial(const float (&coefficients)[degree], Vector<float> x) {
    Vector<float> value = everywhere(coefficients[0]);
    for (int i = 1; i < degree; ++i) value = value * x + coefficients[i];
    return value;
}

// log(1 + f) for 1 + f between sqrt(1/2) and sqrt(2).
inline Vector<float> log_near_one(Vector<float> f) {
    static constexpr float coefficients[] = {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f,
                                             -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                                             2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f};
    Vector<float> square = f * f;
    return f + (f * square * polynomial(coefficients, f) - 0.5f * square);
}

constexpr float LOG_2_HIGH = 0.693359375f, LOG_2_LOW = -2.12194440e-4f, SQUARE_ROOT_2 = 1.41421356f;

// log u for a positive normal u; `from_one` is u - 1 where the caller knows it better than u tells.
inline Vector<float> log_of(Vector<float> u, Vector<float> from_one) {
    Words bits = (Words)u;
    Integers exponent = (Integers)(bits >> 23) - 127;
    Vector<float> mantissa = (Vector<float>)((bits & 0x007FFFFFu) | 0x3F800000u);  // in [1, 2)
    auto large = mantissa > SQUARE_ROOT_2;
    exponent = exponent - (Integers)large;  // true is -1
    mantissa = large ? 0.5f * mantissa : mantissa;
    Vector<float> f = exponent == 0 ? from_one : mantissa - 1.0f;
    Vector<float> e = floats(exponent);
    return (log_near_one(f) + e * LOG_2_LOW) + e * LOG_2_HIGH;
}

// log(1 + e) for e in [0, 1].
inline Vector<float> log_of_one_plus(Vector<float> e) {
    auto large = e > SQUARE_ROOT_2 - 1.0f;
    Vector<float> part = log_near_one(large ? 0.5f * (e - 1.0f) : e);
    return large ? (part + LOG_2_LOW) + LOG_2_HIGH : part;
}

// 2 artanh(s) with s = e / (2 + e) <= 1/3, whose odd series leaves less than 2 s (1/9)^17 / 35 * 9/8 < 4e-18 s.
inline Vector<double> log_of_one_plus(Vector<double> e) {
    Vector<double> s = e / (e + 2.0), square = s * s, sum = everywhere(1.0 / 33.0);
    for (int odd = 31; odd > 0; odd -= 2) sum = sum * square + 1.0 / odd;
    return 2.0 * s * sum;
}

// e^x for x <= 0, which is 0 below -87; NaN stays NaN.
inline Vector<float> exponential(Vector<float> x) {
    static constexpr float coefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                             4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
    auto tiny = x < -87.0f;
    Vector<float> kept = tiny ? everywhere(-87.0f) : x;
    Vector<float> scaled = kept * 1.44269504f - 0.5f;
    // Truncation of a number <= 0 rounds up, so this is the nearest whole number to x / log 2.
    Integers whole = __builtin_convertvector(x == x ? scaled : everywhere(0.0f), Integers);
    Vector<float> n = floats(whole);
    Vector<float> rest = (kept - n * LOG_2_HIGH) - n * LOG_2_LOW;
    Vector<float> value = polynomial(coefficients, rest) * (rest * rest) + rest + 1.0f;
    Vector<float> power = (Vector<float>)((whole + 127) << 23);
    return tiny ? everywhere(0.0f) : value * power;
}

// In double 0 below -708. Of x = n log 2 + rest with |rest| <= log(2) / 2 < 0.347, Taylor's polynomial of degree 13
// of e^rest leaves less than 0.347^14 / 14! * 1.1 < 5e-18.
inline Vector<double> exponential(Vector<double> x) {
    constexpr double ROUNDING = 6755399441055744.0;  // 1.5 * 2^52: a sum with it has no digits behind the point
    constexpr double HIGH = 6.93147180369123816490e-01, LOW = 1.90821492927058770002e-10;  // of log 2
    auto tiny = x < -708.0;
    Vector<double> kept = tiny ? everywhere(-708.0) : x;
    Vector<double> n = kept * 1.44269504088896340736 + ROUNDING;
    Vector<std::int64_t> power = (Vector<std::int64_t>)n << 52;  // the whole number stands in the lowest bits
    n -= ROUNDING;
    Vector<double> rest = (kept - n * HIGH) - n * LOW, value = everywhere(1.0 / 6227020800.0);
    double factorial = 6227020800.0;  // 13!
    for (int degree = 13; degree > 0; --degree) {
        factorial /= degree;
        value = value * rest + 1.0 / factorial;
    }
    Vector<double> scaled = (Vector<double>)((Vector<std::int64_t>)value + power);
    return tiny ? everywhere(0.0) : scaled;
}

// Sine and cosine of the angle (word + 1/2) / 2^32 of a turn: the nearest quarter turn is taken off exactly.
inline void sine_and_cosine(Words word, Vector<float>& sine, Vector<float>& cosine) {
    static constexpr float of_sine[] = {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f};
    static constexpr float of_cosine[] = {2.443315711809948e-5f, -1.388731625493765e-3f,
                                          4.166664568298827e-2f};
    constexpr float TURN = 6.28318530717958647692f / 4294967296.0f;
    Words quarter = (word + 0x20000000u) >> 30;
    Vector<float> x = (floats((Integers)(word - (quarter << 30))) + 0.5f) * TURN;
    Vector<float> square = x * x;
    Vector<float> s = x + x * square * polynomial(of_sine, square);
    Vector<float> c = (square * square * polynomial(of_cosine, square) - 0.5f * square) + 1.0f;
    auto swapped = (quarter & 1u) != 0u;
    Words sine_sign = (quarter & 2u) << 30, cosine_sign = ((quarter + 1u) & 2u) << 30;
    sine = (Vector<float>)((Words)(swapped ? c : s) ^ sine_sign);
    cosine = (Vector<float>)((Words)(swapped ? s : c) ^ cosine_sign);
}
