/* What was found out about an input file of `amparo dna`. */
#include "cli/dna_source.h"

#include "base/crypto.h"

static const char *separator_word(char separator)
{
    return separator == '\t'  ? "tab"
           : separator == ';' ? "semicolon"
           : separator == ',' ? "comma"
                              : NULL;
}

void amp_cli_dna_source_json(const struct amp_dna_source *source, struct amp_json *js)
{
    struct amp_buf hex = amp_buf_make(2 * sizeof(source->sha256) + 1);
    amp_hex_put(&hex, source->sha256, sizeof(source->sha256));
    amp_json_str_of(js, "file", source->file);
    amp_json_text_of(js, "encoding", source->encoding);
    amp_json_text_of(js, "format", source->format);
    amp_json_text_of(js, "separator", separator_word(source->separator));
    amp_json_text_of(js, "decimal", source->decimal == ',' ? "comma" : "point");
    amp_json_i64_of(js, "lines", (int64_t)source->line_n);
    amp_json_buf_of(js, "sha256", &hex);
    amp_json_key(js, "notes");
    amp_json_open(js, '[');
    for (size_t i = 0; i < source->note_n; i++) {
        amp_json_put_str(js, source->note[i]);
    }
    amp_json_close(js, ']');
    amp_json_i64_of(js, "more_notes", (int64_t)source->note_more);
    amp_buf_free(&hex);
}

void amp_cli_dna_source_text(const struct amp_dna_source *source, struct amp_buf *out)
{
    const char *separator = separator_word(source->separator);
    amp_buf_str(out, source->file);
    amp_buf_printf(out, ": %s", source->format);
    if (separator != NULL) {
        amp_buf_printf(out, ", cut by %s, decimal %s", separator,
                       source->decimal == ',' ? "comma" : "point");
    }
    amp_buf_printf(out, ", %s, %zu lines\nSHA-256 ", source->encoding, source->line_n);
    amp_hex_put(out, source->sha256, sizeof(source->sha256));
    for (size_t i = 0; i < source->note_n; i++) {
        amp_buf_printf(out, "\nnote: %.*s", (int)source->note[i].len, source->note[i].ptr);
    }
    if (source->note_more > 0) {
        amp_buf_printf(out, "\nnote: and %zu more notes", source->note_more);
    }
    amp_buf_char(out, '\n');
}
