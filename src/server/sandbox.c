/* Landlock for files, seccomp for system calls, and the small ones before them. */
#include "server/sandbox.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what is missing ---- */

static void missing_add(struct amp_sandbox_report *report, const char *sentence)
{
    struct amp_why before = report->missing;
    (void)amp_fail(&report->missing, AMP_OK, "%s%s%s", before.text,
                   before.text[0] != '\0' ? "; " : "", sentence);
}

/* ---- Landlock ---- */

/* Rights and attributes by their numbers in the kernel's interface: the headers of Debian 12 know
 * the first two versions only, and the version in force is asked at run time. */
#define FS_WRITE_FILE  (UINT64_C(1) << 1)
#define FS_READ_FILE   (UINT64_C(1) << 2)
#define FS_READ_DIR    (UINT64_C(1) << 3)
#define FS_REMOVE_DIR  (UINT64_C(1) << 4)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_DIR    (UINT64_C(1) << 7)
#define FS_MAKE_REG    (UINT64_C(1) << 8)
#define FS_MAKE_SOCK   (UINT64_C(1) << 9)
#define FS_ALL_1       ((UINT64_C(1) << 13) - 1)
#define FS_REFER       (UINT64_C(1) << 13) /* version 2: between folders */
#define FS_TRUNCATE    (UINT64_C(1) << 14) /* version 3 */
#define FS_IOCTL_DEV   (UINT64_C(1) << 15) /* version 5 */
#define NET_CONNECT    (UINT64_C(1) << 1)  /* version 4 */
#define SCOPE_ALL      UINT64_C(3)         /* version 6: abstract sockets, signals */

enum {
    ASK_VERSION = 1,
    RULE_PATH = 1
};

struct rules { /* struct landlock_ruleset_attr, as of version 6 */
    uint64_t fs, net, scope;
};

struct __attribute__((packed)) rule { /* struct landlock_path_beneath_attr */
    uint64_t allowed;
    int32_t fd;
};

static int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
    return version > 0 ? (int)version : 0;
}

static uint64_t known_rights(int version)
{
    return FS_ALL_1 | (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0) |
           (version >= 5 ? FS_IOCTL_DEV : 0);
}

static amp_err path_allow(int rules, const char *path, uint64_t rights, bool folder,
                          struct amp_why *why)
{
    struct stat found = {0};
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &found) != 0 || (folder && !S_ISDIR(found.st_mode))) {
        int cause = fd < 0 ? errno : ENOTDIR;
        if (fd >= 0) {
            (void)close(fd);
        }
        return amp_fail(why, AMP_E_NOT_FOUND, "%s: %s", path, strerror(cause));
    }
    const uint64_t for_files = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE;
    const struct rule rule = {.allowed = S_ISDIR(found.st_mode) ? rights : rights & for_files,
                              .fd = fd};
    long status = syscall(SYS_landlock_add_rule, rules, RULE_PATH, &rule, 0);
    (void)close(fd);
    return status == 0 ? AMP_OK
                       : amp_fail(why, AMP_E_IO, "%s cannot be allowed: %s", path, strerror(errno));
}

static amp_err paths_allow(int rules, const struct amp_sandbox *what, int version,
                           struct amp_why *why)
{
    const uint64_t reading = FS_READ_FILE | FS_READ_DIR;
    const uint64_t writing = (reading | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE |
                              FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_REFER | FS_TRUNCATE) &
                             known_rights(version);
    amp_err err = AMP_OK;
    for (size_t i = 0; err == AMP_OK && what->readable != NULL && what->readable[i] != NULL; i++) {
        err = path_allow(rules, what->readable[i], reading, false, why);
    }
    for (size_t i = 0; err == AMP_OK && what->writable != NULL && what->writable[i] != NULL; i++) {
        err = path_allow(rules, what->writable[i], writing, true, why);
    }
    return err;
}

static amp_err landlock_enter(const struct amp_sandbox *what, struct amp_sandbox_report *out,
                              struct amp_why *why)
{
    int version = landlock_version();
    const struct rules rules = {.fs = known_rights(version),
                                .net = version >= 4 && !what->connects ? NET_CONNECT : 0,
                                .scope = version >= 6 ? SCOPE_ALL : 0};
    const size_t size = version >= 6   ? sizeof rules
                        : version >= 4 ? 2 * sizeof(uint64_t)
                                       : sizeof(uint64_t);
    long fd = version > 0 ? syscall(SYS_landlock_create_ruleset, &rules, size, 0) : -1;
    if (fd < 0) {
        missing_add(out, "the kernel has no Landlock, so files are guarded by their modes alone");
        return AMP_OK;
    }
    amp_err err = paths_allow((int)fd, what, version, why);
    if (err == AMP_OK && syscall(SYS_landlock_restrict_self, (int)fd, 0) != 0) {
        missing_add(out, "Landlock is refused here, so files are guarded by their modes alone");
    } else if (err == AMP_OK) {
        out->landlock_abi = version;
        out->no_connections = rules.net != 0;
        out->no_foreign_signals = rules.scope != 0;
        if (rules.net == 0 && !what->connects) {
            missing_add(out, "Landlock is too old to forbid connections");
        }
    }
    (void)close((int)fd);
    return err;
}

/* ---- seccomp ---- */

/* A list of what is refused, not of what is allowed. An allow-list would be shorter to attack, but
 * it is the C library and the kernel that decide which calls a lock, a thread or a file needs, and
 * an update of theirs would then stop an emergency service at three in the morning. The service
 * file of the package has an allow-list, which the distribution keeps; here stands what no version
 * of this program will ever need. A refusal is an error (EPERM), not a death. */
static const char *const refused[] = {
    /* other programs and processes */
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev",
    "process_madvise", "process_mrelease", "pidfd_open", "pidfd_getfd", "kcmp", "uselib",
    "memfd_secret", "personality", "modify_ldt",
    /* file systems and namespaces */
    "mount", "umount", "umount2", "move_mount", "mount_setattr", "open_tree", "fsopen", "fsconfig",
    "fsmount", "fspick", "pivot_root", "chroot", "unshare", "setns", "mknod", "mknodat",
    "name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark", "quotactl",
    "quotactl_fd", "swapon", "swapoff", "acct",
    /* the kernel itself */
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "create_module", "get_kernel_syms", "query_module", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key",
    "reboot", "syslog", "lookup_dcookie", "nfsservctl", "vhangup", "iopl", "ioperm", "_sysctl",
    "sysfs", "vm86", "vm86old",
    /* the machine's clock and name */
    "settimeofday", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64",
    "adjtimex", "stime", "sethostname", "setdomainname",
    /* other users */
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
    "setgroups"};

static int refuse(scmp_filter_ctx filter, const char *name)
{
    int call = seccomp_syscall_resolve_name(name);
    int status =
        call != __NR_SCMP_ERROR ? seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) : 0;
    /* unknown to this library or not of this processor: then it cannot be called by that name */
    return status == -EDOM ? 0 : status;
}

static int refuse_when(scmp_filter_ctx filter, int call, struct scmp_arg_cmp when)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &when);
}

/* The bits of an argument that the mask names are these. */
static struct scmp_arg_cmp bits(unsigned argument, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){
        .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static int arguments_refuse(scmp_filter_ctx filter)
{
    static const uint64_t spaces[] = {CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,   CLONE_NEWUSER,
                                      CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP};
    const uint64_t both = PROT_WRITE | PROT_EXEC;
    int status = 0;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        status |= refuse_when(filter, SCMP_SYS(clone), bits(0, spaces[i], spaces[i]));
    }
    /* threads, but no processes; clone3 hides its flags, and the C library does without it */
    status |= refuse_when(filter, SCMP_SYS(clone), bits(0, CLONE_THREAD, 0));
    status |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    /* no memory that is written and then run */
    status |= refuse_when(filter, SCMP_SYS(mmap), bits(2, both, both));
    status |= refuse_when(filter, SCMP_SYS(mprotect), bits(2, PROT_EXEC, PROT_EXEC));
    status |= refuse_when(filter, SCMP_SYS(pkey_mprotect), bits(2, PROT_EXEC, PROT_EXEC));
    status |= refuse_when(filter, SCMP_SYS(shmat), bits(2, SHM_EXEC, SHM_EXEC));
    /* no keys typed into somebody's terminal */
    status |= refuse_when(filter, SCMP_SYS(ioctl), bits(1, UINT32_MAX, TIOCSTI));
    status |= refuse_when(filter, SCMP_SYS(ioctl), bits(1, UINT32_MAX, TIOCLINUX));
    /* sockets of the machine and of the internet, no others */
    for (uint64_t family = 0; family < AF_INET6; family++) {
        if (family != AF_UNIX && family != AF_INET) {
            status |= refuse_when(filter, SCMP_SYS(socket), bits(0, UINT64_MAX, family));
        }
    }
    const struct scmp_arg_cmp later = {.arg = 0, .op = SCMP_CMP_GT, .datum_a = AF_INET6};
    status |= refuse_when(filter, SCMP_SYS(socket), later);
    return status;
}

static bool filter_load(scmp_filter_ctx filter)
{
    return seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && seccomp_load(filter) == 0;
}

static bool calls_refuse(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        return false;
    }
    int status = 0;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        status |= refuse(filter, refused[i]);
    }
    status |= arguments_refuse(filter);
    bool loaded = status == 0 && filter_load(filter);
    seccomp_release(filter);
    return loaded;
}

bool amp_sandbox_seal(struct amp_why *why)
{
    static const char *const names[] = {"socket", "bind", "listen", "connect", "socketcall"};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int status = filter != NULL ? 0 : -ENOMEM;
    for (size_t i = 0; status == 0 && i < sizeof names / sizeof names[0]; i++) {
        status = refuse(filter, names[i]);
    }
    bool loaded = status == 0 && filter_load(filter);
    if (filter != NULL) {
        seccomp_release(filter);
    }
    if (!loaded) {
        (void)amp_fail(why, AMP_OK, "seccomp is refused here, so sockets can still be made");
    }
    return loaded;
}

/* ---- the small ones ---- */

static bool capabilities_drop(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (unsigned long cap = 0; cap <= 63; cap++) {
        (void)prctl(PR_CAPBSET_DROP, cap, 0, 0,
                    0); /* without the right to, there is none to drop */
    }
    if (syscall(SYS_capset, &head, none) == 0) {
        return true;
    }
    /* A service manager may forbid the call, having left us none. */
    struct __user_cap_data_struct left[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &head, left) == 0 && memcmp(left, none, sizeof none) == 0;
}

static bool has_threads(void)
{
    size_t n = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) {
        return false; /* no /proc: the caller is believed */
    }
    for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        n += entry->d_name[0] != '.';
    }
    (void)closedir(tasks);
    return n > 1;
}

amp_err amp_sandbox_enter(const struct amp_sandbox *what, struct amp_sandbox_report *out,
                          struct amp_why *why)
{
    struct amp_sandbox_report report = {.missing = {""}};
    const struct rlimit none = {0};
    if (has_threads()) {
        return amp_fail(why, AMP_E_CONFLICT, "the sandbox is entered before threads start");
    }
    /* The libraries read their settings now: afterwards those files are not there for us. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL);
    report.no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    report.no_dumps = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0;
    if (!report.no_new_privileges || !report.no_dumps) {
        missing_add(&report, "the process could not be closed to others");
    }
    amp_err err = landlock_enter(what, &report, why);
    if (err != AMP_OK) {
        return err;
    }
    report.no_capabilities = capabilities_drop();
    if (!report.no_capabilities) {
        missing_add(&report, "capabilities could not be dropped");
    }
    report.syscalls = calls_refuse();
    if (!report.syscalls) {
        missing_add(&report, "seccomp is refused here, so system calls are not limited");
    }
    *out = report;
    return AMP_OK;
}
