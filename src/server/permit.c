/* The rows: what each role permits, and what each scope of a token lets through. */
#include "server/permit.h"
#include <assert.h>

const char *amp_permit_name(enum amp_permit permit)
{
    static const char *const names[AMP_PERMIT_COUNT] = {
#define X(id, name, words) [AMP_PERMIT_##id] = name,
        AMP_PERMIT_TABLE(X)
#undef X
    };
    assert(permit < AMP_PERMIT_COUNT);
    return names[permit];
}

#define CALL_TAKER (AMP_MAY(SELF) | AMP_MAY(MAP) | AMP_MAY(READ) | AMP_MAY(CALL) | AMP_MAY(NOTE))
#define DISPATCHER                                                                                 \
    (CALL_TAKER | AMP_MAY(DISPATCH) | AMP_MAY(CREW) | AMP_MAY(POSITIONS) | AMP_MAY(INTAKE) |       \
     AMP_MAY(ALERTS))

uint32_t amp_role_may(enum amp_role role)
{
    static const uint32_t rows[AMP_ROLES] = {
        [AMP_ROLE_CALL_TAKER] = CALL_TAKER,
        [AMP_ROLE_DISPATCHER] = DISPATCHER,
        [AMP_ROLE_CREW] = AMP_MAY(SELF) | AMP_MAY(MAP) | AMP_MAY(READ) | AMP_MAY(NOTE) |
                          AMP_MAY(CREW) | AMP_MAY(POSITIONS),
        [AMP_ROLE_SUPERVISOR] =
            DISPATCHER | AMP_MAY(SUPERVISE) | AMP_MAY(TRAIN) | AMP_MAY(AUDIT) | AMP_MAY(METRICS),
        [AMP_ROLE_TRAINER] = AMP_MAY(SELF) | AMP_MAY(MAP) | AMP_MAY(TRAIN),
        [AMP_ROLE_LABORATORY] = AMP_MAY(SELF) | AMP_MAY(LABORATORY),
        [AMP_ROLE_AUDITOR] = AMP_MAY(SELF) | AMP_MAY(AUDIT) | AMP_MAY(METRICS),
        /* who keeps the accounts does not dispatch: for that there is an account of its own */
        [AMP_ROLE_ADMIN] = AMP_MAY(SELF) | AMP_MAY(MAP) | AMP_MAY(READ) | AMP_MAY(SUPERVISE) |
                           AMP_MAY(AUDIT) | AMP_MAY(METRICS) | AMP_MAY(ADMIN),
        [AMP_ROLE_PARTNER] = AMP_MAY(SELF) | AMP_MAY(EXCHANGE),
    };
    assert(role < AMP_ROLES);
    return rows[role];
}

uint32_t amp_scope_may(struct amp_str scope)
{
    static const struct {
        const char *name;
        uint32_t may;
    } rows[] = {
#define X(name, may) {name, may},
        AMP_SCOPE_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (amp_str_is(scope, rows[i].name)) {
            return rows[i].may;
        }
    }
    return 0;
}
