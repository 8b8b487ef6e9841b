/* The table of ln Gamma against the function that it stands for. */
#include "dna/gamma_table.h"
#include "dna/numeric.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static void the_table_is_ln_gamma_and_its_slope_everywhere(void **state)
{
    (void)state;
    static struct gamma_table table;
    gamma_table_make(&table);
    double worst = 0;
    double worst_slope = 0;
    for (int i = 0; i < 400000; i++) {
        double x = amp_exp(-5 + i * (12.5 / 400000)); /* both ends lie outside of the table */
        struct gamma_value got = gamma_get(&table, x);
        double value = amp_lgamma(x);
        double slope = amp_digamma(x);
        worst = fmax(worst, fabs(got.log - value) / (1 + fabs(value)));
        worst_slope = fmax(worst_slope, fabs(got.slope - slope) / (1 + fabs(slope)));
    }
    print_message("# value %.2g, slope %.2g\n", worst, worst_slope);
    assert_true(worst <= 1e-14);
    assert_true(worst_slope <= 2e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_ln_gamma_and_its_slope_everywhere),
    };
    return cmocka_run_group_tests_name("dna/gamma_table", tests, NULL, NULL);
}
