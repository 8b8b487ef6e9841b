/* `amparo demo`: a city, crews and callers on a server of its own, with nothing to set up. */
#include "cli/demo.h"

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/master.h"
#include "cli/progress.h"
#include "cli/setup.h"
#include "map/synth.h"
#include "server/retention.h"
#include "server/warnings.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    SYNTH_SIZE = 2,
    DESK_EVERY = 4 /* steps */
};

#define SPEED_LEAST 0.1
#define SPEED_MOST  60.0

struct options {
    const char *map, *data, *listen, *language;
    double speed, calls, seconds;
    int64_t crews, seed;
    bool manual, quiet;
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void demo_get(void *ctx, struct amp_demo *out)
{
    struct demo *demo = ctx;
    *out = (struct amp_demo){.speed = demo->speed,
                             .auto_dispatch = demo->auto_dispatch,
                             .crews = (int64_t)demo->town.crew_n};
}

static void demo_set(void *ctx, const struct amp_demo *wanted)
{
    struct demo *demo = ctx;
    double speed = wanted->speed < SPEED_LEAST ? SPEED_LEAST : wanted->speed;
    demo->speed = speed > SPEED_MOST ? SPEED_MOST : speed;
    demo->auto_dispatch = wanted->auto_dispatch;
}

static amp_err dir_make(const struct options *options, char path[PATH_BYTES], struct amp_why *why)
{
    if (options->data != NULL) {
        if (amp_str_copy(path, PATH_BYTES, amp_str_of(options->data))) {
            return amp_fail(why, AMP_E_LIMIT, "the directory's name is too long");
        }
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return amp_fail(why, AMP_E_IO, "%s cannot be made: %s", path, strerror(errno));
        }
        return AMP_OK;
    }
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(path, PATH_BYTES, "%s/amparo-demo-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (n >= PATH_BYTES || mkdtemp(path) == NULL) {
        return amp_fail(why, AMP_E_IO, "no directory could be made in %s", tmp ? tmp : "/tmp");
    }
    return AMP_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text);
    size_t m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static amp_err file_name(char out[PATH_BYTES + 32], const char *dir, const char *name)
{
    int n = snprintf(out, PATH_BYTES + 32, "%s/%s", dir, name);
    return n > 0 && n < PATH_BYTES + 32 ? AMP_OK : AMP_E_LIMIT;
}

/* Opens the map that was asked for, building it first where it is not an .amap. */
static amp_err map_ready(const struct options *options, const char *dir, struct amp_map *out,
                         struct amp_why *why)
{
    char amap[PATH_BYTES + 32];
    char town[PATH_BYTES + 32];
    const char *source = options->map;
    struct amp_map_counts counts = {0};
    if (source != NULL && ends_with(source, ".amap")) {
        return amp_map_open(source, out, why);
    }
    struct amp_progress progress = amp_cli_progress();
    amp_err err = file_name(amap, dir, "map.amap");
    if (!err && source == NULL) {
        err = file_name(town, dir, "town.osm.pbf");
        err =
            err ? err : amp_synth_write(town, (uint64_t)options->seed, SYNTH_SIZE, &progress, why);
        source = town;
    }
    err = err ? err : amp_map_build(source, amap, &progress, &counts, why);
    return err ? err : amp_map_open(amap, out, why);
}

static void sleep_ms(int64_t ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    (void)nanosleep(&pause, NULL);
}

static double monotonic_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static amp_err day_run(struct demo *demo, double seconds)
{
    const double begun_s = monotonic_s();
    double before_s = begun_s;
    amp_err err = AMP_OK;
    for (unsigned step = 0; !err && !stop_asked; step++) {
        double now_s = monotonic_s();
        double dt_s = now_s - before_s;
        before_s = now_s;
        err = demo_world_step(demo, dt_s < 2.0 ? dt_s : 2.0); /* after a pause: no jump */
        if (!err && demo->auto_dispatch && step % DESK_EVERY == 0) {
            err = demo_desk_step(demo);
        }
        if (err == AMP_E_BUSY) {
            err = AMP_OK; /* the queue is full: the next step tries again */
        }
        if (seconds > 0.0 && now_s - begun_s > seconds) {
            break;
        }
        sleep_ms(DEMO_STEP_MS);
    }
    return err;
}

static void commit_failed(void *ctx)
{
    (void)ctx;
    stop_asked = 1;
}

static amp_err demo_serve(struct demo *demo, const struct options *options, const char *dir,
                          const struct amp_plans *plans, struct amp_store *store,
                          struct amp_why *why)
{
    /* Who warns in a made-up town: a name that can belong to nobody (RFC 2606). Nothing is public.
     */
    static const struct amp_warning_settings warnings = {.sender = "demo@amparo.invalid",
                                                         .name = "Amparo demo"};
    const struct amp_demo_hooks hooks = {.ctx = demo, .get = demo_get, .set = demo_set};
    struct amp_server_config config = {.quiet = options->quiet,
                                       .open = true,
                                       .journal_looks = true,
                                       .dir = dir,
                                       .snapshot_every = AMP_SERVER_SNAPSHOT,
                                       .retention_wait_s = AMP_RETENTION_WAIT_S,
                                       .version = AMP_VERSION,
                                       .store = store,
                                       .plans = plans,
                                       .cards = demo->cards,
                                       .map = &demo->map,
                                       .clock = amp_clock_real(),
                                       .demo = &hooks,
                                       .warnings = &warnings,
                                       .failed = commit_failed};
    char addr[AMP_LISTEN_ADDR];
    char local[PATH_BYTES + 32];
    amp_err err = amp_cli_listen(options->listen, addr, &config.port, why);
    err = err ? err : file_name(local, dir, AMP_CONTROL_SOCKET);
    config.addr = addr;
    config.local_path = local;
    memcpy(config.master, demo->master, AMP_KEY);
    err = err ? err : amp_server_start(&config, &demo->server, why);
    if (err) {
        return err;
    }
    amp_cli_console_at(addr, amp_server_port(demo->server), false);
    (void)fprintf(stderr,
                  "amparo: %zu crews at %zu stations, about %.0f calls an hour, %.1f times as "
                  "fast as life; Ctrl-C ends it\namparo: the record is in %s; check it with: "
                  "amparo log verify --data %s\n",
                  demo->town.crew_n, demo->town.station_n, demo->calls_per_hour,
                  (double)demo->speed, dir, dir);
    err = demo_world_found(demo, why);
    err = err ? err : day_run(demo, options->seconds);
    amp_err stopped = amp_server_stop(demo->server);
    return err ? err : stopped;
}

static amp_err demo_run(const struct options *options, struct amp_why *why)
{
    static struct demo demo;
    char dir[PATH_BYTES];
    struct amp_plans *plans = NULL;
    struct amp_cards *cards = NULL;
    struct amp_store *store = NULL;
    demo.speed = options->speed;
    demo.auto_dispatch = !options->manual;
    demo.calls_per_hour = options->calls;
    amp_err err = dir_make(options, dir, why);
    err = err ? err : map_ready(options, dir, &demo.map, why);
    err = err ? err : amp_plans_builtin(&plans);
    err = err ? err : amp_cards_builtin(plans, &cards);
    demo.cards = cards;
    err = err ? err
              : amp_sim_town_find(&demo.map, (uint64_t)options->seed, (size_t)options->crews,
                                  &demo.town, why);
    err =
        err ? err : amp_sim_create(&demo.map, &demo.town, (uint64_t)options->seed, &demo.sim, why);
    bool made = false;
    const struct amp_master_from master = {.dir = dir, .make = true};
    err = err ? err : amp_cli_master(&master, demo.master, &made, why);
    err = err ? err : amp_store_sqlite(dir, false, &store, why);
    if (!err) {
        amp_sim_calls_per_hour(demo.sim, options->calls);
        amp_sim_portuguese(demo.sim, amp_str_is(amp_str_of(options->language), "pt"));
        err = demo_serve(&demo, options, dir, plans, store, why);
    }
    amp_store_close(store);
    amp_sim_destroy(demo.sim);
    amp_cards_free(cards);
    amp_plans_free(plans);
    amp_map_close(&demo.map);
    return err;
}

static int options_check(const struct options *options)
{
    if (!(options->speed >= SPEED_LEAST && options->speed <= SPEED_MOST)) {
        return amp_cli_misuse("demo", "--speed is within %.1f and %.0f", SPEED_LEAST, SPEED_MOST);
    }
    if (options->crews < 1 || options->crews > AMP_SIM_CREWS) {
        return amp_cli_misuse("demo", "--crews is within 1 and %d", AMP_SIM_CREWS);
    }
    if (!(options->calls >= 0.0 && options->calls <= 3600.0)) {
        return amp_cli_misuse("demo", "--calls is within 0 and 3600");
    }
    if (strcmp(options->language, "en") != 0 && strcmp(options->language, "pt") != 0) {
        return amp_cli_misuse("demo", "--language is en or pt");
    }
    return AMP_CLI_GO_ON;
}

int amp_cli_demo(int argc, char **argv)
{
    struct options options = {.listen = "127.0.0.1:8112",
                              .language = "en",
                              .speed = 4.0,
                              .calls = 30.0,
                              .crews = 32,
                              .seed = 1};
    const struct amp_opt opts[] = {
        {"--map", AMP_OPT_TEXT, "FILE",
         "an OpenStreetMap extract or an .amap (default: a made-up town)", false, &options.map,
         NULL},
        {"--listen", AMP_OPT_TEXT, "ADDR:PORT", "default 127.0.0.1:8112", false, &options.listen,
         NULL},
        {"--data", AMP_OPT_TEXT, "DIR", "where the record is kept (default: a new directory)",
         false, &options.data, NULL},
        {"--speed", AMP_OPT_NUM, "X", "times as fast as life (default 4)", false, &options.speed,
         NULL},
        {"--crews", AMP_OPT_INT, "N", "default 32", false, &options.crews, NULL},
        {"--calls", AMP_OPT_NUM, "N", "callers an hour of the day's time (default 30)", false,
         &options.calls, NULL},
        {"--seed", AMP_OPT_INT, "N", "another town, another day", false, &options.seed, NULL},
        {"--language", AMP_OPT_TEXT, "en|pt", "what callers speak", false, &options.language, NULL},
        {"--manual", AMP_OPT_FLAG, NULL, "no automatic dispatcher: you are the desk", false,
         &options.manual, NULL},
        {"--seconds", AMP_OPT_NUM, "S", "stop after that long", false, &options.seconds, NULL},
        {"--quiet", AMP_OPT_FLAG, NULL, "no line for each request", false, &options.quiet, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "demo",
        .operands = "",
        .about = "A city, crews and callers, and the console in a browser.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
    };
    int status = amp_cli_options(&usage, argc, argv, NULL);
    if (status == AMP_CLI_GO_ON) {
        status = options_check(&options);
    }
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    struct amp_why why = {0};
    amp_err err = demo_run(&options, &why);
    return err ? amp_cli_fail("demo", err, &why) : AMP_EXIT_OK;
}
