/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/keyfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *keyfile_why(status_t st)
{
    switch (st) {
    case ST_OK:
        return NULL;
    case ST_UNSUPPORTED:
        return "it is protected by a passphrase, which this program does not ask for";
    default:
        return "it is not \"untrusted comment: \" and one line of base64, or the two were changed";
    }
}

bool keyfile_public(const char *path, struct sign_public *key, struct complaint *bad)
{
    size_t n;
    char *text = file_read(path, &n);
    const char *why;

    if (!text)
        return refuse(bad, ERR_NO_FILE, "%.300s cannot be read: %s", path, strerror(errno));
    why = keyfile_why(signify_get_public(text, n, key));
    free(text);
    if (why) {
        refuse(bad, ERR_KEY, "%.300s is no public key", path);
        SAY(bad->why, "%s", why);
    }
    return !why;
}

const char *keyfile_judge(const struct sign_public *key, const void *message, size_t n,
                          const struct sign_signature *s)
{
    if (memcmp(key->number, s->number, sizeof key->number) != 0)
        return "it was made with another key (the numbers of the keys differ)";
    if (!sign_verify(key, message, n, s))
        return "it is not a signature of these bytes by this key: one of the three was changed";
    return NULL;
}
