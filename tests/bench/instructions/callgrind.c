/* Requests to callgrind that the counted process makes through ctypes. */
#include <valgrind/callgrind.h>

static int started;

void start(void) {
    if (!started) {
        CALLGRIND_START_INSTRUMENTATION;
        started = 1;
    }
    CALLGRIND_ZERO_STATS;
}

void stop(const char *label) { CALLGRIND_DUMP_STATS_AT(label); }
