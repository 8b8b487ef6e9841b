/* Which crew a device is: a file of DEVICE,UNIT[,MINUTES ahead of UTC]. */
#include "base/csv.h"
#include "base/timefmt.h"
#include "cli/cli.h"
#include "cli/gate.h"
#include "model/field.h"
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 16 << 20,
    ARENA_MAX = 64 << 20,
    AHEAD_MAX_MIN = 14 * 60
};

static int by_name(struct amp_str a, struct amp_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int rows_order(const void *a, const void *b)
{
    const struct amp_gate_device *one = a;
    const struct amp_gate_device *two = b;
    return by_name(one->device, two->device);
}

static amp_err row_read(const struct amp_csv *csv, struct amp_gate_device *out, struct amp_why *why)
{
    int64_t minutes = 0;
    if (csv->field_n < 2 || csv->field_n > 3) {
        return amp_fail(why, AMP_E_SYNTAX, "line %llu: a row is DEVICE,UNIT or DEVICE,UNIT,MINUTES",
                        (unsigned long long)csv->line);
    }
    out->device = amp_str_trim(csv->field[0]);
    out->unit = amp_str_trim(csv->field[1]);
    if (out->device.len == 0 || out->device.len >= AMP_GATE_NAME || !amp_word_valid(out->unit)) {
        return amp_fail(why, AMP_E_SYNTAX, "line %llu: the unit is not a call sign",
                        (unsigned long long)csv->line);
    }
    if (csv->field_n == 3 && (amp_str_i64(amp_str_trim(csv->field[2]), &minutes) != AMP_OK ||
                              minutes < -AHEAD_MAX_MIN || minutes > AHEAD_MAX_MIN)) {
        return amp_fail(why, AMP_E_RANGE, "line %llu: a clock is at most %d minutes ahead",
                        (unsigned long long)csv->line, AHEAD_MAX_MIN);
    }
    out->ahead_us = minutes * 60 * AMP_US_PER_S;
    return AMP_OK;
}

static amp_err rows_read(struct amp_gate_devices *devices, struct amp_why *why)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_csv csv = amp_csv_make(amp_buf_view(&devices->text));
    bool end = false;
    amp_err err = amp_csv_next(&csv, &arena, &end, why);
    while (err == AMP_OK && !end) {
        bool remark = csv.field[0].len > 0 && csv.field[0].ptr[0] == '#';
        if (!remark && devices->n == AMP_GATE_DEVICES) {
            err = amp_fail(why, AMP_E_LIMIT, "more than %d devices", AMP_GATE_DEVICES);
        } else if (!remark) {
            err = row_read(&csv, &devices->row[devices->n], why);
            devices->n += err == AMP_OK;
        }
        err = err ? err : amp_csv_next(&csv, &arena, &end, why);
    }
    amp_arena_drop(&arena);
    return err;
}

amp_err amp_gate_devices_read(const char *path, struct amp_gate_devices *out, struct amp_why *why)
{
    struct amp_gate_devices devices = {.row = calloc(AMP_GATE_DEVICES, sizeof *devices.row)};
    amp_err err =
        devices.row == NULL ? AMP_E_NOMEM : amp_cli_read_file(path, FILE_MAX, &devices.text, why);
    if (err == AMP_OK && memchr(devices.text.data, '"', devices.text.len) != NULL) {
        err = amp_fail(why, AMP_E_SYNTAX, "%s: names of devices need no quotes", path);
    }
    err = err ? err : rows_read(&devices, why);
    if (err != AMP_OK) {
        amp_gate_devices_free(&devices);
        return err;
    }
    qsort(devices.row, devices.n, sizeof *devices.row, rows_order);
    for (size_t i = 1; i < devices.n; i++) {
        if (by_name(devices.row[i - 1].device, devices.row[i].device) == 0) {
            err = amp_fail(why, AMP_E_CONFLICT, "%s: the device %.*s is there twice", path,
                           (int)devices.row[i].device.len, devices.row[i].device.ptr);
            amp_gate_devices_free(&devices);
            return err;
        }
    }
    *out = devices;
    return AMP_OK;
}

void amp_gate_devices_free(struct amp_gate_devices *devices)
{
    amp_buf_free(&devices->text);
    free(devices->row);
    *devices = (struct amp_gate_devices){.n = 0};
}

size_t amp_gate_devices_of(const struct amp_gate_devices *devices, struct amp_str name)
{
    size_t n = 0;
    for (size_t i = 0; i < devices->n; i++) {
        const struct amp_str device = devices->row[i].device;
        n += device.len > name.len && device.ptr[name.len] == '/' && amp_str_starts(device, name);
    }
    return n;
}

const struct amp_gate_device *amp_gate_device(const struct amp_gate_devices *devices,
                                              struct amp_str device)
{
    const struct amp_gate_device wanted = {.device = device};
    return devices->n > 0
               ? bsearch(&wanted, devices->row, devices->n, sizeof *devices->row, rows_order)
               : NULL;
}
