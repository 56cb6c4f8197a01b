// The draws of streams.py, a row of numbers for each run; see philox.hpp.

#include "philox.hpp"
#include "status.hpp"

namespace {

template <class T, class Draw>
void rows(std::int64_t runs, const std::int64_t* seeds, std::int64_t purpose, std::int64_t update,
          std::int64_t count, T* numbers, Draw draw) {
    for (std::int64_t run = 0; run < runs; ++run) {
        const Stream stream{std::uint64_t(seeds[run]), std::uint32_t(purpose), std::uint32_t(update)};
        draw(stream, count, numbers + run * whole_blocks(count));
    }
}

}  // namespace

#define DRAWS(T) \
    extern "C" std::int64_t uniforms_##T(std::int64_t runs, const std::int64_t* seeds, std::int64_t purpose, \
                                         std::int64_t update, std::int64_t count, T* numbers) { \
        return status_of([&] { \
            rows(runs, seeds, purpose, update, count, numbers, \
                 [](const Stream& stream, long n, T* to) { draw_uniforms(stream, n, to); }); \
        }); \
    } \
    extern "C" std::int64_t normals_##T(std::int64_t runs, const std::int64_t* seeds, std::int64_t purpose, \
                                        std::int64_t update, std::int64_t count, T* numbers) { \
        return status_of([&] { \
            rows(runs, seeds, purpose, update, count, numbers, \
                 [](const Stream& stream, long n, T* to) { draw_normals(stream, n, to); }); \
        }); \
    }

DRAWS(float)
DRAWS(double)
