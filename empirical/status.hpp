// How work of C++ ends for Python, which no exception may cross: it would end the process.

#pragma once

#include <cstdint>
#include <new>
#include <stdexcept>

// The statuses that native.finish knows.
enum Status : std::int64_t { DONE, NO_MEMORY, FAILED };

template <class Work>
std::int64_t status_of(const Work& work) {
    try {
        work();
        return DONE;
    } catch (const std::bad_alloc&) {
        return NO_MEMORY;
    } catch (const std::length_error&) {  // of a container longer than any memory
        return NO_MEMORY;
    } catch (...) {
        return FAILED;
    }
}
