/* The settings of the profiles: the table and the reader of settings.h. */
#include "map/settings.h"
#include "map/road_values.h"

#include <assert.h>
#include <string.h>

static const enum amp_road_group group_table[AMP_PROFILE_COUNT] = {
    [AMP_PROFILE_AMBULANCE] = AMP_GROUP_EMERGENCY, [AMP_PROFILE_CAR] = AMP_GROUP_CAR,
    [AMP_PROFILE_FIRE] = AMP_GROUP_EMERGENCY,      [AMP_PROFILE_MOTORCYCLE] = AMP_GROUP_MOTORCYCLE,
    [AMP_PROFILE_FOOT] = AMP_GROUP_FOOT,           [AMP_PROFILE_RESCUE] = AMP_GROUP_EMERGENCY,
};

/* Defaults in the order of enum amp_profile: ambulance, car, fire, motorcycle, foot, rescue. */
static const struct amp_setting_row row_table[AMP_SET_COUNT] = {
    [AMP_SET_HEIGHT] = {"height", "m", "0: not checked", 0, 9, {3.0, 2.0, 3.3, 2.0, 0, 2.3}},
    [AMP_SET_WIDTH] = {"width", "m", "0: not checked", 0, 9, {2.2, 1.9, 2.55, 0.9, 0, 2.1}},
    [AMP_SET_LENGTH] = {"length", "m", "0: not checked", 0, 30, {6.5, 5, 8.5, 2.5, 0, 5.4}},
    [AMP_SET_WEIGHT] = {"weight", "t", "0: not checked", 0, 99, {3.5, 2.5, 16, 0.5, 0, 3.5}},
    [AMP_SET_AXLE] = {"axleload", "t", "0: not checked", 0, 30, {2.3, 1.5, 11, 0.4, 0, 2}},
    [AMP_SET_TOP] = {"top", "km/h", "never faster", 1, AMP_KMH_MAX, {130, 130, 100, 130, 10, 120}},
    [AMP_SET_LIMIT] = {"limit",
                       "%",
                       "of a speed limit that is driven on average",
                       10,
                       200,
                       {80, 80, 80, 80, 80, 80}},
    [AMP_SET_TIME_MOTORWAY] = {"time.motorway",
                               "%",
                               "of the usual time on motorways",
                               20,
                               500,
                               {70, 100, 80, 70, 100, 75}},
    [AMP_SET_TIME_TRUNK] =
        {"time.trunk", "%", "the same on trunk roads", 20, 500, {70, 100, 80, 70, 100, 75}},
    [AMP_SET_TIME_PRIMARY] =
        {"time.primary", "%", "the same on primary roads", 20, 500, {70, 100, 80, 70, 100, 75}},
    [AMP_SET_TIME_SECONDARY] =
        {"time.secondary", "%", "the same on secondary roads", 20, 500, {70, 100, 80, 70, 100, 75}},
    [AMP_SET_TIME_TERTIARY] =
        {"time.tertiary", "%", "the same on tertiary roads", 20, 500, {70, 100, 80, 70, 100, 75}},
    [AMP_SET_TIME_UNCLASSIFIED] =
        {"time.unclassified", "%", "the same on minor roads", 20, 500, {80, 100, 90, 80, 100, 80}},
    [AMP_SET_TIME_RESIDENTIAL] =
        {"time.residential", "%", "the same between houses", 20, 500, {80, 100, 90, 80, 100, 80}},
    [AMP_SET_TIME_OTHER] = {"time.other",
                            "%",
                            "the same in yards, on tracks and on squares",
                            20,
                            500,
                            {100, 100, 100, 100, 100, 100}},
    [AMP_SET_OFF_ROAD] = {"off_road",
                          "%",
                          "pace on bad surfaces, of a van's",
                          20,
                          300,
                          {100, 100, 80, 130, 100, 160}},
    [AMP_SET_PRIVATE] = {"private",
                         "%",
                         "of the time, on private roads",
                         100,
                         2000,
                         {200, 200, 200, 200, 150, 200}},
    [AMP_SET_RESERVED] = {"reserved",
                          "%",
                          "of the time, where only some may drive",
                          100,
                          2000,
                          {130, 130, 130, 130, 100, 130}},
    [AMP_SET_CONTRAFLOW] =
        {"contraflow", "%", "of the time, against a oneway; 0: never", 0, 2000, {0, 0, 0, 0, 0, 0}},
    [AMP_SET_GATE] =
        {"gate", "%", "of the usual time to open a gate", 0, 2000, {100, 100, 100, 100, 50, 100}},
    [AMP_SET_FERRY_WAIT] =
        {"ferry_wait", "s", "mean wait for a ferry", 0, 86400, {600, 600, 600, 600, 600, 600}},
    [AMP_SET_FERRY] =
        {"ferry", "km/h", "of a ferry without a duration", 1, 100, {15, 15, 15, 15, 15, 15}},
    [AMP_SET_WALK] = {"walk", "km/h", "on foot", 1, 20, {5, 5, 5, 5, 5, 5}},
    [AMP_SET_STEPS] = {"steps", "km/h", "on foot on stairs", 0.5, 20, {2, 2, 2, 2, 2, 2}},
    [AMP_SET_SERVED] = {"served",
                        "0|1",
                        "whether it is asked for: a server keeps its times, islands are found",
                        0,
                        1,
                        {1, 1, 1, 0, 0, 0}},
};

const struct amp_setting_row *amp_setting_row_of(enum amp_setting setting)
{
    assert(setting < AMP_SET_COUNT);
    return &row_table[setting];
}

enum amp_road_group amp_profile_group(enum amp_profile profile)
{
    assert(profile < AMP_PROFILE_COUNT);
    return group_table[profile];
}

struct amp_settings amp_settings_default(void)
{
    struct amp_settings settings;
    for (int profile = 0; profile < AMP_PROFILE_COUNT; profile++) {
        for (int i = 0; i < AMP_SET_COUNT; i++) {
            settings.value[profile][i] = row_table[i].by_default[profile];
        }
    }
    return settings;
}

amp_err amp_settings_put(struct amp_settings *settings, enum amp_profile profile,
                         struct amp_str name, double value, struct amp_why *why)
{
    for (int i = 0; i < AMP_SET_COUNT; i++) {
        const struct amp_setting_row *row = &row_table[i];
        if (!amp_str_is(name, row->name)) {
            continue;
        }
        if (!(value >= row->least && value <= row->most)) {
            return amp_fail(why, AMP_E_RANGE, "%s must be %g to %g %s", row->name, row->least,
                            row->most, row->unit);
        }
        settings->value[profile][i] = value;
        return AMP_OK;
    }
    return amp_fail(why, AMP_E_SYNTAX, "there is no setting \"%.*s\"",
                    (int)(name.len < 40 ? name.len : 40), name.ptr);
}

static amp_err line_read(struct amp_str line, struct amp_settings *settings, struct amp_why *why)
{
    enum amp_profile profile = AMP_PROFILE_AMBULANCE;
    double value = 0;
    struct amp_str who = amp_str_token(&line);
    struct amp_str name = amp_str_token(&line);
    struct amp_str number = amp_str_token(&line);
    if (number.len == 0 || line.len > 0) {
        return amp_fail(why, AMP_E_SYNTAX, "a line is: profile, setting, value");
    }
    if (amp_profile_of(who, &profile) != AMP_OK) {
        return amp_fail(why, AMP_E_SYNTAX, "there is no profile \"%.*s\"",
                        (int)(who.len < 40 ? who.len : 40), who.ptr);
    }
    if (amp_str_double(number, &value) != AMP_OK) {
        return amp_fail(why, AMP_E_SYNTAX, "the value must be a number");
    }
    return amp_settings_put(settings, profile, name, value, why);
}

amp_err amp_settings_read(struct amp_str text, struct amp_settings *settings, struct amp_why *why)
{
    struct amp_settings changed = *settings;
    struct amp_str line = {NULL, 0};
    if (text.len > AMP_SETTINGS_BYTES) {
        return amp_fail(why, AMP_E_LIMIT, "the profiles are longer than %d bytes",
                        AMP_SETTINGS_BYTES);
    }
    for (unsigned n = 1; text.len > 0; n++) {
        struct amp_why inner = {""};
        struct amp_str said = {NULL, 0};
        text = amp_str_cut(text, '\n', &line);
        (void)amp_str_cut(line, '#', &said);
        said = amp_str_trim(said);
        if (said.len == 0) {
            continue;
        }
        amp_err err = line_read(said, &changed, &inner);
        if (err) {
            return amp_fail(why, err, "line %u of the profiles: %s", n, inner.text);
        }
    }
    *settings = changed;
    return AMP_OK;
}
