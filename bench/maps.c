/* The maps that benchmarks run on, and their clock. */
#include "maps.h"
#include "base/testdata.h"
#include "map/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    TOWN_SEED = 1,
    TOWN_SIZE = 4
};

double amp_bench_cpu_us(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

amp_err amp_bench_town(char *path, struct amp_why *why)
{
    int fd = mkstemp(path);
    if (fd < 0) {
        return amp_fail(why, AMP_E_IO, "no temporary file for the bench");
    }
    (void)close(fd);
    return amp_synth_write(path, TOWN_SEED, TOWN_SIZE, NULL, why);
}

static amp_err usual_maps(amp_bench_fn run, struct amp_why *why)
{
    char town[] = "/tmp/amparo-bench-town-XXXXXX";
    const char *porto = amp_testdata("maps/porto_portugal.osm.pbf");
    amp_err err = amp_bench_town(town, why);
    err = err ? err : run("a made-up city", town, why);
    (void)unlink(town);
    return err || porto == NULL ? err : run("Porto", porto, why);
}

int amp_bench_maps(int argc, char **argv, amp_bench_fn run)
{
    struct amp_why why = {""};
    amp_err err = argc < 2 ? usual_maps(run, &why) : AMP_OK;
    for (int i = 1; i < argc && !err; i++) {
        err = run(argv[i], argv[i], &why);
    }
    if (err) {
        (void)fprintf(stderr, "%s: %s\n", amp_err_words(err), why.text);
    }
    return err ? 1 : 0;
}
