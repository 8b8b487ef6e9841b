/* Asks the disk and the table of descriptors how much is left. */
#include "server/scarce.h"
#include "server/log.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    MIB = 1 << 20
};

static const struct {
    int64_t least;
    int64_t part; /* of a disk so small that it never has that much */
} rows[] = {{AMP_SCARCE_SAID, 2}, {AMP_SCARCE_WORK, 4}, {AMP_SCARCE_ALL, 16}};

bool amp_scarce_has(const struct amp_scarce *scarce, int64_t least)
{
    int64_t needed = least;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].least == least && scarce->whole / rows[i].part < least) {
            needed = scarce->whole / rows[i].part;
        }
    }
    return !scarce->known || scarce->left >= needed;
}

/* Without these nobody sees anything any more; they write little. */
static bool is_small(enum amp_command_kind kind)
{
    static const enum amp_command_kind kinds[] = {AMP_CMD_TICK,        AMP_CMD_VIEW_INCIDENT,
                                                  AMP_CMD_VIEW_LIST,   AMP_CMD_OPEN_SESSION,
                                                  AMP_CMD_END_SESSION, AMP_CMD_FAIL_LOGIN};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i] == kind) {
            return true;
        }
    }
    return false;
}

amp_err amp_scarce_check(const struct amp_scarce *scarce, enum amp_command_kind kind,
                         struct amp_why *why)
{
    if (amp_scarce_has(scarce, is_small(kind) ? AMP_SCARCE_ALL : AMP_SCARCE_WORK)) {
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_FULL,
                    "%lld MiB are left on the disk of the journal, and what is at work must have "
                    "room to end: make room there, then repeat this",
                    (long long)(scarce->left / MIB));
}

static void disk_look(struct amp_scarce *scarce, const char *dir, bool quiet)
{
    struct statvfs disk;
    scarce->known = statvfs(dir, &disk) == 0;
    if (!scarce->known) {
        return;
    }
    scarce->left = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    scarce->whole = (int64_t)disk.f_blocks * (int64_t)disk.f_frsize;
    bool low = !amp_scarce_has(scarce, AMP_SCARCE_SAID);
    if (low && !scarce->disk_said) {
        amp_log(quiet, AMP_LOG_WARN, "disk-low",
                "%lld MiB are left on the disk of the journal: make room",
                (long long)(scarce->left / MIB));
    }
    scarce->disk_said = low;
}

static void descriptors_look(struct amp_scarce *scarce, bool quiet)
{
    int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    bool out = fd < 0 && errno == EMFILE;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (out && !scarce->descriptors_said) {
        amp_log(quiet, AMP_LOG_WARN, "descriptors-out",
                "no descriptor is left, new connections have to wait: raise the limit of open "
                "files (LimitNOFILE)");
    }
    scarce->descriptors_said = out;
}

void amp_scarce_look(struct amp_scarce *scarce, const char *dir, bool quiet)
{
    if (dir != NULL) {
        disk_look(scarce, dir, quiet);
    }
    descriptors_look(scarce, quiet);
}
