/* A warning that was read, inside: shared by the warning_*.c files. */
#ifndef AMP_INTAKE_WARNING_IN_H
#define AMP_INTAKE_WARNING_IN_H

#include "intake/cap.h"
#include "intake/warning.h"

struct amp_warning_draft {
    struct amp_cap cap; /* composed: without identifier, sender, sent, scope and references */
    uint32_t about;
};

#endif
