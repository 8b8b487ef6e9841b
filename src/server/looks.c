/* Who looked at what lately: the same look again within ten minutes is no event of its own. */
#include "server/inside.h"
#include <stdlib.h>

enum {
    PLACES = 1 << 16,
    AGAIN_S = 600
};

struct amp_looks {
    struct {
        uint64_t hash; /* of who, what and how */
        int64_t at_us;
    } place[PLACES];
};

struct amp_looks *amp_looks_create(void)
{
    return calloc(1, sizeof(struct amp_looks));
}

bool amp_look_is_new(struct amp_looks *looks, struct amp_str account, struct amp_incident_id id,
                     const char *look, int64_t now_us)
{
    uint64_t hash = amp_job_hash(0, account);
    hash = amp_job_hash(hash, (struct amp_str){(const char *)&id.n, sizeof id.n});
    hash = amp_job_hash(hash, amp_str_of(look));
    size_t at = (size_t)(hash % PLACES);
    int64_t age_us = now_us - looks->place[at].at_us;
    if (looks->place[at].hash == hash && age_us >= 0 &&
        age_us < (int64_t)AGAIN_S * INT64_C(1000000)) {
        return false;
    }
    looks->place[at].hash = hash; /* whose place it was is told once more: no harm */
    looks->place[at].at_us = now_us;
    return true;
}
