/* The states of alerts. */
#include "model/alert.h"
#include <assert.h>

static const char *const names[AMP_ALERT_STATES] = {[AMP_ALERT_IN_FORCE] = "in-force",
                                                    [AMP_ALERT_UPDATED] = "updated",
                                                    [AMP_ALERT_CANCELLED] = "cancelled",
                                                    [AMP_ALERT_EXPIRED] = "expired"};

const char *amp_alert_signature_name(enum amp_alert_signature signature)
{
    static const char *const words[AMP_SIGNATURES] = {"none", "valid", "unknown-key", "invalid",
                                                      "unsupported"};
    assert(signature < AMP_SIGNATURES);
    return words[signature];
}

const char *amp_alert_state_name(enum amp_alert_state state)
{
    assert(state < AMP_ALERT_STATES);
    return names[state];
}

amp_err amp_alert_state_of(struct amp_str name, enum amp_alert_state *out)
{
    for (int i = 0; i < AMP_ALERT_STATES; i++) {
        if (amp_str_is(name, names[i])) {
            *out = (enum amp_alert_state)i;
            return AMP_OK;
        }
    }
    return AMP_E_RANGE;
}
