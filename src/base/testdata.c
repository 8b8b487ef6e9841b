/* Finding test data; the only place in base that looks at files, and linked into tests alone. */
#include "base/testdata.h"
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool found(char path[PATH_MAX], const char *root, const char *folder, const char *rel)
{
    int len = snprintf(path, PATH_MAX, "%s%s/%s", root, folder, rel);
    return len > 0 && len < PATH_MAX && access(path, R_OK) == 0;
}

const char *amp_testdata(const char *rel)
{
    static char path[PATH_MAX];
    const char *data = getenv("AMPARO_DATA");
    if (data) {
        return found(path, data, "", rel) ? path : NULL;
    }
    const char *root = getenv("AMPARO_SOURCE_ROOT");
    if (!root) {
        return NULL;
    }
    bool here =
        found(path, root, "/../shared/data", rel) || found(path, root, "/../../shared/data", rel);
    return here ? path : NULL;
}
