/* The official EIDO schema as rows, and checking an object against it. Private to eido_*.c. */
#ifndef AMP_INTAKE_EIDO_SCHEMA_H
#define AMP_INTAKE_EIDO_SCHEMA_H

#include "base/json.h"

enum amp_eido_part {
    AMP_EIDO_ANY, /* what every component has */
    AMP_EIDO_EIDO,
    AMP_EIDO_INCIDENT,
    AMP_EIDO_DISPOSITION,
    AMP_EIDO_CALL,
    AMP_EIDO_CALLBACK,
    AMP_EIDO_NUMBER,
    AMP_EIDO_AGENCY,
    AMP_EIDO_AGENT,
    AMP_EIDO_CALL_LEG,
    AMP_EIDO_LOCATION,
    AMP_EIDO_PERSON,
    AMP_EIDO_RESOURCE,
    AMP_EIDO_NOTE,
    AMP_EIDO_MERGE,
    AMP_EIDO_LINK,
    AMP_EIDO_DISPATCH,
    AMP_EIDO_ALARM,
    AMP_EIDO_ADDITIONAL,
    AMP_EIDO_VEHICLE,
    AMP_EIDO_CAUTION,
    AMP_EIDO_MEDIA,
    AMP_EIDO_SHARED,
    AMP_EIDO_EXTERNAL
};

/* An EIDO with all its components. */
AMP_MUST amp_err amp_eido_check(const json_t *eido, struct amp_why *why);

#endif
