/* key_file.h - keys in files: plain, protected by a passphrase, or as Lotus exports them. */
#ifndef BASE_KEY_FILE_H
#define BASE_KEY_FILE_H

#include "base/key.h"
#include "base/passphrase.h"

#define KEY_FILE_MAX 512 /* bytes */

/**
 * key_parse - read the text of a key file: one line, its newline optional.
 * @key: out; filled only on STATUS_OK.
 * @text: borrowed for the call; not wiped.
 * @passphrase: for a protected key; NULL if there is none; ignored for a plain key.
 * The line is "secp256k1 HEX"; the protected form, for which see retrieval(5); or what `lotus wallet export` prints,
 * the hex of {"Type":"secp256k1","PrivateKey":"BASE64"}.
 * PROTECTED for a protected key without @passphrase, WRONG_PASSPHRASE if @passphrase is wrong, NO_MEMORY;
 * BAD_KEY_FILE for anything else, for a damaged protected key, and for a secret of 0 or >= n.
 */
MUST_CHECK enum status key_parse(struct key *key, struct span text, const struct passphrase *passphrase);
/** key_parse_import - the same, and also for the bare HEX, which a key file never holds. */
MUST_CHECK enum status key_parse_import(struct key *key, struct span text, const struct passphrase *passphrase);
/**
 * key_load - read a key file, as key_parse() does.
 * INSECURE for a symlink, for a file that is not regular, and for a file whose group or others have any permission;
 * IO, with errno set, if the file can't be opened or read; BAD_KEY_FILE above KEY_FILE_MAX bytes.
 */
MUST_CHECK enum status key_load(struct key *key, const char *path, const struct passphrase *passphrase);
/**
 * key_save - write a new key file with mode 0600, which appears whole or not at all.
 * @path: "-" is standard output.
 * @passphrase: protects the key; NULL writes the plain form.
 * EXISTS if @path exists, which is not changed; NO_MEMORY; IO with errno set.
 */
MUST_CHECK enum status key_save(const struct key *key, const char *path, const struct passphrase *passphrase);

#endif
