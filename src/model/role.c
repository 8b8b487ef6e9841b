/* The table of roles. */
#include "model/role.h"
#include <assert.h>

static const struct {
    const char *name, *words;
} rows[AMP_ROLES] = {[AMP_ROLE_NONE] = {"none", "not known"},
#define X(id, name, words) [AMP_ROLE_##id] = {name, words},
                     AMP_ROLE_TABLE(X)
#undef X
};

const char *amp_role_name(enum amp_role role)
{
    assert(role < AMP_ROLES);
    return rows[role].name;
}

const char *amp_role_words(enum amp_role role)
{
    assert(role < AMP_ROLES);
    return rows[role].words;
}

amp_err amp_role_of(struct amp_str name, enum amp_role *out)
{
    for (int i = AMP_ROLE_NONE + 1; i < AMP_ROLES; i++) {
        if (amp_str_is(name, rows[i].name)) {
            *out = (enum amp_role)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}
