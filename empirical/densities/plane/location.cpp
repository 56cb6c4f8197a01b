// The loop of location.py and the descent of quadtree.py, which say what they compute; their numpy agrees.

#include <algorithm>
#include <cstdint>

using std::int32_t;
using std::int64_t;

namespace {

constexpr double BELOW_ONE = 1 - 0x1p-53;

struct Tree {
    const double *low, *scale;
    const int64_t *children, *starts;
    const int32_t* boxes;
};

struct Edges {
    const int64_t* starts;
    const double* ends;
    const int64_t* direction;
    const double* boxes;
};

// The undivided cell in which a point lies; -1 outside the bounding box.
int64_t cell_of(const Tree& tree, double x, double y) {
    double column = (x - tree.low[0]) * tree.scale[0], row = (y - tree.low[1]) * tree.scale[1];
    if (!(column >= 0 && column <= 1 && row >= 0 && row <= 1)) return -1;
    column = std::min(column, BELOW_ONE), row = std::min(row, BELOW_ONE);
    int64_t at = 0;
    while (tree.children[at] >= 0) {
        column *= 4, row *= 4;
        const auto right = static_cast<int64_t>(column), up = static_cast<int64_t>(row);
        at = tree.children[at] + 4 * right + up;
        column -= static_cast<double>(right), row -= static_cast<double>(up);
    }
    return at;
}

int64_t winding_number(const Edges& edges, int64_t region, double x, double y) {
    const double* box = edges.boxes + 4 * region;
    if (!(box[0] <= x && x < box[2] && box[1] <= y && y < box[3])) return 0;
    int64_t turns = 0;
    for (int64_t e = edges.starts[region]; e < edges.starts[region + 1]; ++e) {
        const double from_x = edges.ends[4 * e], from_y = edges.ends[4 * e + 1];
        const double to_x = edges.ends[4 * e + 2], to_y = edges.ends[4 * e + 3];
        const int64_t upward = (to_y > y) - (from_y > y);
        const double side = (to_x - from_x) * (y - from_y) - (to_y - from_y) * (x - from_x);
        // No branches: which edges the ray meets cannot be predicted.
        const bool beyond = (static_cast<double>(upward) * side > 0) | (x < std::min(from_x, to_x));
        turns += upward * edges.direction[e] * ((x < std::max(from_x, to_x)) & beyond);
    }
    return turns;
}

}  // namespace

extern "C" {

// Pairs of a point and a region that covers it, for the points from progress[0] on, as far as there is room
// for all regions of the next point's cell. The number of pairs comes back in progress[1], in progress[0] the
// point to go on with.
void covering(const double* low, const double* scale, const int64_t* children, const int64_t* cell_starts,
              const int32_t* boxes, const int64_t* edge_starts, const double* ends, const int64_t* direction,
              const double* bounds, const double* x, int64_t points, int64_t* progress, int64_t* point,
              int64_t* region, int64_t room) {
    const Tree tree{low, scale, children, cell_starts, boxes};
    const Edges edges{edge_starts, ends, direction, bounds};
    int64_t pairs = 0, p = progress[0];
    for (; p < points; ++p) {
        const int64_t cell = cell_of(tree, x[2 * p], x[2 * p + 1]);
        if (cell < 0) continue;
        const int64_t begin = tree.starts[cell], end = tree.starts[cell + 1];
        if (end - begin > room - pairs) break;
        for (int64_t b = begin; b < end; ++b)
            if (winding_number(edges, tree.boxes[b], x[2 * p], x[2 * p + 1]) != 0) {
                point[pairs] = p;
                region[pairs++] = tree.boxes[b];
            }
    }
    progress[0] = p, progress[1] = pairs;
}

}  // extern "C"
