/*
 * Sums of products over alleles and switches, by elimination of one variable after the other.
 *
 * A variable is an allele, the phase of a typed person, or a switch: which of a parent's two
 * alleles was handed down. A rule is a table over a few variables that counts only while its
 * switches stand as its gates say. So a child's allele depends on one allele of its parent in each
 * position of the switch, never on both, and a mutation matrix is multiplied into vectors instead
 * of genotype pairs (contextual variable elimination: Poole and Zhang, JAIR 18, 2003; descent
 * graphs: Sobel and Lange, AJHG 58, 1996).
 *
 * Tables carry a power of two, so that products of thousands of probabilities neither vanish nor
 * round. Order of elimination 0: always the variable whose sum is cheapest now, the earliest among
 * equals; 1: the one that leaves least more than it takes away; further ones: order 0 with costs
 * that are bent by a fixed hash, for pedigrees on which both run into a table that is too large.
 * The result does not depend on the order, but for rounding. Internal to src/dna.
 */
#ifndef AMP_DNA_KIN_NET_H
#define AMP_DNA_KIN_NET_H

#include "base/arena.h"

enum {
    AMP_KIN_VARS = 8192,
    AMP_KIN_TABLE = 1 << 23, /* numbers in the largest table */
    AMP_KIN_GATES = 12,      /* switches on which one sum may depend */
    AMP_KIN_ORDERS = 16      /* of elimination, tried in turn until one is small enough */
};

struct amp_kin_rule {
    size_t gate_n, var_n, size;
    uint64_t
        mask; /* of all its variables and switches, modulo 64: what is not there is not in it */
    uint32_t *gate; /* variable * 2 + position, ascending */
    uint32_t *var;  /* ascending; the last one runs fastest in the table */
    double *table;  /* times 2^exp2 */
    int64_t exp2;
};

struct amp_kin_var {
    uint32_t states; /* 2 for a switch */
    bool is_switch;
    bool kept; /* not to be eliminated */
    bool gone;
    bool stale;  /* cost is to be computed anew */
    double cost; /* by which the next one is chosen */
    double work; /* multiplications it takes */
};

struct amp_kin_net {
    struct amp_arena *arena; /* the caller's */
    size_t var_n, var_cap, rule_n, rule_cap;
    uint32_t order;  /* 0 .. AMP_KIN_ORDERS - 1; set between making and eliminating */
    bool dry;        /* likewise: only the work is counted, tables stay empty */
    double work_max; /* likewise: multiplications after which it gives up */
    double work;     /* done */
    struct amp_kin_var *var;
    struct amp_kin_rule *rule;
    double constant; /* factor of the whole, times 2^exp2 */
    int64_t exp2;
};

/* With room for var_max variables. AMP_E_NOMEM, AMP_E_LIMIT. */
AMP_MUST amp_err amp_kin_net_init(struct amp_kin_net *net, size_t var_max, struct amp_arena *arena);
/* The number of the new variable. */
uint32_t amp_kin_net_var(struct amp_kin_net *net, size_t states, bool is_switch);
void amp_kin_net_times(struct amp_kin_net *net, double factor);
/* A rule over `var_n` variables (ascending), whose zeroed table the caller fills; gate is
 * AMP_KIN_NO_GATE or variable * 2 + position. NULL: out of memory or too large. */
#define AMP_KIN_NO_GATE UINT32_MAX
double *amp_kin_net_rule(struct amp_kin_net *net, uint32_t gate, const uint32_t *var, size_t var_n);
/* Eliminates all that is not kept. AMP_E_LIMIT: too large a table, or too much work. */
AMP_MUST amp_err amp_kin_net_eliminate(struct amp_kin_net *net);
/* After it, with all kept variables set: the product of the rules that hold there.
 * `state` has one entry a variable. *exp2 receives the power of two. */
double amp_kin_net_at(const struct amp_kin_net *net, const uint32_t *state, int64_t *exp2);

/* m 2^e with m in [0.5, 1) or 0: numbers that do not vanish. */
struct amp_kin_number {
    double m;
    int64_t e;
};
struct amp_kin_number amp_kin_number_of(double value, int64_t exp2);
struct amp_kin_number amp_kin_number_add(struct amp_kin_number a, struct amp_kin_number b);
double amp_kin_number_log(struct amp_kin_number a); /* -INFINITY for 0 */

#endif
