// The loops of crossings.py, which says what they compute; its numpy version gives the same bits.

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>

using std::int64_t;
using std::int8_t;

namespace {

constexpr int8_t UNDECIDED = 2;

int8_t sign_of(double value, double error) {
    if (!(std::abs(value) > error) && error != 0) return UNDECIDED;
    return static_cast<int8_t>((value > 0) - (value < 0));
}

float rounded_up(double bound, double to_float32) {
    const float narrow = static_cast<float>(bound * to_float32);
    return bound == 0 ? 0.0f : std::max(narrow, FLT_MIN);
}

}  // namespace

extern "C" {

// Signs of the units in the first rows of a matrix with `units` columns; their values and errors are in these
// columns of matrices that are `stride` numbers wide. Returns how many are undecided.
int decide(const double* carried, const float* errors, int64_t stride, int8_t* signs, int64_t units,
           const int64_t* columns, int64_t count) {
    int undecided = 0;
    for (int64_t v = 0; v < count; ++v)
        for (int64_t k = 0; k < units; ++k) {
            const int64_t at = v * stride + columns[k];
            signs[v * units + k] = sign_of(carried[at], errors[at]);
            undecided += signs[v * units + k] == UNDECIDED;
        }
    return undecided;
}

// Rows first, first + 1, ... of all three matrices, for the new vertices on these edges. Returns how many
// signs are undecided.
int carry(double* carried, float* errors, int64_t stride, int64_t used, int8_t* signs, int64_t units,
          const int64_t* columns, int64_t place, const int64_t* edges, int64_t count, int64_t first,
          double roundoff, double slack, double to_float32) {
    const int64_t column = columns[place];
    int undecided = 0;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t low = edges[2 * i], high = edges[2 * i + 1];
        const double *at_low = carried + low * stride, *at_high = carried + high * stride;
        const float *of_low = errors + low * stride, *of_high = errors + high * stride;
        double* value = carried + (first + i) * stride;
        float* error = errors + (first + i) * stride;
        const double a = std::abs(at_low[column]), c = std::abs(at_high[column]);
        const double of_a = of_low[column], of_c = of_high[column];
        const double share = a / (a + c);
        const double missed =
            (of_a * c + of_c * a) / ((a + c) * (a + c - of_a - of_c)) + 3 * roundoff * share;
        for (int64_t j = 0; j < used; ++j) {
            const double step = at_high[j] - at_low[j];
            const double magnitude = std::abs(at_low[j]) + std::abs(at_high[j]);
            value[j] = at_low[j] + share * step;
            const double from_low = of_low[j], from_high = of_high[j];
            const double mixed = (1 - share) * from_low + share * from_high;
            const double moved = missed * (std::abs(step) + from_low + from_high);
            error[j] = rounded_up((mixed + moved + 4 * roundoff * magnitude) * slack, to_float32);
        }
        value[column] = 0.0;
        error[column] = 0.0f;

        const int8_t *sign_low = signs + low * units, *sign_high = signs + high * units;
        int8_t* sign = signs + (first + i) * units;
        for (int64_t k = 0; k < place; ++k) sign[k] = sign_low[k] != 0 ? sign_low[k] : sign_high[k];
        sign[place] = 0;
        for (int64_t k = place + 1; k < units; ++k) {
            sign[k] = sign_of(value[columns[k]], error[columns[k]]);
            undecided += sign[k] == UNDECIDED;
        }
    }
    return undecided;
}

// For each region whether each unit is positive at one of its corners.
void positive(int64_t regions, const int64_t* starts, const int64_t* corners, const int8_t* signs,
              int64_t units, bool* result) {
    for (int64_t r = 0; r < regions; ++r) {
        bool* row = result + r * units;
        for (int64_t k = 0; k < units; ++k) row[k] = false;
        for (int64_t i = starts[r]; i < starts[r + 1]; ++i) {
            const int8_t* sign = signs + corners[i] * units;
            for (int64_t k = 0; k < units; ++k) row[k] |= sign[k] > 0;
        }
    }
}

}  // extern "C"
