/* Records of RFC 4180, and what is refused. */
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void fields_are_cut_at_commas_and_records_at_line_ends(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_csv csv = amp_csv_make(AMP_STR("\xEF\xBB\xBFid,lat,lon\r\n\nM1,1,2\nM2,,"));
    bool end = false;
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_OK);
    assert_int_equal(csv.field_n, 3);
    assert_true(amp_str_is(csv.field[0], "id"));
    assert_true(amp_str_is(csv.field[2], "lon"));
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_OK);
    assert_int_equal(csv.line, 3);
    assert_true(amp_str_is(csv.field[0], "M1"));
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_OK);
    assert_int_equal(csv.field_n, 3);
    assert_int_equal(csv.field[2].len, 0);
    assert_false(end);
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_OK);
    assert_true(end);
    amp_arena_drop(&arena);
}

static void quoted_fields_hold_commas_quotes_and_line_ends(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_csv csv = amp_csv_make(AMP_STR("\"a,b\",\"say \"\"now\"\"\",\"two\nlines\"\nx\n"));
    bool end = false;
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_OK);
    assert_int_equal(csv.field_n, 3);
    assert_true(amp_str_is(csv.field[0], "a,b"));
    assert_true(amp_str_is(csv.field[1], "say \"now\""));
    assert_true(amp_str_is(csv.field[2], "two\nlines"));
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_OK);
    assert_int_equal(csv.line, 3);
    amp_arena_drop(&arena);
}

static void an_open_quote_is_told_with_the_line_it_starts_on(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_csv csv = amp_csv_make(AMP_STR("ok\n\"never closed\n\n"));
    bool end = false;
    struct amp_why why = {0};
    assert_int_equal(amp_csv_next(&csv, &arena, &end, &why), AMP_OK);
    assert_int_equal(amp_csv_next(&csv, &arena, &end, &why), AMP_E_SYNTAX);
    assert_non_null(strstr(why.text, "line 2"));
    amp_arena_drop(&arena);
}

static void text_after_a_closing_quote_and_too_many_fields_are_refused(void **state)
{
    (void)state;
    struct amp_arena arena = amp_arena_make(1 << 16);
    struct amp_csv csv = amp_csv_make(AMP_STR("\"a\"b\n"));
    bool end = false;
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_E_SYNTAX);
    char many[AMP_CSV_FIELDS + 2];
    memset(many, ',', sizeof(many));
    csv = amp_csv_make((struct amp_str){.ptr = many, .len = sizeof(many)});
    assert_int_equal(amp_csv_next(&csv, &arena, &end, NULL), AMP_E_LIMIT);
    amp_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_cut_at_commas_and_records_at_line_ends),
        cmocka_unit_test(quoted_fields_hold_commas_quotes_and_line_ends),
        cmocka_unit_test(an_open_quote_is_told_with_the_line_it_starts_on),
        cmocka_unit_test(text_after_a_closing_quote_and_too_many_fields_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
