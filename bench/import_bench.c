/*
 * What an import needs: the most memory, over that of the empty process, against the file's size.
 *
 * usage: import_bench FILE ... Each file is read by a child of its own. The bar is 4 times the size
 * of a .osm.pbf and a fixed part of 4 MiB.
 */
#include "map/osm.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BAR = 4,
    FIXED_KIB = 4096,
    KIB = 1024
};

static long most_kib(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static int file_read(const char *path)
{
    struct stat st;
    struct amp_osm osm;
    struct amp_why why = {""};
    long before = most_kib();
    if (stat(path, &st) != 0 || amp_osm_read_file(path, NULL, &osm, &why) != AMP_OK) {
        (void)fprintf(stderr, "import_bench: %s: %s\n", path, why.text);
        return 1;
    }
    double size = (double)st.st_size / KIB;
    double used = (double)(most_kib() - before);
    bool pbf = strstr(path, ".pbf") != NULL;
    (void)printf("%-48s %9.0f KiB, %9u nodes, used %9.0f KiB: %.2f times%s\n", path, size,
                 osm.node_n, used, used / size,
                 !pbf                             ? ""
                 : used <= BAR * size + FIXED_KIB ? ", within the bar"
                                                  : ", OVER THE BAR");
    amp_osm_free(&osm);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2 ? 2 : 0;
    for (int i = 1; i < argc; i++) {
        (void)fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            int status = file_read(argv[i]);
            (void)fflush(stdout);
            _exit(status);
        }
        int status = 1;
        bool ended = child > 0 && waitpid(child, &status, 0) == child;
        failed = ended && status == 0 ? failed : 1;
    }
    return failed;
}
