// The loops of splitting.py, which says what they compute; its numpy version gives the same integers.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

using std::int64_t;
using std::int8_t;

extern "C" {

// Lists the polygons with vertices of both signs, and counts the edges and the vertices through which they
// are cut: counts = {polygons, edges, vertices}. Returns 0 where a polygon would be cut more than once.
int find_straddling(int64_t regions, const int64_t* starts, const int64_t* corners, const int8_t* sign,
                    int64_t* straddling, int64_t* counts) {
    int64_t polygons = 0, edges = 0, vertices = 0;
    for (int64_t r = 0; r < regions; ++r) {
        bool above = false, below = false;
        for (int64_t i = starts[r]; i < starts[r + 1]; ++i) {
            above |= sign[corners[i]] > 0;
            below |= sign[corners[i]] < 0;
        }
        if (!(above && below)) continue;
        straddling[polygons++] = r;
        int64_t through = 0;
        int8_t before = sign[corners[starts[r + 1] - 1]];
        for (int64_t i = starts[r]; i < starts[r + 1]; ++i) {
            const int8_t here = sign[corners[i]];
            through += here == 0;
            vertices += here == 0;
            through += before * here < 0;
            edges += before * here < 0;
            before = here;
        }
        if (through != 2) return 0;
    }
    counts[0] = polygons, counts[1] = edges, counts[2] = vertices;
    return 1;
}

// Cuts the listed polygons and copies the others. An edge counts once for each of its polygons in counts[1];
// there the number of different edges is written.
void cut_straddling(int64_t regions, const int64_t* starts, const int64_t* corners, int64_t vertices,
                    const int8_t* sign, const int64_t* straddling, int64_t* counts, int64_t* new_edges,
                    int64_t* new_starts, int64_t* new_corners, int64_t* parent) {
    const int64_t polygons = counts[0];
    // Each edge by one number, in lexicographic order; a crossing finds its new vertex by its rank.
    std::vector<int64_t> met, below;
    met.reserve(counts[1]);
    for (int64_t k = 0; k < polygons; ++k) {
        const int64_t begin = starts[straddling[k]], end = starts[straddling[k] + 1];
        for (int64_t i = begin; i < end; ++i) {
            const int64_t here = corners[i], next = corners[i + 1 < end ? i + 1 : begin];
            if (sign[here] * sign[next] < 0)
                met.push_back(std::min(here, next) * vertices + std::max(here, next));
        }
    }
    std::vector<int64_t> edges(met);
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    for (std::size_t e = 0; e < edges.size(); ++e) {
        new_edges[2 * e] = edges[e] / vertices;
        new_edges[2 * e + 1] = edges[e] % vertices;
    }

    int64_t region = 0, corner = 0, done = 0, crossing = 0;
    const auto keep_until = [&](int64_t stop) {  // the polygons between two that are cut
        const int64_t begin = starts[done], end = starts[stop];
        std::memcpy(new_corners + corner, corners + begin, (end - begin) * sizeof(int64_t));
        for (; done < stop; ++done) {
            new_starts[region] = starts[done] - begin + corner;
            parent[region++] = done;
        }
        corner += end - begin;
    };
    for (int64_t k = 0; k < polygons; ++k) {
        const int64_t polygon = straddling[k], begin = starts[polygon], end = starts[polygon + 1];
        keep_until(polygon);
        new_starts[region] = corner;
        parent[region++] = polygon;
        below.clear();
        for (int64_t i = begin; i < end; ++i) {
            const int64_t here = corners[i], next = corners[i + 1 < end ? i + 1 : begin];
            if (sign[here] >= 0) new_corners[corner++] = here;
            if (sign[here] <= 0) below.push_back(here);
            if (sign[here] * sign[next] < 0) {
                const auto found = std::lower_bound(edges.begin(), edges.end(), met[crossing++]);
                const int64_t born = vertices + (found - edges.begin());
                new_corners[corner++] = born;
                below.push_back(born);
            }
        }
        new_starts[region] = corner;
        parent[region++] = polygon;
        std::copy(below.begin(), below.end(), new_corners + corner);
        corner += static_cast<int64_t>(below.size());
        done = polygon + 1;
    }
    keep_until(regions);
    new_starts[region] = corner;
    counts[1] = static_cast<int64_t>(edges.size());
}

}  // extern "C"
