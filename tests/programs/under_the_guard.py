"""Classes and functions that are defined under the guard, which a spawned child never runs."""

import multiprocessing
import sys

if __name__ == "__main__":

    class Point:
        def __init__(self, x):
            self.x = x

        def double(self):
            return Point(self.x * 2)

    def shift(point, by=1):
        return Point(point.x + by)

    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        points = pool.map(shift, [Point(1), Point(2)])
        doubled = pool.map(Point.double, points)
    print([p.x for p in points], [p.x for p in doubled], all(type(p) is Point for p in doubled))
