/* Rules and their elimination: the engine under the likelihoods of pedigrees. */
#include "dna/kin_net.h"

#include "dna/numeric.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    SCOPE_MAX = 64 /* variables of one table */
};

static const double cost_never = 1e300;

/* What one sum works on: the rules that touch a variable, and the switches that choose of them. */
struct bucket {
    uint32_t var;
    size_t rule_n;
    struct amp_kin_rule *rule; /* copies of the heads */
    size_t gate_n;
    uint32_t gate[AMP_KIN_GATES]; /* switches, ascending */
};

struct active {
    size_t n;
    const struct amp_kin_rule **rule;
    size_t scope_n;
    uint32_t scope[SCOPE_MAX];
    double size; /* of the table over the scope */
    int64_t exp2;
};

amp_err amp_kin_net_init(struct amp_kin_net *net, size_t var_max, struct amp_arena *arena)
{
    if (var_max > AMP_KIN_VARS) {
        return AMP_E_LIMIT;
    }
    *net = (struct amp_kin_net){
        .arena = arena, .var_cap = var_max, .rule_cap = var_max * 2 + 8, .constant = 1};
    net->work_max = cost_never;
    net->var = amp_arena_array(arena, var_max, sizeof *net->var);
    net->rule = amp_arena_array(arena, net->rule_cap, sizeof *net->rule);
    return net->var && net->rule ? AMP_OK : AMP_E_NOMEM;
}

uint32_t amp_kin_net_var(struct amp_kin_net *net, size_t states, bool is_switch)
{
    assert(net->var_n < net->var_cap);
    assert(states > 0 && (!is_switch || states == 2));
    net->var[net->var_n] = (struct amp_kin_var){
        .states = (uint32_t)states, .is_switch = is_switch, .stale = true, .cost = cost_never};
    return (uint32_t)net->var_n++;
}

void amp_kin_net_times(struct amp_kin_net *net, double factor)
{
    int shift = 0;
    net->constant = frexp(net->constant * factor, &shift);
    net->exp2 += shift;
}

static struct amp_kin_rule *rule_push(struct amp_kin_net *net)
{
    if (net->rule_n == net->rule_cap) {
        struct amp_kin_rule *more =
            amp_arena_array(net->arena, net->rule_cap * 2, sizeof *net->rule);
        if (!more) {
            return NULL;
        }
        memcpy(more, net->rule, net->rule_n * sizeof *more);
        net->rule = more;
        net->rule_cap *= 2;
    }
    return &net->rule[net->rule_n++];
}

static void mask_set(struct amp_kin_rule *rule)
{
    rule->mask = 0;
    for (size_t i = 0; i < rule->var_n; i++) {
        rule->mask |= (uint64_t)1 << (rule->var[i] & 63);
    }
    for (size_t i = 0; i < rule->gate_n; i++) {
        rule->mask |= (uint64_t)1 << (rule->gate[i] / 2 & 63);
    }
}

double *amp_kin_net_rule(struct amp_kin_net *net, uint32_t gate, const uint32_t *var, size_t var_n)
{
    struct amp_kin_rule made = {.gate_n = gate == AMP_KIN_NO_GATE ? 0 : 1, .var_n = var_n};
    made.size = 1;
    for (size_t i = 0; i < var_n; i++) {
        assert(i == 0 || var[i - 1] < var[i]);
        made.size *= net->var[var[i]].states;
        if (made.size > AMP_KIN_TABLE) {
            return NULL;
        }
    }
    made.gate = amp_arena_array(net->arena, 1, sizeof *made.gate);
    made.var = amp_arena_array(net->arena, var_n ? var_n : 1, sizeof *made.var);
    made.table = amp_arena_array(net->arena, made.size, sizeof *made.table);
    struct amp_kin_rule *rule = made.gate && made.var && made.table ? rule_push(net) : NULL;
    if (!rule) {
        return NULL;
    }
    made.gate[0] = gate;
    if (var_n > 0) {
        memcpy(made.var, var, var_n * sizeof *var);
    }
    mask_set(&made);
    *rule = made;
    return made.table;
}

static bool has_var(const struct amp_kin_rule *rule, uint32_t var)
{
    for (size_t i = 0; i < rule->var_n; i++) {
        if (rule->var[i] == var) {
            return true;
        }
    }
    return false;
}

static bool has_gate(const struct amp_kin_rule *rule, uint32_t var)
{
    for (size_t i = 0; i < rule->gate_n; i++) {
        if (rule->gate[i] / 2 == var) {
            return true;
        }
    }
    return false;
}

static bool touches(const struct amp_kin_net *net, const struct amp_kin_rule *rule, uint32_t var)
{
    if (!(rule->mask >> (var & 63) & 1)) {
        return false;
    }
    return net->var[var].is_switch ? has_gate(rule, var) : has_var(rule, var);
}

/* Puts `item` into an ascending list; false when the list is full. */
static bool list_add(uint32_t *list, size_t *n, size_t cap, uint32_t item)
{
    size_t at = *n;
    while (at > 0 && list[at - 1] >= item) {
        if (list[at - 1] == item) {
            return true;
        }
        at--;
    }
    if (*n == cap) {
        return false;
    }
    memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
    list[at] = item;
    ++*n;
    return true;
}

/* False when it depends on too many switches. */
static bool bucket_gates(const struct amp_kin_net *net, struct bucket *bucket)
{
    for (size_t r = 0; r < net->rule_n; r++) {
        const struct amp_kin_rule *rule = &net->rule[r];
        if (!touches(net, rule, bucket->var)) {
            continue;
        }
        bucket->rule[bucket->rule_n++] = *rule;
        for (size_t i = 0; i < rule->gate_n; i++) {
            const uint32_t gate = rule->gate[i] / 2;
            if (gate != bucket->var &&
                !list_add(bucket->gate, &bucket->gate_n, AMP_KIN_GATES, gate)) {
                return false;
            }
        }
    }
    return true;
}

static bool rule_holds(const struct amp_kin_rule *rule, const struct bucket *bucket,
                       uint32_t context, uint32_t own)
{
    for (size_t i = 0; i < rule->gate_n; i++) {
        const uint32_t gate = rule->gate[i] / 2;
        uint32_t position = own;
        if (gate != bucket->var) {
            size_t at = 0;
            while (bucket->gate[at] != gate) {
                at++;
            }
            position = context >> at & 1;
        }
        if (position != (rule->gate[i] & 1)) {
            return false;
        }
    }
    return true;
}

/* The rules of the bucket that hold in a context, and what they are about besides its variable.
 * Scopes are added to what is there. False when the table would be too wide. */
static bool active_find(const struct amp_kin_net *net, const struct bucket *bucket,
                        uint32_t context, uint32_t own, struct active *active)
{
    active->n = 0;
    active->exp2 = 0;
    for (size_t r = 0; r < bucket->rule_n; r++) {
        const struct amp_kin_rule *rule = &bucket->rule[r];
        if (!rule_holds(rule, bucket, context, own)) {
            continue;
        }
        active->rule[active->n++] = rule;
        active->exp2 += rule->exp2;
        for (size_t i = 0; i < rule->var_n; i++) {
            if (rule->var[i] != bucket->var &&
                !list_add(active->scope, &active->scope_n, SCOPE_MAX, rule->var[i])) {
                return false;
            }
        }
    }
    active->size = 1;
    for (size_t i = 0; i < active->scope_n; i++) {
        active->size *= net->var[active->scope[i]].states;
    }
    return true;
}

/* Costs of further orders are bent by up to a factor of four in either direction. */
static double bend(uint32_t var, uint32_t order)
{
    uint32_t hash = (var + 1) * 2654435761U ^ order * 2246822519U;
    hash = (hash ^ hash >> 15) * 3266489917U;
    return ldexp(1, (int)(hash >> 13 & 3) - (int)(hash >> 17 & 1));
}

/* What eliminating the bucket's variable would cost by the net's order, cost_never if its table is
 * too large; and the multiplications. */
static double bucket_cost(const struct amp_kin_net *net, const struct bucket *bucket,
                          struct active *active, double *work)
{
    const struct amp_kin_var *var = &net->var[bucket->var];
    double cost = 0, left = 0, taken = 0;
    for (uint32_t context = 0; context < (uint32_t)1 << bucket->gate_n; context++) {
        active->scope_n = 0;
        double rules = 0;
        for (uint32_t own = 0; own < (var->is_switch ? 2U : 1U); own++) {
            if (!active_find(net, bucket, context, own, active)) {
                return cost_never;
            }
            rules += (double)active->n;
        }
        if (active->size > AMP_KIN_TABLE) {
            return cost_never;
        }
        cost += active->size * rules * (var->is_switch ? 1 : var->states);
        left += active->size;
    }
    for (size_t r = 0; r < bucket->rule_n; r++) {
        taken += (double)bucket->rule[r].size;
    }
    *work = cost;
    return net->order == 1   ? left - taken
           : net->order == 0 ? cost
                             : cost * bend(bucket->var, net->order);
}

/* The active rules as the sum walks through them: those that know the summed variable first. */
struct walk {
    size_t n, moving_n;
    size_t row;        /* strides of a rule: one a variable of the scope, the summed one last */
    size_t *stride;    /* [n * row] */
    const double **at; /* [n] */
};

static amp_err walk_make(const struct amp_kin_net *net, const struct active *active, int64_t var,
                         struct walk *walk)
{
    *walk = (struct walk){.row = active->scope_n + 1};
    walk->stride = amp_arena_array(net->arena, (active->n + 1) * walk->row, sizeof *walk->stride);
    walk->at = amp_arena_array(net->arena, active->n + 1, sizeof *walk->at);
    if (!walk->stride || !walk->at) {
        return AMP_E_NOMEM;
    }
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t r = 0; r < active->n; r++) {
            const struct amp_kin_rule *rule = active->rule[r];
            const bool moves = var >= 0 && has_var(rule, (uint32_t)var);
            if (moves != (pass == 0)) {
                continue;
            }
            size_t step = 1;
            for (size_t i = rule->var_n; i-- > 0;) {
                size_t place = active->scope_n;
                for (size_t s = 0; s < active->scope_n; s++) {
                    place = active->scope[s] == rule->var[i] ? s : place;
                }
                walk->stride[walk->n * walk->row + place] = step;
                step *= net->var[rule->var[i]].states;
            }
            walk->at[walk->n++] = rule->table;
            walk->moving_n += moves ? 1 : 0;
        }
    }
    return AMP_OK;
}

/* The sum over the summed variable, `j` cells along the last variable of the scope. */
static double walk_sum(const struct walk *walk, size_t j, size_t states)
{
    const size_t last = walk->row - 1;
    const size_t along = last > 0 ? last - 1 : last; /* j is 0 when the scope is empty */
    double still = 1;
    for (size_t r = walk->moving_n; r < walk->n; r++) {
        still *= walk->at[r][j * walk->stride[r * walk->row + along]];
    }
    double sum = 0;
    if (walk->moving_n == 0) {
        return still * (double)states;
    }
    const double *a = walk->at[0] + j * walk->stride[along];
    const size_t step = walk->stride[last];
    if (walk->moving_n == 1) {
        for (size_t k = 0; k < states; k++) {
            sum += a[k * step];
        }
        return still * sum;
    }
    const double *b = walk->at[1] + j * walk->stride[walk->row + along];
    const size_t step_b = walk->stride[walk->row + last];
    for (size_t k = 0; k < states; k++) {
        double product = a[k * step] * b[k * step_b];
        for (size_t r = 2; r < walk->moving_n; r++) {
            const size_t *stride = &walk->stride[r * walk->row];
            product *= walk->at[r][j * stride[along] + k * stride[last]];
        }
        sum += product;
    }
    return still * sum;
}

/* Adds factor * (sum over `var` of the product of the active rules) to out, which runs over
 * active->scope. A switch is summed outside: then `var` is -1 and the product alone is added. */
static amp_err product_add(const struct amp_kin_net *net, const struct active *active, int64_t var,
                           double factor, double *out)
{
    struct walk walk;
    amp_err err = walk_make(net, active, var, &walk);
    if (err) {
        return err;
    }
    uint32_t digit[SCOPE_MAX] = {0};
    const size_t states = var < 0 ? 1 : net->var[var].states;
    const size_t scope_n = active->scope_n;
    const size_t along_n = scope_n > 0 ? net->var[active->scope[scope_n - 1]].states : 1;
    const size_t size = (size_t)active->size;
    for (size_t cell = 0; cell < size; cell += along_n) {
        for (size_t j = 0; j < along_n; j++) {
            out[cell + j] += factor * walk_sum(&walk, j, states);
        }
        for (size_t s = scope_n > 0 ? scope_n - 1 : 0; s-- > 0;) {
            const uint32_t limit = net->var[active->scope[s]].states;
            const bool wraps = ++digit[s] == limit;
            for (size_t r = 0; r < walk.n; r++) {
                const size_t step = walk.stride[r * walk.row + s];
                walk.at[r] = wraps ? walk.at[r] - step * (limit - 1) : walk.at[r] + step;
            }
            if (!wraps) {
                break;
            }
            digit[s] = 0;
        }
    }
    return AMP_OK;
}

static void rule_normalise(struct amp_kin_rule *rule)
{
    double most = 0;
    for (size_t i = 0; i < rule->size; i++) {
        most = rule->table[i] > most ? rule->table[i] : most;
    }
    int shift = 0;
    (void)frexp(most, &shift);
    if (most > 0 && (shift < -64 || shift > 64)) {
        for (size_t i = 0; i < rule->size; i++) {
            rule->table[i] = ldexp(rule->table[i], -shift);
        }
        rule->exp2 += shift;
    }
}

static double power_of_two(int64_t exp2)
{
    return exp2 < -4000 ? 0 : ldexp(1, (int)exp2);
}

/* The sum of one context becomes a rule that holds in it. */
static amp_err context_sum(struct amp_kin_net *net, const struct bucket *bucket, uint32_t context,
                           struct active active[2])
{
    const bool is_switch = net->var[bucket->var].is_switch;
    struct amp_kin_rule made = {.gate_n = bucket->gate_n};
    active[0].scope_n = 0;
    if (is_switch) { /* both positions over the variables of both */
        (void)active_find(net, bucket, context, 0, &active[0]);
        (void)active_find(net, bucket, context, 1, &active[0]);
        active[1].scope_n = active[0].scope_n;
        memcpy(active[1].scope, active[0].scope, sizeof active[0].scope);
        (void)active_find(net, bucket, context, 1, &active[1]);
    }
    (void)active_find(net, bucket, context, 0, &active[0]);
    if (active[0].n == 0 && (!is_switch || active[1].n == 0)) {
        return AMP_OK; /* nothing holds here: a factor of one */
    }
    made.var_n = active[0].scope_n;
    made.size = (size_t)active[0].size;
    made.exp2 = active[0].exp2;
    if (is_switch && active[1].exp2 > made.exp2) {
        made.exp2 = active[1].exp2;
    }
    made.gate = amp_arena_array(net->arena, made.gate_n + 1, sizeof *made.gate);
    made.var = amp_arena_array(net->arena, made.var_n + 1, sizeof *made.var);
    made.table = amp_arena_array(net->arena, net->dry ? 1 : made.size, sizeof *made.table);
    if (!made.gate || !made.var || !made.table) {
        return AMP_E_NOMEM;
    }
    for (size_t i = 0; i < made.gate_n; i++) {
        made.gate[i] = bucket->gate[i] * 2 + (context >> i & 1);
    }
    memcpy(made.var, active[0].scope, made.var_n * sizeof *made.var);
    amp_err err = AMP_OK;
    for (size_t own = 0; own < (is_switch ? 2U : 1U) && !err && !net->dry; own++) {
        const double factor = is_switch ? 0.5 * power_of_two(active[own].exp2 - made.exp2) : 1;
        err = product_add(net, &active[own], is_switch ? -1 : (int64_t)bucket->var, factor,
                          made.table);
    }
    if (err) {
        return err;
    }
    if (!net->dry) {
        rule_normalise(&made);
    }
    mask_set(&made);
    struct amp_kin_rule *rule = rule_push(net);
    if (!rule) {
        return AMP_E_NOMEM;
    }
    *rule = made;
    return AMP_OK;
}

static void stale_mark(struct amp_kin_net *net, const struct amp_kin_rule *rule)
{
    for (size_t i = 0; i < rule->var_n; i++) {
        net->var[rule->var[i]].stale = true;
    }
    for (size_t i = 0; i < rule->gate_n; i++) {
        net->var[rule->gate[i] / 2].stale = true;
    }
}

/* Room that the buckets of one elimination share. */
struct room {
    struct amp_kin_rule *rule;
    struct active active[2];
    size_t cap;
};

static amp_err room_make(const struct amp_kin_net *net, struct room *room)
{
    if (room->cap >= net->rule_n) {
        return AMP_OK;
    }
    room->cap = net->rule_n * 2;
    room->rule = amp_arena_array(net->arena, room->cap, sizeof *room->rule);
    bool ok = room->rule != NULL;
    for (size_t i = 0; i < 2; i++) {
        room->active[i].rule = amp_arena_array(net->arena, room->cap, sizeof(void *));
        ok = ok && room->active[i].rule;
    }
    return ok ? AMP_OK : AMP_E_NOMEM;
}

static amp_err var_eliminate(struct amp_kin_net *net, uint32_t var, struct room *room)
{
    struct bucket bucket = {.var = var, .rule = room->rule};
    (void)bucket_gates(net, &bucket);
    size_t left = 0;
    for (size_t r = 0; r < net->rule_n; r++) {
        if (touches(net, &net->rule[r], var)) {
            stale_mark(net, &net->rule[r]);
        } else {
            net->rule[left++] = net->rule[r];
        }
    }
    net->rule_n = left;
    net->var[var].gone = true;
    amp_err err = AMP_OK;
    for (uint32_t context = 0; context < (uint32_t)1 << bucket.gate_n && !err; context++) {
        err = context_sum(net, &bucket, context, room->active);
    }
    return err;
}

static amp_err cheapest_find(struct amp_kin_net *net, struct room *room, int64_t *best)
{
    *best = -1;
    amp_err err = room_make(net, room);
    for (size_t v = 0; v < net->var_n && !err; v++) {
        struct amp_kin_var *var = &net->var[v];
        if (var->gone || var->kept) {
            continue;
        }
        if (var->stale) {
            struct bucket bucket = {.var = (uint32_t)v, .rule = room->rule};
            var->cost = bucket_gates(net, &bucket)
                            ? bucket_cost(net, &bucket, &room->active[0], &var->work)
                            : cost_never;
            var->stale = false;
        }
        if (*best < 0 || var->cost < net->var[*best].cost) {
            *best = (int64_t)v;
        }
    }
    return err;
}

amp_err amp_kin_net_eliminate(struct amp_kin_net *net)
{
    struct room room = {.cap = 0};
    int64_t next = -1;
    amp_err err = cheapest_find(net, &room, &next);
    while (!err && next >= 0) {
        net->work += net->var[next].work;
        if (net->var[next].cost >= cost_never || net->work > net->work_max) {
            return AMP_E_LIMIT;
        }
        err = var_eliminate(net, (uint32_t)next, &room);
        err = err ? err : cheapest_find(net, &room, &next);
    }
    return err;
}

double amp_kin_net_at(const struct amp_kin_net *net, const uint32_t *state, int64_t *exp2)
{
    double product = net->constant;
    *exp2 = net->exp2;
    for (size_t r = 0; r < net->rule_n; r++) {
        const struct amp_kin_rule *rule = &net->rule[r];
        bool holds = true;
        for (size_t i = 0; i < rule->gate_n; i++) {
            holds = holds && state[rule->gate[i] / 2] == (rule->gate[i] & 1);
        }
        if (!holds) {
            continue;
        }
        size_t cell = 0;
        for (size_t i = 0; i < rule->var_n; i++) {
            cell = cell * net->var[rule->var[i]].states + state[rule->var[i]];
        }
        int shift = 0;
        product = frexp(product * rule->table[cell], &shift);
        *exp2 += rule->exp2 + shift;
    }
    return product;
}

struct amp_kin_number amp_kin_number_of(double value, int64_t exp2)
{
    int shift = 0;
    const double m = frexp(value, &shift);
    return (struct amp_kin_number){m, m > 0 ? exp2 + shift : 0};
}

struct amp_kin_number amp_kin_number_add(struct amp_kin_number a, struct amp_kin_number b)
{
    if (a.m <= 0 || b.m <= 0) {
        return a.m <= 0 ? b : a;
    }
    const int64_t e = a.e > b.e ? a.e : b.e;
    return amp_kin_number_of(a.m * power_of_two(a.e - e) + b.m * power_of_two(b.e - e), e);
}

double amp_kin_number_log(struct amp_kin_number a)
{
    static const double ln2 = 0.693147180559945309417232;
    return a.m > 0 ? amp_ln(a.m) + (double)a.e * ln2 : -INFINITY;
}
