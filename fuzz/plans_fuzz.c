/* Fuzz: response plans; every row that is read covers sensible priorities and can be looked up, and
 * every agreement lends something to somebody else. */
#include "response/aid.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_plans *plans = NULL;
    struct amp_why why = {{0}};
    if (amp_plans_read((struct amp_str){(const char *)data, size}, &plans, &why)) {
        return 0;
    }
    for (size_t i = 0; i < amp_plans_count(plans); i++) {
        const struct amp_plan *plan = amp_plan_at(plans, i);
        assert(amp_plan_for(plans, plan->type, plan->to_priority) == plan);
        assert(plan->need_n <= AMP_NEEDS_MAX && plan->priority >= 1);
        struct amp_need need[AMP_NEEDS_MAX];
        size_t before = plan->need_n;
        for (int level = 1; level <= AMP_LEVEL_MAX; level++) {
            size_t n = amp_plan_needs(plan, level, need);
            assert(n >= before && n <= AMP_NEEDS_MAX);
            before = n;
        }
    }
    for (size_t i = 0; i < amp_plans_agreements(plans); i++) {
        const struct amp_agreement *agreement = amp_plans_agreement(plans, i);
        assert(agreement->how != AMP_AID_NONE && agreement->keep >= 0);
        assert(!amp_str_eq(agreement->lender, agreement->asker));
        for (size_t k = 0; k < agreement->types.n; k++) {
            assert(amp_plan_for(plans, agreement->types.word[k], 0));
        }
        for (size_t k = 0; k < i; k++) {
            assert(!amp_agreement_same(amp_plans_agreement(plans, k), agreement));
        }
    }
    amp_plans_free(plans);
    return 0;
}
