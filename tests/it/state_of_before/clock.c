/* A clock that stands still, for a program that is started with LD_PRELOAD. How much time passes is as ever. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *at) {
    const char *stands = getenv("CLOCK_STANDS_AT");
    if (clock != CLOCK_REALTIME || stands == NULL) {
        return (int)syscall(SYS_clock_gettime, clock, at);
    }
    at->tv_sec = atoll(stands);
    at->tv_nsec = 0;
    return 0;
}
