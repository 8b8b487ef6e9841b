/*
 * What holds of every format of src/intake, whatever bytes come: a report that is taken can become
 * a call, or where its caller is; what is said of a message is JSON, and nothing is said of one
 * that is refused.
 */
#ifndef AMP_FUZZ_INTAKE_DOOR_H
#define AMP_FUZZ_INTAKE_DOOR_H

#include "intake/intake.h"

#include <assert.h>

static inline void door_command_check(const struct amp_report *report, enum amp_command_kind kind)
{
    const struct amp_kind_row *row = &amp_command_rows[kind];
    struct amp_command command = {.kind = kind, .f = report->f, .actor = AMP_STR("desk")};
    struct amp_why why = {0};
    command.f.has &= row->must | row->may;
    command.f.call = (struct amp_call_id){1};
    command.f.has |= row->must & AMP_HAS(CALL);
    amp_err err = amp_command_check(&command, &why);
    assert(!err);
}

static inline void door_report_check(struct amp_str bytes, const struct amp_intake *format)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_report report = {0};
    struct amp_why why = {0};
    amp_err err = amp_intake_parse(format, bytes, &arena, &report, &why);
    if (err == AMP_OK) {
        door_command_check(&report, AMP_CMD_TAKE_CALL);
        if (report.located) {
            door_command_check(&report, AMP_CMD_LOCATE_CALL);
        }
    }
    assert(err == AMP_OK || err == AMP_E_NOMEM || why.text[0] != '\0');
    amp_arena_drop(&arena);
}

static inline void door_view_check(struct amp_str bytes, const struct amp_intake *format)
{
    struct amp_arena arena = amp_arena_make(1 << 26);
    struct amp_why why = {0};
    struct amp_buf out = amp_buf_make(1 << 22);
    struct amp_json js = amp_json_make(&out);
    json_t *said = NULL;
    if (amp_intake_view(format, bytes, &arena, &js, &why) != AMP_OK) {
        assert(out.len == 0);
    } else if (amp_buf_err(&out) == AMP_OK) {
        amp_err err = amp_json_read(amp_buf_view(&out), out.max, &said, &why);
        assert(!err);
        json_decref(said);
    }
    amp_buf_free(&out);
    amp_arena_drop(&arena);
}

static inline void door_check(const char *name, const uint8_t *data, size_t size)
{
    struct amp_str bytes = {.ptr = (const char *)data, .len = size};
    const struct amp_intake *format = amp_intake_find(amp_str_of(name));
    assert(format != NULL);
    door_report_check(bytes, format);
    door_view_check(bytes, format);
}

#endif
