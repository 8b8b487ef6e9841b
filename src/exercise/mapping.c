/* The table of mappings: how a service's call records are written. */
#include "exercise/replay.h"

#include <string.h>

static const struct amp_mapping_word sf_types[] = {
    {"Medical Incident", "unknown"},
    {"Alarms", "alarm"},
    {"Structure Fire", "structure-fire"},
    {"Traffic Collision", "traffic-collision"},
    {"Outside Fire", "wildfire"},
    {"Vehicle Fire", "vehicle-fire"},
    {"Gas Leak (Natural and LP Gases)", "gas-leak"},
    {"Water Rescue", "water-rescue"},
    {"Fuel Spill", "hazmat"},
    {NULL, "unknown"},
};

/* Their priority letters and codes, from the most urgent (E: emergency) down. */
static const struct amp_mapping_word sf_priorities[] = {
    {"E", "1"},
    {"3", "2"},
    {"2", "3"},
    {NULL, "3"},
};

static const struct amp_mapping_word sf_kinds[] = {
    {"MEDIC", "als"},
    {"PRIVATE", "bls"},
    {"ENGINE", "fire-engine"},
    {"TRUCK", "ladder"},
    {"RESCUE SQUAD", "rescue"},
    {"CHIEF", "command"},
    {"RESCUE CAPTAIN", "command"},
    {NULL, "support"},
};

static const struct amp_mapping mappings[] = {
    {
        .name = "sf-fire",
        .words = "San Francisco Fire Department, calls for service (DataSF)",
        .call_column = "Call Number",
        .unit_column = "Unit ID",
        .kind_column = "Unit Type",
        .type_column = "Call Type",
        .priority_column = "Priority",
        .place_column = "Address",
        .position_column = "Location",
        .step_column =
            {
                [AMP_STEP_RECEIVED] = "Received DtTm",
                [AMP_STEP_ENTRY] = "Entry DtTm",
                [AMP_STEP_DISPATCH] = "Dispatch DtTm",
                [AMP_STEP_RESPONSE] = "Response DtTm",
                [AMP_STEP_ON_SCENE] = "On Scene DtTm",
                [AMP_STEP_TRANSPORT] = "Transport DtTm",
                [AMP_STEP_HOSPITAL] = "Hospital DtTm",
                [AMP_STEP_AVAILABLE] = "Available DtTm",
            },
        .type = sf_types,
        .priority = sf_priorities,
        .kind = sf_kinds,
    },
};

static const char *const step_names[AMP_STEPS] = {
    [AMP_STEP_RECEIVED] = "received", [AMP_STEP_ENTRY] = "entry",
    [AMP_STEP_DISPATCH] = "dispatch", [AMP_STEP_RESPONSE] = "response",
    [AMP_STEP_ON_SCENE] = "on scene", [AMP_STEP_TRANSPORT] = "transport",
    [AMP_STEP_HOSPITAL] = "hospital", [AMP_STEP_AVAILABLE] = "available",
};

static const char *const anomaly_names[AMP_ANOMALIES] = {
    [AMP_ANOMALY_OUT_OF_ORDER] = "out_of_order",
    [AMP_ANOMALY_OVERLAP] = "overlap",
};

const char *amp_step_name(enum amp_step step)
{
    return step_names[step];
}

const char *amp_anomaly_name(enum amp_anomaly_kind kind)
{
    return anomaly_names[kind];
}

size_t amp_mapping_count(void)
{
    return sizeof(mappings) / sizeof(mappings[0]);
}

const struct amp_mapping *amp_mapping_at(size_t i)
{
    return i < amp_mapping_count() ? &mappings[i] : NULL;
}

const struct amp_mapping *amp_mapping_find(struct amp_str name)
{
    for (size_t i = 0; i < amp_mapping_count(); i++) {
        if (amp_str_is(name, mappings[i].name)) {
            return &mappings[i];
        }
    }
    return NULL;
}
