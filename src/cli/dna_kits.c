/* `amparo dna kits`: the built-in kits, or the markers of one. */
#include "base/json.h"
#include "cli/dna.h"
#include "dna/kit.h"

enum {
    KITS_TEXT_MAX = 1 << 24,
    KITS_ARENA = 1 << 28
};

static double shortest(const struct amp_dna_kit_marker *marker)
{
    double bp = marker->longest_bp;
    for (size_t i = 0; i < marker->allele_n; i++) {
        bp = marker->size_bp[i] < bp ? marker->size_bp[i] : bp;
    }
    return bp;
}

static void list_show(bool json, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    struct amp_str name = {0};
    struct amp_str others = {0};
    if (json) {
        amp_json_open(&js, '{');
        amp_json_key(&js, "kits");
        amp_json_open(&js, '[');
    }
    for (size_t i = 0; amp_dna_kit_list(i, &name, &others); i++) {
        if (json) {
            amp_json_open(&js, '{');
            amp_json_str_of(&js, "name", name);
            amp_json_str_of(&js, "other_names", others);
            amp_json_close(&js, '}');
        } else {
            amp_buf_printf(out, "%s%-14.*s %.*s", i == 0 ? "" : "\n", (int)name.len, name.ptr,
                           (int)others.len, others.ptr);
        }
    }
    if (json) {
        amp_json_close(&js, ']');
        amp_json_close(&js, '}');
    }
}

static void marker_json(const struct amp_dna_kit_marker *marker, struct amp_json *js)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "name", marker->marker);
    amp_json_str_of(js, "dye", marker->dye);
    amp_json_double_of(js, "repeat_bp", marker->repeat_bp, 2);
    amp_json_key(js, "alleles");
    amp_json_open(js, '[');
    for (size_t i = 0; i < marker->allele_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", marker->allele[i]);
        amp_json_double_of(js, "size_bp", marker->size_bp[i], 2);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void kit_show(const struct amp_dna_kit *kit, bool json, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    if (json) {
        amp_json_open(&js, '{');
        amp_json_str_of(&js, "name", kit->name);
        amp_json_key(&js, "markers");
        amp_json_open(&js, '[');
    } else {
        amp_buf_printf(out, "%.*s: %zu markers", (int)kit->name.len, kit->name.ptr, kit->marker_n);
    }
    for (size_t i = 0; i < kit->marker_n; i++) {
        const struct amp_dna_kit_marker *marker = &kit->marker[i];
        if (json) {
            marker_json(marker, &js);
        } else {
            amp_buf_printf(out, "\n%-10.*s %-7.*s repeat %g, %2zu alleles, %g to %g bp",
                           (int)marker->marker.len, marker->marker.ptr, (int)marker->dye.len,
                           marker->dye.ptr, marker->repeat_bp, marker->allele_n, shortest(marker),
                           marker->longest_bp);
        }
    }
    if (json) {
        amp_json_close(&js, ']');
        amp_json_close(&js, '}');
    }
}

struct asked {
    const char *file; /* a laboratory's own table; NULL: the built-in kits */
    const char *name; /* NULL: all, or the only one of the file */
    bool json;
};

static amp_err kit_open(const struct asked *asked, struct amp_arena *arena, struct amp_dna_kit *kit,
                        struct amp_why *why)
{
    if (asked->file == NULL) {
        return amp_dna_kit_find(amp_str_of(asked->name), arena, kit, why);
    }
    struct amp_buf bytes = {.data = NULL};
    amp_err err = amp_cli_read_file(asked->file, AMP_DNA_FILE_MAX, &bytes, why);
    err = err ? err
              : amp_dna_kit_read(amp_buf_view(&bytes), asked->file, amp_str_of(asked->name), arena,
                                 kit, why);
    amp_buf_free(&bytes);
    return err;
}

static int kits_run(const struct asked *asked)
{
    struct amp_why why = {""};
    struct amp_buf out = amp_buf_make(KITS_TEXT_MAX);
    struct amp_arena arena = amp_arena_make(KITS_ARENA);
    struct amp_dna_kit kit = {.marker_n = 0};
    amp_err err = AMP_OK;
    if (asked->file == NULL && asked->name == NULL) {
        list_show(asked->json, &out);
    } else {
        err = kit_open(asked, &arena, &kit, &why);
        if (!err) {
            kit_show(&kit, asked->json, &out);
        }
    }
    amp_arena_drop(&arena);
    return amp_cli_answer("dna kits", asked->json, err, &why, &out);
}

int amp_cli_dna_kits(int argc, char **argv)
{
    struct asked asked = {.file = NULL};
    const struct amp_opt opts[] = {
        {"--file", AMP_OPT_TEXT, "TABLE",
         "a laboratory's own kit table: Panel, Marker, Allele, Size, Color, Repeat", false,
         &asked.file, NULL},
        {"--json", AMP_OPT_FLAG, NULL, "print JSON", false, &asked.json, NULL},
    };
    const struct amp_cli_usage usage = {
        .name = "dna kits",
        .operands = "[NAME]",
        .about = "The built-in kits, or the dyes and sizes of the markers of one.",
        .opt = opts,
        .opt_n = sizeof(opts) / sizeof(opts[0]),
        .operand_min = 0,
        .operand_max = 1,
    };
    int operand_n = 0;
    int status = amp_cli_options(&usage, argc, argv, &operand_n);
    if (status != AMP_CLI_GO_ON) {
        return status;
    }
    asked.name = operand_n > 0 ? argv[0] : NULL;
    return kits_run(&asked);
}
