/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry keys - Ed25519 keys and signatures in the files of signify: make, sign, verify. */
#include "lib/base/types.h"
#include "tools/skerry/keyfile.h"
#include "tools/skerry/subverbs.h"
#include "tools/skerry/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 2048 /* bytes of its file: two short lines */

struct asked {
    struct common common;
    char *comment, *secret, *public, *sig;
    int force;
    bool (*doing)(const struct asked *a, const char **args, struct complaint *bad);
};

static const struct verb verb_generate, verb_sign, verb_verify;

/* ---- files ---- */

/* A whole file, at once and only for us: a secret is at no time readable by others. */
static bool write_new(const char *path, const char *text, mode_t mode, bool force,
                      struct complaint *bad)
{
    ssize_t n = (ssize_t)strlen(text);
    struct buf beside = {0};
    int fd, kept;
    bool ok;

    buf_put(&beside, "%s.XXXXXX", path);
    fd = mkostemp(beside.s, O_CLOEXEC); /* mode 0600 */
    ok = fd >= 0 && fchmod(fd, mode) == 0 && write(fd, text, (size_t)n) == n && fsync(fd) == 0;
    ok = ok && (force ? rename(beside.s, path) : link(beside.s, path)) == 0;
    kept = errno;
    if (fd >= 0) {
        close(fd);
        if (!ok || !force)
            unlink(beside.s);
    }
    buf_free(&beside);
    if (ok)
        return true;
    if (kept != EEXIST)
        return refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", path, strerror(kept));
    refuse(bad, ERR_KEY_THERE, "%.300s is there already", path);
    SAY(bad->hint, "%s", "another name, or --force");
    return false;
}

static bool read_text(const char *path, char **text, size_t *n, struct complaint *bad)
{
    *text = file_read(path, n);
    return *text || refuse(bad, ERR_NO_FILE, "%.300s cannot be read: %s", path, strerror(errno));
}

static bool no_key(const char *path, const char *what, const char *why, struct complaint *bad)
{
    refuse(bad, ERR_KEY, "%.300s is no %s", path, what);
    SAY(bad->why, "%s", why);
    return false;
}

/* Into a place of fixed size, which leaves no copies behind as one that grows does. */
static bool read_secret_text(const struct asked *a, char text[SECRET_MAX], size_t *n,
                             struct complaint *bad)
{
    struct complaint open_to_all = {0};
    struct stat st = {0};
    int fd = open(a->secret, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, SECRET_MAX);
    int kept = errno;

    if (fd >= 0 && (fstat(fd, &st) != 0 || close(fd) != 0))
        got = -1;
    if (got < 0)
        return refuse(bad, ERR_NO_FILE, "%.300s cannot be read: %s", a->secret, strerror(kept));
    if ((st.st_mode & 077) != 0) {
        refuse(&open_to_all, ERR_KEY_OPEN, "others may read the secret key %.300s (mode %03o)",
               a->secret, (unsigned)st.st_mode & 0777);
        SAY(open_to_all.hint, "chmod 600 %.300s, and a new key if others use this machine",
            a->secret);
        warn(&a->common, &open_to_all);
    }
    *n = (size_t)got;
    return true;
}

static bool read_secret(const struct asked *a, struct sign_key *key, struct complaint *bad)
{
    char text[SECRET_MAX];
    const char *why = NULL;
    size_t n = 0;
    bool ok = read_secret_text(a, text, &n, bad);

    if (ok)
        why = keyfile_why(signify_get_key(text, n, key));
    sign_wipe(text, sizeof text);
    return ok && (!why || no_key(a->secret, "secret key", why, bad));
}

/* The file's name without its folders. */
static const char *base_of(const char *path)
{
    return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* ---- generate ---- */

#define COMMENT_MAX (SIGNIFY_COMMENT_MAX - 11) /* " secret key" follows it */

static bool write_pair(const struct asked *a, const char *name, const char *secret,
                       const char *public, struct complaint *bad)
{
    struct buf sec_path = {0}, pub_path = {0};
    bool ok;

    buf_put(&sec_path, "%s.sec", name);
    buf_put(&pub_path, "%s.pub", name);
    if (!a->force &&
        access(pub_path.s, F_OK) == 0) { /* looked at first, so that not half a pair is made */
        ok = refuse(bad, ERR_KEY_THERE, "%.300s is there already", pub_path.s);
        SAY(bad->hint, "%s", "another name, or --force");
    } else {
        ok = write_new(sec_path.s, secret, 0600, a->force, bad) &&
             write_new(pub_path.s, public, 0644, a->force, bad);
    }
    if (ok && !a->common.quiet)
        printf("%s (keep it to yourself)\n%s (give it to those who verify)\n", sec_path.s,
               pub_path.s);
    buf_free(&sec_path);
    buf_free(&pub_path);
    return ok;
}

/* Both files of a new pair. False: this machine gives no random numbers. */
static bool make_pair(struct sign_key *key, struct sign_public *public)
{
    uint8_t number[SIGN_NUMBER_BYTES], seed[SIGN_SEED_BYTES];
    bool ok = getentropy(seed, sizeof seed) == 0 && getentropy(number, sizeof number) == 0;

    if (ok) {
        sign_key_make(key, number, seed);
        sign_key_public(key, public);
    }
    sign_wipe(seed, sizeof seed);
    return ok;
}

static bool generate(const struct asked *a, const char **args, struct complaint *bad)
{
    const char *comment = a->comment ? a->comment : "skerry";
    char secret[SIGNIFY_TEXT_MAX], public[SIGNIFY_TEXT_MAX], words[SIGNIFY_COMMENT_MAX + 1];
    struct sign_public half;
    struct sign_key key;
    bool ok;

    if (!make_pair(&key, &half))
        return refuse(bad, ERR_HOST, "this machine gives no random numbers");
    SAY(words, "%s public key", comment);
    ok = strlen(comment) <= COMMENT_MAX && signify_put_public(public, words, &half) == ST_OK;
    SAY(words, "%s secret key", comment);
    ok = ok && signify_put_key(secret, words, &key) == ST_OK;
    ok = ok ? write_pair(a, args[0], secret, public, bad)
            : refuse(bad, ERR_VALUE, "--comment: the value must be one line of at most %u bytes",
                     COMMENT_MAX);
    sign_key_wipe(&key);
    sign_wipe(secret, sizeof secret);
    return ok;
}

/* ---- sign ---- */

/* signify names the key in the signature's comment, when its file is called as usual. */
static void sign_text(const char *secret, const struct sign_signature *s,
                      char text[SIGNIFY_TEXT_MAX])
{
    char comment[SIGNIFY_COMMENT_MAX + 1];
    const char *base = base_of(secret);
    size_t n = strlen(base);

    SAY(comment, "verify with %.*s.pub", n > 4 ? (int)(n - 4) : 0, base);
    if (n > 4 && n < SIGNIFY_COMMENT_MAX - 16 && strcmp(base + n - 4, ".sec") == 0 &&
        signify_put_signature(text, comment, s) == ST_OK)
        return;
    if (signify_put_signature(text, "signature", s) != ST_OK)
        abort(); /* those words fit */
}

static bool write_sig(const struct asked *a, const char *message, const struct sign_signature *s,
                      struct complaint *bad)
{
    char text[SIGNIFY_TEXT_MAX];
    struct buf path = {0};
    bool ok;

    sign_text(a->secret, s, text);
    buf_put(&path, "%s%s", a->sig ? a->sig : message, a->sig ? "" : ".sig");
    ok = file_write(path.s, text, strlen(text)) ||
         refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", path.s, strerror(errno));
    if (ok && !a->common.quiet)
        printf("%s\n", path.s);
    buf_free(&path);
    return ok;
}

static bool sign(const struct asked *a, const char **args, struct complaint *bad)
{
    struct sign_key key = {0};
    struct sign_signature s;
    char *message;
    size_t n;
    bool ok;

    if (!a->secret)
        return refuse(bad, ERR_OPTION, "`skerry keys sign` needs --secret FILE");
    if (!read_text(args[0], &message, &n, bad))
        return false;
    ok = read_secret(a, &key, bad);
    if (ok)
        sign_message(&key, message, n, &s);
    sign_key_wipe(&key);
    ok = ok && write_sig(a, args[0], &s, bad);
    free(message);
    return ok;
}

/* ---- verify ---- */

static bool judge(const struct asked *a, const char *name, const char *sig_name,
                  const struct sign_public *key, const struct sign_signature *s,
                  struct complaint *bad)
{
    size_t n;
    char *message;
    const char *why;

    if (!read_text(name, &message, &n, bad))
        return false;
    why = keyfile_judge(key, message, n, s);
    free(message);
    if (why) {
        refuse(bad, ERR_WITNESS_SIGNATURE, "the signature of %.300s is not good", name);
        SAY(bad->at, "%s", sig_name);
        SAY(bad->why, "%s", why);
        return false;
    }
    if (a->common.json)
        json_print(must(json_pack("{s:b}", "verified", 1)));
    else if (!a->common.quiet)
        puts("Signature Verified");
    return true;
}

static bool verify(const struct asked *a, const char **args, struct complaint *bad)
{
    struct sign_public key;
    struct sign_signature s;
    struct buf sig_name = {0};
    char *text;
    const char *why;
    size_t n;
    bool ok;

    if (!a->public)
        return refuse(bad, ERR_OPTION, "`skerry keys verify` needs --public FILE");
    if (!keyfile_public(a->public, &key, bad))
        return false;
    buf_put(&sig_name, "%s%s", a->sig ? a->sig : args[0], a->sig ? "" : ".sig");
    ok = read_text(sig_name.s, &text, &n, bad);
    if (ok) {
        why = keyfile_why(signify_get_signature(text, n, &s));
        ok = !why || no_key(sig_name.s, "signature", why, bad);
        free(text);
    }
    ok = ok && judge(a, args[0], sig_name.s, &key, &s, bad);
    buf_free(&sig_name);
    return ok;
}

/* ---- the verbs ---- */

static int run(void *asked, const struct parsed *p)
{
    const struct asked *a = asked;
    struct complaint bad = {0};

    return a->doing(a, p->args, &bad) ? EXIT_OK : complain(&a->common, &bad);
}

static int generate_main(int argc, const char **argv)
{
    struct asked a = {.doing = generate};
    struct poptOption table[] = {
        {"comment", 'c', POPT_ARG_STRING, &a.comment, 0, "words for the first line of both files",
         "TEXT"},
        {"force", 'f', POPT_ARG_NONE, &a.force, 0, "replace a key of this name", NULL},
        OPTIONS_COMMON(&a.common),
        OPTION_END};

    return options_run(&verb_generate, &a.common, table, argc, argv, run, &a);
}

static int sign_main(int argc, const char **argv)
{
    struct asked a = {.doing = sign};
    struct poptOption table[] = {
        {"secret", 's', POPT_ARG_STRING, &a.secret, 0, "the secret key", "FILE"},
        {"sig", 'x', POPT_ARG_STRING, &a.sig, 0, "where to; default: MESSAGE.sig", "FILE"},
        OPTIONS_COMMON(&a.common),
        OPTION_END};

    return options_run(&verb_sign, &a.common, table, argc, argv, run, &a);
}

static int verify_main(int argc, const char **argv)
{
    struct asked a = {.doing = verify};
    struct poptOption table[] = {
        {"public", 'p', POPT_ARG_STRING, &a.public, 0, "the public key", "FILE"},
        {"sig", 'x', POPT_ARG_STRING, &a.sig, 0, "the signature; default: MESSAGE.sig", "FILE"},
        OPTIONS_COMMON(&a.common),
        OPTION_END};

    return options_run(&verb_verify, &a.common, table, argc, argv, run, &a);
}

static const struct verb verb_generate = {
    "keys generate",
    "a new pair of keys: NAME.pub and NAME.sec",
    "[options] NAME",
    "  skerry keys generate board7\n  skerry keys generate board7 --comment \"board 7, lab\"\n",
    "NAME.sec is readable by you alone, has no passphrase, and is never printed. Both are files of "
    "OpenBSD's signify.\n\n"
    "EXIT STATUS\n  0 written   2 wrong usage, or the pair is there already   3 cannot be "
    "written\n",
    generate_main,
    1,
    1,
    "the name of the pair"};
static const struct verb verb_sign = {
    "keys sign",
    "sign a file: MESSAGE.sig",
    "--secret FILE [options] MESSAGE",
    "  skerry keys sign --secret board7.sec build/skerry.img\n",
    "`signify-openbsd -V -p board7.pub -m MESSAGE` verifies it too.\n\n"
    "EXIT STATUS\n  0 written   2 wrong usage, or no secret key   3 cannot be read or written\n",
    sign_main,
    1,
    1,
    "one file to sign"};
static const struct verb verb_verify = {
    "keys verify",
    "is this signature of this file by this key?",
    "--public FILE [options] MESSAGE",
    "  skerry keys verify --public board7.pub build/skerry.img\n"
    "  skerry keys verify --public board7.pub --sig other.sig build/skerry.img\n",
    "EXIT STATUS\n  0 it is   2 wrong usage, or no key or signature   3 cannot be read   6 it is "
    "not\n",
    verify_main,
    1,
    1,
    "one signed file"};
static const struct verb *const subs[] = {&verb_generate, &verb_sign, &verb_verify};

static int keys_main(int argc, const char **argv)
{
    return subverbs_main(&verb_keys, subs, ARRAY_LEN(subs), argc, argv);
}

const struct verb verb_keys = {"keys",
                               "keys and signatures, as files of signify",
                               "generate|sign|verify [options] NAME",
                               "  skerry keys generate board7\n"
                               "  skerry keys sign --secret board7.sec build/skerry.img\n"
                               "  skerry keys verify --public board7.pub build/skerry.img\n",
                               NULL,
                               keys_main,
                               0,
                               0,
                               NULL};
